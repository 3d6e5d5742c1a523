/* SPDX-License-Identifier: MIT */

/* test_ext4.c - Our ext4 file systems, looked at by e2fsck and libext2fs */

#include "ext4.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>

#include "../unit.h"
#include "cleanup.h"
#include "hash.h"
#include "scratch.h"
#include "spawn.h"
#include "strv.h"

#define SIZE (256ULL << 20)
#define NOW 1700000000

static const struct ext4_attr dir_attr = { .mode = S_IFDIR | 0755,
					   .mtime = NOW };

static struct ext4 *make(const char *path, uint64_t size)
{
	struct ext4_conf c = { .size = size, .now = NOW, .label = "test" };
	struct ext4 *x = NULL;

	memset(c.uuid, 7, sizeof(c.uuid));
	memset(c.hash_seed, 8, sizeof(c.hash_seed));
	assert_int_equal(ext4_new(path, &c, &x), 0);
	return x;
}

static int put(struct scratch *s, size_t len, off_t at, char c)
{
	CLEANUP_FREE char *data = malloc(len + 1);
	int fd = openat(s->fd, "data", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	assert_true(fd >= 0 && data);
	memset(data, c, len);
	assert_int_equal(pwrite(fd, data, len, at), (ssize_t)len);
	return fd;
}

static void root_only(struct ext4 *x, const struct ext4_name *names, size_t n)
{
	assert_int_equal(ext4_dir_write(x, EXT4_ROOT, EXT4_ROOT, &dir_attr,
					names, n),
			 0);
}

/* Neither damage nor anything that it would rather have otherwise. */
static void fsck(const char *path)
{
	char *const argv[] = { (char[]){ "e2fsck" }, (char[]){ "-fn" },
			       strdupa(path), NULL };
	char out[4096];
	int r = spawn_output(&(struct spawn){ .file = "/sbin/e2fsck",
					      .argv = argv },
			     STDOUT_FILENO, out, sizeof(out));

	if (r == -ENOENT)
		skip();
	if (r)
		fail_msg("e2fsck: %d: %s", r, out);
}

static ext2_filsys look(const char *path)
{
	ext2_filsys fs;

	assert_int_equal(ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0,
				     unix_io_manager, &fs),
			 0);
	return fs;
}

static ext2_ino_t inode(ext2_filsys fs, const char *name,
			struct ext2_inode_large *ret)
{
	ext2_ino_t ino = 0;

	if (ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, name, &ino) ||
	    ext2fs_read_inode_full(fs, ino, (struct ext2_inode *)ret,
				   sizeof(*ret)))
		fail_msg("there is no %s", name);
	return ino;
}

/* ---- one of everything ---- */

static const struct ext4_attr file_attr = {
	.mode = S_IFREG | 06755, .uid = 70000, .gid = 42, .mtime = 1
};

static void fill(struct scratch *s, struct ext4 *x)
{
	static const struct ext4_attr link = { .mode = S_IFLNK | 0777 };
	static const struct ext4_attr node = { .mode = S_IFCHR | 0600,
					       .major = 5,
					       .minor = 1 };
	static const struct ext4_attr large = { .mode = S_IFBLK | 0660,
						.major = 259,
						.minor = 70000 };
	char target[101];
	struct ext4_name n[] = {
		{ "empty", 0, S_IFREG },  { "fast", 0, S_IFLNK },
		{ "file", 0, S_IFREG },	  { "large", 0, S_IFBLK },
		{ "link", 0, S_IFREG },	  { "node", 0, S_IFCHR },
		{ "slow", 0, S_IFLNK },	  { "sparse", 0, S_IFREG },
		{ "subdir", 0, S_IFDIR },
	};
	int fd = put(s, 3000000, 0, 'x');

	assert_int_equal(ext4_add_file(x, &file_attr, fd, &n[2].ino), 0);
	(void)close(fd);
	n[4].ino = n[2].ino;
	assert_int_equal(ext4_add_link(x, n[2].ino), 0);
	fd = put(s, 10, 100 << 20, 'y');
	assert_int_equal(ext4_add_file(x, &file_attr, fd, &n[7].ino), 0);
	(void)close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ext4_add_file(x, &file_attr, fd, &n[0].ino), 0);
	(void)close(fd);
	memset(target, 't', 100);
	target[100] = '\0';
	assert_int_equal(ext4_add_symlink(x, &link, target, &n[6].ino), 0);
	target[59] = '\0';
	assert_int_equal(ext4_add_symlink(x, &link, target, &n[1].ino), 0);
	assert_int_equal(ext4_add_node(x, &node, &n[5].ino), 0);
	assert_int_equal(ext4_add_node(x, &large, &n[3].ino), 0);
	assert_int_equal(ext4_add_dir(x, &n[8].ino), 0);
	assert_int_equal(
		ext4_dir_write(x, n[8].ino, EXT4_ROOT, &dir_attr, NULL, 0), 0);
	assert_int_equal(ext4_add_xattr(x, n[2].ino, "security.capability",
					"01234567890123456789", 20),
			 0);
	root_only(x, n, sizeof(n) / sizeof(n[0]));
}

