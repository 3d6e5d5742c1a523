/* SPDX-License-Identifier: MIT */

/* test_hash.c - Digests of sparse files */

#include "hash.h"

#include <errno.h>

#include "../unit.h"
#include "cleanup.h"
#include "scratch.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(zeros_are_holes),
		scratch_test(odd_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
