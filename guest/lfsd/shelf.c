/* SPDX-License-Identifier: MIT */

/* shelf.c - The table of shelves that this node holds */

#include "shelf.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

#define CHAINS_MIN 64

/* Ids are handed out one after the other: their low bits are spread well. */
static size_t chain_of(const struct shelf_table *t, uint64_t id)
{
	return (size_t)id & (t->n_chains - 1);
}

static void lock(struct shelf_table *t)
{
	(void)pthread_mutex_lock(&t->lock);
}

static void unlock(struct shelf_table *t)
{
	(void)pthread_mutex_unlock(&t->lock);
}

static void shelf_free(struct shelf *s)
{
	close_fd(&s->fd);
	free(s->books);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

void shelf_table_init(struct shelf_table *t)
{
	*t = (struct shelf_table){ 0 };
	(void)pthread_mutex_init(&t->lock, NULL);
}

void shelf_table_deinit(struct shelf_table *t)
{
	for (size_t i = 0; i < t->n_chains; i++) {
		struct shelf *s = t->chains[i];

		while (s) {
			struct shelf *next = s->next;

			shelf_free(s);
			s = next;
		}
	}
	free(t->chains);
	(void)pthread_mutex_destroy(&t->lock);
	*t = (struct shelf_table){ 0 };
}

static struct shelf *find(const struct shelf_table *t, uint64_t id)
{
	struct shelf *s;

	if (!t->n_chains)
		return NULL;
	for (s = t->chains[chain_of(t, id)]; s; s = s->next)
		if (s->id == id)
			return s;
	return NULL;
}

static void insert(struct shelf_table *t, struct shelf *s)
{
	struct shelf **head = &t->chains[chain_of(t, s->id)];

	s->next = *head;
	*head = s;
}

static int grow(struct shelf_table *t)
{
	struct shelf_table bigger = *t;

	bigger.n_chains = t->n_chains ? t->n_chains * 2 : CHAINS_MIN;
	bigger.chains = calloc(bigger.n_chains, sizeof(struct shelf *));
	if (!bigger.chains)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_chains; i++) {
		struct shelf *s = t->chains[i];

		while (s) {
			struct shelf *next = s->next;

			insert(&bigger, s);
			s = next;
		}
	}
	free(t->chains);
	t->chains = bigger.chains;
	t->n_chains = bigger.n_chains;
	return 0;
}

static struct shelf *add(struct shelf_table *t, uint64_t id)
{
	struct shelf *s;

	if (t->n >= t->n_chains && grow(t) < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = id;
	s->fd = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	insert(t, s);
	t->n++;
	return s;
}

struct shelf *shelf_get(struct shelf_table *t, uint64_t id)
{
	struct shelf *s;

	lock(t);
	s = find(t, id);
	if (s)
		s->refs++;
	unlock(t);
	return s;
}

struct shelf *shelf_get_or_add(struct shelf_table *t, uint64_t id)
{
	struct shelf *s;

	lock(t);
	s = find(t, id);
	if (!s)
		s = add(t, id);
	if (s)
		s->refs++;
	unlock(t);
	return s;
}

void shelf_ref(struct shelf_table *t, struct shelf *s)
{
	lock(t);
	s->refs++;
	unlock(t);
}

static void take_out(struct shelf_table *t, const struct shelf *s)
{
	struct shelf **p = &t->chains[chain_of(t, s->id)];

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	t->n--;
}

void shelf_put(struct shelf_table *t, struct shelf *s)
{
	bool last;

	if (!s)
		return;
	lock(t);
	last = --s->refs == 0;
	if (last)
		take_out(t, s);
	unlock(t);
	if (last)
		shelf_free(s);
}

int shelf_table_ids(struct shelf_table *t, uint64_t **ret_ids, size_t *ret_n)
{
	uint64_t *ids;
	size_t n = 0;

	lock(t);
	ids = calloc(t->n ? t->n : 1, sizeof(*ids));
	for (size_t i = 0; ids && i < t->n_chains; i++)
		for (const struct shelf *s = t->chains[i]; s; s = s->next)
			ids[n++] = s->id;
	unlock(t);
	if (!ids)
		return -ENOMEM;
	*ret_ids = ids;
	*ret_n = n;
	return 0;
}
