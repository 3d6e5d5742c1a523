/* SPDX-License-Identifier: MIT */

/* strv.c - Growing list of strings, ended by NULL: argument vectors */

#include "strv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes @s over; NULL counts as a failure. */
static void push(struct strv *v, char *s)
{
	if (!s || v->failed) {
		free(s);
		v->failed = true;
		return;
	}
	if (v->n + 1 >= v->room) {
		size_t room = v->room ? v->room * 2 : 16;
		char **more = reallocarray(v->v, room, sizeof(*more));

		if (!more) {
			free(s);
			v->failed = true;
			return;
		}
		v->v = more;
		v->room = room;
	}
	v->v[v->n++] = s;
	v->v[v->n] = NULL;
}

void strv_push(struct strv *v, const char *s)
{
	push(v, strdup(s));
}

void strv_pushf(struct strv *v, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	push(v, s);
}

bool strv_contains(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->v[i], s))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
	if (v->n)
		qsort(v->v, v->n, sizeof(*v->v), compare);
}

bool strv_contains_sorted(const struct strv *v, const char *s)
{
	return v->n && bsearch(&s, v->v, v->n, sizeof(*v->v), compare);
}

char *strv_join(const struct strv *v, const char *between)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; i < v->n && f; i++)
		(void)fprintf(f, "%s%s", i ? between : "", v->v[i]);
	if (f && fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

void strv_deinit(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->v[i]);
	free(v->v);
	*v = (struct strv){ 0 };
}
