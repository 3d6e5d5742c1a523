/* SPDX-License-Identifier: MIT */

/* stress_own.c - fam-stress: files that nobody else changes */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "stress.h"

static struct stress_own *some_own(struct stress *s)
{
	return &s->own[stress_random(s, STRESS_OWN)];
}

/* One that is there, or NULL. */
static struct stress_own *some_file(struct stress *s)
{
	struct stress_own *o = some_own(s);

	return o->f.fd < 0 ? NULL : o;
}

static void new_name(struct stress *s, char path[static PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/" STRESS_PREFIX "%s-%u", s->dir,
		       s->name, s->names++);
}

/* ---- checks -------------------------------------------------------------------- */

static uint64_t expected(const struct stress_own *o, unsigned cell,
			 uint64_t offset)
{
	return o->stamped[cell] ? stress_signature(o->f.ino, offset) : 0;
}

static bool check_word(struct stress *s, const struct stress_own *o,
		       unsigned cell, uint64_t offset)
{
	uint64_t v = 0;
	int r = try_load64((uint64_t *)(void *)(o->f.map + offset), &v);

	if (cell >= o->cells && r != -SIGBUS)
		return stress_fail(s, "'%s' at %llu behind the end: no SIGBUS",
				   o->path, (unsigned long long)offset);
	if (cell < o->cells && r < 0)
		return stress_fail(s, "'%s' at %llu: signal %d", o->path,
				   (unsigned long long)offset, -r);
	if (cell < o->cells && v != expected(o, cell, offset))
		return stress_fail(
			s, "'%s' at %llu: %#llx instead of %#llx", o->path,
			(unsigned long long)offset, (unsigned long long)v,
			(unsigned long long)expected(o, cell, offset));
	return true;
}

static bool check_read(struct stress *s, const struct stress_own *o,
		       unsigned cell, uint64_t offset)
{
	ssize_t want = cell < o->cells ? 8 : 0, n;
	uint64_t v = 0;

	n = pread(o->f.fd, &v, sizeof(v), (off_t)offset);
	if (n != want)
		return stress_fail(s, "read '%s' at %llu: %zd bytes, not %zd",
				   o->path, (unsigned long long)offset, n,
				   want);
	if (n && v != expected(o, cell, offset))
		return stress_fail(s, "read '%s' at %llu: %#llx", o->path,
				   (unsigned long long)offset,
				   (unsigned long long)v);
	return true;
}

/* All of it, by loads or by read(2). */
static bool check_file(struct stress *s, const struct stress_own *o)
{
	bool by_read = stress_random(s, 4) == 0;
	struct stat st;

	if (fstat(o->f.fd, &st) < 0 ||
	    st.st_size != (off_t)(o->cells * s->cell))
		return stress_fail(s, "'%s' has %lld bytes, not %zu", o->path,
				   (long long)st.st_size, o->cells * s->cell);
	for (unsigned c = 0; c < STRESS_CELLS; c++)
		for (unsigned i = 0; i < STRESS_PROBES; i++) {
			uint64_t at = stress_probe(s, c, i);

			if (!(by_read ? check_read : check_word)(s, o, c, at))
				return false;
		}
	return true;
}

/* The name leads to this file, or to none if it is NULL. */
static bool check_name(struct stress *s, const char *path,
		       const struct stress_own *o)
{
	struct stat st;
	int r = stat(path, &st);

	if (!o && (r == 0 || errno != ENOENT))
		return stress_fail(s, "'%s' is still there", path);
	if (o && r < 0)
		return stress_fail(s, "'%s': %s", path, strerror(errno));
	if (o && st.st_ino != o->f.ino)
		return stress_fail(s, "'%s' is file %llu, not %llu", path,
				   (unsigned long long)st.st_ino,
				   (unsigned long long)o->f.ino);
	return true;
}

/* ---- steps ---------------------------------------------------------------------- */

static bool own_create(struct stress *s)
{
	struct stress_own *o = some_own(s);
	int r;

	if (o->f.fd >= 0)
		return true;
	new_name(s, o->path);
	r = stress_open(s, o->path, O_RDWR | O_CREAT | O_EXCL, &o->f);
	if (r < 0)
		return stress_fail(s, "create '%s': %s", o->path, strerror(-r));
	o->cells = 0;
	memset(o->stamped, 0, sizeof(o->stamped));
	return check_file(s, o);
}

