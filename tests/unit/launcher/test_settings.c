/* SPDX-License-Identifier: MIT */

/* test_settings.c - Settings, their origins and checks */

#include "settings.h"

#include <errno.h>
#include <stdlib.h>

#include "../unit.h"
#include "env_script.h"
#include "nearest.h"
#include "settings_int.h"

static int clean_environment(void **state)
{
	(void)state;
	for (int i = 0; i < SETTING_COUNT; i++)
		(void)unsetenv(setting_defs[i].env);
	(void)unsetenv("XDG_STATE_HOME");
	(void)unsetenv("XDG_CONFIG_HOME");
	return setenv("HOME", "/home/u", 1);
}

static void defaults(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(settings_load(&s, &e), 0);
	assert_string_equal(settings_get(&s, SETTING_DIR),
			    "/home/u/.local/state/fame/node");
	assert_string_equal(settings_get(&s, SETTING_FAM),
			    "/home/u/.local/state/fame/node/fam");
	assert_int_equal(settings_number(&s, SETTING_VDRAM), 786432);
	assert_false(settings_given(&s, SETTING_FAM_SIZE));
}

static void origins(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	(void)setenv("XDG_STATE_HOME", "/state", 1);
	(void)setenv("FAME_HOSTBASE", "alpha", 1);
	(void)setenv("FAME_PROFILE", "tiny", 1);
	(void)setenv("FAME_VCPUS", "", 1);
	assert_int_equal(settings_option(&s, SETTING_HOSTBASE, "beta"), 0);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_string_equal(settings_get(&s, SETTING_HOSTBASE), "beta");
	assert_int_equal(s.s[SETTING_HOSTBASE].origin, ORIGIN_OPTION);
	assert_int_equal(s.s[SETTING_PROFILE].origin, ORIGIN_ENVIRONMENT);
	/* Empty counts as unset. */
	assert_int_equal(s.s[SETTING_VCPUS].origin, ORIGIN_DEFAULT);
	assert_string_equal(settings_get(&s, SETTING_DIR), "/state/fame/beta");
	/* The default follows the profile. */
	assert_int_equal(settings_number(&s, SETTING_VDRAM), 262144);
	assert_int_equal(settings_number(&s, SETTING_TIMEOUT), 120);
}

static void trailing_slash(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	(void)setenv("FAME_DIR", "/x/y//", 1);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_string_equal(settings_get(&s, SETTING_DIR), "/x/y");
}

static void refused(void **state)
{
	static const struct {
		enum setting_id id;
		const char *value;
	} bad[] = {
		{ SETTING_HOSTBASE, "" },
		{ SETTING_HOSTBASE, "Node" },
		{ SETTING_HOSTBASE, "ninechars" },
		{ SETTING_HOSTBASE, "1n" },
		{ SETTING_HOSTBASE, "a/b" },
		{ SETTING_HOSTBASE, "a b" },
		{ SETTING_OCTETS123, "192.168" },
		{ SETTING_OCTETS123, "192.168.42." },
		{ SETTING_OCTETS123, "192.168.42.1" },
		{ SETTING_OCTETS123, "192.168.256" },
		{ SETTING_OCTETS123, "a.b.c" },
		{ SETTING_OCTETS123, "192.168.042" },
		{ SETTING_OCTETS123, "127.0.0" },
		{ SETTING_OCTETS123, "224.0.0" },
		{ SETTING_ACCEL, "xen" },
		{ SETTING_VCPUS, "0" },
		{ SETTING_VCPUS, "65" },
		{ SETTING_VDRAM, "1024" },
		{ SETTING_VDRAM, "256M" },
		{ SETTING_FAM_SIZE, "3G" },
		{ SETTING_FAM_SIZE, "" },
		{ SETTING_TIMEOUT, "0" },
		{ SETTING_TIMEOUT, "x" },
		{ SETTING_DIR, "relative" },
		{ SETTING_FAM, "relative" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_SETTINGS struct settings s = { 0 };
		struct err e = { "" };

		assert_int_equal(settings_option(&s, bad[i].id, bad[i].value),
				 0);
		if (settings_load(&s, &e) != -EINVAL)
			fail_msg("%s '%s' was taken",
				 setting_defs[bad[i].id].env, bad[i].value);
		/* It names the option and the value. */
		assert_non_null(strstr(e.msg, setting_defs[bad[i].id].option));
		assert_non_null(strstr(e.msg, bad[i].value));
		assert_null(strchr(e.msg, '\n'));
	}
}

static void no_home(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	(void)unsetenv("HOME");
	assert_int_equal(settings_load(&s, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "FAME_DIR"));
}

static void moved(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	(void)setenv("FAME_VCPUS", "3", 1);
	assert_int_equal(settings_option(&s, SETTING_VDRAM, "200000"), 0);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(settings_move(&s, "/run/x", &e), 0);
	assert_string_equal(settings_get(&s, SETTING_DIR), "/run/x");
	assert_string_equal(settings_get(&s, SETTING_FAM), "/run/x/fam");
	assert_int_equal(settings_number(&s, SETTING_VDRAM), 200000);
	assert_int_equal(settings_number(&s, SETTING_VCPUS), 3);
	assert_string_equal(settings_which(&s), " --dir /run/x");
}

/* What others load from the environment is what we have. */
static void exported(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 }, theirs = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(settings_option(&s, SETTING_HOSTBASE, "beta"), 0);
	assert_int_equal(settings_option(&s, SETTING_FAM_SIZE, "8G"), 0);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(settings_option(&s, SETTING_FRESH, "1"), 0);
	assert_int_equal(setenv("FAME_FRESH", "1", 1), 0);
	assert_int_equal(settings_export(&s), 0);
	/* Neither what is about one start, nor what follows from the rest. */
	assert_null(getenv("FAME_FRESH"));
	assert_null(getenv("FAME_VDRAM"));
	assert_non_null(getenv("FAME_DIR"));
	s.s[SETTING_FRESH].value[0] = '\0';
	assert_int_equal(settings_load(&theirs, &e), 0);
	for (int id = 0; id < SETTING_COUNT; id++)
		assert_string_equal(settings_get(&theirs, (enum setting_id)id),
				    settings_get(&s, (enum setting_id)id));
}

