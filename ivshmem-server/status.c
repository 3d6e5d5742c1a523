/* SPDX-License-Identifier: MIT */

/* status.c - A report for whoever connects to the control socket */

#include "status.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "server.h"

static json_t *peer_json(const struct peer *p)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "id", (json_int_t)p->id,
			 "pid", (json_int_t)p->pid, "uid", (json_int_t)p->uid,
			 "vectors", (json_int_t)p->vectors->n, "queued",
			 (json_int_t)p->n_queued);
}

char *status_text(const struct server *s)
{
	CLEANUP_JSON json_t *peers = json_array();
	CLEANUP_JSON json_t *o = NULL;
	const struct server_counters *n = &s->counters;
	const struct peer *p;

	TAILQ_FOREACH(p, &s->peers, link)
	if (json_array_append_new(peers, peer_json(p)) < 0)
		return NULL;
	o = json_pack("{s:s, s:I, s:I, s:I, s:{s:I}, s:O, s:I, s:I, s:I, s:I}",
		      "version", FAME_VERSION, "pid", (json_int_t)getpid(),
		      "vectors", (json_int_t)s->conf.vectors, "clients_max",
		      (json_int_t)s->conf.clients_max, "memory", "size",
		      (json_int_t)s->conf.memory_size, "clients", peers,
		      "connects", (json_int_t)n->connects, "refused",
		      (json_int_t)n->refused, "left", (json_int_t)n->left,
		      "dropped", (json_int_t)n->dropped);
	return o ? json_line(o) : NULL;
}

void status_answer(int fd, const struct sockaddr *peer, void *arg)
{
	CLEANUP_FREE char *text = status_text(arg);
	CLEANUP_FD int conn = fd;
	size_t len = text ? strlen(text) : 0;

	(void)peer;
	/* A new connection has room for more than this. */
	if (text)
		(void)send(conn, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}