/* A file may be as large as before if the memory is full, or if others have it
 * mapped and their node cannot take it from them.
 */
static bool own_resize(struct stress *s)
{
	struct stress_own *o = some_file(s);
	unsigned cells = stress_random(s, STRESS_CELLS + 1);

	if (!o)
		return true;
	if (ftruncate(o->f.fd, (off_t)(cells * s->cell)) < 0) {
		if (errno == (cells > o->cells ? ENOSPC : EMFILE))
			return check_file(s, o);
		return stress_fail(s, "resize '%s' from %u to %u cells: %s",
				   o->path, o->cells, cells, strerror(errno));
	}
	for (unsigned c = cells; c < o->cells; c++)
		o->stamped[c] = false;
	o->cells = cells;
	return check_file(s, o);
}

static bool stamp_word(const struct stress_own *o, uint64_t at, bool by_write)
{
	uint64_t v = stress_signature(o->f.ino, at);

	if (by_write)
		return pwrite(o->f.fd, &v, 8, (off_t)at) == 8;
	return try_store64((uint64_t *)(void *)(o->f.map + at), v) == 0;
}

static bool own_stamp(struct stress *s)
{
	struct stress_own *o = some_file(s);
	bool by_write = stress_random(s, 4) == 0;
	unsigned c;

	if (!o || !o->cells)
		return true;
	c = stress_random(s, o->cells);
	for (unsigned i = 0; i < STRESS_PROBES; i++)
		if (!stamp_word(o, stress_probe(s, c, i), by_write))
			return stress_fail(
				s, "%s '%s', cell %u: %s",
				by_write ? "write" : "store to", o->path, c,
				by_write ? strerror(errno) : "a signal");
	o->stamped[c] = true;
	return check_file(s, o);
}

static bool own_verify(struct stress *s)
{
	struct stress_own *o = some_file(s);

	return !o || (check_name(s, o->path, o) && check_file(s, o));
}

/* To a new name, or to that of another, which goes. */
static bool own_rename(struct stress *s)
{
	struct stress_own *o = some_file(s), *other = some_file(s);
	char path[PATH_MAX];

	if (!o)
		return true;
	if (other == o)
		other = NULL;
	if (other)
		memcpy(path, other->path, sizeof(path));
	else
		new_name(s, path);
	if (rename(o->path, path) < 0)
		return stress_fail(s, "rename '%s' to '%s': %s", o->path, path,
				   strerror(errno));
	if (!check_name(s, o->path, NULL))
		return false;
	memcpy(o->path, path, sizeof(path));
	/* It lives until it is closed. */
	if (other && !check_file(s, other))
		return false;
	if (other)
		stress_close(s, &other->f);
	return check_name(s, o->path, o) && check_file(s, o);
}

static bool unlink_file(struct stress *s, struct stress_own *o)
{
	if (unlink(o->path) < 0)
		return stress_fail(s, "unlink '%s': %s", o->path,
				   strerror(errno));
	if (!check_name(s, o->path, NULL) || !check_file(s, o))
		return false;
	stress_close(s, &o->f);
	return true;
}

static bool own_unlink(struct stress *s)
{
	struct stress_own *o = some_file(s);

	return !o || unlink_file(s, o);
}

/* Another descriptor and another mapping of the same. */
static bool own_reopen(struct stress *s)
{
	struct stress_own *o = some_file(s);
	int r;

	if (!o)
		return true;
	stress_close(s, &o->f);
	r = stress_open(s, o->path, O_RDWR, &o->f);
	if (r < 0)
		return stress_fail(s, "open '%s': %s", o->path, strerror(-r));
	return check_file(s, o);
}

const struct stress_step stress_own_steps[] = {
	{ "create", 4, own_create }, { "resize", 6, own_resize },
	{ "stamp", 8, own_stamp },   { "verify", 4, own_verify },
	{ "rename", 3, own_rename }, { "unlink", 2, own_unlink },
	{ "reopen", 2, own_reopen }, { 0 },
};

bool stress_own_end(struct stress *s)
{
	for (int i = 0; i < STRESS_OWN; i++)
		if (s->own[i].f.fd >= 0 && !unlink_file(s, &s->own[i]))
			return false;
	return true;
}
