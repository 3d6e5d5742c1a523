/* SPDX-License-Identifier: MIT */

/* test_agent.c - What the agent answers, as far as this machine stays as it is
 *
 * A good identity or a power off would change the machine that runs the test:
 * nodes are for that.
 */

#include "agent.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "frame.h"
#include "json.h"
#include "loop.h"
#include "proto_agent.h"

#include "../../unit.h"

struct fixture {
	struct event_base *base;
	struct agent *agent;
	int fd; /* the host's end */
	struct evbuffer *in;
};

static const struct agent_config config = {
	.interface = "no-such-if",
	.lfsd = "/no/such/lfsd",
	.ssh_dir = "/no/such/ssh",
	.hook = "/no/such/hook",
};

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
	f->in = evbuffer_new();
	assert_int_equal(agent_new(f->base, fds[1], &config, &f->agent), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)agent_free(f->agent);
	event_base_free(f->base);
	evbuffer_free(f->in);
	close_fd(&f->fd);
	free(f);
	return 0;
}

static void put(struct fixture *f, uint8_t type, uint16_t channel,
		const char *text)
{
	struct evbuffer *out = evbuffer_new();

	assert_int_equal(frame_put(out, type, channel, text, strlen(text)), 0);
	while (evbuffer_get_length(out))
		assert_true(evbuffer_write(out, f->fd) > 0);
	evbuffer_free(out);
}

/* The next frame; it has to be of this type. Returns its text; free() it. */
static char *get(struct fixture *f, uint8_t type)
{
	struct frame fr;
	char *text;

	while (!frame_get(f->in, &fr)) {
		assert_int_equal(event_base_loop(f->base, EVLOOP_NONBLOCK), 0);
		(void)evbuffer_read(f->in, f->fd, -1);
	}
	assert_int_equal(fr.type, type);
	text = strndup((const char *)fr.data, fr.len);
	frame_done(f->in, &fr);
	return text;
}

static void says_hello(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *text = get(f, AGENT_HELLO);
	CLEANUP_JSON json_t *o = NULL;
	uint64_t protocol;
	const char *version;

	assert_int_equal(json_parse_object(text, strlen(text), &o), 0);
	assert_int_equal(json_get_u64(o, "protocol", 0, 99, &protocol), 0);
	assert_int_equal(protocol, AGENT_PROTOCOL);
	assert_int_equal(json_get_string(o, "version", &version), 0);
	assert_string_equal(version, FAME_VERSION);
}

static void refuses_bad_identity(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *hello = get(f, AGENT_HELLO);
	CLEANUP_FREE char *none = NULL, *bad = NULL;

	put(f, AGENT_IDENTITY, 0, "");
	none = get(f, AGENT_FAILED);
	assert_string_equal(none, "identity: not a JSON object");
	put(f, AGENT_IDENTITY, 0, "{\"node_id\": 81}");
	bad = get(f, AGENT_FAILED);
	assert_non_null(strstr(bad, "\"node_id\""));
}

/* Init waits for an identity; with a bad one the others start, too. */
static void init_is_told_of_any(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *hello = get(f, AGENT_HELLO);
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CLEANUP_FREE char *bad = NULL;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a.sun_family); /* the kernel finds a name */
	char text[16];

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	len = sizeof(a);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	a.sun_path[0] = '@';
	assert_int_equal(setenv("NOTIFY_SOCKET", a.sun_path, 1), 0);
	put(f, AGENT_IDENTITY, 0, "{}");
	bad = get(f, AGENT_FAILED);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
	assert_memory_equal(text, "READY=1", 7);
}

static void runs_without_identity(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *hello = get(f, AGENT_HELLO);
	CLEANUP_FREE char *out = NULL, *end = NULL;

	put(f, 250, 0, "of a newer host");
	put(f, AGENT_EXEC, 1, "{\"argv\": [\"echo\", \"here\"]}");
	out = get(f, AGENT_STDOUT);
	assert_string_equal(out, "here\n");
	end = get(f, AGENT_EXIT);
	assert_string_equal(end, "{\"status\":0}");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(says_hello),
		T(init_is_told_of_any),
		T(refuses_bad_identity),
		T(runs_without_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
