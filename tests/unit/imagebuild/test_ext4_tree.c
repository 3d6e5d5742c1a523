/* SPDX-License-Identifier: MIT */

/* test_ext4_tree.c - A tree and notes about owners become a file system */

#include "ext4_tree.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../unit.h"
#include "cleanup.h"
#include "hash.h"
#include "scratch.h"
#include "spawn.h"

#define NOW 1700000000

static const char *const empty[] = { "proc", "var/tmp", NULL };
static const char *const absent[] = { "usr/src/fame", NULL };

struct image {
	struct scratch tree;
	char path[PATH_MAX];
	int log;
};

static int setup(void **state)
{
	struct scratch *s;
	struct image *i = calloc(1, sizeof(*i));

	if (!i || scratch_setup(state) < 0)
		return -1;
	s = *state;
	(void)snprintf(i->path, sizeof(i->path), "%s/image", s->path);
	(void)snprintf(i->tree.path, sizeof(i->tree.path), "%.900s/tree",
		       s->path);
	if (mkdirat(s->fd, "tree", 0755) < 0)
		return -1;
	i->tree.fd = open(i->tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	i->log = openat(s->fd, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
			0600);
	free(s);
	*state = i;
	return i->log < 0;
}

static int teardown(void **state)
{
	struct image *i = *state;
	int r;

	(void)close(i->log);
	(void)close(i->tree.fd);
	*strrchr(i->path, '/') = '\0';
	r = remove_tree(AT_FDCWD, i->path);
	free(i);
	return r;
}

#define image_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void note(struct image *i, const char *name, const struct owner *o)
{
	CLEANUP_FD int fd = openat(i->tree.fd, name, O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(owners_note(i->log, fd, o), 0);
}

static int write_size(struct image *i, const char *path, uint64_t size,
		      struct err *e)
{
	struct ext4_tree t = {
		.root = i->tree.fd,
		.empty = empty,
		.absent = absent,
		.conf = { .size = size, .now = NOW, .label = "x" }
	};
	struct owners o;
	int r;

	assert_int_equal(owners_load(i->log, &o), 0);
	t.owners = &o;
	r = ext4_tree_write(&t, path, e);
	owners_deinit(&o);
	return r;
}

static void write_image(struct image *i, const char *path)
{
	struct err e;

	if (write_size(i, path, 64 << 20, &e) < 0)
		fail_msg("%s", e.msg);
}

static ext2_ino_t find(ext2_filsys fs, const char *name, struct ext2_inode *ret)
{
	ext2_ino_t ino = 0;

	if (ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, name, &ino))
		return 0;
	assert_int_equal(ext2fs_read_inode(fs, ino, ret), 0);
	return ino;
}

static ext2_filsys look(const char *path)
{
	char *const argv[] = { (char[]){ "e2fsck" }, (char[]){ "-fn" },
			       strdupa(path), NULL };
	char out[4096] = "";
	ext2_filsys fs;
	int r = spawn_output(&(struct spawn){ .file = "/sbin/e2fsck",
					      .argv = argv },
			     STDOUT_FILENO, out, sizeof(out));

	if (r && r != -ENOENT)
		fail_msg("e2fsck: %d: %s", r, out);
	assert_int_equal(ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0,
				     unix_io_manager, &fs),
			 0);
	return fs;
}

static void names_and_modes(void **state)
{
	struct image *i = *state;
	struct ext2_inode a, b;
	ext2_filsys fs;

	scratch_put(&i->tree, "bin/a", "text");
	scratch_put(&i->tree, "proc/1/x", "x");
	scratch_put(&i->tree, "var/tmp/x", "x");
	scratch_put(&i->tree, "usr/src/fame/out/x", "x");
	scratch_put(&i->tree, "usr/src/other", "x");
	scratch_put(&i->tree, "closed", "secret");
	assert_int_equal(linkat(i->tree.fd, "bin/a", i->tree.fd, "also", 0), 0);
	assert_int_equal(symlinkat("bin/a", i->tree.fd, "link"), 0);
	assert_int_equal(mkfifoat(i->tree.fd, "fifo", 0600), 0);
	assert_int_equal(fchmodat(i->tree.fd, "bin/a", 06711, 0), 0);
	assert_int_equal(fchmodat(i->tree.fd, "var/tmp", 01777, 0), 0);
	assert_int_equal(fchmodat(i->tree.fd, "closed", 0, 0), 0);
	write_image(i, i->path);
	fs = look(i->path);
	assert_int_equal(find(fs, "/bin/a", &a), find(fs, "/also", &b));
	assert_int_equal(a.i_links_count, 2);
	assert_int_equal(a.i_mode, S_IFREG | 06711);
	assert_int_equal(a.i_size, 4);
	/* Whoever builds: everything is root's, and not of today. */
	assert_int_equal(inode_uid(a), 0);
	assert_int_equal(inode_gid(a), 0);
	assert_int_equal(a.i_mtime, NOW);
	assert_true(find(fs, "/closed", &a));
	assert_int_equal(a.i_mode, S_IFREG);
	assert_int_equal(a.i_size, 6);
	assert_true(find(fs, "/fifo", &a));
	assert_int_equal(a.i_mode, S_IFIFO | 0600);
	assert_true(find(fs, "/var/tmp", &a));
	assert_int_equal(a.i_mode, S_IFDIR | 01777);
	assert_true(find(fs, "/proc", &a));
	assert_true(find(fs, "/lost+found", &a));
	assert_int_equal(a.i_mode, S_IFDIR | 0700);
	assert_true(find(fs, "/usr/src/other", &a));
	assert_int_equal(find(fs, "/proc/1", &a), 0);
	assert_int_equal(find(fs, "/var/tmp/x", &a), 0);
	assert_int_equal(find(fs, "/usr/src/fame", &a), 0);
	ext2fs_close(fs);
}

