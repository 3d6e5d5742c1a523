/* SPDX-License-Identifier: MIT */

/* test_resolve.c - Which packages a wish needs */

#include "resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit.h"

/* name, version, other fields */
struct line {
	const char *name;
	const char *version;
	const char *fields;
};

static void fill(struct index *x, const struct line *lines, size_t n)
{
	struct err e;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; i < n; i++)
		(void)fprintf(f,
			      "Package: %s\nVersion: %s\n%sFilename: p\n"
			      "Size: 1\nSHA256: %064d\n\n",
			      lines[i].name, lines[i].version, lines[i].fields,
			      0);
	assert_int_equal(fclose(f), 0);
	index_init(x);
	assert_int_equal(index_add(x, text, len, 0, &e), 0);
	assert_int_equal(index_finish(x), 0);
}

/* The set as one string, or the error. */
static int solve(const struct line *lines, size_t n, const char *wanted,
		 const char *provided, bool required, char *buf, size_t size,
		 struct err *e)
{
	CLEANUP_STRV struct strv want = { 0 }, have = { 0 };
	const struct resolve_wish w = { .wanted = &want,
					.provided = &have,
					.required = required };
	const struct package **set;
	struct index x;
	size_t count;
	int r;

	if (wanted)
		strv_push(&want, wanted);
	if (provided)
		strv_push(&have, provided);
	fill(&x, lines, n);
	buf[0] = '\0';
	r = resolve(&x, &w, &set, &count, e);
	for (size_t i = 0; r == 0 && i < count; i++)
		(void)snprintf(buf + strlen(buf), size - strlen(buf), "%s ",
			       set[i]->name);
	if (r == 0)
		free(set);
	index_deinit(&x);
	return r;
}

#define SOLVE(lines, wanted, provided, required)                         \
	solve(lines, ARRAY_SIZE(lines), wanted, provided, required, buf, \
	      sizeof(buf), &e)

static void base_and_wish(void **state)
{
	static const struct line lines[] = {
		{ "ess", "1", "Essential: yes\nPre-Depends: pre\n" },
		{ "req", "1", "Priority: required\n" },
		{ "pre", "1", "" },
		{ "want", "1", "Depends: dep (>= 2), none | alt | other\n" },
		{ "dep", "2", "" },
		{ "alt", "1", "" },
		{ "other", "1", "" },
	};
	char buf[256];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(SOLVE(lines, "want", NULL, false), 0);
	assert_string_equal(buf, "alt dep ess pre want ");
	assert_int_equal(SOLVE(lines, NULL, NULL, true), 0);
	assert_string_equal(buf, "ess pre req ");
}

/* A provider that waits in the queue is better than the first by name. */
static void virtual_names(void **state)
{
	static const struct line lines[] = {
		{ "base", "1", "Essential: yes\nPre-Depends: awk\n" },
		{ "gawk", "1", "Provides: awk\n" },
		{ "mawk", "1", "Priority: required\nProvides: awk\n" },
	};
	char buf[256];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(SOLVE(lines, NULL, NULL, true), 0);
	assert_string_equal(buf, "base mawk ");
	assert_int_equal(SOLVE(lines, NULL, NULL, false), 0);
	assert_string_equal(buf, "base gawk ");
	assert_int_equal(SOLVE(lines, NULL, "awk", false), 0);
	assert_string_equal(buf, "base ");
}

static void chosen_before_first(void **state)
{
	static const struct line lines[] = {
		{ "a", "1", "Essential: yes\n" },
		{ "want", "1", "Depends: b | a\n" },
		{ "b", "1", "" },
	};
	char buf[256];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(SOLVE(lines, "want", NULL, false), 0);
	assert_string_equal(buf, "a want ");
}

static void circles_end(void **state)
{
	static const struct line lines[] = {
		{ "a", "1", "Depends: b\n" },
		{ "b", "1", "Depends: a\n" },
	};
	char buf[256];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(SOLVE(lines, "a", NULL, false), 0);
	assert_string_equal(buf, "a b ");
}

static void failures(void **state)
{
	static const struct {
		struct line lines[2];
		int want;
		const char *says;
	} cases[] = {
		{ { { "x", "1", "" }, { "y", "1", "" } }, -ENOENT, "\"a\"" },
		{ { { "a", "1", "Depends: gone (>= 1) | lost\n" },
		    { "y", "1", "" } },
		  -ENOENT,
		  "\"gone\"" },
		{ { { "a", "1", "Depends: b (>= 2)\n" }, { "b", "1", "" } },
		  -ENOTSUP,
		  "\"b\"" },
		{ { { "a", "1", "Depends: b\nConflicts: b\n" },
		    { "b", "1", "" } },
		  -ENOTSUP,
		  "\"b\"" },
		{ { { "a", "1", "Depends: b\n" },
		    { "b", "1", "Breaks: a (<< 2)\n" } },
		  -ENOTSUP,
		  "\"a\"" },
		{ { { "a", "1", "Depends: (b)\n" }, { "b", "1", "" } },
		  -EBADMSG,
		  "\"a\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char buf[256];
		struct err e = { 0 };

		assert_int_equal(SOLVE(cases[i].lines, "a", NULL, false),
				 cases[i].want);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("\"%s\" does not name %s", e.msg,
				 cases[i].says);
	}
}

/* A package that provides what it conflicts with replaces the others. */
static void conflict_with_itself(void **state)
{
	static const struct line lines[] = {
		{ "a", "1", "Provides: mta\nConflicts: mta, b (<< 1)\n" },
		{ "b", "1", "Essential: yes\n" },
	};
	char buf[256];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(SOLVE(lines, "a", NULL, false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_and_wish),
		cmocka_unit_test(virtual_names),
		cmocka_unit_test(chosen_before_first),
		cmocka_unit_test(circles_end),
		cmocka_unit_test(failures),
		cmocka_unit_test(conflict_with_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
