/* SPDX-License-Identifier: MIT */

/* test_files.c - Directories into a hash, and into a tree */

#include "files.h"

#include <errno.h>

#include "../unit.h"
#include "cleanup.h"
#include "scratch.h"

static void hash_of(struct scratch *s, const char *as, bool all,
		    char ret[HASH_HEX])
{
	CLEANUP_HASH struct hash h;
	char dir[PATH_MAX];
	struct err e = { 0 };

	scratch_path(s, "from", dir, sizeof(dir));
	hash_init(&h);
	if (files_hash(&(struct files){ dir, as, all }, &h, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(hash_final(&h, ret), 0);
}

static void fill(struct scratch *s)
{
	scratch_put(s, "from/etc/conf", "x=1\n");
	scratch_put(s, "from/etc/.hidden", "h");
	scratch_put(s, "from/a.o", "o");
	scratch_put(s, "from/bin/run", "#!/bin/sh\n");
	assert_int_equal(fchmodat(s->fd, "from/bin/run", 04711, 0), 0);
	assert_int_equal(symlinkat("conf", s->fd, "from/etc/link"), 0);
	assert_int_equal(mkfifoat(s->fd, "from/fifo", 0600), 0);
}

static void hash_changes_with_all_that_counts(void **state)
{
	struct scratch *s = *state;
	char was[HASH_HEX], is[HASH_HEX];

	fill(s);
	hash_of(s, "", true, was);
	hash_of(s, "", true, is);
	assert_string_equal(was, is);
	assert_int_equal(fchmodat(s->fd, "from/bin/run", 0700, 0), 0);
	hash_of(s, "", true, is);
	assert_string_equal(was, is);
	hash_of(s, "other", true, is);
	assert_string_not_equal(was, is);
	hash_of(s, "", false, is);
	assert_string_not_equal(was, is);
	assert_int_equal(fchmodat(s->fd, "from/bin/run", 0600, 0), 0);
	hash_of(s, "", true, is);
	assert_string_not_equal(was, is);
	memcpy(was, is, sizeof(was));
	scratch_put(s, "from/etc/.hidden", "i");
	hash_of(s, "", true, is);
	assert_string_not_equal(was, is);
	memcpy(was, is, sizeof(was));
	assert_int_equal(unlinkat(s->fd, "from/etc/link", 0), 0);
	assert_int_equal(symlinkat("gone", s->fd, "from/etc/link"), 0);
	hash_of(s, "", true, is);
	assert_string_not_equal(was, is);
}

static int copy(struct scratch *s, const char *from, bool all, struct err *e)
{
	CLEANUP_FD int root = -1;
	char dir[PATH_MAX];

	scratch_path(s, from, dir, sizeof(dir));
	(void)mkdirat(s->fd, "tree", 0755);
	root = openat(s->fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return files_copy(&(struct files){ dir, "", all }, root, e);
}

static void has(struct scratch *s, const char *name, mode_t mode)
{
	struct stat st;

	if (fstatat(s->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (mode_t)st.st_mode != mode)
		fail_msg("%s: %o", name, (unsigned int)st.st_mode);
}

static void into_a_tree(void **state)
{
	struct scratch *s = *state;
	CLEANUP_FREE char *text = NULL;
	struct err e = { 0 };

	fill(s);
	scratch_put(s, "tree/etc/conf", "x=0\n");
	/* The system of the tree may have its programs elsewhere. */
	scratch_put(s, "tree/usr/bin/x", "x");
	assert_int_equal(symlinkat("usr/bin", s->fd, "tree/bin"), 0);
	if (copy(s, "from", true, &e) < 0)
		fail_msg("%s", e.msg);
	has(s, "tree/usr/bin/run", S_IFREG | 0755);
	has(s, "tree/etc/.hidden", S_IFREG | 0644);
	has(s, "tree/etc/link", S_IFLNK | 0777);
	has(s, "tree/a.o", S_IFREG | 0644);
	assert_int_equal(faccessat(s->fd, "tree/fifo", F_OK, 0), -1);
	assert_int_equal(file_read(s->fd, "tree/etc/conf", 9, &text, NULL), 0);
	assert_string_equal(text, "x=1\n");
}

static void only_what_was_written(void **state)
{
	struct scratch *s = *state;
	struct err e = { 0 };

	fill(s);
	assert_int_equal(copy(s, "from", false, &e), 0);
	has(s, "tree/etc/conf", S_IFREG | 0644);
	assert_int_equal(faccessat(s->fd, "tree/a.o", F_OK, 0), -1);
	assert_int_equal(faccessat(s->fd, "tree/etc/.hidden", F_OK, 0), -1);
}

static void what_cannot_be_is_named(void **state)
{
	struct scratch *s = *state;
	char out[PATH_MAX];
	struct err e = { 0 };

	assert_int_equal(copy(s, "nothing", true, &e), -ENOENT);
	assert_non_null(strstr(e.msg, "/nothing\""));
	/* What ran in the tree may have left a link that leads out. */
	fill(s);
	scratch_path(s, "out", out, sizeof(out));
	scratch_put(s, "out/x", "x");
	assert_int_equal(symlinkat(out, s->fd, "tree/etc"), 0);
	assert_true(copy(s, "from", true, &e) < 0);
	assert_non_null(strstr(e.msg, "/from/etc/"));
	assert_int_equal(faccessat(s->fd, "out/conf", F_OK, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(hash_changes_with_all_that_counts),
		scratch_test(into_a_tree),
		scratch_test(only_what_was_written),
		scratch_test(what_cannot_be_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
