/* SPDX-License-Identifier: MIT */

/* fsop_maps.c - Operations on mappings
 *
 * A load or store that the file cannot serve is answered "SIGBUS".
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

void fsop_unmap(struct fsop_map *m)
{
	if (!m->addr)
		return;
	(void)munmap(m->addr, m->len);
	close_fd(&m->file);
	m->addr = NULL;
}

static int open_path(int fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_PATH | O_CLOEXEC);
}

/* mmap m d OFFSET LENGTH PROT FLAGS */
FSOP(mmap)
{
	struct fsop_map *m = &f->map[a[0].slot];
	void *p = mmap(NULL, (size_t)a[3].n, (int)a[4].n, (int)a[5].n,
		       (int)a[1].n, a[2].n);

	if (p == MAP_FAILED)
		return -errno;
	fsop_unmap(m);
	*m = (struct fsop_map){
		.addr = p,
		.len = (size_t)a[3].n,
		.file = open_path((int)a[1].n),
	};
	return 0;
}

FSOP(munmap)
{
	fsop_unmap(&f->map[a[0].slot]);
	return 0;
}

FSOP(mremap)
{
	struct fsop_map *m = &f->map[a[0].slot];
	void *p = mremap(m->addr, m->len, (size_t)a[1].n, MREMAP_MAYMOVE);

	if (p == MAP_FAILED)
		return -errno;
	m->addr = p;
	m->len = (size_t)a[1].n;
	return 0;
}

struct touch {
	char *p;
	size_t len;
	uint64_t off;
	int64_t seed;
	char *want;
	uint64_t hash;
};

/* Where a range of a mapping is, if it lies in it. */
static int range(struct fsop *f, const struct fsop_arg *a, int64_t len,
		 struct touch *t)
{
	const struct fsop_map *m = &f->map[a[0].slot];

	if (!m->addr || len < 0 || a[1].n < 0 ||
	    (size_t)(a[1].n + len) > m->len)
		return -EFAULT;
	t->p = m->addr + a[1].n;
	t->len = (size_t)len;
	t->off = (uint64_t)a[1].n;
	return 0;
}

/* Cut a range OFFSET LENGTH down to what lies in the file, as nothing is said
 * anywhere of bytes between its end and that of the page. For mappings from
 * offset 0.
 */
static void clamp(struct fsop *f, struct fsop_arg *a)
{
	const struct fsop_map *m = &f->map[a[0].slot];
	struct stat st;

	if (m->addr && fstat(m->file, &st) == 0 && a[1].n + a[2].n > st.st_size)
		a[2].n = a[1].n < st.st_size ? st.st_size - a[1].n : 0;
}

static int64_t do_load(void *arg)
{
	const struct touch *t = arg;

	return *(volatile unsigned char *)t->p;
}

static int64_t do_store(void *arg)
{
	const struct touch *t = arg;

	*(volatile char *)t->p = (char)t->seed;
	return 0;
}

static int64_t do_fill(void *arg)
{
	const struct touch *t = arg;

	fsop_pattern(t->p, t->len, t->off, (uint64_t)t->seed);
	return 0;
}

/* 0, or 1 and the offset of the first wrong byte */
static int64_t do_check(void *arg)
{
	const struct touch *t = arg;
	size_t i = 0;

	if (!memcmp(t->p, t->want, t->len))
		return 0;
	while (t->p[i] == t->want[i])
		i++;
	return (int64_t)(1 + t->off + i);
}

/* load m OFFSET: the byte */
FSOP(load)
{
	struct touch t;
	int r = range(f, a, 1, &t);

	return r ? r : fsop_guard(do_load, &t, out);
}

/* store m OFFSET BYTE */
FSOP(store)
{
	struct touch t;
	int r = range(f, a, 1, &t);

	t.seed = a[2].n;
	return r ? r : fsop_guard(do_store, &t, out);
}

/* mfill m OFFSET LENGTH SEED; offsets are those in the mapping */
FSOP(mfill)
{
	struct touch t;
	int r = range(f, a, a[2].n, &t);

	t.seed = a[3].n;
	return r ? r : fsop_guard(do_fill, &t, out);
}

