/* SPDX-License-Identifier: MIT */

/* test_agent_link.c - The host's end of an agent's port, against a made-up
 * agent at the other end of a socket
 */

#include "agent_link.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "frame.h"
#include "loop.h"
#include "proto_agent.h"

struct seen {
	unsigned hello, ready;
	char failed[64];
	uint8_t types[16]; /* of frames on the channel */
	size_t bytes;
	unsigned n;
	unsigned gone, broken;
};

struct fixture {
	struct event_base *base;
	struct agent_link *link;
	int agent; /* the other end */
	struct seen seen;
};

static void on_hello(void *arg)
{
	((struct seen *)arg)->hello++;
}

static void on_ready(void *arg)
{
	((struct seen *)arg)->ready++;
}

static void on_failed(void *arg, const char *text)
{
	struct seen *s = arg;

	(void)snprintf(s->failed, sizeof(s->failed), "%s", text);
}

static void on_broken(void *arg)
{
	((struct seen *)arg)->broken++;
}

static const struct agent_link_ops ops = { on_hello, on_ready, on_failed,
					   on_broken };

static void on_frame(void *arg, uint8_t type, const void *data, size_t len)
{
	struct seen *s = arg;

	(void)data;
	if (s->n < sizeof(s->types))
		s->types[s->n++] = type;
	s->bytes += len;
}

static void on_gone(void *arg)
{
	((struct seen *)arg)->gone++;
}

static int setup(void **state)
{
	static struct fixture f;
	int sv[2];

	f = (struct fixture){ .base = loop_new() };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -1;
	f.agent = sv[1];
	*state = &f;
	return agent_link_new(f.base, sv[0], &ops, &f.seen, &f.link);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	f->link = agent_link_free(f->link);
	(void)close(f->agent);
	event_base_free(f->base);
	return 0;
}

