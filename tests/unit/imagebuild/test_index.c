/* SPDX-License-Identifier: MIT */

/* test_index.c - The packages that archives offer */

#include "index.h"

#include <errno.h>

#include "../unit.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REST "Filename: pool/x.deb\nSize: 10\nSHA256: " SHA "\n"

static int add(struct index *x, const char *text, unsigned int archive)
{
	struct err e;

	return index_add(x, strdup(text), strlen(text), archive, &e);
}

static void fields(void **state)
{
	const struct package *p;
	struct index x;

	(void)state;
	index_init(&x);
	assert_int_equal(add(&x,
			     "Package: b\nVersion: 1:2-3\nArchitecture: all\n"
			     "Installed-Size: 7\nEssential: yes\n"
			     "Priority: required\nPre-Depends: p\n"
			     "Depends: a,\n c (>= 1)\nBreaks: d\n"
			     "Description: Depends: nothing\n Package: no\n"
			     "Conflicts: e\nProvides: v (= 3), w\n" REST "\n"
			     "\nPackage: a\nVersion: 1\n" REST,
			     3),
			 0);
	assert_int_equal(index_finish(&x), 0);
	assert_int_equal(x.n, 2);
	p = index_find(&x, "b", 1);
	assert_non_null(p);
	assert_string_equal(p->version, "1:2-3");
	assert_string_equal(p->architecture, "all");
	assert_string_equal(p->depends, "a,  c (>= 1)");
	assert_string_equal(p->pre_depends, "p");
	assert_string_equal(p->breaks, "d");
	assert_string_equal(p->conflicts, "e");
	assert_string_equal(p->filename, "pool/x.deb");
	assert_string_equal(p->sha256, SHA);
	assert_int_equal(p->size, 10);
	assert_int_equal(p->installed_size, 7 * 1024);
	assert_int_equal(p->archive, 3);
	assert_true(p->essential && p->required);
	p = index_find(&x, "ab", 1);
	assert_non_null(p);
	assert_false(p->essential || p->required);
	assert_null(p->depends);
	assert_null(index_find(&x, "c", 1));
	assert_null(index_find(&x, "", 0));
	index_deinit(&x);
}

static void highest_version_wins(void **state)
{
	const struct package *p;
	struct index x;

	(void)state;
	index_init(&x);
	assert_int_equal(add(&x, "Package: a\nVersion: 9\n" REST, 0), 0);
	assert_int_equal(add(&x, "Package: a\nVersion: 10\n" REST, 1), 0);
	assert_int_equal(add(&x, "Package: a\nVersion: 10~1\n" REST, 2), 0);
	assert_int_equal(add(&x, "Package: a\nVersion: 10\n" REST, 3), 0);
	assert_int_equal(index_finish(&x), 0);
	assert_int_equal(x.n, 1);
	p = index_find(&x, "a", 1);
	assert_string_equal(p->version, "10");
	assert_int_equal(p->archive, 1);
	index_deinit(&x);
}

static void providers_in_order(void **state)
{
	const struct provider *v;
	struct index x;
	size_t n;

	(void)state;
	index_init(&x);
	assert_int_equal(add(&x,
			     "Package: mawk\nVersion: 1\nProvides: awk\n" REST
			     "\nPackage: gawk\nVersion: 1\nProvides: awk (= "
			     "2), awkx\n" REST
			     "\nPackage: z\nVersion: 1\nProvides: aw\n" REST,
			     0),
			 0);
	assert_int_equal(index_finish(&x), 0);
	v = index_providers(&x, "awk", 3, &n);
	assert_int_equal(n, 2);
	assert_string_equal(v[0].package->name, "gawk");
	assert_int_equal(v[0].version_len, 1);
	assert_string_equal(v[1].package->name, "mawk");
	assert_null(v[1].version);
	assert_null(index_providers(&x, "aw_", 3, &n));
	assert_int_equal(n, 0);
	index_deinit(&x);
}

static void bad_stanzas(void **state)
{
	static const char *const bad[] = {
		"Version: 1\n" REST,
		"Package: A\nVersion: 1\n" REST,
		"Package: ../a\nVersion: 1\n" REST,
		"Package: a\n" REST,
		"Package: a\nVersion: 1\nFilename: /x\nSize: 1\nSHA256: " SHA,
		"Package: a\nVersion: 1\nFilename: a/../x\nSize: 1\n"
		"SHA256: " SHA,
		"Package: a\nVersion: 1\nFilename: ..\nSize: 1\nSHA256: " SHA,
		"Package: a\nVersion: 1\nFilename: a b\nSize: 1\n"
		"SHA256: " SHA,
		"Package: a\nVersion: 1\nFilename: x\nSize: 0\nSHA256: " SHA,
		"Package: a\nVersion: 1\nFilename: x\nSize: 1\nSHA256: 12",
		"Package: a\nVersion: 1\nFilename: x\nSize: 1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct index x;

		index_init(&x);
		if (add(&x, bad[i], 0) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
		index_deinit(&x);
	}
}

static void zero_byte(void **state)
{
	struct index x;
	char *text = strdup("Package: a");
	struct err e;

	(void)state;
	text[4] = '\0';
	index_init(&x);
	assert_int_equal(index_add(&x, text, 10, 0, &e), -EBADMSG);
	index_deinit(&x);
}

static void empty(void **state)
{
	struct index x;

	(void)state;
	index_init(&x);
	assert_int_equal(add(&x, "", 0), 0);
	assert_int_equal(add(&x, "\n\n\n", 0), 0);
	assert_int_equal(index_finish(&x), 0);
	assert_int_equal(x.n, 0);
	index_deinit(&x);
}

static void too_many_archives(void **state)
{
	struct index x;

	(void)state;
	index_init(&x);
	for (unsigned int i = 0; i < INDEX_TEXTS_MAX; i++)
		assert_int_equal(add(&x, "", i), 0);
	assert_int_equal(add(&x, "", 9), -E2BIG);
	index_deinit(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(highest_version_wins),
		cmocka_unit_test(providers_in_order),
		cmocka_unit_test(bad_stanzas),
		cmocka_unit_test(zero_byte),
		cmocka_unit_test(empty),
		cmocka_unit_test(too_many_archives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
