/* SPDX-License-Identifier: MIT */

/* test_board.c - The board, in a file instead of the memory device */

#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../unit.h"

#define BOOKS (4ULL << 20)
#define FAM (BOOKS + BOARD_SIZE)

static int make_fam(void)
{
	const struct {
		uint64_t magic;
		uint32_t version, slots;
	} header = { BOARD_MAGIC, BOARD_VERSION, BOARD_SLOTS };
	int fd = memfd_create("fam", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)FAM), 0);
	assert_int_equal(pwrite(fd, &header, sizeof(header), (off_t)BOOKS),
			 sizeof(header));
	return fd;
}

static int try(int fd, uint64_t offset, uint64_t size, struct err *e)
{
	struct board *b = NULL;
	int r = board_open(fd, offset, size, FAM, &b, e);

	if (r < 0)
		assert_null(b);
	b = board_close(b);
	return r;
}

static void what_others_write_is_seen(void **state)
{
	CLEANUP_FD int fd = make_fam();
	const uint64_t v = 77;
	uint32_t slot = board_shelf_slot(5);
	struct err e = { "" };
	struct board *b;

	(void)state;
	assert_int_equal(board_open(fd, BOOKS, BOARD_SIZE, FAM, &b, &e), 0);
	assert_int_equal(board_read(b, slot), 0);
	assert_int_equal(
		pwrite(fd, &v, sizeof(v),
		       (off_t)(BOOKS + BOARD_SLOTS_OFFSET + 8ULL * slot)),
		sizeof(v));
	assert_int_equal(board_read(b, slot), 77);
	b = board_close(b);
}

static void a_board_outside_the_memory(void **state)
{
	CLEANUP_FD int fd = make_fam();
	struct err e = { "" };

	(void)state;
	assert_int_equal(try(fd, FAM, BOARD_SIZE, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "start the node"));
	assert_int_equal(try(fd, BOOKS + 4096, BOARD_SIZE, &e), -EINVAL);
	assert_int_equal(try(fd, UINT64_MAX, BOARD_SIZE, &e), -EINVAL);
	assert_int_equal(try(fd, BOOKS, UINT64_MAX, &e), -EINVAL);
	assert_int_equal(try(fd, BOOKS, 4096, &e), -EINVAL);
}

static void memory_without_a_board(void **state)
{
	CLEANUP_FD int fd = make_fam();
	struct err e = { "" };

	(void)state;
	assert_int_equal(try(fd, 0, BOARD_SIZE, &e), -EIO);
	assert_non_null(strstr(e.msg, "--fam"));
}

static void another_version(void **state)
{
	CLEANUP_FD int fd = make_fam();
	const uint32_t version = BOARD_VERSION + 1;
	struct err e = { "" };

	(void)state;
	assert_int_equal(pwrite(fd, &version, sizeof(version),
				(off_t)BOOKS + 8),
			 sizeof(version));
	assert_int_equal(try(fd, BOOKS, BOARD_SIZE, &e), -EPROTO);
	assert_non_null(strstr(e.msg, "release"));
}

static void a_device_that_cannot_be_mapped(void **state)
{
	int fds[2];
	struct err e = { "" };

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(try(fds[0], BOOKS, BOARD_SIZE, &e), -EACCES);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_write_is_seen),
		cmocka_unit_test(a_board_outside_the_memory),
		cmocka_unit_test(memory_without_a_board),
		cmocka_unit_test(another_version),
		cmocka_unit_test(a_device_that_cannot_be_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
