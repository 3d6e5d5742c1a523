/* SPDX-License-Identifier: MIT */

/* build.c - Build an image, from the mirror to the cache (design: build.h) */

#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog.h"
#include "cleanup.h"
#include "disk.h"
#include "dpkgdb.h"
#include "file.h"
#include "image.h"
#include "index.h"
#include "initramfs.h"
#include "kernel.h"
#include "lock.h"
#include "log.h"
#include "packages.h"
#include "path.h"
#include "profile.h"
#include "resolve.h"
#include "sandbox.h"
#include "source.h"
#include "sources.h"
#include "stage.h"
#include "worktree.h"

/* What the tree of a build takes besides its packages: objects of the
 * compiler, the image itself.
 */
#define EXTRA_BYTES (150ULL << 20)
#define COMPILE_TRIES 3
#define LOG_LINES 12

struct build {
	const struct settings *settings;
	const struct build_options *options;
	const char *dir;
	struct progress *progress;
	struct profile profile;
	struct source source;
	char *proxy;
	char sources[HASH_HEX];
	bool stirred; /* they have changed since they were copied first */
	char request[HASH_HEX];
	struct index index;
	const struct package **set;
	size_t n;
	char key[HASH_HEX];
	struct worktree tree;
	struct strv line_env;
	char tree_key[HASH_HEX];
	char kver[KERNEL_VERSION_MAX];
	int log;
	struct err *e;
};

static int image_path(const char *cache, const char *key, char *ret_dir)
{
	return path_format(ret_dir, PATH_MAX, "%s/images/%s", cache, key);
}

/* What is asked for, and its key. */
static int find_request(const struct settings *s, const struct build_options *o,
			struct profile *p, struct source *src,
			char sources[HASH_HEX], char key[HASH_HEX],
			struct err *e)
{
	int r = profile_load(o->profile, p, e);

	if (p->disk_size && s->disk_size)
		p->disk_size = s->disk_size;
	if (r == 0)
		r = source_find(s, "", src, e);
	if (r == 0)
		r = sources_key(p, sources, e);
	return r < 0 ? r : image_request_key(p, sources, src, key);
}

int build_cached(const struct settings *s, const struct build_options *o,
		 char *ret_dir, struct err *e)
{
	char sources[HASH_HEX], request[HASH_HEX], key[HASH_HEX];
	char dir[PATH_MAX];
	struct source src;
	struct profile p;
	int r;

	r = find_request(s, o, &p, &src, sources, request, e);
	profile_deinit(&p);
	if (r < 0)
		return r == -ENOENT ? -EINVAL : r;
	/* Why not, if so, is found out and said by who wants to build. */
	if (store_request_get(s->cache, request, key) < 0 ||
	    image_path(s->cache, key, dir) < 0 || access(dir, F_OK) < 0)
		return -ENOENT;
	r = image_verify(dir, false, e);
	if (r == 0)
		memcpy(ret_dir, dir, sizeof(dir));
	return r;
}

/* ---- steps ---- */

static int plan(struct build *b)
{
	const struct catalog c = { .cache = b->settings->cache,
				   .dir = b->dir,
				   .source = &b->source,
				   .proxy = b->proxy,
				   .profile = &b->profile,
				   .progress = b->progress };
	CLEANUP_STRV struct strv wanted = { 0 };
	struct resolve_wish w = { .wanted = &wanted,
				  .provided = &b->profile.provide,
				  .required = b->profile.required };
	int r;

	r = catalog_load(&c, &b->index, b->e);
	if (r < 0)
		return r;
	strv_push(&wanted, b->profile.kernel);
	for (size_t i = 0; i < b->profile.install.n; i++)
		strv_push(&wanted, b->profile.install.v[i]);
	if (!strv_ok(&wanted))
		return -ENOMEM;
	r = resolve(&b->index, &w, &b->set, &b->n, b->e);
	if (r == 0 && b->options->locked)
		r = lock_check(b->options->locked, b->set, b->n, b->e);
	if (r < 0)
		return r;
	return image_key(&b->profile, b->sources, &b->source, b->set, b->n,
			 b->key);
}

