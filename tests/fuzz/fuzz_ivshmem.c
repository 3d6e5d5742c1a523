/* SPDX-License-Identifier: MIT */

/* fuzz_ivshmem.c - room: ivshmem-server
 *
 * The first line is a command line, its words between tabs; the rest is what a
 * client says.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "loop.h"
#include "options.h"

#define ARGS_MAX 32

static void try_options(char *line)
{
	char *argv[ARGS_MAX + 2] = { line };
	struct err e = { .msg = "" };
	struct options o;
	char *save = NULL;
	int argc = 1;

	for (char *w = strtok_r(line, "\t", &save); w && argc <= ARGS_MAX;
	     w = strtok_r(NULL, "\t", &save))
		argv[argc++] = w;
	if (options_parse(argc, argv, &o, &e) < 0) {
		if (!e.msg[0])
			abort();
		return;
	}
	if (o.action == OPTIONS_RUN &&
	    (o.vectors < 1 || o.vectors > VECTORS_MAX ||
	     o.n_in_order > o.n_ids))
		abort();
}

/* It is dropped if it says a byte, and nothing else happens. */
static void try_client(struct server *s, const void *data, size_t len)
{
	struct err e = { .msg = "" };
	uint64_t dropped = s->counters.dropped;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return;
	if (server_attach(s, fds[1], SERVER_ANY_ID, false, &e) < 0)
		abort();
	if (len)
		(void)send(fds[0], data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	if (s->counters.dropped != dropped + (len > 0))
		abort();
	(void)close(fds[0]);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	if (s->n_peers)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t n = end ? (size_t)(end - data) : size;
	CLEANUP_FREE char *line = strndup((const char *)data, n);
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	CLEANUP_FD int memory = memfd_create("memory", MFD_CLOEXEC);
	struct server_conf conf = { .vectors = 2,
				    .clients_max = 4,
				    .memory_fd = memory,
				    .memory_size = 4096 };
	struct server s;

	if (!line || !base || ftruncate(memory, 4096) < 0)
		return 0;
	try_options(line);
	if (server_init(&s, base, &conf) < 0)
		return 0;
	try_client(&s, end ? end + 1 : NULL, end ? size - n - 1 : 0);
	server_deinit(&s);
	return 0;
}
