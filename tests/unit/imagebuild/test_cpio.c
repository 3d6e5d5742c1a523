/* SPDX-License-Identifier: MIT */

/* test_cpio.c - Archives in the newc format, read back by libarchive */

#include "cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "../unit.h"
#include "scratch.h"

static void add_file(struct cpio *c, const char *name, const char *text)
{
	char *data = strdup(text);

	assert_int_equal(cpio_add_file(c, name, 0755, &data, strlen(text)), 0);
	assert_null(data);
}

static void fill(struct cpio *c, int backwards)
{
	for (int i = 0; i < 2; i++) {
		if (i == backwards) {
			add_file(c, "/bin/box", "12345");
			assert_int_equal(cpio_add_link(c, "sbin/x", "/bin/box"),
					 0);
		} else {
			assert_int_equal(cpio_add_dir(c, "tmp", 01777), 0);
			assert_int_equal(cpio_add_device(c, "dev/console",
							 S_IFCHR | 0600, 5, 1),
					 0);
		}
	}
}

static void write_to(struct scratch *s, struct cpio *c, const char *name,
		     char **ret_data, size_t *ret_len)
{
	int fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(cpio_write(c, fd), 0);
	(void)close(fd);
	assert_int_equal(file_read(s->fd, name, 65536, ret_data, ret_len), 0);
}

static void same_bytes_in_any_order(void **state)
{
	struct cpio a = { 0 }, b = { 0 };
	char *da, *db;
	size_t la, lb;

	fill(&a, 0);
	fill(&b, 1);
	write_to(*state, &a, "a", &da, &la);
	write_to(*state, &b, "b", &db, &lb);
	assert_int_equal(la, lb);
	assert_memory_equal(da, db, la);
	assert_int_equal(la % 4, 0);
	free(da);
	free(db);
	cpio_deinit(&a);
	cpio_deinit(&b);
}

static void what_libarchive_reads(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} want[] = {
		{ "bin", S_IFDIR | 0755 },  { "bin/box", S_IFREG | 0755 },
		{ "dev", S_IFDIR | 0755 },  { "dev/console", S_IFCHR | 0600 },
		{ "sbin", S_IFDIR | 0755 }, { "sbin/x", S_IFLNK | 0777 },
		{ "tmp", S_IFDIR | 01777 },
	};
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	struct cpio c = { 0 };
	char *data, text[8];
	size_t len;

	fill(&c, 0);
	write_to(*state, &c, "a", &data, &len);
	(void)archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_memory(a, data, len), ARCHIVE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
		assert_string_equal(archive_entry_pathname(e), want[i].name);
		assert_int_equal(archive_entry_mode(e), want[i].mode);
		assert_int_equal(archive_entry_uid(e), 0);
		assert_int_equal(archive_entry_mtime(e), 0);
		if (S_ISREG(want[i].mode))
			assert_int_equal(archive_read_data(a, text, 8), 5);
		if (S_ISLNK(want[i].mode))
			assert_string_equal(archive_entry_symlink(e),
					    "/bin/box");
		if (S_ISCHR(want[i].mode)) {
			assert_int_equal(archive_entry_rdevmajor(e), 5);
			assert_int_equal(archive_entry_rdevminor(e), 1);
		}
	}
	assert_memory_equal(text, "12345", 5);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_EOF);
	(void)archive_read_free(a);
	free(data);
	cpio_deinit(&c);
}

static void bad_names(void **state)
{
	static const char *const bad[] = {
		"", "/", ".", "..", "a/..", "../a", "//a", "TRAILER!!!"
	};
	struct cpio c = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cpio_add_link(&c, bad[i], "x") != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
	add_file(&c, "f", "x");
	assert_int_equal(cpio_add_link(&c, "f", "x"), -EEXIST);
	assert_int_equal(cpio_add_dir(&c, "f", 0755), -EEXIST);
	assert_int_equal(cpio_add_link(&c, "f/x", "x"), -ENOTDIR);
	assert_int_equal(cpio_add_dir(&c, "d", 0755), 0);
	assert_int_equal(cpio_add_dir(&c, "/d", 0700), 0);
	assert_int_equal(cpio_find(&c, "d")->mode, S_IFDIR | 0755);
	cpio_deinit(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(same_bytes_in_any_order),
		scratch_test(what_libarchive_reads),
		cmocka_unit_test(bad_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
