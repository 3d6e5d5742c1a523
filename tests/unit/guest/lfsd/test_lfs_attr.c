/* SPDX-License-Identifier: MIT */

/* test_lfs_attr.c - Attributes, times and locks, as two nodes see them */

#include "lfs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "dir.h"
#include "hold.h"
#include "json.h"

#include "world.h"

/* ---- attributes ------------------------------------------------------------ */

#define SECOND 1000000000LL

static int64_t seconds_ago(int64_t n)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((int64_t)t.tv_sec - n) * SECOND + t.tv_nsec;
}

static void assert_mtime(struct lfs *lfs, uint64_t id, int64_t ago)
{
	const int64_t want = seconds_ago(ago);
	struct shelf_info info;

	assert_int_equal(get_attr(lfs, id, &info), 0);
	assert_in_range(info.mtime_ns, want - 10 * SECOND, want + SECOND);
}

static void the_time_of_writes_is_told(void **state)
{
	struct shelf *s = create(A, "a", 1);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);
	const struct attr_change c = { .what = ATTR_MTIME, .mtime_ns = 5 };
	struct shelf_info info;

	(void)state;
	f->mtime_ns = seconds_ago(3600);
	assert_mtime(A, s->id, 3600);
	assert_mtime(B, s->id, 3600);
	f->mtime_ns = seconds_ago(1800);
	assert_int_equal(lfs_sync(A, &who, s), 0);
	assert_mtime(B, s->id, 1800);
	/* A clock that was ahead: never later than now. */
	f->mtime_ns = seconds_ago(-3600);
	assert_mtime(B, s->id, 1800);
	assert_mtime(A, s->id, 0);
	/* utimens() wins over a write before it, not over one after it. */
	f->mtime_ns = seconds_ago(0);
	assert_int_equal(lfs_set_attr(A, &who, s->id, &c), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(info.mtime_ns, 5);
	f->mtime_ns = seconds_ago(0);
	assert_mtime(A, s->id, 0);
	lfs_release(A, s);
}

/* What the Librarian stamped for a write is not told again. */
static void growing_tells_the_time(void **state)
{
	struct shelf *s = create(A, "a", 0);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);
	struct shelf_info before, after;

	(void)state;
	assert_int_equal(lfs_grow(A, s->id, 10), 0);
	f->mtime_ns = s->told_ns + 1000000;
	assert_int_equal(get_attr(B, s->id, &before), 0);
	assert_int_equal(get_attr(A, s->id, &after), 0);
	assert_int_equal(before.ctime_ns, after.ctime_ns);
	f->mtime_ns = s->told_ns + 20000000;
	assert_int_equal(get_attr(A, s->id, &after), 0);
	assert_true(after.mtime_ns > before.mtime_ns);
	lfs_release(A, s);
}

static void rights_and_owners(void **state)
{
	const struct attr_change c = {
		ATTR_MODE | ATTR_UID | ATTR_GID, 06771, 5, 6, 0, 0
	};
	struct shelf *s = create(A, "a", 1);
	struct shelf_info info;

	(void)state;
	assert_int_equal(lfs_set_attr(A, &who, s->id, &c), 0);
	assert_int_equal(get_attr(B, s->id, &info), 0);
	assert_int_equal(info.mode, S_IFREG | 06771);
	assert_int_equal(info.uid, 5);
	assert_int_equal(info.gid, 6);
	assert_int_equal(lfs_kill_rights(B, &who, s->id), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(info.mode, S_IFREG | 0771);
	assert_int_equal(lfs_set_attr(A, &who, 999, &c), -ESTALE);
	assert_int_equal(get_attr(A, 999, &info), -ESTALE);
	lfs_release(A, s);
}

static void extended_attributes(void **state)
{
	struct shelf *s = create(A, "a", 0);
	char *names = NULL;
	void *value = NULL;
	size_t len;

	(void)state;
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "user.a", "\0\xff", 2,
				       XATTR_MODE_REPLACE),
			 -ENODATA);
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "user.a", "\0\xff", 2,
				       XATTR_MODE_CREATE),
			 0);
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "user.a", "", 0,
				       XATTR_MODE_CREATE),
			 -EEXIST);
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "trusted.b", "", 0,
				       XATTR_MODE_ANY),
			 0);
	assert_int_equal(lfs_get_xattr(B, &who, s->id, "user.a", &value, &len),
			 0);
	assert_int_equal(len, 2);
	assert_memory_equal(value, "\0\xff", 2);
	free(value);
	assert_int_equal(lfs_list_xattrs(B, &who, s->id, &names, &len), 0);
	assert_int_equal(len, 17);
	free(names);
	assert_int_equal(lfs_remove_xattr(B, &who, s->id, "user.a"), 0);
	assert_int_equal(lfs_get_xattr(A, &who, s->id, "user.a", &value, &len),
			 -ENODATA);
	assert_int_equal(lfs_remove_xattr(B, &who, s->id, "user.a"), -ENODATA);
	assert_int_equal(lfs_get_xattr(A, &who, s->id,
				       "system.posix_acl_access", &value, &len),
			 -EOPNOTSUPP);
	lfs_release(A, s);
}

static void locks_between_nodes(void **state)
{
	struct shelf *a = create(A, "a", 0), *b = open_by_name(B, "a");
	struct lock l = {
		a->id, LOCK_KIND_POSIX, LOCK_TYPE_WRITE, 1, 10, 19, 5
	};
	struct lock_info info;

	(void)state;
	assert_int_equal(lfs_lock(A, &who, a, &l, false), 0);
	assert_int_equal(lfs_lock(B, &who, b, &l, true), -EAGAIN);
	assert_int_equal(lfs_test_lock(B, &who, &l, &info), 0);
	assert_true(info.taken && info.write);
	assert_int_equal(info.start, 10);
	assert_int_equal(info.end, 19);
	assert_int_equal(info.node_id, 1);
	assert_int_equal(lfs_unlock_posix(A, &who, a, 1), 0);
	wait_until(__atomic_load_n(&world.nodes[1].unlocked, __ATOMIC_ACQUIRE));
	assert_int_equal(lfs_lock(B, &who, b, &l, false), 0);
	/* A dead daemon has no locks. */
	node_end(&world.nodes[1], false);
	node_start(&world.nodes[1], true);
	assert_int_equal(lfs_lock(A, &who, a, &l, false), 0);
	lfs_release(A, a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(the_time_of_writes_is_told),
		WITH_BOARD(growing_tells_the_time),
		WITH_BOARD(rights_and_owners),
		WITH_BOARD(extended_attributes),
		WITH_BOARD(locks_between_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
