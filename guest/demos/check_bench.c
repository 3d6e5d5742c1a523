/* SPDX-License-Identifier: MIT */

/* check_bench.c - fam-check: bandwidth and page faults of a shelf
 *
 * Figures of one process are comparable, those of two may not be. So anonymous
 * memory is measured in the same process, in turns with the shelf, and what
 * counts is the ratio of the medians.
 */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "cleanup.h"
#include "demo.h"
#include "fault.h"
#include "json.h"

#define MIB (1UL << 20)
#define HUGE (2 * MIB)
#define PAGE 4096UL
#define BENCH_MAX (16 * MIB)
#define ROUNDS 31

/* Both memories start at a multiple of 2 MiB. If the buffer did too, the two
 * sides of a copy would compete for the same entry of a direct-mapped TLB, such
 * as that of QEMU's emulation: it shows as a loss of 40 % for one of the
 * memories, which one depends on the addresses of the day.
 */
#define BUFFER_SHIFT (37 * PAGE)

/* ---- bandwidth ------------------------------------------------------------- */

/* Aligned for huge pages, and with them where the system gives them. */
static void *anonymous(size_t size)
{
	uintptr_t p = (uintptr_t)mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == (uintptr_t)MAP_FAILED)
		return NULL;
	p = (p + HUGE - 1) & ~(HUGE - 1);
	(void)madvise((void *)p, size, MADV_HUGEPAGE);
	memset((void *)p, 1, size);
	return (void *)p;
}

enum direction {
	FROM,
	TO,
	N_DIRECTIONS
};
enum memory {
	SHELF,
	ANONYMOUS,
	N_MEMORIES
};

static const char *const direction_names[] = { "from", "to" };

struct bench {
	size_t size;
	void *memory[N_MEMORIES];
	void *buffer;
	double mb_s[N_DIRECTIONS][N_MEMORIES][ROUNDS];
};

/* The compiler must not drop the copy. */
static void copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

static void bench_round(struct bench *b, int round)
{
	for (int d = 0; d < N_DIRECTIONS; d++)
		for (int i = 0; i < N_MEMORIES; i++) {
			/* Neither is always the first. */
			int m = (i + round) % N_MEMORIES;
			uint64_t t = now_ns();

			copy(d == TO ? b->memory[m] : b->buffer,
			     d == TO ? b->buffer : b->memory[m], b->size);
			t = now_ns() - t;
			b->mb_s[d][m][round] =
				(double)b->size * 1e3 / (double)(t ? t : 1);
		}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static int print_bench(struct bench *b, bool json)
{
	CLEANUP_JSON json_t *o = NULL;
	CLEANUP_FREE char *text = NULL;

	o = json_pack("{s:I, s:i}", "bytes", (json_int_t)b->size, "rounds",
		      ROUNDS);
	if (!json)
		printf("%zu MiB, medians of %d rounds\n"
		       "memcpy  shelf MB/s  anonymous MB/s  ratio\n",
		       b->size / MIB, ROUNDS);
	for (int d = 0; d < N_DIRECTIONS; d++) {
		double shelf = median(b->mb_s[d][SHELF]);
		double anon = median(b->mb_s[d][ANONYMOUS]);

		if (!json)
			printf("%-6s %11.0f %15.0f %6.3f\n", direction_names[d],
			       shelf, anon, shelf / anon);
		if (o && json_object_set_new(
				 o, direction_names[d],
				 json_pack("{s:f, s:f, s:f}", "shelf_mb_s",
					   shelf, "anonymous_mb_s", anon,
					   "ratio", shelf / anon)) < 0)
			return -ENOMEM;
	}
	if (!json)
		return 0;
	text = o ? json_line(o) : NULL;
	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}

int check_bench(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	CLEANUP_FREE struct bench *b = calloc(1, sizeof(*b));
	int r;

	r = mapping_open(a->argv[0], O_RDWR, MIB, &m, e);
	if (r < 0)
		return r;
	if (!b)
		return err_set(e, -ENOMEM, "no memory");
	b->size = m.size < BENCH_MAX ? m.size : BENCH_MAX;
	b->memory[SHELF] = m.addr;
	b->memory[ANONYMOUS] = anonymous(b->size);
	b->buffer = anonymous(b->size + BUFFER_SHIFT);
	if (!b->memory[ANONYMOUS] || !b->buffer)
		return err_set(e, -ENOMEM, "no memory");
	b->buffer = (char *)b->buffer + BUFFER_SHIFT;
	/* Page faults are not what is measured here. */
	copy(b->memory[SHELF], b->buffer, b->size);
	for (int round = 0; round < ROUNDS; round++)
		bench_round(b, round);
	if (print_bench(b, a->json) < 0)
		return err_set(e, -ENOMEM, "no memory");
	return 0;
}

/* ---- faults ---------------------------------------------------------------- */

int check_faults(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	volatile char *p;
	uint64_t t;
	long n;
	int r;

	r = mapping_create(a->argv[0], BENCH_MAX, &m, e);
	if (r < 0)
		return r;
	p = m.addr;
	n = fault_count();
	t = now_ns();
	for (size_t i = 0; i < m.size; i += PAGE)
		p[i] = 1;
	t = now_ns() - t;
	n = fault_count() - n;
	if (a->json)
		printf("{\"pages\":%zu,\"faults\":%ld,\"ns_per_page\":%llu}\n",
		       m.size / PAGE, n,
		       (unsigned long long)(t / (m.size / PAGE)));
	else
		printf("%zu pages of %lu bytes, %ld faults, %llu ns a page\n",
		       m.size / PAGE, PAGE, n,
		       (unsigned long long)(t / (m.size / PAGE)));
	return 0;
}