static void owners(void **state)
{
	struct image *i = *state;
	struct ext2_xattr_handle *h;
	struct ext2_inode n;
	ext2_filsys fs;
	ext2_ino_t ino;
	void *value;
	size_t len;

	scratch_put(&i->tree, "etc/shadow", "x");
	scratch_put(&i->tree, "dev/tty", "");
	scratch_put(&i->tree, "ping", "x");
	note(i, "etc/shadow",
	     &(struct owner){ .what = OWNERS_UID | OWNERS_GID, .gid = 42 });
	note(i, "etc", &(struct owner){ .what = OWNERS_UID, .uid = 100000 });
	note(i, "dev/tty",
	     &(struct owner){ .what = OWNERS_DEVICE | OWNERS_GID,
			      .gid = 5,
			      .mode = S_IFCHR,
			      .major = 5 });
	note(i, "ping",
	     &(struct owner){ .what = OWNERS_CAPABILITY,
			      .capability_len = 20,
			      .capability = { 1, 0, 0, 2, 0, 32 } });
	assert_int_equal(fchmodat(i->tree.fd, "dev/tty", 0620, 0), 0);
	write_image(i, i->path);
	fs = look(i->path);
	assert_true(find(fs, "/etc/shadow", &n));
	assert_int_equal(inode_gid(n), 42);
	assert_true(find(fs, "/etc", &n));
	assert_int_equal(inode_uid(n), 100000);
	assert_true(find(fs, "/dev/tty", &n));
	assert_int_equal(n.i_mode, S_IFCHR | 0620);
	assert_int_equal(n.i_block[0], 5 << 8);
	assert_int_equal(inode_gid(n), 5);
	ino = find(fs, "/ping", &n);
	assert_int_equal(ext2fs_xattrs_open(fs, ino, &h), 0);
	assert_int_equal(ext2fs_xattrs_read(h), 0);
	assert_int_equal(
		ext2fs_xattr_get(h, "security.capability", &value, &len), 0);
	assert_int_equal(len, 20);
	assert_memory_equal(value, "\1\0\0\2\0\40", 6);
	ext2fs_free_mem(&value);
	(void)ext2fs_xattrs_close(&h);
	ext2fs_close(fs);
}

static void attributes_of_users(void **state)
{
	struct image *i = *state;
	CLEANUP_FD int fd = -1;
	struct ext2_xattr_handle *h;
	struct ext2_inode n;
	ext2_filsys fs;
	void *value;
	size_t len;

	scratch_put(&i->tree, "file", "x");
	fd = openat(i->tree.fd, "file", O_RDONLY | O_CLOEXEC);
	if (fsetxattr(fd, "user.mine", "abc", 3, 0) < 0)
		skip();
	write_image(i, i->path);
	fs = look(i->path);
	assert_int_equal(ext2fs_xattrs_open(fs, find(fs, "/file", &n), &h), 0);
	assert_int_equal(ext2fs_xattrs_read(h), 0);
	assert_int_equal(ext2fs_xattr_get(h, "user.mine", &value, &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(value, "abc", 3);
	ext2fs_free_mem(&value);
	(void)ext2fs_xattrs_close(&h);
	ext2fs_close(fs);
}

/* Made in another order at another time, it is the same image. */
static void repeatable(void **state)
{
	static const char *const names[] = { "b/x", "a/z", "c", "a/y" };
	struct image *i = *state;
	char hex[2][HASH_HEX], path[PATH_MAX];

	for (size_t k = 0; k < 4; k++)
		scratch_put(&i->tree, names[k], names[k]);
	write_image(i, i->path);
	assert_int_equal(hash_file(AT_FDCWD, i->path, hex[0], NULL), 0);
	for (size_t k = 4; k--;)
		assert_int_equal(unlinkat(i->tree.fd, names[k], 0), 0);
	assert_int_equal(unlinkat(i->tree.fd, "a", AT_REMOVEDIR), 0);
	for (size_t k = 4; k--;)
		scratch_put(&i->tree, names[k], names[k]);
	(void)snprintf(path, sizeof(path), "%.900s/../again", i->tree.path);
	write_image(i, path);
	assert_int_equal(hash_file(AT_FDCWD, path, hex[1], NULL), 0);
	assert_string_equal(hex[0], hex[1]);
}

static void too_small(void **state)
{
	struct image *i = *state;
	CLEANUP_FREE char *data = malloc(90 << 20);
	struct err e;
	int fd =
		openat(i->tree.fd, "big", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && data);
	memset(data, 'x', 90 << 20);
	assert_int_equal(write_all(fd, data, 90 << 20), 0);
	(void)close(fd);
	assert_int_equal(write_size(i, i->path, 64 << 20, &e), -EFBIG);
	assert_non_null(strstr(e.msg, "FAME_VFS_GBYTES"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		image_test(names_and_modes),	 image_test(owners),
		image_test(repeatable),		 image_test(too_small),
		image_test(attributes_of_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
