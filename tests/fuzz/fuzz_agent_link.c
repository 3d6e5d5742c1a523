/* SPDX-License-Identifier: MIT */

/* fuzz_agent_link.c - Whatever a hostile node writes to its agent's port
 *
 * room: launcher
 */

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_link.h"
#include "log.h"
#include "loop.h"
#include "proto_agent.h"

struct user {
	int open;
};

static void on_frame(void *arg, uint8_t type, const void *data, size_t len)
{
	struct user *u = arg;

	(void)data;
	(void)len;
	/* Only what a client may see, and nothing after the end. */
	if (!u->open || (type != AGENT_STDOUT && type != AGENT_STDERR &&
			 type != AGENT_CREDIT && type != AGENT_EXIT))
		abort();
	if (type == AGENT_EXIT)
		u->open = 0;
}

static void on_gone(void *arg)
{
	struct user *u = arg;

	if (!u->open)
		abort();
	u->open = 0;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void on_failed(void *arg, const char *text)
{
	(void)arg;
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct agent_link_ops ops = { nothing, nothing, on_failed,
						   nothing };
	struct event_base *base = loop_new();
	struct user users[2] = { { 1 }, { 1 } };
	struct agent_link *link;
	uint16_t channel;
	int sv[2];

	log_open("fuzz", LOG_LEVEL_ERR, false);
	if (!base || socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0 ||
	    agent_link_new(base, sv[0], &ops, NULL, &link) < 0)
		abort();
	for (int i = 0; i < 2; i++) {
		const struct agent_user u = { on_frame, on_gone, &users[i] };

		if (agent_link_exec(link, "{}", 2, &u, &channel) < 0)
			abort();
	}
	while (size) {
		ssize_t n = send(sv[1], data, size, MSG_DONTWAIT);

		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	}
	for (int i = 0; i < 3; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	link = agent_link_free(link);
	(void)close(sv[1]);
	event_base_free(base);
	return 0;
}
