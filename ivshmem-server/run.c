/* SPDX-License-Identifier: MIT */

/* run.c - The whole server: memory, sockets, clients */

#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "daemon.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "owner.h"
#include "sandbox.h"
#include "status.h"

/* ---- descriptors ---------------------------------------------------------- */

/* As many clients as their descriptors allow. */
static unsigned limit_clients(const struct options *o)
{
	rlim_t each = o->vectors + 1;
	rlim_t spare = SERVER_FDS_SPARE + o->n_peers + o->n_ids * o->vectors;
	struct rlimit l;
	rlim_t fit;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return o->clients_max;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
	fit = l.rlim_cur > spare ? (l.rlim_cur - spare) / each : 0;
	if (fit >= o->clients_max)
		return o->clients_max;
	if (o->clients_max < SERVER_CLIENTS_MAX)
		log_warn("%llu descriptors allow %llu clients of %u vectors, "
			 "not %u: raise 'ulimit -Hn'",
			 (unsigned long long)l.rlim_cur,
			 (unsigned long long)fit, o->vectors, o->clients_max);
	return fit ? (unsigned)fit : 1;
}

/* ---- sockets -------------------------------------------------------------- */

static void on_client(int fd, const struct sockaddr *peer, void *arg)
{
	struct run_socket *s = arg;
	struct err e = { .msg = "" };

	(void)peer;
	if (server_attach(&s->run->server, fd, s->id, false, &e) < 0)
		log_warn("a client was refused: %s", e.msg);
}

static int add_socket(struct run *r, int fd, const char *path, uint32_t id,
		      acceptor_fn fn, struct err *e)
{
	struct run_socket *s = &r->sockets[r->n_sockets];
	void *arg = fn == on_client ? (void *)s : (void *)&r->server;
	int code;

	s->run = r;
	s->id = id;
	s->path = path;
	code = acceptor_new(r->base, fd, fn, arg, &s->acceptor);
	if (code < 0)
		return err_set(e, code, "no memory");
	r->n_sockets++;
	return 0;
}

static int bind_socket(struct run *r, const char *path, mode_t mode,
		       uint32_t id, acceptor_fn fn, struct err *e)
{
	int fd, code;

	code = listener_bind(path, mode, &fd, e);
	return code < 0 ? code : add_socket(r, fd, path, id, fn, e);
}

static int add_peer(struct run *r, const struct options_peer *p, struct err *e)
{
	if (p->fd < 0)
		return bind_socket(r, p->path, 0, p->id, on_client, e);
	return server_attach(&r->server, p->fd, p->id, false, e);
}

static int add_sockets(struct run *r, const struct options *o, struct err *e)
{
	int code = 0;

	if (o->socket_path)
		code = bind_socket(r, o->socket_path, 0, SERVER_ANY_ID,
				   on_client, e);
	else if (o->socket_fd >= 0)
		code = add_socket(r, o->socket_fd, NULL, SERVER_ANY_ID,
				  on_client, e);
	if (code == 0 && o->control_path)
		code = bind_socket(r, o->control_path, 0600, SERVER_ANY_ID,
				   status_answer, e);
	for (unsigned i = 0; code == 0 && i < o->n_peers; i++)
		code = add_peer(r, &o->peers[i], e);
	if (code == 0 && o->owner_fd >= 0)
		code = owner_new(&r->server, o->owner_fd, &r->owner, e);
	return code;
}

/* ---- start and end -------------------------------------------------------- */

static int make_server(struct run *r, const struct options *o, struct err *e)
{
	struct server_conf conf = { .vectors = o->vectors,
				    .clients_max = limit_clients(o),
				    .ids = o->ids,
				    .n_ids = o->n_ids,
				    .n_in_order = o->n_in_order,
				    .given = o->owner_fd >= 0,
				    .first = o->first };
	int code;

	code = memory_open(&o->memory, &r->memory_fd, &conf.memory_size, e);
	if (code < 0)
		return code;
	conf.memory_fd = r->memory_fd;
	r->base = loop_new();
	if (!r->base || loop_stop_on_signals(r->base) < 0)
		return err_set(e, -ENOMEM, "no memory");
	code = server_init(&r->server, r->base, &conf);
	return code < 0 ?
		       err_set(e, code, "cannot set up memory and vectors: %s",
			       strerror(-code)) :
		       0;
}

static int init(struct run *r, const struct options *o, struct err *e)
{
	int code;

	code = make_server(r, o, e);
	if (code == 0)
		code = add_sockets(r, o, e);
	if (code == 0 && o->pid_path) {
		code = daemon_write_pid(o->pid_path, e);
		if (code == 0)
			r->pid_path = o->pid_path;
	}
	if (code == 0 && !o->no_seccomp)
		code = sandbox_enter(r->n_sockets || r->pid_path, e);
	return code;
}

int run_init(struct run *r, const struct options *o, struct err *e)
{
	int code;

	r->memory_fd = -1;
	TAILQ_INIT(&r->server.peers);
	code = init(r, o, e);
	if (code < 0)
		run_deinit(r);
	return code;
}

int run_loop(struct run *r)
{
	return event_base_dispatch(r->base) < 0 ? -EIO : 0;
}

void run_deinit(struct run *r)
{
	while (r->n_sockets) {
		struct run_socket *s = &r->sockets[--r->n_sockets];

		(void)acceptor_free(s->acceptor);
		if (s->path)
			(void)unlink(s->path);
	}
	r->owner = owner_free(r->owner);
	server_deinit(&r->server);
	if (r->pid_path)
		(void)unlink(r->pid_path);
	/* Its signals' events go with the process. */
	close_fd(&r->memory_fd);
}
