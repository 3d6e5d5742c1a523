/* SPDX-License-Identifier: MIT */

/* coherence.c - Do several nodes behave like processes of one system?
 *
 *	coherence [--nodes N] [--seed N] [--seconds N] [--sequences N]
 *	          [--steps N] REFERENCE NODE
 *
 * REFERENCE and NODE are commands that run "posix --serve" in a directory: the
 * one in a file system of one system, the other in the shared one of node %d.
 * Each is started once for every node. From each seed comes a random sequence
 * of system calls (sequence.h) whose lines are spread over the nodes. A line is
 * begun when the one before it, on whichever node, has been answered; the same
 * is done by the processes of the reference. Answers have to be equal: names,
 * attributes, bytes by read(2) and through mappings, SIGBUS, locks. So whatever
 * a node was told to be done, the next system call on any node has to see.
 *
 * On a difference the sequence is shrunk and printed.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"
#include "parse.h"
#include "peer.h"
#include "sequence.h"

#define SIDES 2 /* reference, nodes */
#define NODES_MAX 8
#define SECONDS 60 /* a step that takes longer hangs */

struct options {
	char *command[SIDES];
	uint64_t nodes, seed, seconds, sequences, steps;
};

struct coherence {
	const struct options *o;
	struct peer peers[SIDES][NODES_MAX];
	char out[SIDES][FSOP_OUT];
	char differ[SIDES][FSOP_OUT]; /* the answers that did */
	unsigned runs;
};

/* ---- peers ------------------------------------------------------------------- */

/* @command with %d replaced, by way of a shell. */
static int start_one(struct peer *p, const char *command, unsigned node)
{
	const char *sign = strstr(command, "%d");
	char text[1024], sh[] = "sh", c[] = "-c";
	char *const argv[] = { sh, c, text, NULL };

	if (sign)
		(void)snprintf(text, sizeof(text), "exec %.*s%u%s",
			       (int)(sign - command), command, node, sign + 2);
	else
		(void)snprintf(text, sizeof(text), "exec %s", command);
	return peer_start(p, argv);
}

/* Return: 0, or a negative errno with a sentence on standard error */
static int ask(struct coherence *c, unsigned side, unsigned node,
	       const char *line)
{
	int r = peer_ask(&c->peers[side][node], line, c->out[side], SECONDS);

	if (r < 0)
		(void)fprintf(stderr, "coherence: %s %u: '%s': %s\n",
			      side ? "node" : "reference", node + 1, line,
			      r == -ETIMEDOUT ? "hangs" : "has ended");
	return r;
}

static int ask_all(struct coherence *c, const char *line)
{
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned n = 0; n < c->o->nodes; n++)
			if (ask(c, side, n, line) < 0)
				return -EPIPE;
	return 0;
}

/* By one of each side. */
static int ask_first(struct coherence *c, const char *line)
{
	int r = ask(c, 0, 0, line);

	return r ? r : ask(c, 1, 0, line);
}

/* ---- one run ------------------------------------------------------------------- */

static int begin(struct coherence *c, const char *dir)
{
	char line[64];
	int r;

	(void)snprintf(line, sizeof(line), "mkdir %s 0777", dir);
	r = ask_first(c, line);
	(void)snprintf(line, sizeof(line), "chmod %s 0777", dir);
	if (!r)
		r = ask_first(c, line);
	(void)snprintf(line, sizeof(line), "chdir %s", dir);
	return r ? r : ask_all(c, line);
}

static int end(struct coherence *c, const char *dir)
{
	char line[64];
	int r = ask_all(c, "reset");

	(void)snprintf(line, sizeof(line), "rmtree %s", dir);
	return r ? r : ask_first(c, line);
}

/* Return: does it differ, and at which step? A peer that does not answer is the
 * end of everything.
 */
