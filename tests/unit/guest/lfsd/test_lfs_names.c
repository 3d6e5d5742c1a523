/* SPDX-License-Identifier: MIT */

/* test_lfs_names.c - Names and directories, as two nodes see them */

#include "lfs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "dir.h"
#include "hold.h"
#include "json.h"
#include "thread.h"

#include "world.h"

/* ---- names ----------------------------------------------------------------- */

static void names_are_seen_by_the_next_call(void **state)
{
	const struct place p = in_root("a"), q = in_root("b");
	struct shelf_info info;

	(void)state;
	assert_int_equal(look(B, "a", &info), -ENOENT);
	assert_int_equal(look(B, "a", &info), -ENOENT);
	lfs_release(A, create(A, "a", 10));
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.size, 10);
	assert_int_equal(info.mode, S_IFREG | 0644);
	assert_int_equal(info.uid, 1000);
	assert_int_equal(info.gid, 100);
	assert_int_equal(lfs_rename(B, &who, &p, &q, RENAME_MODE_REPLACE), 0);
	assert_int_equal(look(A, "a", &info), -ENOENT);
	assert_int_equal(look(A, "b", &info), 0);
	assert_int_equal(lfs_unlink(A, &who, &q), 0);
	assert_int_equal(look(B, "b", &info), -ENOENT);
	assert_int_equal(look(A, "b", &info), -ENOENT);
}

/* What was known of a directory stays known when we change it ourselves. */
static void answers_are_kept_while_they_hold(void **state)
{
	const struct place p = in_root("a"), q = in_root("b");
	struct shelf_info info;
	int64_t start;

	(void)state;
	lfs_release(A, create(A, "a", 10));
	assert_int_equal(look(A, "b", &info), -ENOENT);
	assert_int_equal(look(A, "b", &info), -ENOENT);
	assert_int_equal(look(A, "a", &info), 0);
	/* From now on the Librarian is away: nobody is asked. */
	assert_int_equal(kill(world.lib.pid, SIGSTOP), 0);
	client_set_patience(A->client, 100);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(look(A, "a", &info), 0);
		assert_int_equal(info.size, 10);
		assert_int_equal(look(A, "b", &info), -ENOENT);
		lfs_release(A, open_by_name(A, "a"));
		assert_int_equal(get_attr(A, info.id, &info), 0);
	}
	/* Nor is it waited for twice. */
	start = thread_now_ms();
	client_set_patience(A->client, 1000);
	assert_int_equal(lfs_unlink(A, &who, &p), -EIO);
	assert_in_range(thread_now_ms() - start, 0, 1999);
	client_set_patience(A->client, 10000);
	assert_int_equal(kill(world.lib.pid, SIGCONT), 0);
	(void)lfs_unlink(A, &who, &p);
	(void)lfs_unlink(A, &who, &q);
}

static void every_kind_of_file(void **state)
{
	static const mode_t modes[] = { S_IFIFO | 0600, S_IFSOCK | 0600,
					S_IFCHR | 0600, S_IFBLK | 0600,
					S_IFREG | 06711 };
	static const struct new_shelf link = { S_IFLNK | 0777, 1, 2, 0 };
	struct shelf_info info = { 0 };
	char *target = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct new_shelf n = {
			modes[i], 1, 2,
			S_ISCHR(modes[i]) || S_ISBLK(modes[i]) ? 0x103 : 0
		};
		const struct place p = in_root("node");

		assert_int_equal(lfs_mknod(A, &who, &p, &n, &info), 0);
		shelf_info_deinit(&info);
		assert_int_equal(look(B, "node", &info), 0);
		assert_int_equal(info.mode, modes[i]);
		assert_int_equal(info.rdev, n.rdev);
		assert_int_equal(info.uid, 1);
		assert_int_equal(lfs_mknod(B, &who, &p, &n, &info), -EEXIST);
		assert_int_equal(lfs_unlink(B, &who, &p), 0);
	}
	assert_int_equal(lfs_symlink(A, &who,
				     &(struct place){ A->root_id, "l" }, &link,
				     "\xff/..", &info),
			 0);
	assert_int_equal(lfs_readlink(B, &who, info.id, &target), 0);
	assert_string_equal(target, "\xff/..");
	assert_int_equal(info.size, 4);
	free(target);
	shelf_info_deinit(&info);
}

