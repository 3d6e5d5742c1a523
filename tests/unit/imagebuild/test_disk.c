/* SPDX-License-Identifier: MIT */

/* test_disk.c - From what a profile says of a disk to the disk */

#include "disk.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>

#include "../unit.h"
#include "cleanup.h"
#include "sandbox.h"
#include "scratch.h"
#include "worktree.h"

#define LEAST \
	"[image]\nsuites = s\n[packages]\nkernel = k\n[disk]\nsize = 64M\n"
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct box {
	struct worktree tree;
	struct strv env;
	struct profile profile;
	struct stage stage;
};

static void open_box(struct scratch *s, struct box *b, const char *text)
{
	struct err e;
	char dir[PATH_MAX];

	*b = (struct box){ .tree = WORKTREE_NULL };
	scratch_path(s, "t", dir, sizeof(dir));
	assert_int_equal(worktree_init(&b->tree, dir), 0);
	assert_int_equal(worktree_make(&b->tree), 0);
	if (profile_parse("x", text, &b->profile, &e) < 0)
		fail_msg("%s", e.msg);
	b->stage = (struct stage){ .tree = b->tree.root_path,
				   .root = b->tree.root,
				   .log = STDERR_FILENO,
				   .owners = b->tree.owners,
				   .epoch = 1000,
				   .line_env = &b->env };
}

static void close_box(struct box *b)
{
	profile_deinit(&b->profile);
	worktree_deinit(&b->tree);
	strv_deinit(&b->env);
}

static void is_text(struct box *b, const char *name, const char *want)
{
	CLEANUP_FREE char *text = NULL;

	assert_int_equal(file_read(b->tree.root, name, 1000, &text, NULL), 0);
	assert_string_equal(text, want);
}

static void units_are_masked(void **state)
{
	struct scratch *s = *state;
	char target[64] = "";
	struct box b;
	struct err e;

	open_box(s, &b, LEAST "mask = a.service b.timer\n");
	/* A kept tree has been through it already. */
	for (int i = 0; i < 2; i++)
		if (disk_fill(&b.stage, &b.profile, &e) < 0)
			fail_msg("%s", e.msg);
	assert_true(readlinkat(b.tree.root, "etc/systemd/system/b.timer",
			       target, sizeof(target)) > 0);
	assert_string_equal(target, "/dev/null");
	close_box(&b);
}

/* A script of a package has left a link: what is put is put into the tree. */
static void links_do_not_lead_out(void **state)
{
	struct scratch *s = *state;
	char out[PATH_MAX];
	struct box b;
	struct err e;

	open_box(s, &b, LEAST "mask = x.service\n");
	scratch_path(s, "", out, sizeof(out));
	assert_int_equal(symlinkat(out, b.tree.root, "etc"), 0);
	assert_true(disk_fill(&b.stage, &b.profile, &e) < 0);
	assert_non_null(strstr(e.msg, "\"x.service\""));
	assert_int_equal(faccessat(s->fd, "systemd", F_OK, 0), -1);
	close_box(&b);
}

/* False: no sandbox here. */
static bool put_shell(struct scratch *s)
{
	CLEANUP_FREE char *data = NULL;
	struct err e = { 0 };
	char path[PATH_MAX];
	size_t len;
	int fd;

	scratch_path(s, "t/root", path, sizeof(path));
	if (sandbox_probe(path, &e) < 0 ||
	    file_read(AT_FDCWD, "/bin/busybox", 1U << 24, &data, &len) < 0)
		return false;
	scratch_put(s, "t/root/bin/busybox", "");
	fd = openat(s->fd, "t/root/bin/busybox", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write_all(fd, data, len), 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	(void)close(fd);
	assert_int_equal(symlinkat("busybox", s->fd, "t/root/bin/sh"), 0);
	return true;
}

static void inode(ext2_filsys fs, const char *name, struct ext2_inode *ret)
{
	ext2_ino_t ino;

	if (ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, name, &ino) ||
	    ext2fs_read_inode(fs, ino, ret))
		fail_msg("there is no %s", name);
}

static void from_lines_to_the_disk(void **state)
{
	static const char text[] = LEAST
		"run = echo $WORD $SOURCE_DATE_EPOCH >/etc/word\n"
		"run = busybox chown 3:4 /etc/word; busybox chmod 640 "
		"/etc/word\n";
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct ext2_inode i;
	ext2_filsys fs;
	struct box b;
	struct err e;

	open_box(s, &b, text);
	scratch_put(s, "t/root/etc/shadow", "x");
	scratch_put(s, "t/root/usr/src/fame/x", "x");
	if (!put_shell(s)) {
		close_box(&b);
		skip();
	}
	strv_push(&b.env, "WORD=abc");
	if (disk_fill(&b.stage, &b.profile, &e) < 0)
		fail_msg("%s", e.msg);
	is_text(&b, "etc/word", "abc 1000\n");
	scratch_path(s, "disk", path, sizeof(path));
	if (disk_write(&b.stage, &b.profile, KEY, path, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0,
				     unix_io_manager, &fs),
			 0);
	inode(fs, "/etc/word", &i);
	assert_int_equal(inode_uid(i), 3);
	assert_int_equal(inode_gid(i), 4);
	assert_int_equal(i.i_mode, S_IFREG | 0640);
	assert_int_equal(i.i_mtime, 1000);
	inode(fs, "/etc/shadow", &i);
	assert_int_equal(inode_gid(i), 42);
	ext2fs_close(fs);
	close_box(&b);
}

static void failed_line(void **state)
{
	struct scratch *s = *state;
	struct box b;
	struct err e;

	open_box(s, &b, LEAST "run = exit 7\nrun = echo x >/later\n");
	if (put_shell(s)) {
		assert_int_equal(disk_fill(&b.stage, &b.profile, &e),
				 -ECANCELED);
		assert_non_null(strstr(e.msg, "\"exit 7\" failed"));
		assert_int_equal(faccessat(b.tree.root, "later", F_OK, 0), -1);
	}
	close_box(&b);
}

/* ---- the tree that is kept ---- */

static void kept_tree(void **state)
{
	struct worktree a = WORKTREE_NULL, b = WORKTREE_NULL;
	struct scratch *s = *state;
	char dir[PATH_MAX];

	scratch_path(s, "t", dir, sizeof(dir));
	assert_int_equal(worktree_init(&a, dir), 0);
	assert_int_equal(worktree_open(&a), -ENOENT);
	assert_int_equal(worktree_make(&a), 0);
	scratch_put(s, "t/root/f", "x");
	assert_int_equal(worktree_date(&a, 4242), 0);
	worktree_deinit(&a);
	assert_int_equal(renameat(s->fd, "t", s->fd, "u"), 0);
	scratch_path(s, "u", dir, sizeof(dir));
	assert_int_equal(worktree_init(&b, dir), 0);
	assert_int_equal(worktree_open(&b), 0);
	assert_int_equal(b.epoch, 4242);
	assert_int_equal(faccessat(b.root, "f", F_OK, 0), 0);
	worktree_deinit(&b);
	scratch_put(s, "u/epoch", "soon");
	assert_int_equal(worktree_open(&b), -EINVAL);
	worktree_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(units_are_masked),
		scratch_test(links_do_not_lead_out),
		scratch_test(from_lines_to_the_disk),
		scratch_test(failed_line),
		scratch_test(kept_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
