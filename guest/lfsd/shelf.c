/* SPDX-License-Identifier: MIT */

/* shelf.c - The table of shelves that this node knows */

#include "shelf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "request.h"

#define CHAINS_MIN 64

/* Ids are handed out one after the other: their low bits are spread well. */
static size_t chain_of(const struct shelf_table *t, uint64_t id)
{
	return (size_t)id & (t->n_chains - 1);
}

static void shelf_free(struct shelf *s)
{
	close_fd(&s->fd);
	free(s->name);
	free(s->books);
	free(s);
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
	*t = (struct shelf_table){ 0 };
}

struct shelf *shelf_find(const struct shelf_table *t, uint64_t id)
{
	struct shelf *s;

	if (!t->n_chains)
		return NULL;
	for (s = t->chains[chain_of(t, id)]; s; s = s->next)
		if (s->id == id)
			return s;
	return NULL;
}

struct shelf *shelf_next(const struct shelf_table *t, const struct shelf *s)
{
	size_t i = 0;

	if (s && s->next)
		return s->next;
	if (s)
		i = chain_of(t, s->id) + 1;
	for (; i < t->n_chains; i++)
		if (t->chains[i])
			return t->chains[i];
	return NULL;
}

static int grow(struct shelf_table *t)
{
	struct shelf_table bigger = { .n = t->n };
	struct shelf *s = NULL, *next;

	bigger.n_chains = t->n_chains ? t->n_chains * 2 : CHAINS_MIN;
	bigger.chains = calloc(bigger.n_chains, sizeof(struct shelf *));
	if (!bigger.chains)
		return -ENOMEM;
	for (s = shelf_next(t, NULL); s; s = next) {
		struct shelf **head = &bigger.chains[chain_of(&bigger, s->id)];

		next = shelf_next(t, s);
		s->next = *head;
		*head = s;
	}
	free(t->chains);
	*t = bigger;
	return 0;
}

static struct shelf *add(struct shelf_table *t, uint64_t id)
{
	struct shelf **head, *s;

	if (t->n >= t->n_chains && grow(t) < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = id;
	s->fd = -1;
	s->cut = UINT64_MAX;
	head = &t->chains[chain_of(t, id)];
	s->next = *head;
	*head = s;
	t->n++;
	return s;
}

static void unlink_and_free(struct shelf_table *t, struct shelf *s)
{
	struct shelf **p = &t->chains[chain_of(t, s->id)];

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	t->n--;
	shelf_free(s);
}

int shelf_set_place(struct shelf *s, uint64_t parent_id, const char *name)
{
	if (!s->name || strcmp(s->name, name) != 0) {
		char *copy = strdup(name);

		if (!copy)
			return -ENOMEM;
		free(s->name);
		s->name = copy;
	}
	s->parent_id = parent_id;
	return 0;
}

int shelf_learn(struct shelf_table *t, const struct shelf_info *info,
		struct shelf **ret_shelf)
{
	struct shelf *s = shelf_find(t, info->id);
	bool is_new = !s;
	int r;

	if (is_new)
		s = add(t, info->id);
	if (!s)
		return -ENOMEM;
	r = shelf_set_place(s, info->parent_id, info->name);
	if (r < 0) {
		if (is_new)
			unlink_and_free(t, s);
		return r;
	}
	s->mode = info->mode;
	s->links = info->links;
	s->ctime = info->ctime;
	s->mtime = info->mtime;
	if (!s->handle) {
		s->size = info->size;
		s->n_books = info->n_books;
	}
	*ret_shelf = s;
	return 0;
}

void shelf_put(struct shelf_table *t, struct shelf *s)
{
	if (!s->lookups && !s->opens && !s->handle)
		unlink_and_free(t, s);
}

/* Puts @name and a slash before the text at *@p, not before @start. */
static int prepend(const char *start, char **p, const char *name)
{
	size_t len = strlen(name);

	if ((size_t)(*p - start) < len + 1)
		return -ENAMETOOLONG;
	*p -= len;
	memcpy(*p, name, len);
	*--*p = '/';
	return 0;
}

int shelf_path(const struct shelf_table *t, uint64_t root_id,
	       uint64_t parent_id, const char *name, char **ret_path)
{
	char buf[PATH_MAX];
	char *p = buf + sizeof(buf) - 1;
	int r = 0;

	*p = '\0';
	if (name)
		r = prepend(buf, &p, name);
	/* A circle, if there ever were one, ends with the room. */
	for (uint64_t id = parent_id; r == 0 && id != root_id;) {
		const struct shelf *dir = shelf_find(t, id);

		if (!dir)
			return -ESTALE;
		r = prepend(buf, &p, dir->name);
		id = dir->parent_id;
	}
	if (r < 0)
		return r;
	*ret_path = strdup(*p ? p : "/");
	return *ret_path ? 0 : -ENOMEM;
}