/* Packages, tree and image of profile tiny; the others', with a disk. */
uint64_t build_typical_bytes(const struct profile *p)
{
	return (p->disk_size ? 1800ULL : 750ULL) << 20;
}

static uint64_t bytes_needed(const struct build *b)
{
	uint64_t bytes = EXTRA_BYTES;

	if (!b->n)
		return build_typical_bytes(&b->profile);
	for (size_t i = 0; i < b->n; i++)
		bytes += b->set[i]->installed_size;
	/* Its blocks that are not zero. */
	if (b->profile.disk_size)
		bytes *= 2;
	return bytes + packages_missing_bytes(b->settings->cache, b->set, b->n);
}

static int no_space(const struct build *b, uint64_t needed)
{
	uint64_t left = 0;

	(void)store_free_bytes(b->settings->cache, &left);
	return err_set(b->e, -ENOSPC,
		       "no space left in \"%s\": a build takes about %" PRIu64
		       " MB and %" PRIu64 " MB are free; make room or set "
		       "XDG_CACHE_HOME",
		       b->settings->cache, needed / 1000000, left / 1000000);
}

static int check_space(const struct build *b)
{
	uint64_t left, needed = bytes_needed(b);
	int r = store_free_bytes(b->settings->cache, &left);

	if (r < 0)
		return r;
	return left < needed ? no_space(b, needed) : 0;
}

