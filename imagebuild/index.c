/* SPDX-License-Identifier: MIT */

/* index.c - The packages that archives offer
 *
 * The text of a main archive has 57 MB and a million lines, so it is walked
 * once and cut into strings in place; only lines whose field is in the table
 * below are looked at closer.
 */

#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "depends.h"
#include "parse.h"
#include "version.h"

void index_init(struct index *x)
{
	*x = (struct index){ 0 };
}

void index_deinit(struct index *x)
{
	free(x->packages);
	free(x->providers);
	for (size_t i = 0; i < x->n_texts; i++)
		free(x->texts[i]);
	index_init(x);
}

/* A stanza while it is read. */
struct stanza {
	struct package p;
	const char *size;
	const char *installed_size;
	const char *essential;
	const char *priority;
	bool used; /* it has fields */
};

#define FIELD(name_, member_)                                              \
	{                                                                  \
		name_, sizeof(name_) - 1, offsetof(struct stanza, member_) \
	}

static const struct field {
	const char *name;
	size_t len;
	size_t offset;
} fields[] = {
	FIELD("Package", p.name),
	FIELD("Version", p.version),
	FIELD("Architecture", p.architecture),
	FIELD("Depends", p.depends),
	FIELD("Pre-Depends", p.pre_depends),
	FIELD("Conflicts", p.conflicts),
	FIELD("Breaks", p.breaks),
	FIELD("Provides", p.provides),
	FIELD("Filename", p.filename),
	FIELD("SHA256", p.sha256),
	FIELD("Size", size),
	FIELD("Installed-Size", installed_size),
	FIELD("Essential", essential),
	FIELD("Priority", priority),
};

static const struct field *field_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].len == len && !memcmp(fields[i].name, name, len))
			return &fields[i];
	return NULL;
}

/* Sets the stanza's string for the line [s, end), which is terminated. */
static void take_field(struct stanza *st, char *s, char *end)
{
	char *colon = memchr(s, ':', (size_t)(end - s));
	const struct field *f;
	const char *value;

	if (!colon)
		return;
	f = field_find(s, (size_t)(colon - s));
	if (!f)
		return;
	*end = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	memcpy((char *)st + f->offset, &value, sizeof(value));
	st->used = true;
}

static bool is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits && strspn(s, "0123456789abcdef") == digits;
}

