/* SPDX-License-Identifier: MIT */

/* fsx.c - One file, used in all ways at random, against a copy in memory
 *
 *	fsx [--seed N] [--steps N] [--seconds N] [--length BYTES] FILE
 *
 * Reads and writes by calls and through mappings, cuts, grows, punches holes,
 * copies ranges and opens the file again. Whatever is read has to be what the
 * copy has, and zero behind the end. A difference is printed with the last
 * steps before it. Two with different seeds may run at once on two files.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/falloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"
#include "parse.h"
#include "sequence.h"

#define SPAN_MAX ((size_t)256 << 10) /* most bytes of one step */
#define LAST 16			     /* steps that are printed */

struct options {
	const char *path;
	uint64_t seed, steps, seconds, length;
};

struct fsx {
	const struct options *o;
	uint64_t rnd;
	int fd;
	size_t size, page;
	char *copy; /* what the file should have, zero behind @size */
	char *buf;  /* SPAN_MAX */
	char last[LAST][96];
	uint64_t step;
};

/* A range of the file. */
struct span {
	size_t off, len;
};

struct fsx_step {
	const char *name;
	unsigned weight;
	bool (*run)(struct fsx *x, struct span s);
};

static bool wrong(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	return false;
}

/* ---- comparing ----------------------------------------------------------------- */

static bool is_same(struct fsx *x, const char *got, struct span s)
{
	size_t i = 0;

	if (!memcmp(got, x->copy + s.off, s.len))
		return true;
	while (got[i] == x->copy[s.off + i])
		i++;
	printf("# byte %zu is %02x, should be %02x; size %zu\n", s.off + i,
	       (unsigned char)got[i], (unsigned char)x->copy[s.off + i],
	       x->size);
	return false;
}

/* What lies in the file of @s. */
static struct span in_file(const struct fsx *x, struct span s)
{
	if (s.off >= x->size)
		s.off = x->size ? x->size - 1 : 0;
	if (s.off + s.len > x->size)
		s.len = x->size - s.off;
	return s;
}

static void set_size(struct fsx *x, size_t size)
{
	if (size < x->size)
		memset(x->copy + size, 0, x->size - size);
	x->size = size;
}

/* ---- steps ----------------------------------------------------------------------- */

static bool do_read(struct fsx *x, struct span s)
{
	ssize_t n = pread(x->fd, x->buf, s.len, (off_t)s.off);

	s = s.off < x->size ? in_file(x, s) : (struct span){ s.off, 0 };
	if (n != (ssize_t)s.len)
		return wrong("read has another length");
	return is_same(x, x->buf, s);
}

static bool do_write(struct fsx *x, struct span s)
{
	fsop_pattern(x->copy + s.off, s.len, s.off, x->step);
	if (pwrite(x->fd, x->copy + s.off, s.len, (off_t)s.off) !=
	    (ssize_t)s.len)
		return wrong("write");
	if (s.off + s.len > x->size)
		x->size = s.off + s.len;
	return true;
}

static bool do_append(struct fsx *x, struct span s)
{
	CLEANUP_FD int fd = open(x->o->path, O_WRONLY | O_APPEND | O_CLOEXEC);

	s.off = x->size;
	if (s.off + s.len > x->o->length)
		return true;
	fsop_pattern(x->copy + s.off, s.len, s.off, x->step);
	if (fd < 0 || write(fd, x->copy + s.off, s.len) != (ssize_t)s.len)
		return wrong("append");
	x->size += s.len;
	return true;
}

/* The pages of a span that lies in the file; NULL if that is empty. */
static char *map(struct fsx *x, struct span s, struct span *ret_pages)
{
	size_t start = s.off / x->page * x->page;
	size_t end = (s.off + s.len + x->page - 1) / x->page * x->page;

	*ret_pages = (struct span){ start, end - start };
	return mmap(NULL, end - start, PROT_READ | PROT_WRITE, MAP_SHARED,
		    x->fd, (off_t)start);
}

/* Whole pages, with the zeros behind the end. */
static bool do_map_read(struct fsx *x, struct span s)
{
	struct span pages;
	char *p;
	bool good;

	s = in_file(x, s);
	if (!s.len)
		return true;
	p = map(x, s, &pages);
	if (p == MAP_FAILED)
		return wrong("mmap");
	good = is_same(x, p, pages);
	(void)munmap(p, pages.len);
	return good;
}

static bool do_map_write(struct fsx *x, struct span s)
{
	struct span pages;
	char *p;

	s = in_file(x, s);
	if (!s.len)
		return true;
	p = map(x, s, &pages);
	if (p == MAP_FAILED)
		return wrong("mmap");
	fsop_pattern(x->copy + s.off, s.len, s.off, x->step);
	memcpy(p + s.off - pages.off, x->copy + s.off, s.len);
	if (x->step % 2 && msync(p, pages.len, MS_SYNC) < 0)
		return wrong("msync");
	(void)munmap(p, pages.len);
	return true;
}

static bool do_truncate(struct fsx *x, struct span s)
{
	set_size(x, s.off);
	return ftruncate(x->fd, (off_t)s.off) == 0 || wrong("ftruncate");
}

static bool do_punch(struct fsx *x, struct span s)
{
	s = in_file(x, s);
	if (!s.len)
		return true;
	memset(x->copy + s.off, 0, s.len);
	return fallocate(x->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t)s.off, (off_t)s.len) == 0 ||
	       wrong("punching a hole");
}