/* mfillin m OFFSET LENGTH SEED: only what lies in the file */
FSOP(mfillin)
{
	clamp(f, a);
	return op_mfill(f, a, out);
}

static int64_t compare(struct fsop *f, struct fsop_arg *a, const int64_t *seed,
		       char *out)
{
	CLEANUP_FREE char *want = calloc(1, (size_t)a[2].n + 1);
	struct touch t;
	int r = range(f, a, a[2].n, &t);
	int64_t at;

	if (r || !want)
		return r ? r : -ENOMEM;
	if (seed)
		fsop_pattern(want, t.len, t.off, (uint64_t)*seed);
	t.want = want;
	at = fsop_guard(do_check, &t, out);
	if (at)
		(void)snprintf(out, FSOP_OUT, "wrong at %lld",
			       (long long)at - 1);
	return 0;
}

/* mcheck m OFFSET LENGTH SEED: "0" or "wrong at N" */
FSOP(mcheck)
{
	return compare(f, a, &a[3].n, out);
}

/* mzero m OFFSET LENGTH: are these zeros? */
FSOP(mzero)
{
	return compare(f, a, NULL, out);
}

static int64_t do_hash(void *arg)
{
	struct touch *t = arg;

	t->hash = fsop_hash(t->p, t->len, 0);
	return 0;
}

/* msum m OFFSET LENGTH: the hash of these bytes */
FSOP(msum)
{
	struct touch t;
	int r = range(f, a, a[2].n, &t);

	if (r)
		return r;
	t.hash = 0;
	(void)fsop_guard(do_hash, &t, out);
	if (*out != 'S')
		(void)sprintf(out, "%016llx", (unsigned long long)t.hash);
	return 0;
}

/* msync m OFFSET LENGTH FLAGS */
FSOP(msync)
{
	struct touch t;
	int r = range(f, a, a[2].n, &t);

	return r ? r : fsop_result(msync(t.p, t.len, (int)a[3].n));
}

/* mprotect m OFFSET LENGTH PROT */
FSOP(mprotect)
{
	struct touch t;
	int r = range(f, a, a[2].n, &t);

	return r ? r : fsop_result(mprotect(t.p, t.len, (int)a[3].n));
}

/* mread m OFFSET LENGTH d OFFSET: pread into the mapping, what lies in
 * the file of it
 */
FSOP(mread)
{
	struct touch t;
	int r;

	clamp(f, a);
	r = range(f, a, a[2].n, &t);

	return r ? r : fsop_result(pread((int)a[3].n, t.p, t.len, a[4].n));
}

/* mwrite m OFFSET LENGTH d OFFSET: pwrite out of it, likewise */
FSOP(mwrite)
{
	struct touch t;
	int r;

	clamp(f, a);
	r = range(f, a, a[2].n, &t);

	return r ? r : fsop_result(pwrite((int)a[3].n, t.p, t.len, a[4].n));
}

/* childstore m OFFSET BYTE: by a child that inherits the mapping */
FSOP(childstore)
{
	struct touch t;
	int r = range(f, a, 1, &t), status;
	pid_t pid;

	if (r)
		return r;
	t.seed = a[2].n;
	pid = fork();
	if (!pid) {
		(void)do_store(&t);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return status;
}

const struct fsop_def fsop_maps[] = {
	{ "mmap", "Ddnnnn", op_mmap },
	{ "munmap", "D", op_munmap },
	{ "mremap", "Dn", op_mremap },
	{ "load", "Dn", op_load },
	{ "store", "Dnn", op_store },
	{ "mfill", "Dnnn", op_mfill },
	{ "mfillin", "Dnnn", op_mfillin },
	{ "mcheck", "Dnnn", op_mcheck },
	{ "mzero", "Dnn", op_mzero },
	{ "msum", "Dnn", op_msum },
	{ "msync", "Dnnn", op_msync },
	{ "mprotect", "Dnnn", op_mprotect },
	{ "mread", "Dnndn", op_mread },
	{ "mwrite", "Dnndn", op_mwrite },
	{ "childstore", "Dnn", op_childstore },
	{ 0 },
};
