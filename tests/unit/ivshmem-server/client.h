/* SPDX-License-Identifier: MIT */

/* client.h - A client as the specification has it, for tests */
#pragma once

#include <endian.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "fdpass.h"
#include "loop.h"
#include "memory.h"
#include "server.h"

/* A server in this process, with memory of one page, and its loop. */
struct fixture {
	struct event_base *base;
	int memory_fd;
	struct server s;
};

static inline int make_memory(uint64_t size)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static inline void fixture_init(struct fixture *f, unsigned vectors,
				unsigned clients_max, const uint32_t *ids,
				unsigned n_ids, unsigned n_in_order)
{
	struct server_conf conf = { .vectors = vectors,
				    .clients_max = clients_max,
				    .ids = ids,
				    .n_ids = n_ids,
				    .n_in_order = n_in_order,
				    .memory_size = MEMORY_SIZE_MIN };

	f->base = loop_new();
	assert_non_null(f->base);
	f->memory_fd = make_memory(MEMORY_SIZE_MIN);
	conf.memory_fd = f->memory_fd;
	assert_int_equal(server_init(&f->s, f->base, &conf), 0);
}

static inline void fixture_deinit(struct fixture *f)
{
	server_deinit(&f->s);
	event_base_free(f->base);
	(void)close(f->memory_fd);
}

/* All that is to be done now. */
static inline void settle(struct fixture *f)
{
	(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static inline int attach(struct fixture *f, uint32_t id)
{
	struct err e = { .msg = "" };
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(server_attach(&f->s, fds[1], id, false, &e), 0);
	return fds[0];
}

/* Whether there is something to be read, or the end. */
static inline bool has_more(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* The next message; false = the server has hung up. *@ret_fd -1 = none */
static inline bool hear(int fd, int64_t *ret_value, int *ret_fd)
{
	int fds[FDPASS_MAX];
	uint64_t bytes;
	size_t len, n;

	if (fdpass_recv(fd, &bytes, sizeof(bytes), &len, fds, &n) < 0 || !len)
		return false;
	assert_int_equal(len, sizeof(bytes));
	assert_in_range(n, 0, 1);
	*ret_value = (int64_t)le64toh(bytes);
	*ret_fd = n ? fds[0] : -1;
	return true;
}

/* It must be this one. Returns the descriptor, or -1. */
static inline int expect(int fd, int64_t value, bool with_fd)
{
	int64_t v = -2;
	int got = -1;

	assert_true(has_more(fd));
	assert_true(hear(fd, &v, &got));
	assert_int_equal(v, value);
	assert_int_equal(got >= 0, with_fd);
	return got;
}

/* The same, @n times; descriptors to @fds, or closed if that is NULL. */
static inline void expect_vectors(int fd, int64_t id, unsigned n, int *fds)
{
	for (unsigned i = 0; i < n; i++) {
		int got = expect(fd, id, true);

		if (fds)
			fds[i] = got;
		else
			(void)close(got);
	}
}

/* What comes first: version, number, memory. */
static inline void expect_start(int fd, int64_t id)
{
	(void)expect(fd, SERVER_PROTOCOL, false);
	(void)expect(fd, id, false);
	(void)close(expect(fd, -1, true));
}

/* Descriptors that are open in this process. */
static inline unsigned count_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}