/* A path below the archive and nothing else. */
static bool is_safe_path(const char *s)
{
	if (*s == '/' || !*s || strlen(s) > 1024)
		return false;
	for (const char *p = s; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return false;
	}
	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool is_name(const char *s)
{
	return *s && strlen(s) <= 128 &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.")] ==
		       '\0' &&
	       *s != '.' && *s != '-';
}

static int stanza_finish(struct stanza *st, struct err *e)
{
	struct package *p = &st->p;
	uint64_t kib = 0;

	if (!p->name || !is_name(p->name))
		return err_set(e, -EBADMSG, "a package without a valid name");
	if (!p->version || !*p->version || strlen(p->version) > 128 ||
	    !p->filename || !is_safe_path(p->filename) || !p->sha256 ||
	    !is_hex(p->sha256, 64) || !st->size ||
	    parse_u64(st->size, 1, INDEX_PACKAGE_MAX, &p->size) < 0)
		return err_set(e, -EBADMSG,
			       "package \"%s\" lacks a valid version, file "
			       "name, size or SHA256",
			       p->name);
	if (st->installed_size &&
	    parse_u64(st->installed_size, 0, INDEX_PACKAGE_MAX, &kib) == 0)
		p->installed_size = kib * 1024;
	p->essential = st->essential && !strcmp(st->essential, "yes");
	p->required = st->priority && !strcmp(st->priority, "required");
	return 0;
}

static int append_package(struct index *x, const struct package *p)
{
	if (x->n == x->room) {
		size_t room = x->room ? x->room * 2 : 4096;
		struct package *more =
			reallocarray(x->packages, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		x->packages = more;
		x->room = room;
	}
	x->packages[x->n++] = *p;
	return 0;
}

static int flush_stanza(struct index *x, struct stanza *st,
			unsigned int archive, struct err *e)
{
	int r;

	if (!st->used)
		return 0;
	r = stanza_finish(st, e);
	if (r < 0)
		return r;
	st->p.archive = archive;
	r = append_package(x, &st->p);
	*st = (struct stanza){ 0 };
	return r;
}

/* The end of the field that begins at @s: the newline that no continuation
 * follows. Newlines inside become spaces.
 */
static char *field_end(char *s, char *limit)
{
	for (;;) {
		char *nl = memchr(s, '\n', (size_t)(limit - s));

		if (!nl)
			return limit;
		if (nl[1] != ' ' && nl[1] != '\t')
			return nl;
		*nl = ' ';
		s = nl + 1;
	}
}

int index_add(struct index *x, char *text, size_t len, unsigned int archive,
	      struct err *e)
{
	char *s = text, *limit = text + len;
	struct stanza st = { 0 };
	int r = 0;

	if (x->n_texts == INDEX_TEXTS_MAX) {
		free(text);
		return -E2BIG;
	}
	x->texts[x->n_texts++] = text;
	if (memchr(text, '\0', len))
		return err_set(e, -EBADMSG, "a 0 byte in a list of packages");
	while (s < limit && r == 0) {
		char *end;

		if (*s == '\n') {
			r = flush_stanza(x, &st, archive, e);
			s++;
			continue;
		}
		end = field_end(s, limit);
		take_field(&st, s, end);
		s = end < limit ? end + 1 : limit;
	}
	return r < 0 ? r : flush_stanza(x, &st, archive, e);
}

/* By name; of one name the highest version comes first. */
static int compare_packages(const void *a, const void *b)
{
	const struct package *pa = a, *pb = b;
	int c = strcmp(pa->name, pb->name);

	if (!c)
		c = version_compare(pb->version, pa->version);
	/* The same version in two archives: the first archive's. */
	return c ? c : (int)pa->archive - (int)pb->archive;
}

static void drop_older(struct index *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		if (!n ||
		    strcmp(x->packages[n - 1].name, x->packages[i].name) != 0)
			x->packages[n++] = x->packages[i];
	x->n = n;
}

static int compare_spans(const char *a, size_t a_len, const char *b,
			 size_t b_len)
{
	int c = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (c)
		return c;
	return a_len < b_len ? -1 : a_len > b_len;
}

static int compare_providers(const void *a, const void *b)
{
	const struct provider *pa = a, *pb = b;
	int c = compare_spans(pa->name, pa->name_len, pb->name, pb->name_len);

	return c ? c : strcmp(pa->package->name, pb->package->name);
}

static int append_provider(struct index *x, const struct package *p,
			   const struct depends *d)
{
	if (x->n_providers == x->providers_room) {
		size_t room = x->providers_room ? x->providers_room * 2 : 4096;
		struct provider *more =
			reallocarray(x->providers, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		x->providers = more;
		x->providers_room = room;
	}
	x->providers[x->n_providers++] = (struct provider){
		.name = d->name,
		.name_len = d->name_len,
		.version = d->version,
		.version_len = d->version_len,
		.package = p,
	};
	return 0;
}

static int add_providers(struct index *x, const struct package *p)
{
	const char *at = p->provides;
	struct depends d;
	int r = 0;

	if (!at)
		return 0;
	/* A field that cannot be read provides nothing more. */
	while (r == 0 && depends_next(&at, &d) > 0)
		r = append_provider(x, p, &d);
	return r;
}

int index_finish(struct index *x)
{
	int r;

	if (x->n)
		qsort(x->packages, x->n, sizeof(*x->packages),
		      compare_packages);
	drop_older(x);
	for (size_t i = 0; i < x->n; i++) {
		r = add_providers(x, &x->packages[i]);
		if (r < 0)
			return r;
	}
	if (x->n_providers)
		qsort(x->providers, x->n_providers, sizeof(*x->providers),
		      compare_providers);
	return 0;
}

const struct package *index_find(const struct index *x, const char *name,
				 size_t len)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *have = x->packages[mid].name;
		int c = compare_spans(have, strlen(have), name, len);

		if (!c)
			return &x->packages[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct provider *index_providers(const struct index *x, const char *name,
				       size_t len, size_t *ret_n)
{
	size_t low = 0, high = x->n_providers, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct provider *p = &x->providers[mid];

		if (compare_spans(p->name, p->name_len, name, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < x->n_providers; end++)
		if (compare_spans(x->providers[end].name,
				  x->providers[end].name_len, name, len))
			break;
	*ret_n = end - low;
	return end > low ? &x->providers[low] : NULL;
}
