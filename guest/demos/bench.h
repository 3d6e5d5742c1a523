/* SPDX-License-Identifier: MIT */

/* bench.h - What the measurements of fam-bench have in common
 *
 * Figures of one process are comparable, those of two may not be. So each is
 * measured beside its peer in the same process, in turns, and what counts is
 * the ratio of the medians.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define BENCH_FIGURES_MAX 64
#define BENCH_PEERS_MAX 4
#define BENCH_ROUNDS 15

#define MIB (1UL << 20)
#define PAGE 4096UL

struct figure {
	char what[64];
	double value;
	const char *unit;
	char against[64]; /* "" = nothing */
	double peer;
};

/**
 * struct bench - A run of fam-bench
 * @argv:	Arguments of the measurement
 * @peers:	Directories in other file systems, to compare with
 * @path:	A file in argv[0], or in a peer, while it is measured
 */
struct bench {
	char **argv;
	const char *peers[BENCH_PEERS_MAX];
	size_t n_peers;
	struct figure figures[BENCH_FIGURES_MAX];
	size_t n_figures;
};

/* One of those that take turns: what it measured, or a negative errno. */
struct contestant {
	double (*run)(void *arg);
	void *arg;
};

/**
 * bench_compare() - Measure several in turns
 * @c: @n:	They; at most 2 + BENCH_PEERS_MAX
 * @ret_median:	One for each
 *
 * Return: 0 or a negative errno of one of them
 */
int bench_compare(const struct contestant *c, size_t n, double *ret_median);

/* Note a figure; @against may be NULL. */
void bench_note(struct bench *b, const char *what, double value,
		const char *unit, const char *against, double peer);

/* A name in @dir for a file of this process, which no other node has. */
void bench_path(const char *dir, char buf[static PATH_MAX]);

/* Memory without a file, at a multiple of 2 MiB, not yet touched; or NULL. */
void *bench_anonymous(size_t size);

/* Measurements: 0, or a negative errno with a sentence in @e. */
int bench_memcpy(struct bench *b, struct err *e);
int bench_faults(struct bench *b, struct err *e);
int bench_atomics(struct bench *b, struct err *e);
int bench_io(struct bench *b, struct err *e);
int bench_meta(struct bench *b, struct err *e);
int bench_pingpong(struct bench *b, struct err *e);
int bench_contend(struct bench *b, struct err *e);
