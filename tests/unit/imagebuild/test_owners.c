/* SPDX-License-Identifier: MIT */

/* test_owners.c - Notes about files whose owner is pretended */

#include "owners.h"

#include <errno.h>

#include "../unit.h"
#include "cleanup.h"
#include "noted.h"
#include "scratch.h"

static int make(struct scratch *s, const char *name)
{
	int fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void last_note_counts(void **state)
{
	struct scratch *s = *state;
	CLEANUP_FD int log = noted_open(s);
	CLEANUP_FD int a = make(s, "a");
	CLEANUP_FD int b = make(s, "b");
	const struct owner *f;
	struct owners o;

	(void)close(make(s, "c"));
	assert_int_equal(
		owners_note(log, a,
			    &(struct owner){ .what = OWNERS_UID | OWNERS_GID,
					     .uid = 1,
					     .gid = 2 }),
		0);
	assert_int_equal(owners_note(log, b,
				     &(struct owner){ .what = OWNERS_CAPABILITY,
						      .capability_len = 20,
						      .capability = { 7 } }),
			 0);
	assert_int_equal(
		owners_note(log, a,
			    &(struct owner){ .what = OWNERS_GID, .gid = 3 }),
		0);
	/* Another name for the same file. */
	assert_int_equal(renameat(s->fd, "a", s->fd, "d"), 0);
	assert_int_equal(owners_load(log, &o), 0);
	f = noted_find(s, &o, "d");
	assert_non_null(f);
	assert_int_equal(f->what, OWNERS_UID | OWNERS_GID);
	assert_int_equal(f->uid, 1);
	assert_int_equal(f->gid, 3);
	f = noted_find(s, &o, "b");
	assert_non_null(f);
	assert_int_equal(f->capability_len, 20);
	assert_int_equal(f->capability[0], 7);
	assert_null(noted_find(s, &o, "c"));
	owners_deinit(&o);
	/* Nobody listens. */
	assert_int_equal(owners_note(-1, a, &(struct owner){ 0 }), 0);
}

/* An inode that is used again is another file. */
static void reused_inode(void **state)
{
	struct scratch *s = *state;
	CLEANUP_FD int log = noted_open(s);
	struct owners_file first, second = { 0 };
	struct statx st;
	struct owners o;

	for (int i = 0; i < 64; i++) {
		CLEANUP_FD int fd = make(s, "x");

		assert_int_equal(
			owners_note(log, fd,
				    &(struct owner){ .what = OWNERS_UID,
						     .uid = 9 }),
			0);
		assert_int_equal(
			statx(fd, "", AT_EMPTY_PATH, OWNERS_STATX, &st), 0);
		owners_identify(&st, i ? &second : &first);
		assert_int_equal(unlinkat(s->fd, "x", 0), 0);
	}
	(void)close(make(s, "x"));
	assert_int_equal(owners_load(log, &o), 0);
	if (st.stx_mask & STATX_BTIME)
		assert_null(noted_find(s, &o, "x"));
	owners_deinit(&o);
}

static void damaged(void **state)
{
	struct scratch *s = *state;
	CLEANUP_FD int log = noted_open(s);
	CLEANUP_FD int a = make(s, "a");
	struct owner bad = { .what = OWNERS_CAPABILITY, .capability_len = 25 };
	struct owners o;

	assert_int_equal(owners_load(log, &o), 0);
	assert_int_equal(o.n, 0);
	owners_deinit(&o);
	assert_int_equal(owners_note(log, a, &bad), 0);
	assert_int_equal(owners_load(log, &o), -EBADMSG);
	owners_deinit(&o);
	assert_int_equal(ftruncate(log, 30), 0);
	assert_int_equal(owners_load(log, &o), -EBADMSG);
	owners_deinit(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(last_note_counts),
		scratch_test(reused_inode),
		scratch_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
