/* SPDX-License-Identifier: MIT */

/* fsop_dirs.c - Operations on what is in a directory */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

static void cleanup_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}
#define CLEANUP_DIR __attribute__((cleanup(cleanup_dir)))

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int not_dot(const struct dirent *d)
{
	return !is_dot(d->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static char *print_name(char *p, const char *before, const char *name)
{
	p = stpcpy(p, before);
	fsop_print_text(p, name, (ssize_t)strlen(name));
	return p + strlen(p);
}

/* Names, sorted, without "." and "..": "a,b", or "-" if there are none. */
FSOP(list)
{
	struct dirent **names;
	char *p = out;
	int n = scandir(a[0].s, &names, not_dot, by_bytes);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (p - out < FSOP_OUT - 1100)
			p = print_name(p, i ? "," : "", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (!n)
		(void)strcpy(out, "-");
	return 0;
}

/* How many names "." and ".." and others has it? */
FSOP(count)
{
	CLEANUP_DIR DIR *d = opendir(a[0].s);
	int64_t n = 0;

	if (!d)
		return -errno;
	errno = 0;
	while (readdir(d))
		n++;
	return errno ? -errno : n;
}

/* dtype DIR NAME: its type as readdir says it */
FSOP(dtype)
{
	CLEANUP_DIR DIR *d = opendir(a[0].s);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (!strcmp(e->d_name, a[1].s))
			return e->d_type;
	return -ENOENT;
}

/* dino DIR NAME: "yes" if readdir's inode is that of lstat */
FSOP(dino)
{
	CLEANUP_DIR DIR *d = opendir(a[0].s);
	struct dirent *e;
	struct stat st;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (!strcmp(e->d_name, a[1].s))
			break;
	if (!e)
		return -ENOENT;
	if (fstatat(dirfd(d), a[1].s, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	(void)strcpy(out, st.st_ino == e->d_ino ? "yes" : "no");
	return 0;
}

/* populate DIR N: that many empty files, "f000000" and so on */
FSOP(populate)
{
	char path[300];

	for (int i = 0; i < a[1].n; i++) {
		(void)snprintf(path, sizeof(path), "%.200s/f%06d", a[0].s, i);
		if (mknod(path, S_IFREG | 0644, 0) < 0)
			return -errno;
	}
	return 0;
}

/* depopulate DIR FIRST STEP N: remove those, each STEPth from FIRST below N */
FSOP(depopulate)
{
	char path[300];

	for (int64_t i = a[1].n; i < a[3].n; i += a[2].n) {
		(void)snprintf(path, sizeof(path), "%.200s/f%06d", a[0].s,
			       (int)i);
		if (unlink(path) < 0)
			return -errno;
	}
	return 0;
}

/* Reads on from @pos: is the next name @want? */
static bool finds(DIR *d, long pos, const char *want)
{
	struct dirent *e;

	seekdir(d, pos);
	e = readdir(d);
	return e && !strcmp(e->d_name, want);
}

/* walk DIR STEP: every name once, and each STEPth found again by seekdir,
 * backwards; the count, or what is wrong
 */
FSOP(walk)
{
	CLEANUP_DIR DIR *d = opendir(a[0].s);
	struct {
		long pos;
		char name[256];
	} *seen = NULL;
	size_t n = 0, kept = 0;
	struct dirent *e;

	if (!d)
		return -errno;
	for (long pos = telldir(d); (e = readdir(d)); pos = telldir(d)) {
		if (n++ % (size_t)a[1].n)
			continue;
		seen = realloc(seen, (kept + 1) * sizeof(*seen));
		if (!seen)
			return -ENOMEM;
		seen[kept].pos = pos;
		(void)snprintf(seen[kept++].name, 256, "%s", e->d_name);
	}
	while (kept--)
		if (!finds(d, seen[kept].pos, seen[kept].name)) {
			(void)sprintf(out, "not at its place: %s",
				      seen[kept].name);
			break;
		}
	free(seen);
	return *out == 'n' ? 0 : (int64_t)n;
}

/* drain DIR: remove every name as it is read; how many are left after that */
FSOP(drain)
{
	CLEANUP_DIR DIR *d = opendir(a[0].s);
	struct dirent *e;
	int64_t left = 0;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (!is_dot(e->d_name) && unlinkat(dirfd(d), e->d_name, 0) < 0)
			return -errno;
	rewinddir(d);
	while ((e = readdir(d)))
		left += !is_dot(e->d_name);
	return left;
}

/* What there is to say of one name, by other operations: of a file its bytes,
 * of a symlink its text, of all their attributes.
 */
static char *describe(struct fsop *f, char *name, char *p)
{
	static const char *const more[] = { "all", "edgesum", "readlink" };
	struct fsop_arg arg[2] = { { .s = name } };
	char out[FSOP_OUT];

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		const struct fsop_def *d = fsop_find(more[i]);

		if (d->run(f, arg, out) == 0)
			p += sprintf(p, " %.500s", out);
	}
	return p;
}

static char *print_tree(struct fsop *f, const char *dir, char *p,
			const char *limit)
{
	struct dirent **names;
	int n = scandir(dir, &names, not_dot, by_bytes);
	char path[PATH_MAX];
	struct stat st;

	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir,
			       names[i]->d_name);
		free(names[i]);
		if (p > limit)
			continue;
		p += sprintf(p, "\n%.300s", path);
		p = describe(f, path, p);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			p = print_tree(f, path, p, limit);
	}
	if (n >= 0)
		free(names);
	return p;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path) < 0 ? -errno : 0;
}

/* rmtree NAME: with all that is below it */
FSOP(rmtree)
{
	return nftw(a[0].s, remove_one, 64, FTW_DEPTH | FTW_PHYS);
}

/* tree DIR: all that is below it, of several lines */
FSOP(tree)
{
	*out = '\0';
	(void)print_tree(f, a[0].s, out, out + FSOP_OUT - 2048);
	return 0;
}

const struct fsop_def fsop_dirs[] = {
	{ "list", "s", op_list },
	{ "count", "s", op_count },
	{ "dtype", "ss", op_dtype },
	{ "dino", "ss", op_dino },
	{ "populate", "sn", op_populate },
	{ "depopulate", "snnn", op_depopulate },
	{ "walk", "sn", op_walk },
	{ "rmtree", "s", op_rmtree },
	{ "tree", "s", op_tree },
	{ "drain", "s", op_drain },
	{ 0 },
};
