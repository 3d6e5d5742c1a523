/* SPDX-License-Identifier: MIT */

/* fuzz_agent_frames.c - Whatever a host may send through the agent's port
 *
 * Each frame goes where it would in the agent, but that a request is only
 * read: nothing is run, and nothing of this machine is changed.
 *
 * room: guest/agent
 */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exec.h"
#include "exec_request.h"
#include "identity.h"
#include "loop.h"
#include "port.h"
#include "proto_agent.h"

struct fixture {
	struct event_base *base;
	struct port *port;
	struct exec *exec;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_connected(void *arg)
{
	(void)arg;
}

static void on_gone(void *arg)
{
	struct fixture *f = arg;

	exec_hang_up(f->exec);
}

static void read_request(const struct frame *f)
{
	struct exec_request req = { 0 };

	if (exec_request_parse((const char *)f->data, f->len, "node01", &req,
			       NULL) == 0)
		assert(req.argv.n && req.env.n && req.cwd);
	exec_request_deinit(&req);
}

static void on_frame(void *arg, const struct frame *fr)
{
	struct fixture *f = arg;
	const char *text = (const char *)fr->data;
	struct identity id;

	switch (fr->type) {
	case AGENT_IDENTITY:
		(void)identity_parse(text, fr->len, &id, NULL);
		break;
	case AGENT_EXEC:
		read_request(fr);
		break;
	case AGENT_SIGNAL:
		(void)exec_request_parse_signal(text, fr->len);
		break;
	default:
		exec_frame(f->exec, fr);
		break;
	}
}

static const struct port_ops ops = { on_connected, on_gone, on_frame,
				     on_connected };

static void settle(struct fixture *f)
{
	for (int i = 0; i < 3; i++)
		(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fixture f = { 0 };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		abort();
	f.base = loop_new();
	if (!f.base || port_new(f.base, fds[1], &ops, &f, &f.port) < 0 ||
	    exec_new(f.base, f.port, &f.exec) < 0)
		abort();
	while (size) {
		ssize_t n = write(fds[0], data, size < 1000 ? size : 1000);

		assert(n > 0 || errno == EAGAIN);
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
		settle(&f);
	}
	(void)close(fds[0]);
	settle(&f);
	(void)exec_free(f.exec);
	(void)port_free(f.port);
	event_base_free(f.base);
	return 0;
}
