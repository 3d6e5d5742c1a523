/* SPDX-License-Identifier: MIT */

/* differ.c - Do two file systems behave alike?
 *
 *	differ [--seed N] [--sequences N] [--steps N] [--book BYTES]
 *	       [--seconds N] [--verbose 1] REFERENCE DIR
 *
 * From each seed comes a random sequence of system calls (sequence.h), which
 * is done step by step in a new directory of both. What every step answers has
 * to be the same, and so has the whole tree now and then. On a difference the
 * sequence is shrunk to what still shows one, and printed as a script for
 * posix.c. With --seconds, no new sequence is begun after that time.
 * --verbose 1 prints every step.
 */

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"
#include "cleanup.h"
#include "fsop.h"
#include "parse.h"
#include "sequence.h"

#define SIDES 2
#define SECONDS 120 /* a sequence that takes longer hangs */

struct options {
	const char *dir[SIDES];
	uint64_t seed, sequences, steps, seconds, book, verbose;
};

/* How far a run came; shared with the process that does it. */
struct progress {
	size_t step;
	bool differs;
	char out[SIDES][FSOP_OUT];
};

/* One file system: our process in it, and the second one. */
struct side {
	char dir[4096];
	struct fsop f;
	struct actor a;
};

/* ---- one run ----------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path) < 0 ? -errno : 0;
}

static void remove_tree(const char *dir)
{
	(void)nftw(dir, remove_one, 64, FTW_DEPTH | FTW_PHYS);
}

static void side_do(struct side *s, const char *line, char *out)
{
	if (strncmp(line, "@a ", 3) != 0)
		(void)fsop_run(&s->f, line, out);
	else if (actor_start(&s->a, &s->f, line + 3) < 0 ||
		 actor_wait(&s->a, out) == -ESRCH)
		(void)strcpy(out, "the second process has ended");
}

/* In a process of its own, as sequences change users and may crash. */
static _Noreturn void play(const struct options *o, struct side *sides,
			   const struct sequence *s, struct progress *p)
{
	(void)alarm(SECONDS);
	(void)umask(022);
	for (int i = 0; i < SIDES; i++)
		if (fsop_init(&sides[i].f, sides[i].dir, o->book) < 0)
			_exit(1);
	for (p->step = 0; p->step < s->count; p->step++) {
		for (int i = 0; i < SIDES; i++)
			side_do(&sides[i], s->line[p->step], p->out[i]);
		if (o->verbose)
			printf("%s -> %s\n", s->line[p->step], p->out[0]);
		p->differs = strcmp(p->out[0], p->out[1]) != 0;
		if (p->differs)
			break;
	}
	for (int i = 0; i < SIDES; i++)
		actor_kill(&sides[i].a);
	(void)fflush(stdout);
	_exit(0);
}

/* Return: does it differ? @p tells where. */
static bool run(const struct options *o, const struct sequence *s,
		struct progress *p)
{
	CLEANUP_FREE struct side *sides = calloc(SIDES, sizeof(*sides));
	int status = 0;
	pid_t pid;

	if (!sides)
		abort();
	memset(p, 0, sizeof(*p));
	for (int i = 0; i < SIDES; i++) {
		(void)snprintf(sides[i].dir, sizeof(sides[i].dir),
			       "%s/differ.%d", o->dir[i], (int)getpid());
		if (mkdir(sides[i].dir, 0777) < 0) {
			perror(sides[i].dir);
			exit(2);
		}
		(void)chmod(sides[i].dir, 0777);
	}
	(void)fflush(stdout);
	pid = fork();
	if (!pid)
		play(o, sides, s, p);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		abort();
	if (WIFSIGNALED(status)) {
		p->differs = true;
		(void)sprintf(p->out[1], "SIG%s",
			      sigabbrev_np(WTERMSIG(status)));
	}
	for (int i = 0; i < SIDES; i++)
		remove_tree(sides[i].dir);
	return p->differs;
}

/* ---- a difference -------------------------------------------------------------- */

struct again {
	const struct options *o;
	struct progress *p;
};

static bool run_again(void *arg, const struct sequence *s, size_t *ret_step)
{
	const struct again *a = arg;
	bool differs = run(a->o, s, a->p);

	*ret_step = a->p->step;
	return differs;
}

static void report(const struct options *o, uint64_t seed, struct sequence *s,
		   struct progress *p)
{
	struct again again = { .o = o, .p = p };
	size_t step = p->step;

	printf("# seed %llu differs at step %zu of %zu: %s\n",
	       (unsigned long long)seed, step, s->count,
	       step < s->count ? s->line[step] : "its end");
	s->count = step < s->count ? step + 1 : s->count;
	sequence_shrink(s, run_again, &again);
	(void)run(o, s, p);
	printf("# shrunk to %zu steps:\n", s->count);
	for (size_t i = 0; i < s->count; i++)
		printf("#\t%s\n", s->line[i]);
	for (int i = 0; i < SIDES; i++) {
		char *line = strtok(p->out[i], "\n");

		printf("# %s:\n", o->dir[i]);
		for (; line; line = strtok(NULL, "\n"))
			printf("#   %s\n", line);
	}
	(void)fflush(stdout);
}

/* ---- all sequences --------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec;
}

static int run_all(const struct options *o)
{
	struct progress *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t end = o->seconds ? now() + o->seconds : UINT64_MAX, done = 0;
	int failed = 0;

	if (p == MAP_FAILED)
		return 2;
	for (; done < o->sequences && now() < end; done++) {
		struct sequence s;

		if (sequence_make(o->seed + done, o->steps, 1, &s) < 0)
			return 2;
		if (run(o, &s, p)) {
			failed++;
			report(o, o->seed + done, &s, p);
		}
		sequence_free(&s);
	}
	printf("%llu sequences of %llu steps from seed %llu: %d differ\n",
	       (unsigned long long)done, (unsigned long long)o->steps,
	       (unsigned long long)o->seed, failed);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 0 },
		{ "sequences", required_argument, NULL, 0 },
		{ "steps", required_argument, NULL, 0 },
		{ "seconds", required_argument, NULL, 0 },
		{ "book", required_argument, NULL, 0 },
		{ "verbose", required_argument, NULL, 0 },
		{ 0 },
	};
	struct options o = {
		.seed = 1, .sequences = 10, .steps = 120, .book = 8 << 20
	};
	uint64_t *const values[] = { &o.seed,	 &o.sequences, &o.steps,
				     &o.seconds, &o.book,      &o.verbose };
	int i;

	while (getopt_long(argc, argv, "", longs, &i) == 0)
		if (parse_size(optarg, values[i]) < 0)
			optind = argc;
	if (argc - optind != SIDES) {
		(void)fprintf(stderr,
			      "usage: differ [--seed N] [--sequences N]"
			      " [--steps N] [--book BYTES] [--seconds N]"
			      " REFERENCE DIR\n");
		return 2;
	}
	o.dir[0] = argv[optind];
	o.dir[1] = argv[optind + 1];
	(void)signal(SIGPIPE, SIG_IGN);
	return run_all(&o);
}
