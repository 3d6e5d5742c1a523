/* SPDX-License-Identifier: MIT */

/* lazy.c - Which shelves are held a little longer than they are open */

#include "lazy.h"

#include <string.h>

static void take_out(struct lazy *l, uint32_t i)
{
	l->n--;
	memmove(&l->shelves[i], &l->shelves[i + 1],
		(l->n - i) * sizeof(l->shelves[0]));
}

bool lazy_remove(struct lazy *l, uint64_t id)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (l->shelves[i].id != id)
			continue;
		take_out(l, i);
		return true;
	}
	return false;
}

static uint64_t take_first(struct lazy *l)
{
	uint64_t id = l->shelves[0].id;

	take_out(l, 0);
	return id;
}

uint64_t lazy_add(struct lazy *l, uint64_t id, int64_t now_ms)
{
	uint64_t old = 0;

	if (!lazy_remove(l, id) && l->n == LAZY_MAX)
		old = take_first(l);
	l->shelves[l->n++] = (struct lazy_shelf){ id, now_ms };
	return old;
}

uint64_t lazy_take_due(struct lazy *l, int64_t now_ms)
{
	return lazy_wait_ms(l, now_ms) == 0 ? take_first(l) : 0;
}

int64_t lazy_wait_ms(const struct lazy *l, int64_t now_ms)
{
	int64_t left;

	if (l->n == 0)
		return -1;
	left = l->shelves[0].since_ms + LAZY_MS - now_ms;
	return left > 0 ? left : 0;
}
