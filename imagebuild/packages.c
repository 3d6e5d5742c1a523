/* SPDX-License-Identifier: MIT */

/* packages.c - Get a set of packages into a tree */

#include "packages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "dpkgdb.h"
#include "fetch.h"
#include "hash.h"
#include "path.h"
#include "unpack.h"

struct job {
	const struct packages *p;
	struct unpack unpack;
	struct fetch_item *items; /* what is not in the cache */
	size_t n_items;
	uint64_t bytes;
	struct strv strings; /* that items point to */
	int error;
	struct err *e;
};

static int deb_path(const char *cache, const struct package *p, char *buf,
		    size_t size)
{
	return path_format(buf, size, "%s/deb/%s.deb", cache, p->sha256);
}

static bool has_size(const char *path, uint64_t size)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == size;
}

uint64_t packages_missing_bytes(const char *cache,
				const struct package *const *set, size_t n)
{
	char path[PATH_MAX];
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		if (deb_path(cache, set[i], path, sizeof(path)) < 0 ||
		    !has_size(path, set[i]->size))
			bytes += set[i]->size;
	return bytes;
}

static bool is_cached(const char *path, const struct package *p)
{
	char hex[HASH_HEX];

	return has_size(path, p->size) &&
	       hash_file(AT_FDCWD, path, hex, NULL) == 0 &&
	       !strcmp(hex, p->sha256);
}

static int add_item(struct job *j, size_t i, const char *path)
{
	const struct package *p = j->p->set[i];
	const char *suite = j->p->profile->suites.v[p->archive];
	struct strv *s = &j->strings;

	strv_pushf(s, "%s/%s", source_archive(j->p->source, suite),
		   p->filename);
	strv_push(s, path);
	strv_pushf(s, "%s/%s.deb", j->p->dir, p->sha256);
	if (!strv_ok(s))
		return -ENOMEM;
	j->items[j->n_items++] = (struct fetch_item){
		.url = s->v[s->n - 3],
		.path = s->v[s->n - 2],
		.part = s->v[s->n - 1],
		.sha256 = p->sha256,
		.size = p->size,
		.index = i,
	};
	j->bytes += p->size;
	return 0;
}

/* The largest first: what takes longest to unpack should not start last. */
static int sort_by_size(const struct packages *p, size_t **ret_order)
{
	size_t *order = calloc(p->n + 1, sizeof(*order));

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		size_t k = i;

		for (; k && p->set[order[k - 1]]->size < p->set[i]->size; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	*ret_order = order;
	return 0;
}

static int sort_out(struct job *j)
{
	CLEANUP_FREE size_t *order = NULL;
	char path[PATH_MAX];
	int r;

	r = sort_by_size(j->p, &order);
	for (size_t k = 0; k < j->p->n && r == 0; k++) {
		size_t i = order[k];

		r = deb_path(j->p->cache, j->p->set[i], path, sizeof(path));
		if (r < 0)
			break;
		if (is_cached(path, j->p->set[i]))
			r = unpack_push(&j->unpack, i, path);
		else
			r = add_item(j, i, path);
	}
	return r;
}

static void on_arrival(const struct fetch_item *item, void *arg)
{
	struct job *j = arg;
	int r = unpack_push(&j->unpack, item->index, item->path);

	if (r < 0)
		j->error = r;
}

static int download(struct job *j)
{
	const struct fetch f = { .proxy = j->p->proxy,
				 .progress = j->p->progress,
				 .done = on_arrival,
				 .arg = j };
	int r;

	if (!j->n_items)
		return 0;
	progress_phase(j->p->progress, "download", j->bytes);
	r = fetch_all(&f, j->items, j->n_items, j->e);
	return r < 0 ? r : j->error;
}

static uint64_t total_bytes(const struct packages *p)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < p->n; i++)
		bytes += p->set[i]->size;
	return bytes;
}

int packages_unpack(const struct packages *p, int root, int owners,
		    int64_t *ret_newest, struct err *e)
{
	const struct deb_target target = { .root = root,
					   .owners = owners,
					   .exclude = &p->profile->exclude };
	struct job j = { .p = p, .e = e };
	int r;

	j.items = calloc(p->n + 1, sizeof(*j.items));
	r = j.items ?
		    unpack_init(&j.unpack, &target, p->set, p->n, p->progress) :
		    -ENOMEM;
	if (r == 0)
		r = sort_out(&j);
	if (r == 0)
		r = download(&j);
	if (r == 0) {
		progress_phase(p->progress, "unpack", total_bytes(p));
		r = unpack_wait(&j.unpack, e);
	}
	if (r == 0)
		r = dpkgdb_finish(root, j.unpack.status, p->n,
				  &p->profile->provide);
	if (r == 0)
		*ret_newest = j.unpack.newest;
	unpack_deinit(&j.unpack);
	strv_deinit(&j.strings);
	free(j.items);
	return r;
}
