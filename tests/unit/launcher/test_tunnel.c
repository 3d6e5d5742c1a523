/* SPDX-License-Identifier: MIT */

/* test_tunnel.c - A tunnel between a made-up client and a made-up supervisor */

#include "tunnel.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "frame.h"
#include "loop.h"
#include "proto_agent.h"
#include "proto_control.h"

struct fixture {
	struct event_base *base;
	struct tunnel *tunnel;
	int client;
	int node;	     /* the supervisor's end */
	struct evbuffer *in; /* from the tunnel */
	int told;	     /* 1 = not yet */
	unsigned gone;
};

static void on_told(void *arg, int error)
{
	struct fixture *f = arg;

	assert_int_equal(f->told, 1);
	f->told = error;
}

static void on_gone(void *arg)
{
	struct fixture *f = arg;

	f->gone++;
	f->tunnel = tunnel_free(f->tunnel);
}

static const struct tunnel_ops ops = { on_told, on_gone };

static int setup(void **state)
{
	static const struct tunnel_target to = { "node01", "node01", 80 };
	static struct fixture f;
	struct bufferevent *bev;
	int a[2], b[2];

	f = (struct fixture){ .base = loop_new(),
			      .in = evbuffer_new(),
			      .told = 1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b) < 0)
		return -1;
	(void)evutil_make_socket_nonblocking(a[0]);
	(void)evutil_make_socket_nonblocking(a[1]);
	(void)evutil_make_socket_nonblocking(b[1]);
	f.client = a[1];
	f.node = b[1];
	bev = bufferevent_socket_new(f.base, a[0], BEV_OPT_CLOSE_ON_FREE);
	*state = &f;
	return tunnel_new(f.base, b[0], bev, &to, &ops, &f, &f.tunnel);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)tunnel_free(f->tunnel);
	close_fd(&f->client);
	close_fd(&f->node);
	evbuffer_free(f->in);
	event_base_free(f->base);
	return 0;
}

