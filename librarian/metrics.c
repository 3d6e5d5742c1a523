/* SPDX-License-Identifier: MIT */

/* metrics.c - What the Librarian has done since it started, counted */

#include "metrics.h"

#include <errno.h>
#include <event2/buffer.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "dispatch.h"
#include "librarian.h"

/* Upper limits, inclusive. */
static const uint32_t latency_limits[] = { 25,	  50,	  100,	  250,	 500,
					   1000,  2500,	  5000,	  10000, 25000,
					   50000, 100000, 1000000 };
static const uint32_t batch_limits[] = { 1,   2,   4,	8,    16,   32,	 64,
					 128, 256, 512, 1024, 2048, 4096 };
_Static_assert(ARRAY_SIZE(latency_limits) == METRICS_BUCKETS, "a limit each");
_Static_assert(ARRAY_SIZE(batch_limits) == METRICS_BUCKETS, "a limit each");

/* ---- counting ------------------------------------------------------------- */

uint64_t metrics_now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000U + (uint64_t)t.tv_nsec / 1000U;
}

static void observe(struct metrics_histogram *h, const uint32_t *limits,
		    uint64_t v)
{
	unsigned i = 0;

	while (i < METRICS_BUCKETS && v > limits[i])
		i++;
	h->buckets[i]++;
	h->sum += v;
}

void metrics_batch(struct metrics *m, size_t requests)
{
	m->batches++;
	observe(&m->batch, batch_limits, requests);
}

void metrics_commit(struct metrics *m, uint64_t us, bool done)
{
	if (!done) {
		m->failed_commits++;
		return;
	}
	m->commits++;
	observe(&m->commit, latency_limits, us);
}

void metrics_answer(struct metrics *m, size_t command, uint64_t us, bool failed)
{
	struct metrics_command *c = &m->commands[command];

	observe(&c->latency, latency_limits, us);
	if (failed)
		c->errors++;
}

/* ---- text ----------------------------------------------------------------- */

struct text {
	struct evbuffer *out;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t,
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (evbuffer_add_vprintf(t->out, fmt, ap) < 0)
		t->failed = true;
	va_end(ap);
}

static void head(struct text *t, const char *name, const char *type,
		 const char *help)
{
	add(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* @scale: what a unit of @h is in the unit of the name, as in 1e-6 s.
 * @labels: "" or name="value" pairs with a comma behind.
 */
static void add_histogram(struct text *t, const char *name, const char *labels,
			  const struct metrics_histogram *h,
			  const uint32_t *limits, double scale)
{
	int len = (int)strlen(labels);
	uint64_t n = 0;

	for (unsigned i = 0; i < METRICS_BUCKETS; i++) {
		n += h->buckets[i];
		add(t, "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, labels,
		    limits[i] * scale, n);
	}
	n += h->buckets[METRICS_BUCKETS];
	add(t, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, n);
	/* Without the comma, and without braces if there is nothing. */
	len = len ? len - 1 : 0;
	add(t, "%s_sum%s%.*s%s %.9g\n", name, len ? "{" : "", len, labels,
	    len ? "}" : "", (double)h->sum * scale);
	add(t, "%s_count%s%.*s%s %" PRIu64 "\n", name, len ? "{" : "", len,
	    labels, len ? "}" : "", n);
}

static uint64_t count_of(const struct metrics_histogram *h)
{
	uint64_t n = 0;

	for (unsigned i = 0; i <= METRICS_BUCKETS; i++)
		n += h->buckets[i];
	return n;
}

/* Names of commands are letters and '_': nothing to be escaped. */
static void add_commands(struct text *t, const struct metrics *m)
{
	static const char name[] = "fame_librarian_request_seconds";
	static const char errors[] = "fame_librarian_request_errors_total";

	head(t, name, "histogram",
	     "From the arrival of a request to its "
	     "answer, when it is durable.");
	for (size_t i = 0; i <= METRICS_COMMANDS_MAX; i++) {
		const struct metrics_command *c = &m->commands[i];
		char labels[64];

		if (!count_of(&c->latency))
			continue;
		(void)snprintf(labels, sizeof(labels), "command=\"%s\",",
			       dispatch_name(i));
		add_histogram(t, name, labels, &c->latency, latency_limits,
			      1e-6);
	}
	head(t, errors, "counter", "Requests that were refused or failed.");
	for (size_t i = 0; i <= METRICS_COMMANDS_MAX; i++)
		if (count_of(&m->commands[i].latency))
			add(t, "%s{command=\"%s\"} %" PRIu64 "\n", errors,
			    dispatch_name(i), m->commands[i].errors);
}

static void add_commits(struct text *t, const struct metrics *m)
{
	head(t, "fame_librarian_commits_total", "counter",
	     "Transactions made durable.");
	add(t, "fame_librarian_commits_total %" PRIu64 "\n", m->commits);
	head(t, "fame_librarian_commit_failures_total", "counter",
	     "Transactions that could not be made durable.");
	add(t, "fame_librarian_commit_failures_total %" PRIu64 "\n",
	    m->failed_commits);
	head(t, "fame_librarian_commit_seconds", "histogram",
	     "What a commit takes, without the requests in it.");
	add_histogram(t, "fame_librarian_commit_seconds", "", &m->commit,
		      latency_limits, 1e-6);
	head(t, "fame_librarian_batch_requests", "histogram",
	     "Requests that were run together.");
	add_histogram(t, "fame_librarian_batch_requests", "", &m->batch,
		      batch_limits, 1);
}

static void add_books(struct text *t, const struct pool *p)
{
	static const char *const states[] = {
		[BOOK_FREE] = "free",
		[BOOK_INUSE] = "inuse",
		[BOOK_ZOMBIE] = "zombie",
		[BOOK_OFFLINE] = "offline",
	};
	_Static_assert(ARRAY_SIZE(states) == BOOK_STATE_COUNT, "a name each");

	head(t, "fame_librarian_books", "gauge", "Books by state.");
	for (int i = 0; i < BOOK_STATE_COUNT; i++)
		add(t, "fame_librarian_books{state=\"%s\"} %" PRId64 "\n",
		    states[i], p->counts.n[i]);
	head(t, "fame_librarian_book_bytes", "gauge", "Size of a book.");
	add(t, "fame_librarian_book_bytes %" PRIu64 "\n", p->book_size);
}

static void add_clients(struct text *t, const struct librarian *lib)
{
	const struct session *s;
	unsigned known = 0, others = 0;

	for (s = TAILQ_FIRST(&lib->sessions); s; s = TAILQ_NEXT(s, link)) {
		if (s->admin)
			continue;
		if (s->hello)
			known++;
		else
			others++;
	}
	head(t, "fame_librarian_clients", "gauge",
	     "Connections, by whether they have said hello.");
	add(t, "fame_librarian_clients{hello=\"yes\"} %u\n", known);
	add(t, "fame_librarian_clients{hello=\"no\"} %u\n", others);
}

int metrics_text(const struct librarian *lib, struct evbuffer *out)
{
	struct text t = { .out = out };

	add_commands(&t, &lib->metrics);
	add_commits(&t, &lib->metrics);
	add_books(&t, &lib->pool);
	add_clients(&t, lib);
	return t.failed ? -ENOMEM : 0;
}