static int open_log(struct build *b)
{
	char log[PATH_MAX];
	int r = path_format(log, sizeof(log), "%s/log", b->dir);

	if (r < 0)
		return r;
	b->log = open(log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return b->log < 0 ? -errno : 0;
}

static void put_stage(const struct build *b, struct stage *ret)
{
	*ret = (struct stage){ .tree = b->tree.root_path,
			       .root = b->tree.root,
			       .log = b->log,
			       .owners = b->tree.owners,
			       .epoch = b->tree.epoch };
}

static int make_tree(struct build *b, struct stage *s)
{
	const struct packages p = { .cache = b->settings->cache,
				    .dir = b->dir,
				    .source = &b->source,
				    .proxy = b->proxy,
				    .profile = &b->profile,
				    .progress = b->progress,
				    .set = b->set,
				    .n = b->n };
	int64_t newest = 0;
	int r = check_space(b);

	if (r == 0)
		r = worktree_make(&b->tree);
	if (r == 0)
		r = dpkgdb_init(b->tree.root);
	if (r == 0)
		r = packages_unpack(&p, b->tree.root, b->tree.owners, &newest,
				    b->e);
	if (r == 0)
		r = worktree_date(&b->tree, newest);
	if (r < 0)
		return r;
	put_stage(b, s);
	progress_phase(b->progress, "configure", 0);
	return stage_configure(s, b->e);
}

/* The tree of the last build, or a new one. */
static int get_tree(struct build *b, struct stage *s)
{
	char dir[PATH_MAX];
	int r;

	r = path_format(dir, sizeof(dir), "%s/tree", b->dir);
	if (r == 0)
		r = worktree_init(&b->tree, dir);
	if (r == 0)
		r = image_tree_key(&b->profile, b->set, b->n, b->tree_key,
				   b->e);
	if (r == 0)
		r = open_log(b);
	if (r < 0)
		return r;
	if (b->options->force ||
	    store_tree_take(b->settings->cache, b->tree_key, dir) < 0)
		return make_tree(b, s);
	r = worktree_open(&b->tree);
	if (r == 0)
		put_stage(b, s);
	return r;
}

/* The image is there: that the tree cannot be kept does not matter. One that
 * has seen other sources than its key says is not.
 */
static void keep_tree(struct build *b)
{
	char trash[PATH_MAX];

	if (!b->stirred &&
	    path_format(trash, sizeof(trash), "%s/old", b->dir) == 0)
		(void)store_tree_keep(b->settings->cache, b->tree_key,
				      b->tree.dir, trash);
}

/* Our sources are read when the keys are made and again when they are copied.
 * Whoever edits them in between gets the keys of what was compiled: compile
 * again until both are the same.
 */
static int compile(struct build *b, const struct stage *s)
{
	char before[HASH_HEX];
	int r;

	for (int i = 0; i < COMPILE_TRIES; i++) {
		memcpy(before, b->sources, sizeof(before));
		r = stage_compile(s, b->e);
		if (r == 0)
			r = sources_copy_files(b->tree.root, &b->profile, b->e);
		if (r == 0)
			r = sources_key(&b->profile, b->sources, b->e);
		if (r < 0 || !strcmp(before, b->sources))
			return r;
		b->stirred = true;
		r = image_key(&b->profile, b->sources, &b->source, b->set, b->n,
			      b->key);
		if (r == 0)
			r = image_request_key(&b->profile, b->sources,
					      &b->source, b->request);
		if (r < 0)
			return r;
	}
	return err_set(b->e, -EAGAIN,
		       "the node's sources change faster than they can be "
		       "compiled: build again later");
}

/* What command lines may want to know. */
static int set_line_env(struct build *b)
{
	CLEANUP_FREE char *suites = strv_join(&b->profile.suites, " ");
	int r = suites ? source_env(&b->source, &b->line_env) : -ENOMEM;

	if (r < 0)
		return r;
	strv_pushf(&b->line_env, "KVER=%s", b->kver);
	strv_pushf(&b->line_env, "SUITES=%s", suites);
	return strv_ok(&b->line_env) ? 0 : -ENOMEM;
}

static int write_disk(struct build *b, const struct stage *s, const char *dir)
{
	char path[PATH_MAX];
	int r;

	if (!b->profile.disk_size)
		return 0;
	r = disk_fill(s, &b->profile, b->e);
	if (r == 0)
		r = path_format(path, sizeof(path), "%s/" IMAGE_ROOT, dir);
	if (r == 0)
		r = disk_write(s, &b->profile, b->key, path, b->e);
	return r < 0 || chmod(path, 0444) == 0 ? r : -errno;
}

static int write_image(struct build *b, const struct stage *s, char *ret_dir)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int r;

	progress_phase(b->progress, "write", 0);
	r = path_format(dir, sizeof(dir), "%s/image", b->dir);
	if (r == 0 && mkdir(dir, 0755) < 0)
		r = -errno;
	if (r == 0)
		r = path_format(path, sizeof(path), "%s/" IMAGE_VMLINUX, dir);
	if (r == 0)
		r = kernel_extract(b->tree.root, s->kver, path, b->e);
	if (r == 0)
		r = path_format(path, sizeof(path), "%s/" IMAGE_INITRAMFS, dir);
	if (r == 0)
		r = initramfs_build(s, &b->profile, s->kver, path, b->e);
	if (r == 0)
		r = write_disk(b, s, dir);
	if (r == 0)
		r = image_describe(dir, b->key, &b->profile, s->kver, b->set,
				   b->n, b->e);
	if (r == 0)
		r = store_publish(b->settings->cache, dir, b->key);
	return r < 0 ? r : image_path(b->settings->cache, b->key, ret_dir);
}

/* Before anything is downloaded for nothing. */
static int check_sandbox(const struct build *b)
{
	char dir[PATH_MAX];
	int r = path_format(dir, sizeof(dir), "%s/probe", b->dir);

	if (r == 0 && mkdir(dir, 0700) < 0)
		r = -errno;
	return r < 0 ? r : sandbox_probe(dir, b->e);
}

/* Up to our own parts, which are compiled. */
static int prepare(struct build *b, struct stage *s)
{
	int r = check_sandbox(b);

	if (r == 0)
		r = get_tree(b, s);
	if (r == 0)
		r = kernel_find(b->tree.root, b->kver, b->e);
	if (r == 0)
		r = set_line_env(b);
	if (r < 0)
		return r;
	s->kver = b->kver;
	s->line_env = &b->line_env;
	progress_phase(b->progress, "compile", 0);
	return compile(b, s);
}

static int make_image(struct build *b, char *ret_dir)
{
	struct stage s;
	int r = prepare(b, &s);

	if (r == 0)
		r = write_image(b, &s, ret_dir);
	if (r == 0)
		keep_tree(b);
	return r;
}

