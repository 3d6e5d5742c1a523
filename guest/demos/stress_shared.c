/* SPDX-License-Identifier: MIT */

/* stress_shared.c - fam-stress: files that others change */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fault.h"
#include "stress.h"

/* How often others may move the end while we look for it. */
#define TRIES 50

/* What others may have done meanwhile, and a full memory. */
static bool is_expected(int r)
{
	return r >= 0 || r == -ENOENT || r == -EEXIST || r == -ENOSPC ||
	       r == -EMFILE;
}

static bool check_result(struct stress *s, const char *what, const char *path,
			 int r)
{
	return is_expected(r) ||
	       stress_fail(s, "%s '%s': %s", what, path, strerror(-r));
}

static void shared_name(struct stress *s, char path[static PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/" STRESS_PREFIX "shared-%u", s->dir,
		       stress_random(s, STRESS_SHARED));
}

/* ---- looking into a file ---------------------------------------------------- */

/* After a SIGBUS: is this offset behind the end, at last? */
static bool is_behind(const struct stress_file *f, uint64_t offset,
		      uint64_t *ret_v, bool *ret_loaded)
{
	struct stat st;

	*ret_loaded = false;
	for (int i = 0; i < TRIES; i++) {
		if (fstat(f->fd, &st) < 0 || (uint64_t)st.st_size <= offset)
			return true;
		if (try_load64((uint64_t *)(void *)(f->map + offset), ret_v) ==
		    0) {
			*ret_loaded = true;
			return true;
		}
	}
	return false;
}

static bool look(struct stress *s, const struct stress_file *f, unsigned cell,
		 unsigned i)
{
	uint64_t at = stress_probe(s, cell, i), v = 0;
	uint64_t want = stress_signature(f->ino, at);
	bool loaded = true;
	int r = try_load64((uint64_t *)(void *)(f->map + at), &v);

	if (r < 0 && r != -SIGBUS)
		return stress_fail(s, "file %llu at %llu: signal %d",
				   (unsigned long long)f->ino,
				   (unsigned long long)at, -r);
	if (r < 0 && !is_behind(f, at, &v, &loaded))
		return stress_fail(s, "file %llu at %llu: SIGBUS within it",
				   (unsigned long long)f->ino,
				   (unsigned long long)at);
	if (loaded && v && v != want)
		return stress_fail(s,
				   "file %llu at %llu: %#llx, neither 0 nor "
				   "%#llx",
				   (unsigned long long)f->ino,
				   (unsigned long long)at,
				   (unsigned long long)v,
				   (unsigned long long)want);
	return true;
}

static bool look_into(struct stress *s, const struct stress_file *f)
{
	for (unsigned c = 0; c < STRESS_CELLS; c++)
		for (unsigned i = 0; i < STRESS_PROBES; i++)
			if (!look(s, f, c, i))
				return false;
	return true;
}

/* ---- steps -------------------------------------------------------------------- */

/* A file of anybody: the n-th that the directory names. */
static bool pick(struct stress *s, char path[static PATH_MAX])
{
	unsigned n = stress_random(s, 16);
	DIR *d = opendir(s->dir);
	struct dirent *entry;
	bool found = false;

	while (d && (entry = readdir(d))) {
		if (strncmp(entry->d_name, STRESS_PREFIX,
			    strlen(STRESS_PREFIX)) != 0)
			continue;
		(void)snprintf(path, PATH_MAX, "%s/%s", s->dir, entry->d_name);
		found = true;
		if (!n--)
			break;
	}
	if (d)
		(void)closedir(d);
	return found;
}

/* Keep it mapped, to see what others do to it later. */
static bool visit(struct stress *s)
{
	struct stress_file *f = &s->held[stress_random(s, STRESS_HELD)];
	char path[PATH_MAX];
	int r;

	stress_close(s, f);
	if (!pick(s, path))
		return true;
	r = stress_open(s, path, O_RDONLY, f);
	if (r < 0)
		return check_result(s, "open", path, r);
	return look_into(s, f);
}

static bool look_again(struct stress *s)
{
	struct stress_file *f = &s->held[stress_random(s, STRESS_HELD)];

	return f->fd < 0 || look_into(s, f);
}

/* Others may cut it off at any moment. */
static void stamp(struct stress *s, const struct stress_file *f)
{
	unsigned cell = stress_random(s, STRESS_CELLS);

	for (unsigned i = 0; i < STRESS_PROBES; i++) {
		uint64_t at = stress_probe(s, cell, i);

		(void)try_store64((uint64_t *)(void *)(f->map + at),
				  stress_signature(f->ino, at));
	}
}

static bool change(struct stress *s)
{
	unsigned cells = stress_random(s, STRESS_CELLS + 1);
	struct stress_file f = { .fd = -1 };
	char path[PATH_MAX];
	bool good;
	int r;

	shared_name(s, path);
	r = stress_open(s, path, O_RDWR | O_CREAT, &f);
	if (r < 0)
		return check_result(s, "create", path, r);
	if (ftruncate(f.fd, (off_t)(cells * s->cell)) < 0)
		r = -errno;
	stamp(s, &f);
	good = check_result(s, "resize", path, r) && look_into(s, &f);
	stress_close(s, &f);
	return good;
}

static bool shared_unlink(struct stress *s)
{
	char path[PATH_MAX];

	shared_name(s, path);
	return check_result(s, "unlink", path, unlink(path) < 0 ? -errno : 0);
}

static bool shared_rename(struct stress *s)
{
	char from[PATH_MAX], to[PATH_MAX];

	shared_name(s, from);
	shared_name(s, to);
	return check_result(s, "rename", from,
			    rename(from, to) < 0 ? -errno : 0);
}

const struct stress_step stress_shared_steps[] = {
	{ "visit", 6, visit },
	{ "look", 8, look_again },
	{ "change", 8, change },
	{ "unlink shared", 2, shared_unlink },
	{ "rename shared", 2, shared_rename },
	{ 0 },
};

bool stress_shared_end(struct stress *s)
{
	char path[PATH_MAX];

	for (int i = 0; i < STRESS_HELD; i++) {
		if (s->held[i].fd >= 0 && !look_into(s, &s->held[i]))
			return false;
		stress_close(s, &s->held[i]);
	}
	for (int i = 0; i < STRESS_SHARED; i++) {
		(void)snprintf(path, sizeof(path),
			       "%s/" STRESS_PREFIX "shared-%d", s->dir, i);
		(void)unlink(path);
	}
	return true;
}
