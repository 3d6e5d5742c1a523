/* SPDX-License-Identifier: MIT */

/* gc.c - Remove from the cache what no image needs (the design: gc.h) */

#include "gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
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
	strv_sort(&g->packages);
	return 0;
}

/* What a file, or all that a directory has, takes on the disk. */
static uint64_t bytes_of(char *path)
{
	char *const paths[] = { path, NULL };
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t bytes = 0;
	const FTSENT *e;

	while (f && (e = fts_read(f))) {
		bool file = e->fts_info == FTS_F || e->fts_info == FTS_SL;

		/* Each name of a file has its part. */
		if (file || e->fts_info == FTS_D)
			bytes += (uint64_t)e->fts_statp->st_blocks * 512 /
				 (file ? e->fts_statp->st_nlink : 1);
	}
	if (f)
		(void)fts_close(f);
	return bytes;
}

static int remove_one(struct gc *g, const char *dir, const char *name)
{
	char path[PATH_MAX];
	int r = path_format(path, sizeof(path), "%s/%s/%s", g->cache, dir,
			    name);

	if (r < 0)
		return r;
	g->bytes += bytes_of(path);
	return remove_tree(AT_FDCWD, path);
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
			r = remove_one(g, name, f->d_name);
	(void)closedir(d);
	return r;
}

/* ---- what stays of each --------------------------------------------------- */

static bool keep_package(const struct gc *g, const char *name)
{
	char sha256[HASH_HEX];

	return path_format(sha256, sizeof(sha256), "%.*s",
			   (int)strcspn(name, "."), name) == 0 &&
	       strv_contains_sorted(&g->packages, sha256);
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
