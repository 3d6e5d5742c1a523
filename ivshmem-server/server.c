/* SPDX-License-Identifier: MIT */

/* server.c - Who is connected, and who is told of whom */

#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"

#define MEMORY_MESSAGE (-1)

struct peer *server_find(struct server *s, uint32_t id)
{
	struct peer *p;

	TAILQ_FOREACH(p, &s->peers, link)
	if (p->id == id)
		return p;
	return NULL;
}

/* ---- numbers -------------------------------------------------------------- */

/* NULL = not a reserved one. */
static struct vectors *reserved_vectors(struct server *s, uint32_t id)
{
	for (unsigned i = 0; i < s->conf.n_ids; i++)
		if (s->conf.ids[i] == id)
			return s->reserved[i];
	return NULL;
}

/* The first of the list that is free. */
static int id_from_list(struct server *s, uint32_t *ret_id)
{
	for (unsigned i = 0; i < s->conf.n_in_order; i++) {
		if (server_find(s, s->conf.ids[i]))
			continue;
		*ret_id = s->conf.ids[i];
		return 0;
	}
	return -ENOSPC;
}

/* Whether nobody is connected who was told of its end. */
static bool is_forgotten(struct server *s, uint32_t id)
{
	const struct peer *eldest = TAILQ_FIRST(&s->peers);

	return !eldest || s->ended[id] <= eldest->number_of_connect;
}

static int id_in_turn(struct server *s, uint32_t *ret_id)
{
	for (uint32_t tried = 0; tried <= PEER_ID_MAX; tried++) {
		uint32_t id = s->next_id;

		s->next_id = (s->next_id + 1) & PEER_ID_MAX;
		if (reserved_vectors(s, id) || server_find(s, id) ||
		    !is_forgotten(s, id))
			continue;
		*ret_id = id;
		return 0;
	}
	return -ENOSR;
}

static int choose_id(struct server *s, uint32_t *id, struct err *e)
{
	int r = 0;

	if (s->n_peers >= s->conf.clients_max)
		r = -ENOSPC;
	else if (*id != SERVER_ANY_ID && !reserved_vectors(s, *id))
		r = -EINVAL;
	else if (*id != SERVER_ANY_ID)
		r = server_find(s, *id) ? -EBUSY : 0;
	else if (s->conf.n_in_order)
		r = id_from_list(s, id);
	else
		r = id_in_turn(s, id);
	if (r == -EINVAL)
		return err_set(e, r, "number %u is not reserved", *id);
	if (r == -EBUSY)
		return err_set(e, r, "client %u is connected already", *id);
	if (r == -ENOSR)
		return err_set(e, r,
			       "all numbers were used while client %u has been "
			       "connected: start that anew",
			       TAILQ_FIRST(&s->peers)->id);
	if (r < 0)
		return err_set(e, r, "%u clients are connected, more may not",
			       s->n_peers);
	return 0;
}

/* ---- who is told ---------------------------------------------------------- */

static void tell_others(struct server *s, const struct peer *about,
			struct vectors *v)
{
	struct peer *p;

	TAILQ_FOREACH(p, &s->peers, link)
	if (p != about)
		peer_send(p, about->id, v);
}

/* A number whose descriptors have not come is not there yet. */
static void tell_reserved(struct server *s, struct peer *p)
{
	for (unsigned i = 0; i < s->conf.n_ids; i++)
		if (s->conf.ids[i] != p->id &&
		    s->reserved[i]->n == s->conf.vectors)
			peer_send(p, s->conf.ids[i], s->reserved[i]);
}

static void introduce(struct server *s, struct peer *p)
{
	bool is_news = !reserved_vectors(s, p->id);
	struct peer *other;

	peer_send(p, SERVER_PROTOCOL, NULL);
	peer_send(p, p->id, NULL);
	peer_send(p, MEMORY_MESSAGE, s->memory);
	tell_reserved(s, p);
	TAILQ_FOREACH(other, &s->peers, link)
	if (other != p && !reserved_vectors(s, other->id))
		peer_send(p, other->id, other->vectors);
	peer_send(p, p->id, p->vectors);
	if (is_news)
		tell_others(s, p, p->vectors);
}

static void count_end(struct server *s, const struct peer *p)
{
	if (p->end == PEER_LEFT || p->end == PEER_DETACHED) {
		s->counters.left++;
		log_debug("client %u: %s", p->id, peer_end_text(p->end));
	} else {
		s->counters.dropped++;
		log_warn("client %u (process %d): %s", p->id, p->pid,
			 peer_end_text(p->end));
	}
}

