/* SPDX-License-Identifier: MIT */

/* test_port.c - Frames in any pieces, a host that goes, one that is confused */

#include "port.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "loop.h"

#include "../../unit.h"

struct fixture {
	struct event_base *base;
	struct port *port;
	int fd; /* the host's end */
	int n_connected, n_gone, n_room, n_frames;
	uint8_t type;
	uint16_t channel;
	char text[64];
};

static void on_connected(void *arg)
{
	struct fixture *f = arg;

	f->n_connected++;
}

static void on_gone(void *arg)
{
	struct fixture *f = arg;

	f->n_gone++;
}

static void on_room(void *arg)
{
	struct fixture *f = arg;

	f->n_room++;
}

static void on_frame(void *arg, const struct frame *fr)
{
	struct fixture *f = arg;

	f->n_frames++;
	f->type = fr->type;
	f->channel = fr->channel;
	assert_true(fr->len < sizeof(f->text));
	memcpy(f->text, fr->data, fr->len);
	f->text[fr->len] = '\0';
}

static const struct port_ops ops = { on_connected, on_gone, on_frame, on_room };

/* Runs what is ready, without waiting: all of it is in this process. */
static void settle(struct fixture *f)
{
	for (int i = 0; i < 20; i++)
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	assert_non_null(f);
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				    0, fds),
			 0);
	f->base = loop_new();
	f->fd = fds[0];
	assert_int_equal(port_new(f->base, fds[1], &ops, f, &f->port), 0);
	settle(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)port_free(f->port);
	event_base_free(f->base);
	close_fd(&f->fd);
	free(f);
	return 0;
}

static const uint8_t frame_hi[] = { 2, 0, 0, 0, 5, 1, 9, 0, 'h', 'i' };

static void connected_at_once(void **state)
{
	const struct fixture *f = *state;

	assert_int_equal(f->n_connected, 1);
	assert_int_equal(f->n_gone, 0);
}

static void frame_in_pieces(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(frame_hi); i++) {
		assert_int_equal(f->n_frames, 0);
		assert_int_equal(write(f->fd, &frame_hi[i], 1), 1);
		settle(f);
	}
	assert_int_equal(f->n_frames, 1);
	assert_int_equal(f->type, 9);
	assert_int_equal(f->channel, 0x105);
	assert_string_equal(f->text, "hi");
}

static void frames_in_one_piece(void **state)
{
	struct fixture *f = *state;
	uint8_t many[10 * sizeof(frame_hi)];

	for (size_t i = 0; i < 10; i++)
		memcpy(many + i * sizeof(frame_hi), frame_hi, sizeof(frame_hi));
	assert_int_equal(write(f->fd, many, sizeof(many)), sizeof(many));
	settle(f);
	assert_int_equal(f->n_frames, 10);
}

static void no_frames(void **state)
{
	static const uint8_t bad[] = { 0, 0, 0, 0, 0, 0, 1, 1 };
	struct fixture *f = *state;

	assert_int_equal(write(f->fd, bad, sizeof(bad)), sizeof(bad));
	settle(f);
	/* What follows cannot be told apart: it is no frame either. */
	assert_int_equal(write(f->fd, frame_hi, sizeof(frame_hi)),
			 sizeof(frame_hi));
	settle(f);
	assert_int_equal(f->n_frames, 0);
	/* To the host it still speaks. */
	assert_int_equal(port_send(f->port, 1, 0, NULL, 0), 0);
	settle(f);
	assert_int_equal(read(f->fd, f->text, sizeof(f->text)), FRAME_HEADER);
}

static void host_goes(void **state)
{
	struct fixture *f = *state;

	close_fd(&f->fd);
	settle(f);
	assert_int_equal(f->n_gone, 1);
	/* Nobody is there: dropped, not kept. */
	assert_int_equal(port_send(f->port, 1, 0, NULL, 0), 0);
	settle(f);
	assert_int_equal(f->n_gone, 1);
	assert_false(port_is_full(f->port));
}

static void full_and_room(void **state)
{
	static uint8_t block[FRAME_PAYLOAD_MAX];
	struct fixture *f = *state;
	size_t sent = 0, got = 0;
	ssize_t n;

	while (!port_is_full(f->port)) {
		assert_int_equal(port_send(f->port, 1, 1, block, sizeof(block)),
				 0);
		sent += FRAME_HEADER + sizeof(block);
	}
	settle(f);
	while (got < sent) {
		n = read(f->fd, block, sizeof(block));
		assert_true(n > 0);
		got += (size_t)n;
		settle(f);
	}
	assert_int_equal(got, sent);
	assert_int_equal(f->n_room, 1);
	assert_false(port_is_full(f->port));
}

static void too_large(void **state)
{
	static const uint8_t block[FRAME_PAYLOAD_MAX + 1];
	struct fixture *f = *state;

	assert_int_equal(port_send(f->port, 1, 1, block, sizeof(block)),
			 -EMSGSIZE);
}

static void json(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		port_send_json(f->port, 3, 0, json_pack("{s:i}", "a", 1)), 0);
	assert_int_equal(port_send_json(f->port, 3, 0, NULL), -ENOMEM);
	settle(f);
	assert_int_equal(read(f->fd, f->text, sizeof(f->text)),
			 FRAME_HEADER + 7);
	assert_memory_equal(f->text + FRAME_HEADER, "{\"a\":1}", 7);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(connected_at_once),	T(frame_in_pieces),
		T(frames_in_one_piece), T(no_frames),
		T(host_goes),		T(full_and_room),
		T(too_large),		T(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