/* What is wanted, and of which packages it is made. */
static int find(struct build *b)
{
	int r;

	r = find_request(b->settings, b->options, &b->profile, &b->source,
			 b->sources, b->request, b->e);
	if (r == 0)
		r = source_proxy(b->settings, &b->proxy);
	return r < 0 ? r : plan(b);
}

static int run(struct build *b, char *ret_dir)
{
	int r = find(b);

	if (r == 0)
		r = image_path(b->settings->cache, b->key, ret_dir);
	if (r < 0)
		return r;
	/* The mirror may offer what an image was made of already. */
	if (b->options->force || image_verify(ret_dir, false, NULL) < 0)
		r = make_image(b, ret_dir);
	if (r == 0)
		r = store_request_put(b->settings->cache, b->request, b->key);
	return r;
}

/* The last lines that programs of the tree have said. */
static void show_log(const struct build *b)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];
	size_t len, at, lines = 0;

	if (path_format(path, sizeof(path), "%s/log", b->dir) < 0 ||
	    file_read(AT_FDCWD, path, SIZE_MAX / 4, &text, &len) < 0)
		return;
	for (at = len; at && lines < LOG_LINES; at--)
		lines += text[at - 1] == '\n' && at < len;
	(void)fprintf(stderr, "%s", text + at + (at ? 1 : 0));
}

static int enter(struct build *b, char *const *command, int *ret_status)
{
	struct stage s;
	int r = find(b);

	if (r == 0)
		r = prepare(b, &s);
	if (r == 0)
		r = disk_fill(&s, &b->profile, b->e);
	if (r == -ECANCELED) {
		show_log(b);
		log_warn("%s; this is how the tree was left", b->e->msg);
		r = 0;
	}
	progress_clear(b->progress);
	return r < 0 ? r : stage_command(&s, command, ret_status, b->e);
}

/* Programs of the tree tell of a full disk only in their own words. */
static bool is_full(const struct build *b, int r)
{
	uint64_t left;

	if (r == -ENOSPC || r == -EDQUOT)
		return true;
	return r == -ECANCELED &&
	       store_free_bytes(b->settings->cache, &left) == 0 &&
	       left < (1U << 20);
}

/* The log of a program that failed stays, and its last lines are shown. */
static void keep_log(const struct build *b)
{
	char from[PATH_MAX], to[PATH_MAX];

	show_log(b);
	if (path_format(from, sizeof(from), "%s/log", b->dir) == 0 &&
	    path_format(to, sizeof(to), "%s/log/%.16s.log", b->settings->cache,
			b->key) == 0 &&
	    rename(from, to) == 0 && b->e)
		(void)path_format(b->e->msg + strlen(b->e->msg),
				  sizeof(b->e->msg) - strlen(b->e->msg),
				  "; its output is in \"%s\"", to);
}

/* The end of every build: what else there is to say, and all is closed. */
static int end(struct build *b, int r)
{
	progress_clear(b->progress);
	if (r < 0 && is_full(b, r))
		r = no_space(b, bytes_needed(b));
	else if (r == -ECANCELED)
		keep_log(b);
	worktree_deinit(&b->tree);
	strv_deinit(&b->line_env);
	close_fd(&b->log);
	profile_deinit(&b->profile);
	index_deinit(&b->index);
	free(b->set);
	free(b->proxy);
	return r;
}

static struct build begin(const struct settings *s,
			  const struct build_options *o, const char *dir,
			  struct progress *p, struct err *e)
{
	return (struct build){ .settings = s,
			       .options = o,
			       .dir = dir,
			       .progress = p,
			       .tree = WORKTREE_NULL,
			       .log = -1,
			       .e = e };
}

int build_run(const struct settings *s, const struct build_options *o,
	      const char *dir, struct progress *p, char *ret_dir, struct err *e)
{
	struct build b = begin(s, o, dir, p, e);

	return end(&b, run(&b, ret_dir));
}

int build_enter(const struct settings *s, const struct build_options *o,
		const char *dir, struct progress *p, char *const *command,
		int *ret_status, struct err *e)
{
	struct build b = begin(s, o, dir, p, e);

	return end(&b, enter(&b, command, ret_status));
}