/* What fame-image is given: what was set, and not what the profile decides. */
static void exported_to_image(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 }, none = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(settings_load(&none, &e), 0);
	assert_int_equal(settings_export_image(&none), 0);
	assert_null(getenv("FAME_VFS_GBYTES"));
	assert_int_equal(settings_parse(&s, "f",
					"vfs_gbytes = 8\nvcpus = 3\n"
					"mirror = http://h/d\n",
					ORIGIN_USER, &e),
			 0);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(settings_export_image(&s), 0);
	assert_string_equal(getenv("FAME_VFS_GBYTES"), "8");
	assert_string_equal(getenv("FAME_MIRROR"), "http://h/d");
	assert_null(getenv("FAME_VCPUS"));
}

/* ---- files ---------------------------------------------------------------- */

static void from_a_file(void **state)
{
	static const char text[] = "# a remark\n"
				   "vcpus = 3\n"
				   "[fame]\n"
				   "mirror = http://h/d  ; ours\r\n"
				   "append =\n"
				   "http_proxy=p\n"
				   "verbose = 0";
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(settings_parse(&s, "f", text, ORIGIN_USER, &e), 0);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_string_equal(settings_get(&s, SETTING_VCPUS), "3");
	assert_string_equal(s.s[SETTING_VCPUS].where, "f:2");
	assert_int_equal(s.s[SETTING_VCPUS].origin, ORIGIN_USER);
	assert_string_equal(settings_get(&s, SETTING_MIRROR), "http://h/d");
	assert_string_equal(s.s[SETTING_MIRROR].where, "f:4");
	assert_false(settings_given(&s, SETTING_APPEND));
	assert_string_equal(settings_get(&s, SETTING_HTTP_PROXY), "p");
	assert_false(settings_flag(&s, SETTING_VERBOSE));
}

/* Whatever comes first, the stronger one stays. */
static void strength(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(settings_option(&s, SETTING_VCPUS, "4"), 0);
	assert_int_equal(setenv("FAME_VDRAM", "100003", 1), 0);
	assert_int_equal(settings_parse(&s, "c",
					"vcpus=2\nvdram=100002\ntimeout=2\n",
					ORIGIN_CLUSTER, &e),
			 0);
	assert_int_equal(settings_parse(&s, "u",
					"vcpus=1\nvdram=100001\ntimeout=1\n"
					"user=u",
					ORIGIN_USER, &e),
			 0);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_string_equal(settings_get(&s, SETTING_VCPUS), "4");
	assert_null(s.s[SETTING_VCPUS].where);
	assert_string_equal(settings_get(&s, SETTING_VDRAM), "100003");
	assert_string_equal(settings_get(&s, SETTING_TIMEOUT), "2");
	assert_string_equal(settings_get(&s, SETTING_USER), "u");
	assert_true(settings_given_now(&s, SETTING_VDRAM));
	assert_false(settings_given_now(&s, SETTING_TIMEOUT));
}

