/* SPDX-License-Identifier: MIT */

/* places.c - Where the books of shelves are, as the file system tells */

#include "places.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "proto_librarian.h"

#define BOOKS "user.LFS.Books"
#define GROUPS "user.LFS.Groups"
#define TEXT_MAX (64U << 10)

/* ---- texts ----------------------------------------------------------------- */

/* Digits, up to what 32 bits hold; false if there are none. */
static bool take_number(const char **s, uint32_t *ret_v)
{
	const char *start = *s;
	uint64_t v = 0;

	for (; **s >= '0' && **s <= '9' && v <= UINT32_MAX; ++*s)
		v = v * 10 + (uint64_t)(**s - '0');
	*ret_v = (uint32_t)v;
	return *s > start && v <= UINT32_MAX;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

int places_parse_groups(const char *text, struct places *p)
{
	p->n_groups = 0;
	p->books = 0;
	do {
		struct places_group g = { .first = p->books };

		if (p->n_groups == PLACES_GROUPS_MAX ||
		    !take_number(&text, &g.ig) || !take_char(&text, ':') ||
		    !take_number(&text, &g.books) || g.ig > LZA_IG_MAX ||
		    g.books > LIBRARIAN_BOOKS_PER_IG_MAX)
			return -EINVAL;
		p->books += g.books;
		p->groups[p->n_groups++] = g;
	} while (take_char(&text, ','));
	return *text ? -EINVAL : 0;
}

const struct places_group *places_group(const struct places *p, uint32_t book)
{
	uint32_t i = p->n_groups - 1;

	while (i && p->groups[i].first > book)
		i--;
	return &p->groups[i];
}

uint64_t places_lza(const struct places *p, uint32_t book)
{
	const struct places_group *g = places_group(p, book);

	return lza_make(g->ig, book - g->first);
}

/* A run may go on in the next group: it is two then. */
static size_t split_run(const struct places *p, struct places_run r,
			struct places_run *runs)
{
	size_t n = 0;

	while (r.n) {
		const struct places_group *g = places_group(p, r.first);
		uint32_t here = g->first + g->books - r.first;

		here = here < r.n ? here : r.n;
		runs[n++] = (struct places_run){ r.first, here };
		r.first += here;
		r.n -= here;
	}
	return n;
}

/* Splitting at a group's end adds at most one run for each book. */
static bool add_run(const struct places *p, struct places_run r,
		    struct places_run *runs, size_t *n, uint64_t *books)
{
	*books += r.n;
	if (*books > p->books)
		return false;
	*n += split_run(p, r, runs + *n);
	return true;
}

int places_parse_books(const char *text, const struct places *p,
		       struct places_run **ret_runs, size_t *ret_n)
{
	CLEANUP_FREE struct places_run *runs =
		calloc(p->books + 1, sizeof(*runs));
	uint64_t books = 0;
	size_t n = 0;

	if (!runs)
		return -ENOMEM;
	while (*text) {
		uint32_t first, last;

		if (!take_number(&text, &first))
			return -EINVAL;
		last = first;
		if (take_char(&text, '-') && !take_number(&text, &last))
			return -EINVAL;
		if (last < first || last >= p->books ||
		    !add_run(p, (struct places_run){ first, last - first + 1 },
			     runs, &n, &books))
			return -EINVAL;
		if (*text && !(take_char(&text, ',') && *text))
			return -EINVAL;
	}
	*ret_runs = take_ptr(&runs);
	*ret_n = n;
	return 0;
}

/* ---- attributes ------------------------------------------------------------- */

static int read_text(const char *path, const char *name, char **ret_text,
		     struct err *e)
{
	CLEANUP_FREE char *text = malloc(TEXT_MAX + 1);
	ssize_t n;

	if (!text)
		return err_set(e, -ENOMEM, "no memory");
	n = getxattr(path, name, text, TEXT_MAX);
	if (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return err_set(e, -ENODATA,
			       "'%s' has no attribute '%s': it is no shelf of "
			       "the shared memory",
			       path, name);
	if (n < 0)
		return err_set(e, -EIO, "'%s': %s", path, strerror(errno));
	text[n] = '\0';
	*ret_text = take_ptr(&text);
	return 0;
}

int places_of_system(const char *path, struct places *ret, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	struct statvfs v;
	int r;

	if (statvfs(path, &v) < 0)
		return err_set(e, -errno, "'%s': %s", path, strerror(errno));
	r = read_text(path, GROUPS, &text, e);
	if (!text)
		return r;
	ret->book_size = v.f_frsize;
	if (places_parse_groups(text, ret) < 0)
		return err_set(e, -EPROTO, "'%s': '%s' has an odd value", path,
			       GROUPS);
	return 0;
}

int places_of_file(const char *path, const struct places *p,
		   struct places_run **ret_runs, size_t *ret_n, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	int r;

	r = read_text(path, BOOKS, &text, e);
	if (!text)
		return r;
	r = places_parse_books(text, p, ret_runs, ret_n);
	if (r == -EINVAL)
		return err_set(e, -EPROTO, "'%s': '%s' has an odd value", path,
			       BOOKS);
	return r < 0 ? err_set(e, r, "no memory") : 0;
}
