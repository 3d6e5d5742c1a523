/* SPDX-License-Identifier: MIT */

/* bench_memory.c - fam-bench: bandwidth and page faults of a shelf */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "demo.h"

#define SIZE (16 * MIB)
#define PAGES 4096.0
_Static_assert(SIZE == 4096 * PAGE, "pages");

/* Both memories start at a multiple of 2 MiB. If the buffer did too, the two
 * sides of a copy would compete for the same entry of a direct-mapped TLB, such
 * as that of QEMU's emulation: it shows as a loss of 40 % for one of the
 * memories, which one depends on the addresses of the day.
 */
#define BUFFER_SHIFT (37 * PAGE)

/* A file that is gone with its mapping. */
static int make_file(const struct bench *b, struct mapping *ret_m,
		     struct err *e)
{
	char path[PATH_MAX];
	int r;

	bench_path(b->argv[0], path);
	r = mapping_create(path, SIZE, ret_m, e);
	(void)unlink(path);
	return r;
}

/* ---- bandwidth --------------------------------------------------------------- */

struct copy {
	void *to;
	const void *from;
};

static double copy(void *arg)
{
	const struct copy *c = arg;
	uint64_t t = now_ns();

	memcpy(c->to, c->from, SIZE);
	/* The compiler must not drop it. */
	__asm__ volatile("" : : "r"(c->to) : "memory");
	t = now_ns() - t;
	return SIZE * 1e3 / (double)(t ? t : 1);
}

static int compare_copies(struct bench *b, const char *what, struct copy *shelf,
			  struct copy *anonymous)
{
	const struct contestant c[] = { { copy, shelf }, { copy, anonymous } };
	double median[2];
	int r = bench_compare(c, 2, median);

	if (r == 0)
		bench_note(b, what, median[0], "MB/s", "anonymous memory",
			   median[1]);
	return r;
}

int bench_memcpy(struct bench *b, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	char *anonymous = bench_anonymous(SIZE);
	char *buffer = bench_anonymous(SIZE + BUFFER_SHIFT);
	int r;

	if (!anonymous || !buffer)
		return err_set(e, -ENOMEM, "no memory");
	r = make_file(b, &m, e);
	if (r < 0)
		return r;
	buffer += BUFFER_SHIFT;
	(void)madvise(anonymous, SIZE, MADV_HUGEPAGE);
	/* Page faults are not what is measured here. */
	memset(anonymous, 1, SIZE);
	memset(buffer, 2, SIZE);
	memset(m.addr, 3, SIZE);
	r = compare_copies(b, "memcpy from a shelf",
			   &(struct copy){ buffer, m.addr },
			   &(struct copy){ buffer, anonymous });
	if (r == 0)
		r = compare_copies(b, "memcpy to a shelf",
				   &(struct copy){ m.addr, buffer },
				   &(struct copy){ anonymous, buffer });
	return r;
}

/* ---- faults ------------------------------------------------------------------ */

/* What is mapped anew, and touched page by page. */
struct touch {
	void *at; /* a multiple of 2 MiB, which huge pages want */
	int fd;	  /* -1 = anonymous */
	int advice;
};

static char *map_anew(const struct touch *t)
{
	int flags = t->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *p = mmap(t->at, SIZE, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		       t->fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, SIZE, t->advice);
	return p;
}

/* Nanoseconds a page of 4 KiB, whatever the size of the pages mapped. */
static double touch(void *arg)
{
	volatile char *p = map_anew(arg);
	uint64_t t = now_ns();

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < SIZE; i += PAGE)
		p[i] = 1;
	t = now_ns() - t;
	return (double)t / PAGES;
}

int bench_faults(struct bench *b, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	void *at = bench_anonymous(SIZE);
	struct touch t[] = { { at, -1, MADV_NOHUGEPAGE },
			     { at, -1, MADV_NOHUGEPAGE },
			     { at, -1, MADV_HUGEPAGE },
			     { at, -1, MADV_HUGEPAGE } };
	const struct contestant c[] = { { touch, &t[0] },
					{ touch, &t[1] },
					{ touch, &t[2] },
					{ touch, &t[3] } };
	double median[4];
	int r;

	if (!at)
		return err_set(e, -ENOMEM, "no memory");
	r = make_file(b, &m, e);
	if (r < 0)
		return r;
	t[0].fd = t[2].fd = m.fd;
	r = bench_compare(c, 4, median);
	if (r < 0)
		return err_set(e, r, "cannot map '%s': %s", b->argv[0],
			       strerror(-r));
	bench_note(b, "fault, 4 KiB pages", median[0], "ns/4K",
		   "anonymous memory, 4 KiB", median[1]);
	bench_note(b, "fault, 2 MiB pages", median[2], "ns/4K",
		   "anonymous memory, 4 KiB", median[1]);
	bench_note(b, "fault, 2 MiB pages", median[2], "ns/4K",
		   "anonymous memory, 2 MiB", median[3]);
	return 0;
}
