/* SPDX-License-Identifier: MIT */

/* metrics.h - What the Librarian has done since it started, counted
 *
 * Kept in memory, given out by GET /lmp/metrics.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct librarian;

#define METRICS_COMMANDS_MAX 64U
#define METRICS_BUCKETS 13U

struct metrics_histogram {
	uint64_t buckets[METRICS_BUCKETS + 1]; /* the last: all above */
	uint64_t sum;
};

struct metrics_command {
	struct metrics_histogram latency; /* us, from arrival to answer */
	uint64_t errors;
};

struct metrics {
	uint64_t batches;
	uint64_t commits;
	uint64_t failed_commits;
	struct metrics_histogram commit; /* us */
	struct metrics_histogram batch;	 /* requests */
	/* By dispatch_number(); the last one: no command that we know. */
	struct metrics_command commands[METRICS_COMMANDS_MAX + 1];
};

/* CLOCK_MONOTONIC. */
uint64_t metrics_now_us(void);

void metrics_batch(struct metrics *m, size_t requests);
void metrics_commit(struct metrics *m, uint64_t us, bool done);
void metrics_answer(struct metrics *m, size_t command, uint64_t us,
		    bool failed);

/**
 * metrics_text() - Append all in Prometheus' text format, version 0.0.4
 *
 * Return: 0 or -ENOMEM
 */
int metrics_text(const struct librarian *lib, struct evbuffer *out);
