/* SPDX-License-Identifier: MIT */

/* vectors.c - The descriptors that ring one peer, shared by who sends them */

#include "vectors.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct vectors *alloc(unsigned room)
{
	struct vectors *v = malloc(sizeof(*v) + room * sizeof(v->fds[0]));

	if (v) {
		v->refs = 1;
		v->n = 0;
	}
	return v;
}

int vectors_new(unsigned n, struct vectors **ret_v)
{
	struct vectors *v = alloc(n);

	if (!v)
		return -ENOMEM;
	while (v->n < n) {
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

		if (fd < 0) {
			int r = -errno;

			(void)vectors_unref(v);
			return r;
		}
		v->fds[v->n++] = fd;
	}
	*ret_v = v;
	return 0;
}

int vectors_empty(unsigned n, struct vectors **ret_v)
{
	*ret_v = alloc(n);
	return *ret_v ? 0 : -ENOMEM;
}

int vectors_wrap(int fd, struct vectors **ret_v)
{
	struct vectors *v = alloc(1);

	if (!v) {
		(void)close(fd);
		return -ENOMEM;
	}
	v->fds[v->n++] = fd;
	*ret_v = v;
	return 0;
}

struct vectors *vectors_ref(struct vectors *v)
{
	v->refs++;
	return v;
}

struct vectors *vectors_unref(struct vectors *v)
{
	if (!v || --v->refs)
		return NULL;
	while (v->n)
		(void)close(v->fds[--v->n]);
	free(v);
	return NULL;
}