static void on_end(struct peer *p, void *arg)
{
	struct server *s = arg;

	TAILQ_REMOVE(&s->peers, p, link);
	s->n_peers--;
	count_end(s, p);
	if (!reserved_vectors(s, p->id)) {
		tell_others(s, p, NULL);
		s->ended[p->id] = s->counters.connects;
	}
	(void)peer_free(p);
}

/* ---- coming --------------------------------------------------------------- */

static int get_vectors(struct server *s, uint32_t id, struct vectors **ret_v,
		       struct err *e)
{
	struct vectors *v = reserved_vectors(s, id);
	int r;

	if (v) {
		*ret_v = vectors_ref(v);
		return 0;
	}
	r = vectors_new(s->conf.vectors, ret_v);
	if (r == -EMFILE || r == -ENFILE)
		return err_set(e, r,
			       "its %u vectors need more descriptors than "
			       "there may be: raise 'ulimit -n'",
			       s->conf.vectors);
	return r < 0 ? err_set(e, r, "%s", strerror(-r)) : 0;
}

static int add(struct server *s, int fd, uint32_t id, bool known, struct err *e)
{
	struct vectors *v;
	struct peer *p;
	int r;

	r = get_vectors(s, id, &v, e);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = peer_new(s->base, fd, id, v, on_end, s, &p);
	if (r < 0)
		return err_set(e, r, "%s", strerror(-r));
	p->number_of_connect = ++s->counters.connects;
	TAILQ_INSERT_TAIL(&s->peers, p, link);
	s->n_peers++;
	log_debug("client %u (process %d) has connected", p->id, p->pid);
	if (!known)
		introduce(s, p);
	return 0;
}

int server_attach(struct server *s, int fd, uint32_t id, bool known,
		  struct err *e)
{
	int r;

	r = memory_check(s->conf.memory_fd, s->conf.memory_size, e);
	if (r == 0)
		r = choose_id(s, &id, e);
	if (r < 0)
		(void)close(fd);
	else
		r = add(s, fd, id, known, e);
	if (r < 0)
		s->counters.refused++;
	return r;
}

int server_give(struct server *s, uint32_t id, const int *fds, unsigned n)
{
	struct vectors *v = s->conf.given ? reserved_vectors(s, id) : NULL;
	int r = !v ? -EINVAL : v->n + n > s->conf.vectors ? -ENOSPC : 0;

	for (unsigned i = 0; i < n; i++)
		if (r == 0)
			v->fds[v->n++] = fds[i];
		else
			(void)close(fds[i]);
	return r;
}

/* ---- start and end -------------------------------------------------------- */

static int reserve(struct server *s)
{
	int r = 0;

	s->reserved = calloc(s->conf.n_ids + 1, sizeof(struct vectors *));
	s->ended = calloc(PEER_ID_MAX + 1, sizeof(*s->ended));
	if (!s->reserved || !s->ended)
		return -ENOMEM;
	for (unsigned i = 0; r == 0 && i < s->conf.n_ids; i++)
		r = s->conf.given ?
			    vectors_empty(s->conf.vectors, &s->reserved[i]) :
			    vectors_new(s->conf.vectors, &s->reserved[i]);
	return r;
}

int server_init(struct server *s, struct event_base *base,
		const struct server_conf *conf)
{
	int fd, r;

	*s = (struct server){ .base = base,
			      .conf = *conf,
			      .next_id = conf->first };
	TAILQ_INIT(&s->peers);
	fd = fcntl(conf->memory_fd, F_DUPFD_CLOEXEC, 0);
	r = fd < 0 ? -errno : vectors_wrap(fd, &s->memory);
	if (r == 0)
		r = reserve(s);
	if (r < 0)
		server_deinit(s);
	return r;
}

void server_deinit(struct server *s)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&s->peers))) {
		TAILQ_REMOVE(&s->peers, p, link);
		(void)peer_free(p);
	}
	s->n_peers = 0;
	for (unsigned i = 0; s->reserved && i < s->conf.n_ids; i++)
		(void)vectors_unref(s->reserved[i]);
	free(s->reserved);
	s->reserved = NULL;
	free(s->ended);
	s->ended = NULL;
	s->memory = vectors_unref(s->memory);
}