static bool do_allocate(struct fsx *x, struct span s)
{
	bool keep = x->step % 2;

	if (!keep && s.off + s.len > x->size)
		x->size = s.off + s.len;
	return fallocate(x->fd, keep ? FALLOC_FL_KEEP_SIZE : 0, (off_t)s.off,
			 (off_t)s.len) == 0 ||
	       wrong("fallocate");
}

static bool do_copy(struct fsx *x, struct span s)
{
	off64_t from, to = (off64_t)(random_next(&x->rnd) % x->o->length);
	ssize_t n;

	s = in_file(x, s);
	from = (off64_t)s.off;
	if ((size_t)to + s.len > x->o->length || !s.len ||
	    ((size_t)to < s.off + s.len && s.off < (size_t)to + s.len))
		return true;
	n = copy_file_range(x->fd, &from, x->fd, &to, s.len, 0);
	if (n != (ssize_t)s.len)
		return wrong("copy_file_range");
	memcpy(x->copy + to - n, x->copy + s.off, s.len);
	if ((size_t)to > x->size)
		x->size = (size_t)to;
	return true;
}

static bool do_reopen(struct fsx *x, struct span s)
{
	struct stat st;

	(void)s;
	if (fsync(x->fd) < 0)
		return wrong("fsync");
	close_fd(&x->fd);
	x->fd = open(x->o->path, O_RDWR | O_CLOEXEC);
	if (x->fd < 0 || fstat(x->fd, &st) < 0)
		return wrong("open");
	if ((size_t)st.st_size == x->size)
		return true;
	printf("# size is %zu, should be %zu\n", (size_t)st.st_size, x->size);
	return false;
}

static const struct fsx_step steps[] = {
	/* how often */
	{ "read", 20, do_read },
	{ "write", 20, do_write },
	{ "append", 3, do_append },
	{ "map-read", 20, do_map_read },
	{ "map-write", 20, do_map_write },
	{ "truncate", 10, do_truncate },
	{ "punch", 8, do_punch },
	{ "allocate", 4, do_allocate },
	{ "copy", 6, do_copy },
	{ "reopen", 2, do_reopen },
};

/* ---- running --------------------------------------------------------------------- */

static const struct fsx_step *some_step(struct fsx *x)
{
	unsigned sum = 0;
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_SIZE(steps); k++)
		sum += steps[k].weight;
	for (sum = (unsigned)(random_next(&x->rnd) % sum);
	     sum >= steps[i].weight; i++)
		sum -= steps[i].weight;
	return &steps[i];
}

/* Anywhere, or near the edge of a mebibyte, which those of books are as well. */
static struct span some_span(struct fsx *x)
{
	size_t off = random_next(&x->rnd) % x->o->length;
	struct span s;

	if (random_next(&x->rnd) % 2) {
		off = (off >> 20 << 20) + random_next(&x->rnd) % 16384;
		off = off > 8192 ? off - 8192 : off;
	}
	s.off = off < x->o->length ? off : 0;
	s.len = 1 + random_next(&x->rnd) %
			    (random_next(&x->rnd) % 4 ? 8192 : SPAN_MAX);
	if (s.off + s.len > x->o->length)
		s.len = x->o->length - s.off;
	return s;
}

static bool one_step(struct fsx *x)
{
	const struct fsx_step *step = some_step(x);
	struct span s = some_span(x);

	(void)snprintf(x->last[x->step % LAST], sizeof(x->last[0]),
		       "%llu: %s %zu +%zu, size %zu",
		       (unsigned long long)x->step, step->name, s.off, s.len,
		       x->size);
	return step->run(x, s);
}

static void print_last(const struct fsx *x)
{
	uint64_t from = x->step >= LAST ? x->step - LAST + 1 : 0;

	for (uint64_t i = from; i <= x->step; i++)
		printf("# %s\n", x->last[i % LAST]);
}

static bool run(struct fsx *x)
{
	const struct options *o = x->o;
	time_t end = time(NULL) + (time_t)o->seconds;

	for (; x->step < o->steps; x->step++) {
		if (o->seconds && time(NULL) >= end)
			break;
		if (!one_step(x)) {
			print_last(x);
			printf("seed %llu: step %llu is wrong\n",
			       (unsigned long long)o->seed,
			       (unsigned long long)x->step);
			return false;
		}
	}
	printf("seed %llu: %llu steps, all right\n",
	       (unsigned long long)o->seed, (unsigned long long)x->step);
	return true;
}

static int start(const struct options *o)
{
	struct fsx x = {
		.o = o,
		.rnd = o->seed,
		.page = (size_t)sysconf(_SC_PAGESIZE),
		.copy = calloc(1, o->length + SPAN_MAX),
		.buf = malloc(SPAN_MAX),
		.fd = open(o->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			   0644),
	};
	bool good = x.copy && x.buf && x.fd >= 0;

	if (good)
		good = run(&x);
	else
		perror(o->path);
	close_fd(&x.fd);
	free(x.copy);
	free(x.buf);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 0 },
		{ "steps", required_argument, NULL, 0 },
		{ "seconds", required_argument, NULL, 0 },
		{ "length", required_argument, NULL, 0 },
		{ 0 },
	};
	struct options o = { .seed = 1, .steps = 1000, .length = 20 << 20 };
	uint64_t *const values[] = { &o.seed, &o.steps, &o.seconds, &o.length };
	int i;

	while (getopt_long(argc, argv, "", longs, &i) == 0)
		if (parse_size(optarg, values[i]) < 0)
			optind = argc;
	if (argc - optind != 1 || !o.length) {
		(void)fprintf(stderr, "usage: fsx [--seed N] [--steps N] "
				      "[--seconds N] [--length BYTES] FILE\n");
		return 2;
	}
	o.path = argv[optind];
	return start(&o);
}
