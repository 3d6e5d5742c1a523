/* SPDX-License-Identifier: MIT */

/* test_source.c - Where packages come from */

#include "source.h"

#include <errno.h>

#include "../unit.h"
#include "scratch.h"

#define KEY "/usr/share/keyrings/debian-archive-keyring.gpg"

static const char deb822[] =
	"# Types: deb\n"
	"Types: deb deb-src\n"
	"URIs: http://one.test/debian/ http://two.test/debian\n"
	"Suites: bookworm\n"
	"# a comment inside\n"
	"  bookworm-updates\n"
	"Components: main contrib\r\n"
	"signed-by: " KEY "\n"
	"\n"
	" \n"
	"Types: deb\nURIs: http://off.test/debian\nSuites: bookworm\n"
	"Components: main\nEnabled: no\n"
	"\n"
	"Types: deb-src\nURIs: http://src.test/debian\nSuites: bookworm\n"
	"Components: main\n\n"
	"Types: deb\nURIs: http://sec.test/debian-security\n"
	"Suites: bookworm-security\nComponents: main\nSigned-By: " KEY;

static void deb822_entries(void **state)
{
	struct apt_entries a = { 0 };

	(void)state;
	assert_int_equal(apt_parse_sources(deb822, &a), 0);
	assert_int_equal(a.n, 2);
	assert_string_equal(a.v[0].uri, "http://one.test/debian/");
	assert_int_equal(a.v[0].suites.n, 2);
	assert_string_equal(a.v[0].suites.v[1], "bookworm-updates");
	assert_int_equal(a.v[0].components.n, 2);
	assert_string_equal(a.v[0].components.v[1], "contrib");
	assert_string_equal(a.v[0].signed_by, KEY);
	assert_string_equal(a.v[1].uri, "http://sec.test/debian-security");
	apt_entries_deinit(&a);
}

/* What apt can use and we cannot, or only for other architectures. */
static void left_out(void **state)
{
	struct apt_entries a = { 0 };

	(void)state;
	assert_int_equal(
		apt_parse_list("deb cdrom:[Debian 12]/ bookworm main\n"
			       "deb tor+http://t.test/debian bookworm main\n"
			       "deb [arch=arm64] http://a.test/debian x main\n"
			       "deb [arch=arm64,amd64] http://b.test/d x main\n"
			       "deb /srv/mirror x main\n"
			       "deb mirror+file:/etc/m x main\n",
			       &a),
		0);
	assert_int_equal(a.n, 3);
	assert_string_equal(a.v[0].uri, "http://b.test/d");
	assert_int_equal(apt_parse_sources("Types: deb\nURIs: http://c.test/d\n"
					   "Suites: x\nArchitectures: i386\n\n"
					   "Types: deb\nURIs: http://d.test/d\n"
					   "Suites: x\n"
					   "Architectures: i386 amd64\n",
					   &a),
			 0);
	assert_int_equal(a.n, 4);
	assert_string_equal(a.v[3].uri, "http://d.test/d");
	apt_entries_deinit(&a);
}

static void one_line_entries(void **state)
{
	struct apt_entries a = { 0 };

	(void)state;
	assert_int_equal(
		apt_parse_list("# deb http://no.test/debian x main\n"
			       "deb-src http://no.test/debian x main\n"
			       "  deb [arch=amd64 signed-by=" KEY "]\t"
			       "http://a.test/debian  bookworm main  contrib "
			       "# note\n"
			       "deb http://b.test bookworm/\n"
			       "deb [broken http://c.test x main\n"
			       "deb\n"
			       "deb http://d.test\n"
			       "debian http://e.test x main\n",
			       &a),
		0);
	assert_int_equal(a.n, 2);
	assert_string_equal(a.v[0].uri, "http://a.test/debian");
	assert_string_equal(a.v[0].signed_by, KEY);
	assert_string_equal(a.v[0].suites.v[0], "bookworm");
	assert_int_equal(a.v[0].components.n, 2);
	assert_string_equal(a.v[1].suites.v[0], "bookworm/");
	assert_int_equal(a.v[1].components.n, 0);
	apt_entries_deinit(&a);
}

static void pick_is(const char *list, const char *want)
{
	struct apt_entries a = { 0 };
	const struct apt_entry *p;

	assert_int_equal(apt_parse_list(list, &a), 0);
	p = apt_pick(&a, "bookworm");
	if (!want)
		assert_null(p);
	else if (!p || strcmp(p->uri, want))
		fail_msg("picked %s, not %s", p ? p->uri : "nothing", want);
	apt_entries_deinit(&a);
}

static void picks_debian(void **state)
{
	(void)state;
	pick_is("deb http://vendor.test/apt bookworm-tools main\n"
		"deb http://vendor.test/x bookworm stable\n",
		NULL);
	pick_is("deb [signed-by=/etc/apt/keyrings/v.gpg] http://v.test/debian "
		"bookworm main\n",
		NULL);
	pick_is("deb http://vendor.test/apt bookworm main\n"
		"deb http://m.test/debian bookworm main\n",
		"http://m.test/debian");
	pick_is("deb http://m.test/debian bookworm main\n"
		"deb [signed-by=" KEY "] http://k.test/x bookworm main\n",
		"http://k.test/x");
	pick_is("deb http://m.test/debian stable main\n",
		"http://m.test/debian");
	pick_is("deb http://m.test/debian-security bookworm-security main\n",
		NULL);
}

