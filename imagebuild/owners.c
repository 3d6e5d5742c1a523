/* SPDX-License-Identifier: MIT */

/* owners.c - What files of a tree are to be (the design: owners.h) */

#include "owners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

_Static_assert(sizeof(struct owners_note) == 88, "no padding is written");

void owners_identify(const struct statx *st, struct owners_file *ret)
{
	*ret = (struct owners_file){
		.dev = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor,
		.ino = st->stx_ino,
	};
	/* A file system without it: the inode has to do. */
	if (st->stx_mask & STATX_BTIME) {
		ret->born_s = st->stx_btime.tv_sec;
		ret->born_ns = st->stx_btime.tv_nsec;
	}
}

int owners_note(int log, int fd, const struct owner *owner)
{
	struct owners_note note;
	struct statx st;

	if (log < 0)
		return 0;
	if (statx(fd, "", AT_EMPTY_PATH, OWNERS_STATX, &st) < 0)
		return -errno;
	memset(&note, 0, sizeof(note));
	owners_identify(&st, &note.file);
	note.owner = *owner;
	return write_all(log, &note, sizeof(note));
}

/* ---- reading -------------------------------------------------------------- */

static int compare(const struct owners_file *a, const struct owners_file *b)
{
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->born_s != b->born_s)
		return a->born_s < b->born_s ? -1 : 1;
	if (a->born_ns != b->born_ns)
		return a->born_ns < b->born_ns ? -1 : 1;
	return 0;
}

static int by_file(const void *x, const void *y)
{
	const struct owners_note *a = x, *b = y;
	int r = compare(&a->file, &b->file);

	return r ? r : (a->order > b->order) - (a->order < b->order);
}

static void merge(struct owner *to, const struct owner *newer)
{
	if (newer->what & OWNERS_UID)
		to->uid = newer->uid;
	if (newer->what & OWNERS_GID)
		to->gid = newer->gid;
	if (newer->what & OWNERS_DEVICE) {
		to->mode = newer->mode;
		to->major = newer->major;
		to->minor = newer->minor;
	}
	if (newer->what & OWNERS_CAPABILITY) {
		memcpy(to->capability, newer->capability,
		       sizeof(to->capability));
		to->capability_len = newer->capability_len;
	}
	to->what |= newer->what;
}

static void sort_and_merge(struct owners *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		o->v[i].order = (uint32_t)i;
	qsort(o->v, o->n, sizeof(*o->v), by_file);
	for (size_t i = 0; i < o->n; i++) {
		const struct owners_note note = o->v[i];

		if (!n || compare(&o->v[n - 1].file, &note.file))
			o->v[n++] = (struct owners_note){ .file = note.file };
		merge(&o->v[n - 1].owner, &note.owner);
	}
	o->n = n;
}

static bool is_sane(const struct owners *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i].owner.capability_len > OWNERS_CAPABILITY_MAX)
			return false;
	return true;
}

static int read_all(int fd, void *to, size_t len)
{
	size_t got;
	int r = read_at(fd, to, len, 0, &got);

	return r < 0 || got == len ? r : -EBADMSG;
}

int owners_load(int log, struct owners *ret)
{
	struct stat st;
	size_t n;
	int r;

	*ret = (struct owners){ 0 };
	if (fstat(log, &st) < 0)
		return -errno;
	n = (size_t)st.st_size / sizeof(*ret->v);
	if ((size_t)st.st_size % sizeof(*ret->v))
		return -EBADMSG;
	if (n > OWNERS_NOTES_MAX)
		return -EFBIG;
	ret->v = calloc(n + 1, sizeof(*ret->v));
	if (!ret->v)
		return -ENOMEM;
	r = read_all(log, ret->v, n * sizeof(*ret->v));
	if (r < 0)
		return r;
	ret->n = n;
	if (!is_sane(ret))
		return -EBADMSG;
	sort_and_merge(ret);
	return 0;
}

static int find(const void *key, const void *note)
{
	const struct owners_note *n = note;

	return compare(key, &n->file);
}

const struct owner *owners_find(const struct owners *o,
				const struct owners_file *f)
{
	const struct owners_note *n =
		o->n ? bsearch(f, o->v, o->n, sizeof(*o->v), find) : NULL;

	return n ? &n->owner : NULL;
}

void owners_deinit(struct owners *o)
{
	free(o->v);
	*o = (struct owners){ 0 };
}
