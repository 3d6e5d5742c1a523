/* SPDX-License-Identifier: MIT */

/* test_capture.c - Readers of what passes, quick ones and slow ones */

#include "capture.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "port.h"
#include "proto_switch.h"

static struct captures s;
static struct pollset set;

static int setup(void **state)
{
	(void)state;
	captures_init(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	captures_deinit(&s);
	pollset_deinit(&set);
	return 0;
}

static int add(unsigned node)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	assert_int_equal(captures_add(&s, node, sv[0]), 0);
	return sv[1];
}

static void turn(void)
{
	pollset_clear(&set);
	captures_fill(&s, &set);
	assert_true(poll(set.fds, set.n, 0) >= 0);
	captures_dispatch(&s, &set);
}

static void read_whole(int fd, void *data, size_t len)
{
	assert_int_equal(recv(fd, data, len, MSG_WAITALL | MSG_DONTWAIT), len);
}

static struct switch_record record(int fd, char *frame)
{
	struct switch_record r;

	read_whole(fd, &r, sizeof(r));
	if (r.len != SWITCH_RECORD_LOST)
		read_whole(fd, frame, r.len);
	return r;
}

static void hears_nothing(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void put(unsigned node, bool all, const char *text)
{
	captures_put(&s, node, all, (const uint8_t *)text, strlen(text));
}

static void who_sees_what(void **state)
{
	CLEANUP_FD int everything = add(0);
	CLEANUP_FD int second = add(2);
	char frame[64];

	(void)state;
	assert_int_equal(record(everything, frame).len, SWITCH_RECORD_LOST);
	assert_int_equal(record(second, frame).len, SWITCH_RECORD_LOST);
	put(1, true, "from 1");
	put(2, false, "to 2");
	put(CAPTURE_NO_NODE, true, "from torms");
	assert_int_equal(record(everything, frame).wire_len, 6);
	assert_memory_equal(frame, "from 1", 6);
	assert_int_equal(record(everything, frame).len, 10);
	assert_memory_equal(frame, "from torms", 10);
	hears_nothing(everything);
	assert_int_equal(record(second, frame).len, 4);
	assert_memory_equal(frame, "to 2", 4);
	hears_nothing(second);
}

static void runs(void **state)
{
	static const uint8_t wire[] = "\0\0\0\2ab\0\0\0\3cde";
	CLEANUP_FD int fd = add(0);
	char frame[64];

	(void)state;
	(void)record(fd, frame);
	captures_put_run(&s, 1, true, wire, sizeof(wire) - 1);
	assert_int_equal(record(fd, frame).len, 2);
	assert_int_equal(record(fd, frame).len, 3);
	assert_memory_equal(frame, "cde", 3);
	hears_nothing(fd);
}

/* It loses frames, whole ones, learns how many, and goes on. */
static void slow_reader(void **state)
{
	static uint8_t big[SWITCH_RECORD_LEN_MAX + 100];
	static char frame[SWITCH_RECORD_LEN_MAX];
	CLEANUP_FD int fd = add(1);
	unsigned got = 0, lost = 0;
	struct switch_record r;

	(void)state;
	for (int i = 0; i < 100; i++)
		captures_put(&s, 1, true, big, sizeof(big));
	assert_true(s.c[0].lost > 50 && s.c[0].lost < 100);
	while (got + lost < 100) {
		turn();
		r = record(fd, frame);
		if (r.len == SWITCH_RECORD_LOST)
			lost = r.wire_len;
		else
			got++;
		assert_true(r.len == SWITCH_RECORD_LOST ||
			    r.len == SWITCH_RECORD_LEN_MAX);
	}
	assert_int_equal(got + lost, 100);
	put(1, true, "again");
	assert_int_equal(record(fd, frame).len, 5);
}

static void ends(void **state)
{
	CLEANUP_FD int fd = add(0);
	CLEANUP_FD int other = add(0);
	char frame[64];

	(void)state;
	turn();
	assert_int_equal(s.n, 2);
	/* One that has enough is told what it has missed. */
	captures_lose(&s, 3);
	(void)shutdown(fd, SHUT_WR);
	turn();
	turn();
	assert_int_equal(s.n, 1);
	(void)record(fd, frame);
	assert_int_equal(record(fd, frame).wire_len, 3);
	assert_int_equal(read(fd, frame, 1), 0);
	/* One that is gone is no more. */
	close_fd(&other);
	put(1, true, "for nobody");
	turn();
	assert_int_equal(s.n, 0);
	assert_false(captures_any(&s));
}

static void so_many(void **state)
{
	int fds[CAPTURES_MAX], sv[2];

	(void)state;
	for (size_t i = 0; i < CAPTURES_MAX; i++)
		fds[i] = add(0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	assert_int_equal(captures_add(&s, 0, sv[0]), -EUSERS);
	(void)close(sv[1]);
	for (size_t i = 0; i < CAPTURES_MAX; i++)
		(void)close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_sees_what, setup, teardown),
		cmocka_unit_test_setup_teardown(runs, setup, teardown),
		cmocka_unit_test_setup_teardown(slow_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(ends, setup, teardown),
		cmocka_unit_test_setup_teardown(so_many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