static void links_and_exchange(void **state)
{
	const struct place a = in_root("a"), b = in_root("b"), c = in_root("c");
	struct shelf_info info, other;
	struct shelf *s = create(A, "a", 5);

	(void)state;
	lfs_release(A, create(A, "c", 7));
	assert_int_equal(lfs_link(B, &who, s->id, &b, &info), 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_link(B, &who, s->id, &c, &info), -EEXIST);
	assert_int_equal(look(A, "b", &info), 0);
	assert_int_equal(info.id, s->id);
	assert_int_equal(info.links, 2);
	assert_int_equal(lfs_rename(A, &who, &b, &c, RENAME_MODE_KEEP),
			 -EEXIST);
	assert_int_equal(lfs_rename(A, &who, &b, &c, RENAME_MODE_EXCHANGE), 0);
	assert_int_equal(look(B, "b", &other), 0);
	assert_int_equal(other.size, 7);
	assert_int_equal(look(A, "b", &other), 0);
	assert_int_equal(other.size, 7);
	/* Two names of one file: nothing happens. */
	assert_int_equal(lfs_rename(A, &who, &a, &c, RENAME_MODE_REPLACE), 0);
	assert_int_equal(look(A, "a", &info), 0);
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.links, 2);
	lfs_release(A, s);
}

static void long_names_and_other_bytes(void **state)
{
	char name[300];
	struct shelf_info info;
	struct place p = in_root(name);
	char *path = NULL;

	(void)state;
	memset(name, '\xff', sizeof(name));
	name[255] = '\0';
	lfs_release(A, create(A, name, 0));
	assert_int_equal(look(B, name, &info), 0);
	assert_int_equal(lfs_path(B, &p, &path), 0);
	assert_int_equal(path[0], '/');
	assert_string_equal(path + 1, name);
	free(path);
	assert_int_equal(lfs_unlink(B, &who, &p), 0);
	assert_int_equal(look(A, name, &info), -ENOENT);
	name[255] = '\xff';
	name[256] = '\0';
	assert_int_equal(look(A, name, &info), -ENAMETOOLONG);
	assert_int_equal(lfs_unlink(A, &who, &p), -ENAMETOOLONG);
	assert_int_equal(lfs_mkdir(A, &who, &p, &plain, &info), -ENAMETOOLONG);
}

/* ---- directories ----------------------------------------------------------- */

static void positions_in_a_directory_stay(void **state)
{
	const struct dir_entry *e;
	struct dir *d;
	char name[16];

	(void)state;
	for (int i = 0; i < 1500; i++) {
		const struct place p = { A->root_id, name };
		struct shelf_info info;

		(void)snprintf(name, sizeof(name), "f%04d", i);
		assert_int_equal(lfs_mknod(A, &who, &p, &plain, &info), 0);
		shelf_info_deinit(&info);
	}
	assert_int_equal(dir_open(B, &who, B->root_id, &d), 0);
	assert_int_equal(dir_get(d, B, &who, 0, &e), 0);
	assert_string_equal(e->name, ".");
	assert_int_equal(dir_get(d, B, &who, 1, &e), 0);
	assert_string_equal(e->name, "..");
	assert_int_equal(dir_get(d, B, &who, 1300, &e), 0);
	assert_string_equal(e->name, "f1298");
	assert_int_equal(
		lfs_unlink(A, &who, &(struct place){ A->root_id, "f0000" }), 0);
	assert_int_equal(dir_get(d, B, &who, 2, &e), 0);
	assert_string_equal(e->name, "f0000");
	assert_int_equal(dir_get(d, B, &who, 1502, &e), 0);
	assert_string_equal(e->name, "lost+found");
	assert_int_equal(dir_get(d, B, &who, 1503, &e), 0);
	assert_null(e);
	dir_rewind(d);
	assert_int_equal(dir_get(d, B, &who, 2, &e), 0);
	assert_string_equal(e->name, "f0001");
	assert_null(dir_close(d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(names_are_seen_by_the_next_call),
		WITHOUT_BOARD(names_are_seen_by_the_next_call),
		WITH_BOARD(answers_are_kept_while_they_hold),
		WITH_BOARD(every_kind_of_file),
		WITH_BOARD(links_and_exchange),
		WITHOUT_BOARD(links_and_exchange),
		WITH_BOARD(long_names_and_other_bytes),
		WITH_BOARD(positions_in_a_directory_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
