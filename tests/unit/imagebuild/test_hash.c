/* SPDX-License-Identifier: MIT */

/* test_hash.c - Digests of sparse files; what the environment says */

#include "hash.h"

#include <errno.h>

#include "../unit.h"
#include "cleanup.h"
#include "scratch.h"
#include "settings.h"

static int make(struct scratch *s, off_t size)
{
	int fd = openat(s->fd, "f", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void digest(int fd, char hex[HASH_HEX])
{
	uint64_t size;
	struct stat st;

	assert_int_equal(hash_sparse_fd(fd, hex, &size), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(size, st.st_size);
}

static void zeros_are_holes(void **state)
{
	static const char zeros[200000];
	char a[HASH_HEX], b[HASH_HEX];
	struct scratch *s = *state;
	int fd = make(s, 8LL << 30);

	assert_int_equal(pwrite(fd, "x", 1, 5LL << 30), 1);
	digest(fd, a);
	assert_int_equal(pwrite(fd, zeros, sizeof(zeros), 12345),
			 sizeof(zeros));
	digest(fd, b);
	assert_string_equal(a, b);
	/* Elsewhere, another byte, another size: another file. */
	assert_int_equal(pwrite(fd, "x", 1, (5LL << 30) + 1), 1);
	digest(fd, b);
	assert_string_not_equal(a, b);
	assert_int_equal(pwrite(fd, "\0\0", 2, 5LL << 30), 2);
	assert_int_equal(pwrite(fd, "x", 1, (5LL << 30) + HASH_SPARSE_BLOCK),
			 1);
	digest(fd, b);
	assert_string_not_equal(a, b);
	(void)close(fd);
	fd = make(s, (8LL << 30) + 1);
	assert_int_equal(pwrite(fd, "x", 1, 5LL << 30), 1);
	digest(fd, b);
	assert_string_not_equal(a, b);
	(void)close(fd);
}

/* The last block may be a short one. */
static void odd_sizes(void **state)
{
	char a[HASH_HEX], b[HASH_HEX];
	struct scratch *s = *state;
	int fd = make(s, 0);

	digest(fd, a);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	digest(fd, b);
	assert_string_not_equal(a, b);
	assert_int_equal(pwrite(fd, "y", 1, HASH_SPARSE_BLOCK), 1);
	digest(fd, a);
	assert_string_not_equal(a, b);
	(void)close(fd);
}

static void size_of_disks(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	(void)setenv("HOME", "/x", 1);
	(void)unsetenv("FAME_VFS_GBYTES");
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(s.disk_size, 0);
	(void)setenv("FAME_VFS_GBYTES", "10", 1);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(s.disk_size, 10ULL << 30);
	(void)setenv("FAME_VFS_GBYTES", "0", 1);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
	(void)setenv("FAME_VFS_GBYTES", "6G", 1);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "\"6G\""));
	(void)setenv("FAME_VFS_GBYTES", "99999999999999999", 1);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(zeros_are_holes),
		scratch_test(odd_sizes),
		cmocka_unit_test(size_of_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