/* The agent says something; what the link makes of it is done then. */
static void say(struct fixture *f, uint8_t type, uint16_t channel,
		const void *data, size_t len)
{
	struct evbuffer *b = evbuffer_new();

	assert_int_equal(frame_put(b, type, channel, data, len), 0);
	while (evbuffer_get_length(b)) {
		assert_true(evbuffer_write(b, f->agent) >= 0);
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	evbuffer_free(b);
	for (int i = 0; i < 4; i++)
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* The first frame that the agent has received. */
static uint8_t heard(struct fixture *f, uint16_t *ret_channel)
{
	struct evbuffer *b = evbuffer_new();
	struct frame got = { 0 };

	(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
	(void)evutil_make_socket_nonblocking(f->agent);
	(void)evbuffer_read(b, f->agent, -1);
	(void)frame_get(b, &got);
	evbuffer_free(b);
	*ret_channel = got.channel;
	return got.type;
}

static uint16_t start(struct fixture *f)
{
	const struct agent_user user = { on_frame, on_gone, &f->seen };
	uint16_t channel, heard_on;

	assert_int_equal(agent_link_exec(f->link, "{}", 2, &user, &channel), 0);
	assert_int_equal(heard(f, &heard_on), AGENT_EXEC);
	assert_int_equal(heard_on, channel);
	return channel;
}

static void channel_zero(void **state)
{
	struct fixture *f = *state;
	uint16_t channel;

	say(f, AGENT_HELLO, 0, "{}", 2);
	say(f, AGENT_READY, 0, "{}", 2);
	say(f, 200, 0, "?", 1); /* of a newer agent */
	say(f, AGENT_FAILED, 0, "a\x1b[31mb\n", 8);
	assert_int_equal(f->seen.hello, 1);
	assert_int_equal(f->seen.ready, 1);
	/* It goes to terminals. */
	assert_string_equal(f->seen.failed, "a?[31mb?");
	agent_link_poweroff(f->link);
	assert_int_equal(heard(f, &channel), AGENT_POWEROFF);
}

static void a_command(void **state)
{
	struct fixture *f = *state;
	uint16_t channel = start(f), other;

	say(f, AGENT_STDOUT, channel, "hello", 5);
	say(f, AGENT_STDOUT, (uint16_t)(channel + 1), "lost", 4);
	say(f, AGENT_EXIT, channel, "{}", 2);
	say(f, AGENT_STDOUT, channel, "late", 4);
	assert_int_equal(f->seen.n, 2);
	assert_int_equal(f->seen.types[0], AGENT_STDOUT);
	assert_int_equal(f->seen.types[1], AGENT_EXIT);
	/* The number is free again. */
	other = start(f);
	assert_int_equal(other, channel);
}

/* A node that sends more than it may is cut off, whatever it says next. */
static void more_than_its_credit(void **state)
{
	static char chunk[FRAME_PAYLOAD_MAX];
	struct fixture *f = *state;
	uint16_t channel = start(f);

	for (unsigned i = 0; i < FRAME_WINDOW / sizeof(chunk); i++)
		say(f, AGENT_STDOUT, channel, chunk, sizeof(chunk));
	assert_int_equal(f->seen.bytes, FRAME_WINDOW);
	say(f, AGENT_STDERR, channel, "x", 1);
	assert_int_equal(f->seen.bytes, FRAME_WINDOW);
	assert_int_equal(f->seen.gone, 1);
	assert_int_equal(f->seen.broken, 1);
	say(f, AGENT_HELLO, 0, "{}", 2);
	assert_int_equal(f->seen.hello, 0);
}

static void credit_comes_back(void **state)
{
	static char chunk[FRAME_PAYLOAD_MAX];
	const uint8_t n[4] = { 0, 0, 1, 0 }; /* 65536 */
	struct fixture *f = *state;
	uint16_t channel = start(f);

	for (unsigned i = 0; i < FRAME_WINDOW / sizeof(chunk); i++)
		say(f, AGENT_STDOUT, channel, chunk, sizeof(chunk));
	assert_int_equal(agent_link_send(f->link, channel, AGENT_CREDIT, n, 4),
			 0);
	say(f, AGENT_STDOUT, channel, chunk, sizeof(chunk));
	assert_int_equal(f->seen.bytes, FRAME_WINDOW + sizeof(chunk));
	/* More than the window is nobody's to give. */
	for (unsigned i = 0; i < FRAME_WINDOW / sizeof(chunk); i++)
		assert_int_equal(agent_link_send(f->link, channel, AGENT_CREDIT,
						 n, 4),
				 0);
	assert_int_equal(agent_link_send(f->link, channel, AGENT_CREDIT, n, 4),
			 -EPROTO);
}

static void users_may_not_say_everything(void **state)
{
	struct fixture *f = *state;
	uint16_t channel = start(f);

	assert_int_equal(agent_link_send(f->link, channel, AGENT_STDIN, "x", 1),
			 0);
	assert_int_equal(agent_link_send(f->link, channel, AGENT_IDENTITY, "x",
					 1),
			 -EPROTO);
	assert_int_equal(agent_link_send(f->link, channel, AGENT_POWEROFF, NULL,
					 0),
			 -EPROTO);
	assert_int_equal(agent_link_send(f->link, channel, AGENT_CREDIT, "x",
					 1),
			 -EPROTO);
}

static void user_goes(void **state)
{
	struct fixture *f = *state;
	uint16_t channel = start(f), heard_on;

	agent_link_detach(f->link, channel);
	assert_int_equal(heard(f, &heard_on), AGENT_HANGUP);
	assert_int_equal(heard_on, channel);
	say(f, AGENT_STDOUT, channel, "x", 1);
	assert_int_equal(f->seen.n, 0);
	/* The number stays taken until the command has ended. */
	assert_int_not_equal(start(f), channel);
	say(f, AGENT_EXIT, channel, "{}", 2);
	assert_int_equal(start(f), channel);
}

static void as_many_as_there_are(void **state)
{
	const struct agent_user user = { on_frame, NULL, NULL };
	struct fixture *f = *state;
	uint16_t channel;

	for (int i = 0; i < 256; i++)
		assert_int_equal(
			agent_link_exec(f->link, "{}", 2, &user, &channel), 0);
	assert_int_equal(agent_link_exec(f->link, "{}", 2, &user, &channel),
			 -EAGAIN);
	/* They have no state of their own to be told with. */
	for (uint16_t i = 1; i <= 256; i++)
		agent_link_detach(f->link, i);
}

static void port_closes(void **state)
{
	struct fixture *f = *state;

	(void)start(f);
	(void)shutdown(f->agent, SHUT_RDWR);
	for (int i = 0; i < 4; i++)
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->seen.n, 0);
	assert_int_equal(f->seen.gone, 1);
	assert_int_equal(agent_link_exec(f->link, "{}", 2,
					 &(struct agent_user){ 0 },
					 &(uint16_t){ 0 }),
			 -EHOSTDOWN);
}

/* A node may be anybody's: whatever it sends on a channel that is not an
 * agent's there ends its port, and reaches no client.
 */
static void forged_frames(void **state)
{
	static const uint8_t types[] = { 0,	      AGENT_HELLO,  AGENT_EXEC,
					 AGENT_STDIN, AGENT_HANGUP, 128,
					 130,	      255 };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct fixture *f;
		uint16_t channel;

		assert_int_equal(setup(state), 0);
		f = *state;
		channel = start(f);
		say(f, types[i], channel, "x", 1);
		assert_int_equal(f->seen.n, 0);
		assert_int_equal(f->seen.gone, 1);
		assert_int_equal(f->seen.broken, 1);
		(void)teardown(state);
	}
}

/* An agent that was started anew does not know the old one's commands. */
static void agent_restarts(void **state)
{
	struct fixture *f = *state;
	uint16_t channel = start(f);

	say(f, AGENT_HELLO, 0, "{}", 2);
	assert_int_equal(f->seen.gone, 1);
	assert_int_equal(f->seen.hello, 1);
	assert_int_equal(start(f), channel);
}

/* Its requests for an identity cannot pile answers up here. */
static void never_reads(void **state)
{
	static char identity[1000];
	struct fixture *f = *state;
	int r = 0, n = 0;

	memset(identity, 'x', sizeof(identity) - 1);
	while (r == 0 && n++ < 100000) {
		r = agent_link_identity(f->link, identity);
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(r, -ENOBUFS);
}

static void input_on_credit(void **state)
{
	static char chunk[FRAME_PAYLOAD_MAX];
	const uint8_t one[4] = { 1, 0, 0, 0 };
	struct fixture *f = *state;
	uint16_t channel = start(f);

	for (unsigned i = 0; i < FRAME_WINDOW / sizeof(chunk); i++)
		assert_int_equal(agent_link_send(f->link, channel, AGENT_STDIN,
						 chunk, sizeof(chunk)),
				 0);
	assert_int_equal(agent_link_send(f->link, channel, AGENT_STDIN, "x", 1),
			 -EPROTO);
	say(f, AGENT_CREDIT, channel, one, sizeof(one));
	assert_int_equal(agent_link_send(f->link, channel, AGENT_STDIN, "x", 1),
			 0);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(channel_zero),
		TEST(a_command),
		TEST(more_than_its_credit),
		TEST(credit_comes_back),
		TEST(users_may_not_say_everything),
		TEST(user_goes),
		TEST(as_many_as_there_are),
		TEST(port_closes),
		cmocka_unit_test(forged_frames),
		TEST(agent_restarts),
		TEST(never_reads),
		TEST(input_on_credit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