static void other_files(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(debootstrap_parse_mirror(
				 "#!/bin/sh\nX_DEF_MIRROR=\"no\"\n"
				 "DEF_MIRROR=\"$OTHER\"\n"
				 "DEF_MIRROR=\"http://m.test/debian\"\n",
				 buf, sizeof(buf)),
			 0);
	assert_string_equal(buf, "http://m.test/debian");
	assert_int_equal(debootstrap_parse_mirror("", buf, sizeof(buf)),
			 -ENOENT);
	assert_int_equal(os_release_get("VERSION_ID=\"12\"\nID=debian\n", "ID",
					buf, sizeof(buf)),
			 0);
	assert_string_equal(buf, "debian");
	assert_int_equal(apt_config_proxy("Acquire \"\";\nAcquire::http::Proxy "
					  "\"http://p.test:3128\";\n",
					  buf, sizeof(buf)),
			 0);
	assert_string_equal(buf, "http://p.test:3128");
	assert_int_equal(apt_config_proxy("Acquire::http::Proxy \"\";\n", buf,
					  sizeof(buf)),
			 -ENOENT);
}

static int find(struct scratch *s, const char *mirror, struct source *ret)
{
	const struct settings set = { .mirror = mirror };
	struct err e;

	return source_find(&set, s->path, ret, &e);
}

static void order_of_sources(void **state)
{
	struct scratch *s = *state;
	struct source src;

	assert_int_equal(find(s, NULL, &src), -ENOENT);
	scratch_put(s, "usr/sbin/debootstrap",
		    "DEF_MIRROR=\"http://default.test/debian\"\n");
	assert_int_equal(find(s, NULL, &src), 0);
	assert_string_equal(src.base, "http://default.test/debian");
	assert_string_equal(src.security,
			    "http://default.test/debian-security");
	scratch_put(s, "etc/apt/sources.list.d/debian.sources", deb822);
	/* Ubuntu's apt does not know Debian's archive. */
	scratch_put(s, "etc/os-release", "ID=ubuntu\n");
	assert_int_equal(find(s, NULL, &src), 0);
	assert_string_equal(src.base, "http://default.test/debian");
	scratch_put(s, "etc/os-release",
		    "ID=debian\nVERSION_CODENAME=bookworm\n");
	assert_int_equal(find(s, NULL, &src), 0);
	assert_string_equal(src.base, "http://one.test/debian");
	assert_string_equal(src.security, "http://sec.test/debian-security");
	assert_string_equal(source_archive(&src, "trixie-security"),
			    src.security);
	assert_string_equal(source_archive(&src, "trixie-updates"), src.base);
	assert_int_equal(find(s, "https://set.test/d//", &src), 0);
	assert_string_equal(src.base, "https://set.test/d");
	assert_string_equal(src.security, "https://set.test/d-security");
}

static void setting(void **state)
{
	struct scratch *s = *state;
	struct source src;

	assert_int_equal(find(s, "/srv/mirror/", &src), 0);
	assert_string_equal(src.base, "file:///srv/mirror");
	assert_int_equal(find(s, "http://a.test/x  http://b.test/y/", &src), 0);
	assert_string_equal(src.base, "http://a.test/x");
	assert_string_equal(src.security, "http://b.test/y");
	assert_int_equal(find(s, "ftp://a.test/x", &src), -EPROTONOSUPPORT);
	assert_int_equal(find(s, "a.test", &src), -EPROTONOSUPPORT);
	assert_int_equal(find(s, "///", &src), -EINVAL);
}

static void what_anybody_may_see(void **state)
{
	static const char *const cases[][2] = {
		{ "http://u:p@h.test/debian", "http://h.test/debian" },
		{ "http://u:p@q@h.test:80/x@y", "http://h.test:80/x@y" },
		{ "https://h.test/a@b", "https://h.test/a@b" },
		{ "file:///srv/u@h/x", "file:///srv/u@h/x" },
		{ "http://u@h", "http://h" },
	};
	const struct source src = { .base = "http://u:secret@h.test/d",
				    .security = "http://u:secret@h.test/s" };
	CLEANUP_STRV struct strv env = { 0 };
	char buf[SOURCE_URI_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(source_public(cases[i][0], buf, sizeof(buf)),
				 0);
		assert_string_equal(buf, cases[i][1]);
	}
	assert_int_equal(source_public("http://u@h", buf, 5), -ENAMETOOLONG);
	assert_int_equal(source_env(&src, &env), 0);
	assert_int_equal(env.n, 2);
	assert_string_equal(env.v[0], "MIRROR=http://h.test/d");
	assert_string_equal(env.v[1], "MIRROR_SECURITY=http://h.test/s");
}

static void mirror_list(void **state)
{
	struct scratch *s = *state;
	struct source src;

	scratch_put(s, "etc/os-release",
		    "ID=debian\nVERSION_CODENAME=bookworm\n");
	scratch_put(s, "etc/apt/mirrors/debian.list",
		    "# first\nhttp://m.test/debian\tpriority:1\n");
	scratch_put(s, "etc/apt/sources.list",
		    "deb mirror+file:///etc/apt/mirrors/debian.list bookworm "
		    "main\n");
	assert_int_equal(find(s, NULL, &src), 0);
	assert_string_equal(src.base, "http://m.test/debian");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deb822_entries),
		cmocka_unit_test(one_line_entries),
		cmocka_unit_test(left_out),
		cmocka_unit_test(picks_debian),
		cmocka_unit_test(other_files),
		scratch_test(order_of_sources),
		scratch_test(setting),
		cmocka_unit_test(what_anybody_may_see),
		scratch_test(mirror_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
