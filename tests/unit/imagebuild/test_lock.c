/* SPDX-License-Identifier: MIT */

/* test_lock.c - Packages against those of an image that was built before */

#include "lock.h"

#include <errno.h>

#include "../unit.h"
#include "scratch.h"

static const struct package a = { .name = "a", .version = "1", .sha256 = "xa" };
static const struct package b = { .name = "b", .version = "2", .sha256 = "xb" };
static const struct package *const both[] = { &b, &a };

#define A "{\"name\":\"a\",\"version\":\"1\",\"sha256\":\"xa\"}"
#define B "{\"name\":\"b\",\"version\":\"2\",\"sha256\":\"xb\"}"
#define C "{\"name\":\"c\",\"version\":\"2\",\"sha256\":\"xc\"}"
#define OLD_B "{\"name\":\"b\",\"version\":\"0\",\"sha256\":\"xo\"}"
#define OTHER_B "{\"name\":\"b\",\"version\":\"2\",\"sha256\":\"xo\"}"

static void differences(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *says;
	} cases[] = {
		{ "{\"packages\":[" A "," B "]}", 0, "" },
		{ "{\"packages\":[" A "," OLD_B "]}", -ESTALE,
		  "\"b\" is 0 in \"" },
		{ "{\"packages\":[" A "," OTHER_B "]}", -ESTALE,
		  "mirror has another 2: " },
		{ "{\"packages\":[" A "," B "," C "]}", -ESTALE,
		  "\"c\" of \"" },
		{ "{\"packages\":[" A "]}", -ESTALE, "adds package \"b\"" },
		{ "{\"packages\":[" A "," A "]}", -ESTALE, "\"b\"" },
		{ "{\"packages\":[{\"name\":\"a\"}]}", -EBADMSG,
		  "no name, version" },
		{ "{\"packages\":[1]}", -EBADMSG, "image.json of an image" },
		{ "{\"packages\":{}}", -EBADMSG, "no list" },
		{ "{}", -EBADMSG, "no list" },
		{ "none", -EBADMSG, "lock\" does not say" },
	};
	struct scratch *s = *state;
	char path[PATH_MAX];

	scratch_path(s, "lock", path, sizeof(path));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = { 0 };
		int r;

		scratch_put(s, "lock", cases[i].text);
		r = lock_check(path, both, 2, &e);
		if (r != cases[i].result || !strstr(e.msg, cases[i].says))
			fail_msg("%s: %d \"%s\"", cases[i].text, r, e.msg);
	}
}

static void no_lock(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(lock_check("/no/lock", both, 2, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "\"/no/lock\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(differences),
		cmocka_unit_test(no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
