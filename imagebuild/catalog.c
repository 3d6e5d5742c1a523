/* SPDX-License-Identifier: MIT */

/* catalog.c - What the mirror offers: signed, fetched, verified, merged */

#include "catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "decompress.h"
#include "fetch.h"
#include "gpgv.h"
#include "log.h"
#include "path.h"
#include "release.h"

#define COMPONENT "main"

/* One suite of the profile. */
struct suite {
	const char *name;
	const char *archive; /* URL */
	struct release release;
	char url[SOURCE_URI_MAX + 256];
	char alt_url[SOURCE_URI_MAX + 256];
	char path[PATH_MAX];
	char part[PATH_MAX];
};

struct suites {
	const struct catalog *c;
	struct suite v[INDEX_TEXTS_MAX];
	size_t n;
	struct err *e;
};

static int download(const struct suites *s, const struct fetch_item *items,
		    size_t n)
{
	const struct fetch f = { .proxy = s->c->proxy,
				 .progress = s->c->progress };

	return fetch_all(&f, items, n, s->e);
}

static int fetch_releases(struct suites *s)
{
	struct fetch_item items[INDEX_TEXTS_MAX];
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		struct suite *u = &s->v[i];

		r = path_format(u->url, sizeof(u->url), "%s/dists/%s/InRelease",
				u->archive, u->name);
		if (r == 0)
			r = path_format(u->path, sizeof(u->path),
					"%s/%s.InRelease", s->c->dir, u->name);
		if (r == 0)
			r = path_format(u->part, sizeof(u->part), "%s.part",
					u->path);
		items[i] = (struct fetch_item){ .url = u->url,
						.path = u->path,
						.part = u->part,
						.size = RELEASE_MAX };
	}
	return r < 0 ? r : download(s, items, s->n);
}

static int verify_release(struct suites *s, struct suite *u)
{
	CLEANUP_FREE char *text = NULL;
	struct err why = { 0 };
	int r;

	r = gpgv_verify(u->path, s->c->source->keyring, u->url, &text, s->e);
	if (r < 0)
		return r;
	r = release_parse(text, u->name, COMPONENT, &u->release, &why);
	if (r < 0)
		return err_set(s->e, r, "\"%s\" cannot be used: %s", u->url,
			       why.msg);
	/* The clock of this host may be the one that is wrong. */
	if (u->release.valid_until && u->release.valid_until < time(NULL))
		log_warn("\"%s\" is older than its archive wants: the mirror "
			 "may lag behind",
			 u->url);
	return 0;
}

static int index_item(struct suites *s, struct suite *u, struct fetch_item *ret)
{
	const struct release *rel = &u->release;
	const char *slash = strrchr(rel->index_path, '/');
	int r;

	r = path_format(u->alt_url, sizeof(u->alt_url), "%s/dists/%s/%s",
			u->archive, u->name, rel->index_path);
	if (r == 0)
		r = path_format(u->url, sizeof(u->url),
				"%s/dists/%s/%.*s/by-hash/SHA256/%s",
				u->archive, u->name,
				(int)(slash - rel->index_path), rel->index_path,
				rel->sha256);
	if (r == 0)
		r = path_format(u->path, sizeof(u->path), "%s/index/%s.xz",
				s->c->cache, rel->sha256);
	if (r == 0)
		r = path_format(u->part, sizeof(u->part), "%s/%s.xz", s->c->dir,
				rel->sha256);
	*ret = (struct fetch_item){
		.url = rel->by_hash ? u->url : u->alt_url,
		.alt_url = rel->by_hash ? u->alt_url : NULL,
		.path = u->path,
		.part = u->part,
		.sha256 = rel->sha256,
		.size = rel->size,
	};
	return r;
}

static bool is_cached(const char *path, const char *sha256)
{
	char hex[HASH_HEX];

	return hash_file(AT_FDCWD, path, hex, NULL) == 0 &&
	       !strcmp(hex, sha256);
}

static int fetch_indices(struct suites *s)
{
	struct fetch_item items[INDEX_TEXTS_MAX];
	uint64_t bytes = 0;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		r = index_item(s, &s->v[i], &items[n]);
		if (r < 0 || is_cached(s->v[i].path, items[n].sha256))
			continue;
		bytes += items[n++].size;
	}
	if (r < 0 || !n)
		return r;
	progress_phase(s->c->progress, "lists", bytes);
	return download(s, items, n);
}

static int add_index(struct suites *s, struct suite *u, struct index *x)
{
	CLEANUP_FD int fd = open(u->path, O_RDONLY | O_CLOEXEC);
	struct err why = { 0 };
	char *text = NULL;
	size_t len = 0;
	int r;

	r = fd < 0 ? -errno :
		     decompress_file(fd, RELEASE_INDEX_MAX, &text, &len);
	if (r == 0)
		r = index_add(x, text, len, (unsigned int)(u - s->v), &why);
	return r < 0 ? err_set(s->e, r, "\"%s\" cannot be used: %s", u->url,
			       *why.msg ? why.msg : strerror(-r)) :
		       0;
}

static int suites_init(struct suites *s)
{
	const struct strv *names = &s->c->profile->suites;

	if (names->n > INDEX_TEXTS_MAX)
		return err_set(s->e, -E2BIG,
			       "profile \"%s\" has more than %d suites",
			       s->c->profile->name, INDEX_TEXTS_MAX);
	for (s->n = 0; s->n < names->n; s->n++) {
		s->v[s->n].name = names->v[s->n];
		s->v[s->n].archive =
			source_archive(s->c->source, names->v[s->n]);
	}
	return 0;
}

int catalog_load(const struct catalog *c, struct index *x, struct err *e)
{
	struct suites s = { .c = c, .e = e };
	int r;

	progress_phase(c->progress, "index", 0);
	r = suites_init(&s);
	if (r == 0)
		r = fetch_releases(&s);
	for (size_t i = 0; i < s.n && r == 0; i++)
		r = verify_release(&s, &s.v[i]);
	if (r == 0)
		r = fetch_indices(&s);
	for (size_t i = 0; i < s.n && r == 0; i++)
		r = add_index(&s, &s.v[i], x);
	return r < 0 ? r : index_finish(x);
}
