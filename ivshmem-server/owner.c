/* SPDX-License-Identifier: MIT */

/* owner.c - The channel of whoever has started the server (proto_doorbell.h) */

#include "owner.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fdpass.h"
#include "log.h"
#include "proto_doorbell.h"
#include "server.h"

struct owner {
	struct server *s;
	int fd;
	struct event *readable;
};

/* Takes the descriptors over. */
static int obey(struct server *s, const struct doorbell_message *m,
		const int *fds, size_t n, struct err *e)
{
	bool known = m->kind == DOORBELL_KNOWN_CLIENT;

	if (m->kind == DOORBELL_VECTORS)
		return server_give(s, m->id, fds, (unsigned)n);
	if ((m->kind == DOORBELL_CLIENT || known) && n == 1)
		return server_attach(s, fds[0], m->id, known, e);
	while (n)
		(void)close(fds[--n]);
	return -EPROTO;
}

/* One message. Return: whether there may be more. */
static bool hear(struct owner *o)
{
	struct doorbell_message m = { 0 };
	struct err e = { .msg = "" };
	int fds[FDPASS_MAX], r;
	size_t len = 0, n = 0;

	r = fdpass_recv(o->fd, &m, sizeof(m), &len, fds, &n);
	if (r == -EAGAIN)
		return false;
	if (r < 0 || !len) {
		log_info("the owner has closed its connection");
		(void)event_base_loopbreak(o->s->base);
		return false;
	}
	if (len != sizeof(m))
		m.kind = 0;
	r = obey(o->s, &m, fds, n, &e);
	if (r < 0)
		log_warn("the owner's message %u about %u was not obeyed: %s",
			 m.kind, m.id, e.msg[0] ? e.msg : strerror(-r));
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	while (hear(arg))
		;
}

int owner_new(struct server *s, int fd, struct owner **ret_o, struct err *e)
{
	struct owner *o = calloc(1, sizeof(*o));

	if (!o) {
		(void)close(fd);
		return err_set(e, -ENOMEM, "no memory");
	}
	o->s = s;
	o->fd = fd;
	(void)evutil_make_socket_nonblocking(fd);
	o->readable =
		event_new(s->base, fd, EV_READ | EV_PERSIST, on_readable, o);
	if (!o->readable || event_add(o->readable, NULL) < 0) {
		(void)owner_free(o);
		return err_set(e, -ENOMEM, "no memory");
	}
	*ret_o = o;
	return 0;
}

struct owner *owner_free(struct owner *o)
{
	if (!o)
		return NULL;
	if (o->readable)
		event_free(o->readable);
	close_fd(&o->fd);
	free(o);
	return NULL;
}
