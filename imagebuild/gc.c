/* SPDX-License-Identifier: MIT */

/* gc.c - Remove from the cache what no image needs (the design: gc.h) */

#include "gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "hash.h"
#include "image.h"
#include "json.h"
#include "path.h"
#include "store.h"
#include "strv.h"

struct gc {
	const char *cache;
	struct strv packages; /* SHA-256 of those that are needed, sorted */
	uint64_t bytes;
};

/* ---- what is needed ------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_needed(const struct gc *g, const char *sha256)
{
	return g->packages.n && bsearch(&sha256, g->packages.v, g->packages.n,
					sizeof(*g->packages.v), by_text);
}

static void add_image(struct gc *g, int images, const char *name)
{
	CLEANUP_JSON json_t *o = NULL;
	char path[NAME_MAX + sizeof("/" IMAGE_JSON)];
	const json_t *p;
	size_t i;

	/* A damaged image needs nothing: it is built anew from the network. */
	if (path_format(path, sizeof(path), "%s/" IMAGE_JSON, name) < 0 ||
	    json_load_object(images, path, IMAGE_JSON_MAX, &o) < 0)
		return;
	json_array_foreach(json_object_get(o, "packages"), i, p) {
		const char *sha256;

		if (json_get_string(p, "sha256", &sha256) == 0)
			strv_push(&g->packages, sha256);
	}
}

/* ---- directories of the cache --------------------------------------------- */

typedef bool (*keep_fn)(const struct gc *g, const char *name);

static int open_dir(const struct gc *g, const char *name, DIR **ret)
{
	char path[PATH_MAX];
	int r = path_format(path, sizeof(path), "%s/%s", g->cache, name);

	if (r < 0)
		return r;
	*ret = opendir(path);
	return *ret ? 0 : -errno;
}

static int find_needed(struct gc *g)
{
	const struct dirent *f;
	DIR *d;
	int r = open_dir(g, "images", &d);

	if (r < 0)
		return r;
	while ((f = readdir(d)))
		if (*f->d_name != '.')
			add_image(g, dirfd(d), f->d_name);
	(void)closedir(d);
	if (!strv_ok(&g->packages))
		return -ENOMEM;
	if (g->packages.n)
		qsort(g->packages.v, g->packages.n, sizeof(*g->packages.v),
		      by_text);
	return 0;
}

static int remove_one(struct gc *g, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		g->bytes += (uint64_t)st.st_blocks * 512;
	return remove_tree(dir, name);
}

static int clear(struct gc *g, const char *name, keep_fn keep)
{
	const struct dirent *f;
	DIR *d;
	int r = open_dir(g, name, &d);

	if (r < 0)
		return r;
	while (r == 0 && (f = readdir(d)))
		if (*f->d_name != '.' && !keep(g, f->d_name))
			r = remove_one(g, dirfd(d), f->d_name);
	(void)closedir(d);
	return r;
}

/* ---- what stays of each --------------------------------------------------- */

static bool keep_package(const struct gc *g, const char *name)
{
	char sha256[HASH_HEX];

	return path_format(sha256, sizeof(sha256), "%.*s",
			   (int)strcspn(name, "."), name) == 0 &&
	       is_needed(g, sha256);
}

static bool keep_request(const struct gc *g, const char *name)
{
	char key[HASH_HEX], path[PATH_MAX];

	return store_request_get(g->cache, name, key) == 0 &&
	       path_format(path, sizeof(path), "%s/images/%s", g->cache, key) ==
		       0 &&
	       access(path, F_OK) == 0;
}

static bool keep_nothing(const struct gc *g, const char *name)
{
	(void)g;
	(void)name;
	return false;
}

static int collect(struct gc *g)
{
	static const struct {
		const char *dir;
		keep_fn keep;
	} dirs[] = {
		{ "deb", keep_package },      { "index", keep_nothing },
		{ "requests", keep_request }, { "trees", keep_nothing },
		{ "log", keep_nothing },
	};
	int r = find_needed(g);

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == 0; i++)
		r = clear(g, dirs[i].dir, dirs[i].keep);
	return r;
}

int gc_run(const char *cache, uint64_t *ret_bytes, struct err *e)
{
	struct gc g = { .cache = cache };
	CLEANUP_FD int quiet = -1;
	int r = store_quiet(cache, &quiet);

	if (r == -EBUSY)
		return err_set(e, r,
			       "an image is being built in \"%s\": try again "
			       "when it is done",
			       cache);
	if (r == 0)
		r = collect(&g);
	strv_deinit(&g.packages);
	if (r < 0)
		return err_set(e, r, "cannot clear \"%s\": %s", cache,
			       strerror(-r));
	*ret_bytes = g.bytes;
	return 0;
}
