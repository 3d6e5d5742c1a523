/* SPDX-License-Identifier: MIT */

/* event.c - What a message of the Librarian means */

#include "event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "jget.h"
#include "request.h"

static const struct event_name {
	const char *name;
	enum event_kind kind;
} names[] = {
	{ "revoke", EVENT_REVOKE },
	{ "revoked", EVENT_REVOKED },
	{ "wanted", EVENT_WANTED },
	{ "unlocked", EVENT_UNLOCKED },
};

static enum event_kind kind_of(const struct jvalue *message)
{
	const char *name;

	if (jget_text(message, "event", &name) < 0)
		return EVENT_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].kind;
	return EVENT_UNKNOWN;
}

static int parse_revoke(const struct jvalue *message, uint64_t max_book,
			struct event *e)
{
	if (jget_bool(message, "gone", &e->gone) < 0 ||
	    jget_u64(message, "size_bytes", 0, INT64_MAX, &e->size) < 0)
		return -EPROTO;
	return books_parse(jvalue_get(message, "books"), max_book, &e->books,
			   &e->n_books);
}

int event_parse(const struct jvalue *message, uint64_t max_book,
		struct event *ret_event)
{
	CLEANUP_EVENT struct event e = { .kind = kind_of(message) };
	int r = 0;

	if (e.kind != EVENT_UNKNOWN &&
	    jget_u64(message, "shelf_id", 1, INT64_MAX, &e.shelf_id) < 0)
		return -EPROTO;
	if ((e.kind == EVENT_REVOKE || e.kind == EVENT_REVOKED) &&
	    jget_u64(message, "generation", 0, INT64_MAX, &e.generation) < 0)
		return -EPROTO;
	if (e.kind == EVENT_REVOKE)
		r = parse_revoke(message, max_book, &e);
	if (r < 0)
		return r;
	*ret_event = e;
	e.books = NULL;
	return 0;
}

void event_deinit(struct event *e)
{
	free(e->books);
	*e = (struct event){ 0 };
}
