/* SPDX-License-Identifier: MIT */

/* resolve.c - Which packages a wish needs (the design: resolve.h) */

#include "resolve.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "depends.h"

enum state {
	STATE_UNKNOWN,
	STATE_QUEUED,
	STATE_CHOSEN,
};

struct solver {
	const struct index *x;
	const struct strv *provided;
	uint8_t *state; /* enum state of each package of the index */
	const struct package **queue; /* chosen up to @done, then waiting */
	size_t queued;
	size_t done;
	struct err *e;
};

static enum state state_of(const struct solver *s, const struct package *p)
{
	return s->state[p - s->x->packages];
}

static void enqueue(struct solver *s, const struct package *p)
{
	uint8_t *state = &s->state[p - s->x->packages];

	if (*state != STATE_UNKNOWN)
		return;
	*state = STATE_QUEUED;
	s->queue[s->queued++] = p;
}

static bool is_provided(const struct solver *s, const struct depends *d)
{
	for (size_t i = 0; i < s->provided->n; i++)
		if (strlen(s->provided->v[i]) == d->name_len &&
		    !memcmp(s->provided->v[i], d->name, d->name_len))
			return true;
	return false;
}

/* Is the alternative there already, by name or provided? */
static bool is_satisfied(const struct solver *s, const struct depends *d)
{
	const struct package *p = index_find(s->x, d->name, d->name_len);
	const struct provider *v;
	size_t n;

	if ((p && state_of(s, p) == STATE_CHOSEN) || is_provided(s, d))
		return true;
	v = index_providers(s->x, d->name, d->name_len, &n);
	for (size_t i = 0; i < n; i++)
		if (state_of(s, v[i].package) == STATE_CHOSEN)
			return true;
	return false;
}

static const struct package *choose(const struct solver *s,
				    const struct depends *d)
{
	const struct package *p = index_find(s->x, d->name, d->name_len);
	const struct provider *v;
	size_t n;

	if (p)
		return p;
	v = index_providers(s->x, d->name, d->name_len, &n);
	for (size_t i = 0; i < n; i++)
		if (state_of(s, v[i].package) == STATE_QUEUED)
			return v[i].package;
	return n ? v[0].package : NULL;
}

/* Queue what @field of @p needs. */
static int follow(struct solver *s, const struct package *p, const char *field)
{
	const struct package *pick = NULL;
	struct depends d, first = { 0 };
	bool satisfied = false;
	int r;

	while (field && (r = depends_next(&field, &d)) != 0) {
		if (r < 0)
			return err_set(s->e, r,
				       "package \"%s\" has a malformed "
				       "dependency near \"%.40s\"",
				       p->name, field);
		if (!first.name)
			first = d;
		satisfied = satisfied || is_satisfied(s, &d);
		if (!pick)
			pick = choose(s, &d);
		if (!d.last)
			continue;
		if (!satisfied && !pick)
			return err_set(s->e, -ENOENT,
				       "package \"%s\" depends on \"%.*s\", "
				       "which the archive does not have",
				       p->name, (int)first.name_len,
				       first.name);
		if (!satisfied)
			enqueue(s, pick);
		pick = NULL;
		satisfied = false;
		first.name = NULL;
	}
	return 0;
}

static int enqueue_roots(struct solver *s, const struct resolve_wish *w)
{
	for (size_t i = 0; i < s->x->n; i++) {
		const struct package *p = &s->x->packages[i];

		if (p->essential || (w->required && p->required))
			enqueue(s, p);
	}
	for (size_t i = 0; i < w->wanted->n; i++) {
		const char *name = w->wanted->v[i];
		const struct package *p = index_find(s->x, name, strlen(name));

		if (!p)
			return err_set(s->e, -ENOENT,
				       "the archive has no package \"%s\", "
				       "which the profile names",
				       name);
		enqueue(s, p);
	}
	return 0;
}

static int work(struct solver *s)
{
	int r = 0;

	while (s->done < s->queued && r == 0) {
		const struct package *p = s->queue[s->done++];

		s->state[p - s->x->packages] = STATE_CHOSEN;
		r = follow(s, p, p->pre_depends);
		if (r == 0)
			r = follow(s, p, p->depends);
	}
	return r;
}

/* ---- check of the result ---- */

/* Does a chosen package other than @self match, by name or as provider? A
 * provider without a version matches only relations without one.
 */
static bool is_matched(const struct solver *s, const struct depends *d,
		       const struct package *self)
{
	const struct package *p = index_find(s->x, d->name, d->name_len);
	const struct provider *v;
	size_t n;

	if (p && p != self && state_of(s, p) == STATE_CHOSEN &&
	    depends_match(d, p->version, strlen(p->version)))
		return true;
	v = index_providers(s->x, d->name, d->name_len, &n);
	for (size_t i = 0; i < n; i++)
		if (v[i].package != self &&
		    state_of(s, v[i].package) == STATE_CHOSEN &&
		    depends_match(d, v[i].version, v[i].version_len))
			return true;
	return false;
}

static int check_depends(const struct solver *s, const struct package *p,
			 const char *field)
{
	bool satisfied = false;
	struct depends d;

	while (field && depends_next(&field, &d) > 0) {
		satisfied = satisfied || is_matched(s, &d, NULL) ||
			    is_provided(s, &d);
		if (!d.last)
			continue;
		if (!satisfied)
			return err_set(s->e, -ENOTSUP,
				       "no version of \"%.*s\" in the set is "
				       "one that \"%s\" %s can use",
				       (int)d.name_len, d.name, p->name,
				       p->version);
		satisfied = false;
	}
	return 0;
}

static int check_conflicts(const struct solver *s, const struct package *p,
			   const char *field)
{
	struct depends d;

	while (field && depends_next(&field, &d) > 0)
		if (is_matched(s, &d, p))
			return err_set(s->e, -ENOTSUP,
				       "package \"%s\" %s cannot be installed "
				       "together with \"%.*s\"",
				       p->name, p->version, (int)d.name_len,
				       d.name);
	return 0;
}

static int check(const struct solver *s)
{
	int r = 0;

	for (size_t i = 0; i < s->queued && r == 0; i++) {
		const struct package *p = s->queue[i];

		r = check_depends(s, p, p->pre_depends);
		if (r == 0)
			r = check_depends(s, p, p->depends);
		if (r == 0)
			r = check_conflicts(s, p, p->conflicts);
		if (r == 0)
			r = check_conflicts(s, p, p->breaks);
	}
	return r;
}

static int compare_names(const void *a, const void *b)
{
	const struct package *const *pa = a, *const *pb = b;

	return strcmp((*pa)->name, (*pb)->name);
}

int resolve(const struct index *x, const struct resolve_wish *w,
	    const struct package ***ret_set, size_t *ret_n, struct err *e)
{
	CLEANUP_FREE uint8_t *state = calloc(x->n + 1, 1);
	CLEANUP_FREE const struct package **queue =
		calloc(x->n + 1, sizeof(*queue));
	struct solver s = { .x = x,
			    .provided = w->provided,
			    .state = state,
			    .queue = queue,
			    .e = e };
	int r;

	if (!state || !queue)
		return -ENOMEM;
	r = enqueue_roots(&s, w);
	if (r == 0)
		r = work(&s);
	if (r == 0)
		r = check(&s);
	if (r < 0)
		return r;
	qsort(queue, s.queued, sizeof(*queue), compare_names);
	*ret_set = take_ptr(&queue);
	*ret_n = s.queued;
	return 0;
}
