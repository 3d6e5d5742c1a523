/* SPDX-License-Identifier: MIT */

/* test_gc.c - What goes from the cache, and what stays */

#include "gc.h"

#include <errno.h>

#include "../unit.h"
#include "cleanup.h"
#include "hash.h"
#include "scratch.h"
#include "store.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static void init(struct scratch *s)
{
	struct err e;

	assert_int_equal(store_init(s->path, &e), 0);
}

static bool is_there(struct scratch *s, const char *name)
{
	return faccessat(s->fd, name, F_OK, 0) == 0;
}

static void what_is_needed_stays(void **state)
{
	static char large[1U << 20];
	struct scratch *s = *state;
	uint64_t bytes = 0;
	struct err e;

	init(s);
	memset(large, 'x', sizeof(large) - 1);
	scratch_put(s, "images/" A "/image.json",
		    "{\"packages\": [{\"sha256\": \"" B "\"}]}");
	scratch_put(s, "images/" C "/image.json", "damaged");
	scratch_put(s, "deb/" B ".deb", "x");
	scratch_put(s, "deb/" C ".deb", "x");
	scratch_put(s, "deb/strange", "x");
	scratch_put(s, "index/" B ".xz", "x");
	scratch_put(s, "requests/" B, A "\n");
	scratch_put(s, "requests/" C, B "\n");
	scratch_put(s, "log/x.log", "x");
	scratch_put(s, "trees/x.y/root/file", large);
	if (gc_run(s->path, &bytes, &e) < 0)
		fail_msg("%s", e.msg);
	/* What was in directories is counted, too. */
	assert_true(bytes > sizeof(large));
	assert_true(is_there(s, "images/" A "/image.json"));
	assert_true(is_there(s, "images/" C "/image.json"));
	assert_true(is_there(s, "deb/" B ".deb"));
	assert_true(is_there(s, "requests/" B));
	assert_false(is_there(s, "deb/" C ".deb"));
	assert_false(is_there(s, "deb/strange"));
	assert_false(is_there(s, "index/" B ".xz"));
	assert_false(is_there(s, "requests/" C));
	assert_false(is_there(s, "log/x.log"));
	assert_false(is_there(s, "trees/x.y"));
	/* The directories are the cache's. */
	assert_true(is_there(s, "trees"));
	assert_int_equal(gc_run(s->path, &bytes, &e), 0);
	assert_int_equal(bytes, 0);
}

/* A build has just fetched what no image has yet. */
static void not_while_somebody_builds(void **state)
{
	struct scratch *s = *state;
	struct store_build b;
	uint64_t bytes;
	struct err e;

	init(s);
	scratch_put(s, "deb/" C ".deb", "x");
	assert_int_equal(store_build_begin(s->path, &b, &e), 0);
	assert_int_equal(gc_run(s->path, &bytes, &e), -EBUSY);
	assert_non_null(strstr(e.msg, "being built"));
	assert_true(is_there(s, "deb/" C ".deb"));
	store_build_end(&b);
	/* One that was killed does not count. */
	assert_int_equal(mkdirat(s->fd, "tmp/build.dead", 0700), 0);
	assert_int_equal(gc_run(s->path, &bytes, &e), 0);
	assert_false(is_there(s, "deb/" C ".deb"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_is_needed_stays),
		scratch_test(not_while_somebody_builds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
