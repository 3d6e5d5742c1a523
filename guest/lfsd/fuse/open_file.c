/* SPDX-License-Identifier: MIT */

/* open_file.c - What an open file is to FUSE */

#include "open_file.h"

#include <errno.h>
#include <stdlib.h>

struct open_file *open_file_new(struct shelf *s)
{
	struct open_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->shelf = s;
	(void)pthread_mutex_init(&f->lock, NULL);
	return f;
}

struct open_file *open_file_free(struct open_file *f)
{
	if (f) {
		(void)pthread_mutex_destroy(&f->lock);
		free(f->owners);
		free(f);
	}
	return NULL;
}

/* With the lock. The number of owners, if it is none of them */
static size_t find(const struct open_file *f, uint64_t owner)
{
	size_t i = 0;

	while (i < f->n && f->owners[i] != owner)
		i++;
	return i;
}

static int make_room(struct open_file *f)
{
	size_t room = f->room ? f->room * 2 : 4;
	uint64_t *more;

	if (f->n < f->room)
		return 0;
	more = reallocarray(f->owners, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	f->owners = more;
	f->room = room;
	return 0;
}

int open_file_add_owner(struct open_file *f, uint64_t owner)
{
	int r = 0;

	(void)pthread_mutex_lock(&f->lock);
	if (find(f, owner) == f->n) {
		r = make_room(f);
		if (r == 0)
			f->owners[f->n++] = owner;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return r;
}

void open_file_remove_owner(struct open_file *f, uint64_t owner)
{
	size_t i;

	(void)pthread_mutex_lock(&f->lock);
	i = find(f, owner);
	if (i < f->n)
		f->owners[i] = f->owners[--f->n];
	(void)pthread_mutex_unlock(&f->lock);
}