static void check_file(ext2_filsys fs)
{
	struct ext2_xattr_handle *h;
	struct ext2_inode_large i;
	ext2_ino_t ino = inode(fs, "file", &i);
	void *value;
	size_t len;

	assert_int_equal(inode(fs, "link", &i), ino);
	assert_int_equal(i.i_links_count, 2);
	assert_int_equal(i.i_mode, S_IFREG | 06755);
	assert_int_equal(inode_uid(i), 70000);
	assert_int_equal(inode_gid(i), 42);
	assert_int_equal(i.i_size, 3000000);
	assert_int_equal(i.i_mtime, 1);
	assert_int_equal(i.i_ctime, NOW);
	assert_int_equal(ext2fs_xattrs_open(fs, ino, &h), 0);
	assert_int_equal(ext2fs_xattrs_read(h), 0);
	assert_int_equal(
		ext2fs_xattr_get(h, "security.capability", &value, &len), 0);
	assert_int_equal(len, 20);
	assert_memory_equal(value, "01234567890123456789", 20);
	ext2fs_free_mem(&value);
	(void)ext2fs_xattrs_close(&h);
}

static void everything(void **state)
{
	struct scratch *s = *state;
	struct ext2_inode_large i;
	char path[PATH_MAX];
	struct stat st;
	struct ext4 *x;
	ext2_filsys fs;

	scratch_path(s, "image", path, sizeof(path));
	x = make(path, SIZE);
	fill(s, x);
	assert_int_equal(ext4_finish(x), 0);
	x = ext4_free(x);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, SIZE);
	assert_true(st.st_blocks * 512 < (24 << 20));
	fs = look(path);
	check_file(fs);
	(void)inode(fs, "sparse", &i);
	assert_int_equal(i.i_size, (100 << 20) + 10);
	assert_int_equal(i.i_blocks, 8);
	(void)inode(fs, "slow", &i);
	assert_int_equal(i.i_size, 100);
	(void)inode(fs, "fast", &i);
	assert_int_equal(i.i_size, 59);
	assert_int_equal(i.i_blocks, 0);
	(void)inode(fs, "node", &i);
	assert_int_equal(i.i_block[0], 5 << 8 | 1);
	(void)inode(fs, "large", &i);
	assert_int_equal(i.i_block[1], 259 << 8 | 112 | 70000 / 256 << 20);
	ext2fs_close(fs);
	fsck(path);
}

/* What the library asks for the time, too: never the same twice. */
time_t time(time_t *t)
{
	static time_t now = 1000;

	now += 1000;
	if (t)
		*t = now;
	return now;
}

static void same_bytes(void **state)
{
	struct scratch *s = *state;
	char hex[2][HASH_HEX], path[PATH_MAX];

	for (int i = 0; i < 2; i++) {
		struct ext4 *x;

		scratch_path(s, i ? "b" : "a", path, sizeof(path));
		x = make(path, SIZE);
		fill(s, x);
		assert_int_equal(ext4_finish(x), 0);
		x = ext4_free(x);
		assert_int_equal(hash_file(AT_FDCWD, path, hex[i], NULL), 0);
	}
	assert_string_equal(hex[0], hex[1]);
}

/* ---- many ---- */