static void turn(struct fixture *f)
{
	for (int i = 0; i < 8; i++)
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static void say(struct fixture *f, uint8_t type, const void *data, size_t len)
{
	CLEANUP_EVBUFFER struct evbuffer *b = evbuffer_new();

	assert_int_equal(frame_put(b, type, 0, data, len), 0);
	while (evbuffer_get_length(b)) {
		(void)evbuffer_write(b, f->node);
		turn(f);
	}
	turn(f);
}

/* The next frame's type, 0 = there is none; its payload's text */
static uint8_t hear(struct fixture *f, char *text, size_t size)
{
	struct frame fr;
	int r;

	turn(f);
	while (evbuffer_read(f->in, f->node, -1) > 0)
		turn(f);
	r = frame_get(f->in, &fr);
	assert_true(r >= 0);
	if (!r)
		return 0;
	(void)snprintf(text, size, "%.*s", (int)fr.len, (const char *)fr.data);
	frame_done(f->in, &fr);
	return fr.type;
}

/* How much the client gets */
static size_t drain(struct fixture *f)
{
	char buf[65536];
	size_t all = 0;
	ssize_t n;

	while ((n = read(f->client, buf, sizeof(buf))) > 0) {
		all += (size_t)n;
		turn(f);
	}
	return all;
}

/* All frames that there are, which are of one type: what their payloads are
 * worth, in credit or in bytes
 */
static size_t hear_all(struct fixture *f, uint8_t type)
{
	struct frame fr;
	size_t all = 0;

	turn(f);
	while (evbuffer_read(f->in, f->node, -1) > 0)
		turn(f);
	while (frame_get(f->in, &fr) > 0) {
		assert_int_equal(fr.type, type);
		all += type == AGENT_CREDIT ? frame_u32(fr.data) : fr.len;
		frame_done(f->in, &fr);
	}
	return all;
}

static void join(struct fixture *f)
{
	char text[512];

	assert_int_equal(hear(f, text, sizeof(text)), CONTROL_REQUEST);
	assert_non_null(strstr(text, "\"node01\""));
	assert_non_null(strstr(text, "\"--host\""));
	assert_non_null(strstr(text, "\"80\""));
	say(f, CONTROL_REPLY, "{}", 2);
	assert_int_equal(f->told, 1);
	say(f, AGENT_STDOUT, "\0hello", 6);
	assert_int_equal(f->told, 0);
	assert_int_equal(drain(f), 5);
	/* Credit for all of it, the byte that told included */
	assert_int_equal(hear_all(f, AGENT_CREDIT), 6);
}

static void both_ways(void **state)
{
	struct fixture *f = *state;
	char text[512];

	join(f);
	assert_int_equal(write(f->client, "abc", 3), 3);
	assert_int_equal(hear(f, text, sizeof(text)), AGENT_STDIN);
	assert_string_equal(text, "abc");
	(void)shutdown(f->client, SHUT_WR);
	assert_int_equal(hear(f, text, sizeof(text)), AGENT_STDIN_EOF);
	assert_int_equal(hear(f, text, sizeof(text)), 0);
	say(f, AGENT_STDOUT, "last", 4);
	say(f, AGENT_EXIT, "{\"status\":0}", 12);
	assert_int_equal(f->gone, 1);
	assert_int_equal(drain(f), 4);
	assert_int_equal(read(f->client, text, 1), 0);
}

/* Nothing is read from a client that the node has no room for. */
static void no_credit(void **state)
{
	static const uint32_t more = 1000;
	struct fixture *f = *state;
	char buf[65536] = { 0 };
	size_t sent = 0;

	join(f);
	for (int i = 0; i < 1000; i++) {
		ssize_t n = write(f->client, buf, sizeof(buf));

		turn(f);
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	assert_true(sent > FRAME_WINDOW && sent < 100 * sizeof(buf));
	assert_int_equal(hear_all(f, AGENT_STDIN), FRAME_WINDOW);
	say(f, AGENT_CREDIT, &more, sizeof(more));
	assert_int_equal(hear_all(f, AGENT_STDIN), more);
}

/* What a client does not read, the node gets no credit for. */
static void slow_client(void **state)
{
	static const char buf[32768];
	struct fixture *f = *state;
	size_t sent = 0, given = 0;

	join(f);
	while (sent - given < FRAME_WINDOW && sent < 100 * sizeof(buf)) {
		say(f, AGENT_STDOUT, buf, sizeof(buf));
		sent += sizeof(buf);
		given += hear_all(f, AGENT_CREDIT);
	}
	assert_true(sent < 100 * sizeof(buf));
	assert_int_equal(drain(f), sent);
	assert_int_equal(given + hear_all(f, AGENT_CREDIT), sent);
}

static void refused(void **state)
{
	static const uint8_t told = ECONNREFUSED;
	struct fixture *f = *state;
	char byte;

	say(f, CONTROL_REPLY, "{}", 2);
	say(f, AGENT_STDOUT, &told, 1);
	assert_int_equal(f->told, -ECONNREFUSED);
	assert_int_equal(f->gone, 1);
	assert_int_equal(read(f->client, &byte, 1), 0);
}

static void refused_by_the_supervisor(void **state)
{
	static const char text[] = "{\"errno\":112,\"errmsg\":\"down\"}";
	struct fixture *f = *state;

	say(f, CONTROL_ERROR, text, sizeof(text) - 1);
	assert_int_equal(f->told, -EHOSTDOWN);
	assert_int_equal(f->gone, 1);
}

static void cluster_ends(void **state)
{
	struct fixture *f = *state;

	join(f);
	close_fd(&f->node);
	turn(f);
	assert_int_equal(f->gone, 1);
}

static void nonsense(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write(f->node, "\377\377\377\377\377\377\377\377", 8),
			 8);
	turn(f);
	assert_int_equal(f->told, -ECONNRESET);
	assert_int_equal(f->gone, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(no_credit, setup, teardown),
		cmocka_unit_test_setup_teardown(slow_client, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(refused_by_the_supervisor,
						setup, teardown),
		cmocka_unit_test_setup_teardown(cluster_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
