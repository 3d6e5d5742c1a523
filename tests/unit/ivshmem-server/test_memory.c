/* SPDX-License-Identifier: MIT */

/* test_memory.c - Shared memory that QEMU can use, and what is refused */

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../unit.h"
#include "parse.h"

static int try(const struct memory_conf *conf, const char *why)
{
	struct err e = { .msg = "" };
	uint64_t size = 0;
	int fd = -1, r;

	r = memory_open(conf, &fd, &size, &e);
	if (r == 0) {
		assert_true(is_power_of_2(size));
		assert_int_equal(memory_check(fd, size, &e), 0);
		(void)close(fd);
	} else {
		assert_int_equal(fd, -1);
		if (!strstr(e.msg, why))
			fail_msg("%s", e.msg);
	}
	return r;
}

static void by_name(void **state)
{
	char name[64];
	struct memory_conf conf = { .shm_name = name, .fd = -1, .size = 8192 };
	struct stat st;
	int fd;

	(void)state;
	(void)snprintf(name, sizeof(name), "ivshmem-test-%d", getpid());
	assert_int_equal(try(&conf, ""), 0);
	fd = shm_open(name, O_RDWR, 0);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 8192);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)close(fd);
	assert_int_equal(try(&conf, ""), 0); /* as it is */
	conf.size = 16384;
	assert_int_equal(try(&conf, "exists with 8192 bytes"), -EEXIST);
	(void)shm_unlink(name);
	(void)snprintf(name, sizeof(name), "a/b");
	assert_true(try(&conf, "cannot open shared memory") < 0);
}

static void in_a_directory(void **state)
{
	struct memory_conf conf = { .dir = "/tmp", .fd = -1, .size = 4096 };

	(void)state;
	assert_int_equal(try(&conf, ""), 0);
	conf.dir = "/nowhere";
	assert_int_equal(try(&conf, "cannot make a file in '/nowhere'"),
			 -ENOENT);
	conf.dir = "/tmp";
	conf.size = 4097;
	assert_int_equal(try(&conf, "power of two"), -EINVAL);
}

static void by_descriptor(void **state)
{
	int fd = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct memory_conf conf = { .fd = fd };
	struct err e = { .msg = "" };
	char path[64];

	(void)state;
	assert_int_equal(try(&conf, "0 bytes is no power of two"), -EINVAL);
	assert_int_equal(ftruncate(fd, 12288), 0);
	assert_int_equal(try(&conf, "12K bytes is no power of two"), -EINVAL);
	assert_int_equal(ftruncate(fd, 16384), 0);
	assert_int_equal(try(&conf, ""), 0);
	conf.size = 8192;
	assert_int_equal(try(&conf, "has 16384 bytes"), -ESTALE);
	conf.size = 0;

	assert_int_equal(memory_check(fd, 16384, &e), 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_int_equal(memory_check(fd, 16384, &e), -ESTALE);
	assert_non_null(strstr(e.msg, "4096 bytes now and had 16384"));

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	conf.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(try(&conf, "read-only"), -EACCES);
	(void)close(conf.fd);
	conf.fd = fd;
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_int_equal(try(&conf, "read-only"), -EACCES);
	(void)close(fd);
	assert_int_equal(try(&conf, "is not open"), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name),
		cmocka_unit_test(in_a_directory),
		cmocka_unit_test(by_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
