/* SPDX-License-Identifier: MIT */

/* test_cluster.c - The directory of a cluster, and who owns it */

#include "cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "file.h"
#include "proto_control.h"

static char dir[64];
static struct cluster cluster = CLUSTER_NULL;

static int setup(void **state)
{
	struct err e = { "" };

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/fame-test-XXXXXX");
	return mkdtemp(dir) ? cluster_create(&cluster, dir, &e) : -1;
}

static int teardown(void **state)
{
	(void)state;
	cluster_deinit(&cluster);
	return remove_tree(AT_FDCWD, dir);
}

static void one_owner(void **state)
{
	struct cluster second = CLUSTER_NULL;
	struct err e = { "" };

	(void)state;
	assert_int_equal(cluster_create(&second, dir, &e), -EBUSY);
	assert_non_null(strstr(e.msg, dir));
	cluster_deinit(&second);
	assert_int_equal(cluster_open(&second, dir, &e), 0);
	assert_int_equal(cluster_try_lock(&second), -EBUSY);
	close_fd(&cluster.lock);
	assert_int_equal(cluster_try_lock(&second), 0);
	cluster_deinit(&second);
}

static void long_path(void **state)
{
	char deep[300];
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	int listener, fd;

	(void)state;
	(void)snprintf(deep, sizeof(deep), "%s/%0200d", dir, 1);
	assert_int_equal(cluster_create(&c, deep, &e), 0);
	assert_int_equal(cluster_listen(&c, CONTROL_SOCKET, &listener), 0);
	assert_int_equal(cluster_connect(&c, &fd), 0);
	(void)close(fd);
	(void)close(listener);
	cluster_sweep(&c);
	assert_int_equal(cluster_connect(&c, &fd), -ENOENT);
	cluster_deinit(&c);
}

static void purged(void **state)
{
	char path[128], fam[128];
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/c", dir);
	assert_int_equal(cluster_create(&c, path, &e), 0);
	assert_true(c.made);
	assert_int_equal(file_write(c.dirfd, "fam", "x", 1, 0600), 0);
	assert_int_equal(file_write(c.dirfd, "mine", "x", 1, 0600), 0);
	/* What is not ours stays. */
	assert_int_equal(cluster_purge(&c, NULL, &e), 0);
	assert_int_equal(faccessat(c.dirfd, "mine", F_OK, 0), 0);
	assert_int_equal(faccessat(c.dirfd, "fam", F_OK, 0), -1);
	(void)unlinkat(c.dirfd, "mine", 0);
	/* A shared memory elsewhere goes, too, unless somebody uses it. */
	(void)snprintf(fam, sizeof(fam), "%s/elsewhere", dir);
	fd = open(fam, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(cluster_purge(&c, fam, &e), -EBUSY);
	assert_int_equal(access(fam, F_OK), 0);
	(void)close(fd);
	assert_int_equal(cluster_purge(&c, fam, &e), 0);
	assert_int_equal(access(fam, F_OK), -1);
	assert_int_equal(access(path, F_OK), -1);
	cluster_deinit(&c);
}

/* A start: what it makes, and what of that is there once it is undone. */
static bool stays(const char *path, const char *name)
{
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	char file[160];

	(void)snprintf(file, sizeof(file), "%s/%s", path, name);
	assert_int_equal(cluster_create(&c, path, &e), 0);
	if (faccessat(c.dirfd, name, F_OK, 0) < 0)
		assert_int_equal(file_write(c.dirfd, name, "x", 1, 0600), 0);
	assert_int_equal(cluster_undo(&c, NULL, &e), 0);
	cluster_deinit(&c);
	return access(file, F_OK) == 0;
}

static void undone(void **state)
{
	char path[128], fam[128];
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/c", dir);
	assert_false(stays(path, CLUSTER_DB));
	assert_int_equal(access(path, F_OK), -1);
	/* What the user has made. */
	assert_int_equal(mkdir(path, 0755), 0);
	assert_false(stays(path, CLUSTER_DB));
	assert_int_equal(access(path, F_OK), 0);
	assert_true(stays(path, CLUSTER_SETTINGS));
	/* What an earlier start has made, but for a memory that is new. */
	assert_int_equal(cluster_create(&c, path, &e), 0);
	assert_int_equal(file_write(c.dirfd, CLUSTER_DB, "x", 1, 0600), 0);
	cluster_deinit(&c);
	assert_true(stays(path, CLUSTER_DB));
	(void)snprintf(fam, sizeof(fam), "%s/memory", dir);
	assert_int_equal(file_write(AT_FDCWD, fam, "x", 1, 0600), 0);
	assert_int_equal(cluster_create(&c, path, &e), 0);
	assert_int_equal(cluster_undo(&c, fam, &e), 0);
	assert_int_equal(access(fam, F_OK), -1);
	assert_int_equal(faccessat(c.dirfd, CLUSTER_DB, F_OK, 0), 0);
	cluster_deinit(&c);
}

/* The mark goes with the cluster, and so do sockets that a crash has left. */
static void temporary(void **state)
{
	char path[128];
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	int fd;

	(void)state;
	assert_false(cluster_is_temporary(&cluster));
	assert_int_equal(cluster_set_temporary(&cluster, false), 0);
	(void)snprintf(path, sizeof(path), "%s/run-suite1", dir);
	assert_int_equal(cluster_create(&c, path, &e), 0);
	assert_false(cluster_is_temporary(&c));
	assert_int_equal(cluster_set_temporary(&c, true), 0);
	assert_true(cluster_is_temporary(&c));
	assert_int_equal(cluster_set_temporary(&c, false), 0);
	assert_false(cluster_is_temporary(&c));
	assert_int_equal(cluster_set_temporary(&c, true), 0);
	assert_int_equal(cluster_listen(&c, CLUSTER_DOORBELL, &fd), 0);
	(void)close(fd);
	assert_int_equal(cluster_purge(&c, NULL, &e), 0);
	assert_int_equal(access(path, F_OK), -1);
	cluster_deinit(&c);
}

/* A directory without the lock's file is somebody's own: it is not touched. */
static void not_a_cluster(void **state)
{
	char path[128];
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	struct stat st;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/mine", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	/* Empty: nothing is lost by taking it. */
	assert_int_equal(cluster_open(&c, path, &e), -ENOENT);
	cluster_deinit(&c);
	(void)snprintf(path, sizeof(path), "%s/mine/log", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/mine", dir);
	assert_int_equal(cluster_create(&c, path, &e), -ENOTEMPTY);
	assert_non_null(strstr(e.msg, path));
	cluster_deinit(&c);
	assert_int_equal(cluster_open(&c, path, &e), -ENOENT);
	cluster_deinit(&c);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	(void)snprintf(path, sizeof(path), "%s/mine/lock", dir);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_owner), TEST(long_path), TEST(purged),
		TEST(undone),	 TEST(temporary), TEST(not_a_cluster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
