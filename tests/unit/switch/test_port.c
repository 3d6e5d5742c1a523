/* SPDX-License-Identifier: MIT */

/* test_port.c - Streams of frames: cut anywhere, blocked anywhere */

#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "packet.h"

static struct port port;
static int peer;

static int open_pair(void **state)
{
	int pair[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	peer = pair[1];
	return port_open(&port, pair[0]);
}

static int close_pair(void **state)
{
	(void)state;
	close_fd(&peer);
	port_close(&port);
	port_close(&port);
	return 0;
}

/* A wire frame of @len bytes, all with the value @fill. */
static size_t wire_frame(uint8_t *wire, size_t len, uint8_t fill)
{
	put_be32(wire, (uint32_t)len);
	memset(wire + WIRE_HEADER, fill, len);
	return WIRE_HEADER + len;
}

static void byte_by_byte(void **state)
{
	uint8_t wire[300];
	size_t n = wire_frame(wire, 60, 1), len;

	(void)state;
	n += wire_frame(wire + n, 100, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(write(peer, wire + i, 1), 1);
		assert_int_equal(port_receive(&port), 0);
		assert_int_equal(port_frames(&port, &len), 0);
		if (i + 1 == 64)
			assert_int_equal(len, 64);
		else if (i + 1 == n)
			assert_int_equal(len, 104);
		else
			assert_int_equal(len, 0);
		assert_memory_equal(port.rx, wire + (i < 64 ? 0 : 64), len);
		port_consume(&port, len);
	}
	assert_int_equal(port.rx_len, 0);
	assert_int_equal(port.frames_in, 2);
	assert_int_equal(port.bytes_in, 160);
	assert_int_equal(port_receive(&port), 0); /* nothing there */
}

static void keeps_the_rest(void **state)
{
	uint8_t wire[300];
	size_t n = wire_frame(wire, 60, 1), len;

	(void)state;
	n += wire_frame(wire + n, 100, 2);
	assert_int_equal(write(peer, wire, n - 1), n - 1);
	assert_int_equal(port_receive(&port), 0);
	assert_int_equal(port_frames(&port, &len), 0);
	assert_int_equal(len, 64);
	port_consume(&port, len);
	assert_int_equal(write(peer, wire + n - 1, 1), 1);
	assert_int_equal(port_receive(&port), 0);
	assert_int_equal(port_frames(&port, &len), 0);
	assert_int_equal(len, 104);
	assert_memory_equal(port.rx, wire + 64, len);
}

static void largest_frame(void **state)
{
	CLEANUP_FREE uint8_t *wire = malloc(WIRE_HEADER + PORT_FRAME_MAX);
	size_t n = wire_frame(wire, PORT_FRAME_MAX, 3), len;

	(void)state;
	assert_int_equal(write(peer, wire, n), n);
	assert_int_equal(port_receive(&port), 0);
	assert_int_equal(port_frames(&port, &len), 0);
	assert_int_equal(len, n);
}

static void impossible_length(void **state)
{
	uint8_t head[WIRE_HEADER];
	size_t len;

	(void)state;
	put_be32(head, PORT_FRAME_MAX + 1);
	assert_int_equal(write(peer, head, sizeof(head)), sizeof(head));
	assert_int_equal(port_receive(&port), 0);
	assert_int_equal(port_frames(&port, &len), -EPROTO);
}

static void the_other_end_goes(void **state)
{
	uint8_t wire[64];

	(void)state;
	close_fd(&peer);
	assert_int_equal(port_receive(&port), -EPIPE);
	assert_int_equal(port_send(&port, wire, wire_frame(wire, 60, 1)),
			 -EPIPE);
	port_close(&port);
	assert_int_equal(port_send(&port, wire, sizeof(wire)), 0);
}

static void not_a_stream(void **state)
{
	struct port p;
	int pair[2], fd;

	(void)state;
	assert_int_equal(port_open(&p, -1), 0);
	assert_false(port_is_open(&p));
	assert_int_equal(port_open(&p, 1023), -EBADF);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(port_open(&p, fd), -ENOTSOCK);
	(void)close(fd);
	assert_return_code(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), errno);
	assert_int_equal(port_open(&p, pair[0]), -ENOTSOCK);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void read_all(uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = recv(peer, data, len, MSG_DONTWAIT);

		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_int_equal(port_flush(&port), 0);
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
}

/* Sizes that are no divisors of anything, until frames have to be dropped;
 * then what comes out is whole frames in order, as many as were counted.
 */
static void full_queue(void **state)
{
	static uint8_t wire[WIRE_HEADER + 70000], data[70000];
	uint64_t seen = 0;
	unsigned sent = 0;
	size_t len;

	(void)state;
	while (port.dropped < 20) {
		len = 60 + (sent * 7919) % 9000;
		(void)wire_frame(wire, len, (uint8_t)sent);
		put_be32(wire + WIRE_HEADER, sent++);
		assert_int_equal(port_send(&port, wire, WIRE_HEADER + len), 0);
		assert_true(port.queued <= PORT_QUEUE_MAX);
	}
	assert_int_equal(port.frames_out + port.dropped, sent);
	for (int64_t last = -1; seen < port.frames_out; seen++) {
		uint32_t number;

		read_all(data, WIRE_HEADER);
		len = get_be32(data);
		assert_true(len <= 9060);
		read_all(data, len);
		number = get_be32(data);
		assert_true((int64_t)number > last);
		last = number;
		assert_int_equal(len, 60 + (number * 7919) % 9000);
		assert_int_equal(data[len - 1], (uint8_t)number);
	}
	assert_int_equal(port.queued, 0);
	assert_int_equal(recv(peer, data, 1, MSG_DONTWAIT), -1);
}

/* The queue is never empty while three times its size passes through it. */
static void ring_goes_round(void **state)
{
	enum {
		LEN = 8999,
		SIZE = WIRE_HEADER + LEN
	};
	const unsigned ahead = PORT_QUEUE_MAX * 3 / 4 / SIZE;
	const int small = 64 * 1024;
	static uint8_t wire[SIZE], data[SIZE];

	(void)state;
	assert_return_code(setsockopt(port.fd, SOL_SOCKET, SO_SNDBUF, &small,
				      sizeof(small)),
			   errno);
	for (unsigned i = 0; i < 4 * ahead + ahead; i++) {
		if (i < 4 * ahead) {
			(void)wire_frame(wire, LEN, (uint8_t)i);
			assert_int_equal(port_send(&port, wire, SIZE), 0);
		}
		if (i < ahead)
			continue;
		assert_true(port.queued > 0 || i >= 4 * ahead);
		read_all(data, SIZE);
		(void)wire_frame(wire, LEN, (uint8_t)(i - ahead));
		assert_memory_equal(data, wire, SIZE);
		assert_int_equal(port_flush(&port), 0);
	}
	assert_int_equal(port.dropped, 0);
}

/* A run of frames of which the kernel takes only a part. */
static void run_is_cut(void **state)
{
	enum {
		FRAMES = 1000,
		LEN = 1514,
		SIZE = WIRE_HEADER + LEN
	};
	CLEANUP_FREE uint8_t *wire = malloc(FRAMES * SIZE);
	const int small = 64 * 1024;
	uint8_t data[SIZE];

	(void)state;
	assert_non_null(wire);
	for (unsigned i = 0; i < FRAMES; i++) {
		(void)wire_frame(wire + i * SIZE, LEN, (uint8_t)i);
		put_be32(wire + i * SIZE + WIRE_HEADER, i);
	}
	assert_return_code(setsockopt(port.fd, SOL_SOCKET, SO_SNDBUF, &small,
				      sizeof(small)),
			   errno);
	assert_int_equal(port_send(&port, wire, FRAMES * SIZE), 0);
	assert_true(port.queued > 0);
	assert_int_equal(port.frames_out, FRAMES);
	assert_int_equal(port.bytes_out, FRAMES * LEN);
	for (unsigned i = 0; i < FRAMES; i++) {
		read_all(data, SIZE);
		assert_memory_equal(data, wire + i * SIZE, SIZE);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_pair, close_pair)
	const struct CMUnitTest tests[] = {
		TEST(byte_by_byte),	  TEST(keeps_the_rest),
		TEST(largest_frame),	  TEST(impossible_length),
		TEST(the_other_end_goes), TEST(not_a_stream),
		TEST(full_queue),	  TEST(ring_goes_round),
		TEST(run_is_cut),
	};

	return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
