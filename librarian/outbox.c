/* SPDX-License-Identifier: MIT */

/* outbox.c - What clients are to be told without having asked */

#include "outbox.h"

#include <errno.h>
#include <stdlib.h>

int outbox_put(struct outbox *o, struct session *to, json_t *body, bool must)
{
	if (!body)
		return -ENOMEM;
	if (!must && o->n >= OUTBOX_MAX)
		return 0;
	if (o->n == o->room) {
		size_t room = o->room ? o->room * 2 : 16;
		struct message *more;

		more = reallocarray(o->list, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		o->list = more;
		o->room = room;
	}
	o->list[o->n++] = (struct message){ to, json_incref(body), must };
	return 0;
}

void outbox_forget(struct outbox *o, const struct session *to)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].to == to)
			json_decref(o->list[i].body);
		else
			o->list[n++] = o->list[i];
	o->n = n;
}

void outbox_cut(struct outbox *o, size_t n)
{
	while (o->n > n)
		json_decref(o->list[--o->n].body);
}

void outbox_deinit(struct outbox *o)
{
	outbox_cut(o, 0);
	free(o->list);
	*o = (struct outbox){ 0 };
}
