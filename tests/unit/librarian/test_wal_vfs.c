/* SPDX-License-Identifier: MIT */

/* test_wal_vfs.c - The log's writes are put together, and are what they were */

#include "../unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "wal_vfs.h"

struct world {
	char dir[64];
	char path[80];
	struct wal_vfs vfs;
	sqlite3_file *file;
};

static void open_log(struct world *w)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_WAL;

	w->file = calloc(1, (size_t)w->vfs.vfs.szOsFile);
	assert_non_null(w->file);
	assert_int_equal(w->vfs.vfs.xOpen(&w->vfs.vfs, w->path, w->file, flags,
					  &flags),
			 SQLITE_OK);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "%.30s/wal_vfs.XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	/* SQLite's names end with two NULs. */
	(void)snprintf(w->path, sizeof(w->path) - 1, "%s/log", w->dir);
	assert_int_equal(wal_vfs_register(&w->vfs), SQLITE_OK);
	open_log(w);
	*state = w;
	return 0;
}

static int close_log(struct world *w)
{
	int rc = w->file->pMethods->xClose(w->file);

	free(w->file);
	w->file = NULL;
	return rc;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	if (w->file)
		(void)close_log(w);
	wal_vfs_unregister(&w->vfs);
	(void)remove_tree(-1, w->dir);
	free(w);
	return 0;
}

static int put(struct world *w, const char *text, sqlite3_int64 offset)
{
	return w->file->pMethods->xWrite(w->file, text, (int)strlen(text),
					 offset);
}

static void assert_file(const struct world *w, const char *want)
{
	char got[256] = "";
	int fd = open(w->path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, want);
	(void)close(fd);
}

static void test_together(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "abc", 0), SQLITE_OK);
	assert_int_equal(put(w, "def", 3), SQLITE_OK);
	assert_file(w, "");
	assert_int_equal(w->file->pMethods->xSync(w->file, SQLITE_SYNC_NORMAL),
			 SQLITE_OK);
	assert_file(w, "abcdef");
	assert_int_equal(put(w, "X", 0), SQLITE_OK);
	assert_int_equal(put(w, "Y", 4), SQLITE_OK);
	assert_file(w, "Xbcdef");
	assert_int_equal(close_log(w), SQLITE_OK);
	assert_file(w, "XbcdYf");
}

/* Whoever looks sees what was written. */
static void test_seen(void **state)
{
	struct world *w = *state;
	sqlite3_int64 size;
	char got[4] = "";

	assert_int_equal(put(w, "abcdef", 0), SQLITE_OK);
	assert_int_equal(w->file->pMethods->xRead(w->file, got, 3, 2),
			 SQLITE_OK);
	assert_string_equal(got, "cde");
	assert_int_equal(put(w, "ghi", 6), SQLITE_OK);
	assert_int_equal(w->file->pMethods->xFileSize(w->file, &size),
			 SQLITE_OK);
	assert_int_equal(size, 9);
	assert_int_equal(put(w, "jkl", 9), SQLITE_OK);
	assert_int_equal(w->file->pMethods->xTruncate(w->file, 10), SQLITE_OK);
	assert_file(w, "abcdefghij");
}

/* More than fits, in pieces and at once. */
static void test_large(void **state)
{
	static char page[100000];
	struct world *w = *state;
	sqlite3_int64 at = 0;
	struct stat st;

	memset(page, 'x', sizeof(page));
	for (int i = 0; i < 50; i++, at += 4120)
		assert_int_equal(w->file->pMethods->xWrite(w->file, page, 4120,
							   at),
				 SQLITE_OK);
	assert_int_equal(w->file->pMethods->xWrite(w->file, page, sizeof(page),
						   at),
			 SQLITE_OK);
	at += (sqlite3_int64)sizeof(page);
	assert_int_equal(put(w, "end", at), SQLITE_OK);
	assert_int_equal(close_log(w), SQLITE_OK);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_size, at + 3);
}

/* What cannot be written is said by the sync, before anything is durable. */
static void test_failure(void **state)
{
	struct rlimit before, small;
	struct world *w = *state;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 4, before.rlim_max };
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(put(w, "abcdef", 4), SQLITE_OK);
	assert_int_not_equal(w->file->pMethods->xSync(w->file,
						      SQLITE_SYNC_NORMAL),
			     SQLITE_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(w->file->pMethods->xSync(w->file, SQLITE_SYNC_NORMAL),
			 SQLITE_OK);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_together),
		TEST(test_seen),
		TEST(test_large),
		TEST(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