static void bad_files(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
		{ "vcpus=1\nvdrm=2\n", "f:2: no setting 'vdrm': did you mean "
				       "'vdram'?" },
		{ "VCPUS=1", "f:1: no setting 'VCPUS'" },
		{ "entirely_different=1", "see 'fame-run config'" },
		{ "[global]\nvcpus=1", "f:2: no section '[global]'" },
		{ "vcpus=1\nvcpus=1", "f:2: 'vcpus' a second time" },
		{ "vcpus=\n 1", "f:2: 'vcpus' a second time" },
		{ "vcpus", "f:1: is no line" },
		{ "[fame", "f:1: is no line" },
		{ "dir=/x", "f:1: 'dir' cannot be set" },
		{ "fresh=1", "f:1: 'fresh' is about one start: use --fresh" },
		{ "fresh=", "f:1: 'fresh' is about one start" },
	};
	char line[300];
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_SETTINGS struct settings s = { 0 };

		e.msg[0] = '\0';
		assert_int_equal(settings_parse(&s, "f", bad[i].text,
						ORIGIN_CLUSTER, &e),
				 -EINVAL);
		if (!strstr(e.msg, bad[i].says))
			fail_msg("'%s': %s", bad[i].text, e.msg);
	}
	for (size_t n = SETTINGS_LINE_MAX; n <= SETTINGS_LINE_MAX + 1; n++) {
		CLEANUP_SETTINGS struct settings s = { 0 };

		(void)snprintf(line, sizeof(line), "append=%0*d",
			       (int)(n - strlen("append=")), 0);
		assert_int_equal(settings_parse(&s, "f", line, ORIGIN_USER, &e),
				 n > SETTINGS_LINE_MAX ? -EINVAL : 0);
	}
	assert_non_null(strstr(e.msg, "f:1: longer than 198"));
}

/* What is wrong in a file is said with its place. */
static void a_file_s_values(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(
		settings_parse(&s, "/f", "\nvcpus=many", ORIGIN_USER, &e), 0);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "/f:2: vcpus 'many' is not possible"));
}

static void keys(void **state)
{
	char key[SETTING_KEY_MAX];

	(void)state;
	assert_string_equal(setting_key(SETTING_HTTP_PROXY, key), "http_proxy");
	assert_string_equal(setting_key(SETTING_VFS_GBYTES, key), "vfs_gbytes");
	for (int id = 0; id < SETTING_COUNT; id++)
		assert_true(strlen(setting_defs[id].env) < SETTING_KEY_MAX);
}

static void near_names(void **state)
{
	static const char *const names[] = { "vcpus", "vdram", "hostbase" };

	(void)state;
	assert_string_equal(nearest("vcpu", names, 3), "vcpus");
	assert_string_equal(nearest("vrdam", names, 3), "vdram");
	assert_string_equal(nearest("host_base", names, 3), "hostbase");
	assert_null(nearest("elephant", names, 3));
	assert_null(nearest("", names, 3));
	assert_null(nearest("v", names, 3));
}

static void env_script(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	CLEANUP_FREE char *text = NULL;
	struct err e = { "" };

	(void)state;
	assert_int_equal(settings_option(&s, SETTING_PASSWORD, "secret"), 0);
	assert_int_equal(settings_option(&s, SETTING_FRESH, "1"), 0);
	assert_int_equal(settings_option(&s, SETTING_APPEND, "a 'b' $c"), 0);
	assert_int_equal(settings_load(&s, &e), 0);
	text = env_script_text(&s);
	assert_non_null(strstr(text, "\nexport FAME_HOSTBASE=node\n"));
	assert_non_null(
		strstr(text, "\nexport FAME_APPEND='a '\\''b'\\'' $c'\n"));
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, "FAME_FRESH"));
	assert_null(strstr(text, "FAME_FAM_SIZE"));
	assert_null(strstr(text, "FAME_LMP"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults, clean_environment),
		cmocka_unit_test_setup(origins, clean_environment),
		cmocka_unit_test_setup(trailing_slash, clean_environment),
		cmocka_unit_test_setup(refused, clean_environment),
		cmocka_unit_test_setup(no_home, clean_environment),
		cmocka_unit_test_setup(moved, clean_environment),
		cmocka_unit_test_setup(exported, clean_environment),
		cmocka_unit_test_setup(exported_to_image, clean_environment),
		cmocka_unit_test_setup(from_a_file, clean_environment),
		cmocka_unit_test_setup(strength, clean_environment),
		cmocka_unit_test_setup(bad_files, clean_environment),
		cmocka_unit_test_setup(a_file_s_values, clean_environment),
		cmocka_unit_test_setup(env_script, clean_environment),
		cmocka_unit_test(keys),
		cmocka_unit_test(near_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