static bool run(void *arg, const struct sequence *s, size_t *ret_step)
{
	struct coherence *c = arg;
	bool differs = false;
	char dir[32];
	size_t i;

	(void)snprintf(dir, sizeof(dir), "run%u", c->runs++);
	if (begin(c, dir) < 0)
		exit(1);
	for (i = 0; i < s->count && !differs; i++) {
		unsigned node = (unsigned)(s->line[i][1] - 'a');

		for (unsigned side = 0; side < SIDES; side++)
			if (ask(c, side, node, s->line[i] + 3) < 0)
				exit(1);
		differs = strcmp(c->out[0], c->out[1]) != 0;
	}
	memcpy(c->differ, c->out, sizeof(c->differ));
	*ret_step = differs ? i - 1 : i;
	if (end(c, dir) < 0)
		exit(1);
	return differs;
}

static void report(struct coherence *c, uint64_t seed, struct sequence *s,
		   size_t step)
{
	printf("# seed %llu differs at step %zu\n", (unsigned long long)seed,
	       step);
	s->count = step + 1;
	sequence_shrink(s, run, c);
	printf("# shrunk to %zu steps:\n", s->count);
	for (size_t i = 0; i < s->count; i++)
		printf("#\t%s\n", s->line[i]);
	if (run(c, s, &step))
		printf("# reference: %.500s\n# nodes: %.500s\n", c->differ[0],
		       c->differ[1]);
	(void)fflush(stdout);
}

/* ---- all runs -------------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec;
}

static int run_all(struct coherence *c)
{
	const struct options *o = c->o;
	uint64_t end_at = now() + o->seconds, done = 0;
	int failed = 0;
	size_t step;

	for (; done < o->sequences && now() < end_at; done++) {
		struct sequence s;

		if (sequence_make(o->seed + done, o->steps, (unsigned)o->nodes,
				  &s) < 0)
			return 2;
		if (run(c, &s, &step)) {
			failed++;
			report(c, o->seed + done, &s, step);
		}
		sequence_free(&s);
	}
	printf("%llu sequences of %llu steps on %llu nodes from seed %llu: "
	       "%d differ\n",
	       (unsigned long long)done, (unsigned long long)o->steps,
	       (unsigned long long)o->nodes, (unsigned long long)o->seed,
	       failed);
	return failed ? 1 : 0;
}

static int start_and_run(const struct options *o)
{
	CLEANUP_FREE struct coherence *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		return 2;
	c->o = o;
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned n = 0; n < o->nodes; n++)
			if (start_one(&c->peers[side][n], o->command[side],
				      n + 1) < 0)
				r = 2;
	if (!r)
		r = ask_all(c, "umask 022") < 0 ? 1 : run_all(c);
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned n = 0; n < o->nodes; n++)
			peer_stop(&c->peers[side][n]);
	return r;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "nodes", required_argument, NULL, 0 },
		{ "seed", required_argument, NULL, 0 },
		{ "seconds", required_argument, NULL, 0 },
		{ "sequences", required_argument, NULL, 0 },
		{ "steps", required_argument, NULL, 0 },
		{ 0 },
	};
	struct options o = { .nodes = 4,
			     .seed = 1,
			     .seconds = 1 << 30,
			     .sequences = 1 << 30,
			     .steps = 120 };
	uint64_t *const values[] = { &o.nodes, &o.seed, &o.seconds,
				     &o.sequences, &o.steps };
	int i;

	while (getopt_long(argc, argv, "", longs, &i) == 0)
		if (parse_size(optarg, values[i]) < 0)
			optind = argc;
	if (argc - optind != SIDES || o.nodes < 2 || o.nodes > NODES_MAX) {
		(void)fprintf(stderr,
			      "usage: coherence [--nodes 2..%d] [--seed N] "
			      "[--seconds N] [--sequences N] [--steps N] "
			      "REFERENCE NODE\n",
			      NODES_MAX);
		return 2;
	}
	o.command[0] = argv[optind];
	o.command[1] = argv[optind + 1];
	(void)signal(SIGPIPE, SIG_IGN);
	return start_and_run(&o);
}
