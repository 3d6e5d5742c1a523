/* SPDX-License-Identifier: MIT */

/* bench_files.c - fam-bench: system calls on a shelf, and on files elsewhere */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "cleanup.h"
#include "demo.h"

#define IO_SIZE (1 * MIB)
#define FILE_SIZE (16 * MIB)

/* Enough of them to be longer than the clock's steps. */
#define CALLS 20

/* A directory, and a file in it. */
struct place {
	const char *dir;
	char path[PATH_MAX];
	int fd;
	char *buf;
};

/* ---- read and write ----------------------------------------------------------------- */

typedef ssize_t transfer_fn(struct place *p, size_t at);

static ssize_t do_write(struct place *p, size_t at)
{
	return pwrite(p->fd, p->buf, IO_SIZE, (off_t)at);
}

static ssize_t do_read(struct place *p, size_t at)
{
	return pread(p->fd, p->buf, IO_SIZE, (off_t)at);
}

static double transfer(struct place *p, transfer_fn *fn)
{
	uint64_t t = now_ns();

	for (size_t at = 0; at < FILE_SIZE; at += IO_SIZE) {
		ssize_t n = fn(p, at);

		if (n != (ssize_t)IO_SIZE)
			return n < 0 ? -errno : -EIO;
	}
	return FILE_SIZE * 1e3 / (double)(now_ns() - t);
}

static double write_all(void *arg)
{
	return transfer(arg, do_write);
}

static double read_all(void *arg)
{
	return transfer(arg, do_read);
}

/* ---- names -------------------------------------------------------------------------- */

static double per_second(uint64_t start)
{
	return CALLS * 1e9 / (double)(now_ns() - start);
}

static double create_unlink(void *arg)
{
	const struct place *p = arg;
	char path[PATH_MAX + 4];
	uint64_t t = now_ns();

	(void)snprintf(path, sizeof(path), "%s-x", p->path);
	for (int i = 0; i < CALLS; i++) {
		int fd =
			open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0 || close(fd) < 0 || unlink(path) < 0)
			return -errno;
	}
	return per_second(t);
}

static double open_close(void *arg)
{
	const struct place *p = arg;
	uint64_t t = now_ns();

	for (int i = 0; i < CALLS; i++) {
		int fd = open(p->path, O_RDWR | O_CLOEXEC);

		if (fd < 0 || close(fd) < 0)
			return -errno;
	}
	return per_second(t);
}

static double stat_name(void *arg)
{
	const struct place *p = arg;
	uint64_t t = now_ns();
	struct stat st;

	for (int i = 0; i < CALLS; i++)
		if (stat(p->path, &st) < 0)
			return -errno;
	return per_second(t);
}

/* ---- places beside each other ------------------------------------------------------- */

struct test {
	const char *what;
	double (*run)(void *place);
	const char *unit;
};

static int open_place(struct place *p, const char *dir, char *buf,
		      struct err *e)
{
	p->dir = dir;
	p->buf = buf;
	bench_path(dir, p->path);
	p->fd = open(p->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p->fd < 0 || ftruncate(p->fd, FILE_SIZE) < 0)
		return err_set(e, -errno, "'%s': %s", p->path, strerror(errno));
	/* Whatever is done at the first time only is done now. */
	if (write_all(p) < 0)
		return err_set(e, -errno, "write '%s': %s", p->path,
			       strerror(errno));
	return 0;
}

static int run_test(struct bench *b, struct place *places, const struct test *t,
		    struct err *e)
{
	struct contestant c[1 + BENCH_PEERS_MAX];
	double median[1 + BENCH_PEERS_MAX];
	size_t n = 1 + b->n_peers;
	int r;

	for (size_t i = 0; i < n; i++)
		c[i] = (struct contestant){ t->run, &places[i] };
	r = bench_compare(c, n, median);
	if (r < 0)
		return err_set(e, r, "%s: %s", t->what, strerror(-r));
	for (size_t i = 1; i < n; i++)
		bench_note(b, t->what, median[0], t->unit, places[i].dir,
			   median[i]);
	if (n == 1)
		bench_note(b, t->what, median[0], t->unit, NULL, 0);
	return 0;
}

static void close_places(struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (places[i].fd < 0)
			continue;
		close_fd(&places[i].fd);
		(void)unlink(places[i].path);
	}
}

static int run_tests(struct bench *b, const struct test *tests, size_t n_tests,
		     struct err *e)
{
	CLEANUP_FREE struct place *places = NULL;
	CLEANUP_FREE char *buf = calloc(1, IO_SIZE);
	size_t n = 1 + b->n_peers;
	int r = 0;

	places = calloc(n, sizeof(*places));
	if (!places || !buf)
		return err_set(e, -ENOMEM, "no memory");
	for (size_t i = 0; i < n; i++)
		places[i].fd = -1;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = open_place(&places[i], i ? b->peers[i - 1] : b->argv[0],
			       buf, e);
	for (size_t i = 0; r == 0 && i < n_tests; i++)
		r = run_test(b, places, &tests[i], e);
	close_places(places, n);
	return r;
}

int bench_io(struct bench *b, struct err *e)
{
	static const struct test tests[] = {
		{ "write of 1 MiB", write_all, "MB/s" },
		{ "read of 1 MiB", read_all, "MB/s" },
	};

	return run_tests(b, tests, ARRAY_SIZE(tests), e);
}

int bench_meta(struct bench *b, struct err *e)
{
	static const struct test tests[] = {
		{ "create, close, unlink", create_unlink, "/s" },
		{ "open, close", open_close, "/s" },
		{ "stat", stat_name, "/s" },
	};

	return run_tests(b, tests, ARRAY_SIZE(tests), e);
}
