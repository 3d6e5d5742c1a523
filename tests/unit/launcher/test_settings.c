/* SPDX-License-Identifier: MIT */

/* test_settings.c - Settings, their origins and checks */

#include "settings.h"

#include <errno.h>
#include <stdlib.h>

#include "../unit.h"

static int clean_environment(void **state)
{
	(void)state;
	for (int i = 0; i < SETTING_COUNT; i++)
		(void)unsetenv(setting_defs[i].env);
	(void)unsetenv("XDG_STATE_HOME");
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
	assert_int_equal(settings_number(&s, SETTING_VDRAM), 262144);
	assert_false(settings_given(&s, SETTING_FAM_SIZE));
}

static void origins(void **state)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };

	(void)state;
	(void)setenv("XDG_STATE_HOME", "/state", 1);
	(void)setenv("FAME_HOSTBASE", "alpha", 1);
	(void)setenv("FAME_PROFILE", "debian", 1);
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
	assert_int_equal(settings_number(&s, SETTING_VDRAM), 786432);
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
	assert_int_equal(settings_export(&s), 0);
	assert_int_equal(settings_load(&theirs, &e), 0);
	for (int id = 0; id < SETTING_COUNT; id++)
		assert_string_equal(settings_get(&theirs, (enum setting_id)id),
				    settings_get(&s, (enum setting_id)id));
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
