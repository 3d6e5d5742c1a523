/* SPDX-License-Identifier: MIT */

/* bench_atomics.c - fam-bench: atomic operations, in a node and between nodes
 *
 * The figures of one node are of libfam_atomic's functions. Two nodes meet in a
 * file: in words that only grow, so that it can be used again.
 */

#include <errno.h>
#include <fam_atomic.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "demo.h"
#include "parse.h"

#define SIZE PAGE
#define OPERATIONS 20000
#define OPERATIONS_128 20

/* How long the others may take to come, and how long all work. */
#define PATIENCE_NS 20000000000ULL
#define CONTEND_NS 1000000000ULL
#define BALLS 2000

/* Words in lines of their own. */
enum {
	COUNTER = 0,
	SUM = 8,
	GATE = 16,
	BALL = 24
};

static int64_t *map_words(const char *path, struct mapping *ret_m,
			  struct err *e)
{
	int r = mapping_create(path, SIZE, ret_m, e);

	if (r == 0)
		r = fam_atomic_register_region(ret_m->addr, SIZE, ret_m->fd, 0);
	if (r < 0) {
		(void)err_set(e, r, "cannot use '%s': %s", path, strerror(-r));
		return NULL;
	}
	return ret_m->addr;
}

/* ---- in a node ------------------------------------------------------------------ */

static double add(void *arg)
{
	int64_t *word = arg;
	uint64_t t = now_ns();

	for (int i = 0; i < OPERATIONS; i++)
		(void)fam_atomic_64_fetch_add(word, 1);
	return (double)(now_ns() - t) / OPERATIONS;
}

static void *add_in_thread(void *word)
{
	(void)add(word);
	return NULL;
}

static double add_in_two(void *arg)
{
	uint64_t t = now_ns();
	pthread_t thread;
	int r = pthread_create(&thread, NULL, add_in_thread, arg);

	if (r)
		return -r;
	(void)add(arg);
	(void)pthread_join(thread, NULL);
	return (double)(now_ns() - t) / (2 * OPERATIONS);
}

static double compare_store_128(void *arg)
{
	uint64_t t = now_ns();

	for (int i = 0; i < OPERATIONS_128; i++) {
		const int64_t from[2] = { 0, 0 };
		int64_t was[2];

		fam_atomic_128_compare_store(arg, from, from, was);
	}
	return (double)(now_ns() - t) / OPERATIONS_128;
}

static int compare_words(struct bench *b, const char *what,
			 double (*run)(void *), int64_t *shelf, int64_t *own)
{
	const struct contestant c[] = { { run, shelf }, { run, own } };
	double median[2];
	int r = bench_compare(c, own ? 2 : 1, median);

	if (r == 0)
		bench_note(b, what, median[0], "ns",
			   own ? "anonymous memory" : NULL, median[1]);
	return r;
}

int bench_atomics(struct bench *b, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	int64_t *own = bench_anonymous(SIZE), *shelf;
	char path[PATH_MAX];
	int r;

	bench_path(b->argv[0], path);
	shelf = map_words(path, &m, e);
	(void)unlink(path);
	if (!shelf)
		return -EIO;
	if (!own || fam_atomic_register_region(own, SIZE, -1, 0) < 0)
		return err_set(e, -ENOMEM, "no memory");
	r = compare_words(b, "fetch_add, alone", add, shelf, own);
	if (r == 0)
		r = compare_words(b, "fetch_add, two threads", add_in_two,
				  shelf, own);
	if (r == 0 && fam_atomic_128_check(shelf + COUNTER) >= 0) {
		memset(shelf, 0, 16);
		r = compare_words(b,
				  fam_atomic_128_check(shelf) ?
					  "128-bit compare_store" :
					  "128-bit compare_store, by locking",
				  compare_store_128, shelf, NULL);
	}
	fam_atomic_unregister_region(own, SIZE);
	fam_atomic_unregister_region(shelf, SIZE);
	return r;
}

/* ---- between nodes ------------------------------------------------------------ */

/* Until the word is at least @want. */
static int wait_for(int64_t *word, int64_t want)
{
	const uint64_t end = now_ns() + PATIENCE_NS;

	for (unsigned i = 1; fam_atomic_64_read(word) < want; i++) {
		if (i % 1024)
			continue;
		if (now_ns() > end)
			return -ETIMEDOUT;
		(void)sched_yield();
	}
	return 0;
}

static int gate(int64_t *words, int64_t n)
{
	int64_t came = fam_atomic_64_fetch_add(words + GATE, 1);

	return wait_for(words + GATE, (came / n + 1) * n);
}

static int contend(struct bench *b, int64_t *words, int64_t nodes)
{
	int64_t n = 0, delta;
	uint64_t start, t;
	int r;

	delta = fam_atomic_64_read(words + COUNTER) -
		fam_atomic_64_read(words + SUM);
	r = gate(words, nodes);
	if (r < 0)
		return r;
	start = now_ns();
	do {
		for (int i = 0; i < 1000; i++)
			(void)fam_atomic_64_fetch_add(words + COUNTER, 1);
		n += 1000;
		t = now_ns() - start;
	} while (t < CONTEND_NS);
	(void)fam_atomic_64_fetch_add(words + SUM, n);
	r = gate(words, nodes);
	if (r < 0)
		return r;
	if (fam_atomic_64_read(words + COUNTER) -
		    fam_atomic_64_read(words + SUM) !=
	    delta)
		return -EILSEQ;
	bench_note(b, "fetch_add of this node, contended",
		   (double)t / (double)n, "ns", NULL, 0);
	return 0;
}

int bench_contend(struct bench *b, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	int64_t *words;
	uint32_t nodes;
	int r;

	if (parse_u32(b->argv[1], 1, 1000, &nodes) < 0)
		return err_set(e, -EINVAL, "'%s' is no number of nodes",
			       b->argv[1]);
	words = map_words(b->argv[0], &m, e);
	if (!words)
		return -EIO;
	r = contend(b, words, nodes);
	fam_atomic_unregister_region(words, SIZE);
	if (r == -EILSEQ)
		return err_set(e, r, "the sum in '%s' is wrong", b->argv[0]);
	if (r < 0)
		return err_set(e, r, "'%s': %u nodes have not come; remove it",
			       b->argv[0], nodes);
	return 0;
}

/* The ball is here when its number is even (side 0) or odd (side 1). */
static int play(int64_t *ball, int64_t side, int balls)
{
	int64_t at = fam_atomic_64_read(ball);

	at += (at & 1) != side;
	for (int i = 0; i < balls; i++, at += 2) {
		int r = wait_for(ball, at);

		if (r < 0)
			return r;
		fam_atomic_64_write(ball, at + 1);
	}
	return 0;
}

int bench_pingpong(struct bench *b, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	int64_t *words;
	uint32_t side;
	uint64_t t;
	int r;

	if (parse_u32(b->argv[1], 0, 1, &side) < 0)
		return err_set(e, -EINVAL, "side '%s' is neither 0 nor 1",
			       b->argv[1]);
	words = map_words(b->argv[0], &m, e);
	if (!words)
		return -EIO;
	/* The first balls until both play are for practice. */
	r = play(words + BALL, side, 10);
	t = now_ns();
	if (r == 0)
		r = play(words + BALL, side, BALLS);
	t = now_ns() - t;
	fam_atomic_unregister_region(words, SIZE);
	if (r < 0)
		return err_set(e, r, "'%s': nobody plays on side %u; remove it",
			       b->argv[0], 1 - side);
	bench_note(b, "ping-pong, one way", (double)t / (2 * BALLS), "ns", NULL,
		   0);
	return 0;
}