/* @n names of a file, each @len long: does it get an index? */
static void names_of_a_file(struct scratch *s, size_t n, int len, bool indexed)
{
	CLEANUP_STRV struct strv text = { 0 };
	struct ext4_name *names = calloc(n, sizeof(*names));
	struct ext2_inode_large i;
	char path[PATH_MAX];
	struct ext4 *x;
	ext2_filsys fs;
	int fd = put(s, 1, 0, 'x');

	scratch_path(s, "image", path, sizeof(path));
	x = make(path, 512ULL << 20);
	for (size_t k = 0; k < n; k++) {
		strv_pushf(&text, "%0*zu", len, k);
		names[k] = (struct ext4_name){ text.v[k], 0, S_IFREG };
		assert_int_equal(
			ext4_add_file(x, &file_attr, fd, &names[k].ino), 0);
	}
	(void)close(fd);
	root_only(x, names, n);
	assert_int_equal(ext4_finish(x), 0);
	x = ext4_free(x);
	fs = look(path);
	for (size_t k = 0; k < n; k += 77)
		assert_int_equal(inode(fs, text.v[k], &i), names[k].ino);
	assert_int_equal(ext2fs_read_inode(fs, EXT2_ROOT_INO,
					   (struct ext2_inode *)&i),
			 0);
	assert_int_equal(!!(i.i_flags & EXT2_INDEX_FL), indexed);
	ext2fs_close(fs);
	free(names);
	fsck(path);
	assert_int_equal(unlink(path), 0);
}

static void large_directories(void **state)
{
	struct scratch *s = *state;

	/* One block; two; many; more than one level of index could name. */
	names_of_a_file(s, 100, 10, false);
	names_of_a_file(s, 300, 10, true);
	names_of_a_file(s, 7000, 255, true);
	names_of_a_file(s, 8200, 255, false);
}

/* More extents than the inode holds. */
static void holes(void **state)
{
	struct scratch *s = *state;
	struct ext4_name n = { "holes", 0, S_IFREG };
	struct ext2_inode_large i;
	char path[PATH_MAX];
	struct ext4 *x;
	ext2_filsys fs;
	int fd = put(s, 4096, 0, 'x');

	for (off_t k = 1; k < 3000; k++)
		assert_int_equal(pwrite(fd, "h", 1, k * 8192), 1);
	scratch_path(s, "image", path, sizeof(path));
	x = make(path, SIZE);
	assert_int_equal(ext4_add_file(x, &file_attr, fd, &n.ino), 0);
	(void)close(fd);
	root_only(x, &n, 1);
	assert_int_equal(ext4_finish(x), 0);
	x = ext4_free(x);
	fs = look(path);
	(void)inode(fs, "holes", &i);
	assert_true(i.i_blocks >= 3000 * 8);
	ext2fs_close(fs);
	fsck(path);
}

/* ---- what goes wrong ---- */

static void full(void **state)
{
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct ext4 *x;
	uint32_t ino;
	int fd = put(s, 90 << 20, 0, 'x');

	scratch_path(s, "image", path, sizeof(path));
	x = make(path, 64 << 20);
	assert_int_equal(ext4_add_file(x, &file_attr, fd, &ino), -EFBIG);
	(void)close(fd);
	x = ext4_free(x);
	assert_null(x);
}

static void bad_input(void **state)
{
	struct scratch *s = *state;
	char path[PATH_MAX], longest[5000];
	struct ext4_conf c = { .size = SIZE, .label = "" };
	struct ext4_name n = { longest, 12, S_IFREG };
	struct ext4 *x;
	uint32_t ino;

	scratch_path(s, "image", path, sizeof(path));
	x = make(path, SIZE);
	memset(longest, 'x', sizeof(longest));
	longest[4096] = '\0';
	assert_int_equal(ext4_add_symlink(x, &file_attr, longest, &ino),
			 -ENAMETOOLONG);
	assert_int_equal(ext4_add_symlink(x, &file_attr, "", &ino),
			 -ENAMETOOLONG);
	longest[256] = '\0';
	assert_int_equal(ext4_dir_write(x, EXT4_ROOT, EXT4_ROOT, &dir_attr, &n,
					1),
			 -ENAMETOOLONG);
	x = ext4_free(x);
	/* A file that is there is not replaced. */
	assert_int_equal(ext4_new(path, &c, &x), -EEXIST);
	assert_int_equal(ext4_new("/nonexistent/x", &c, &x), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(everything),
		scratch_test(same_bytes),
		scratch_test(large_directories),
		scratch_test(holes),
		scratch_test(full),
		scratch_test(bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
