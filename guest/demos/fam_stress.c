/* SPDX-License-Identifier: MIT */

/* fam_stress.c - Uses shared files in all ways at once, and checks all it reads
 *
 * How it knows what is right: stress.h.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "demo.h"
#include "err.h"
#include "fault.h"
#include "log.h"
#include "parse.h"
#include "stress.h"

#define SECONDS_DEFAULT 10
#define STEPS_MAX 16
#define CELL_MIN 4096U
#define CELLS_A_BOOK 4

struct options {
	uint32_t seconds;
	uint64_t seed;
	const char *dir;
};

static void usage(FILE *f)
{
	fputs("usage: fam-stress [--seconds N] [--seed N] DIR\n\n"
	      "Creates, maps, grows, cuts, renames and removes files in DIR, "
	      "which it makes if\nit is not there, and checks every word it "
	      "reads. To be run in several nodes at\nonce, with the same DIR. "
	      "Exit status 0: all was right.\n\n"
	      "  --seconds N  how long (10)\n"
	      "  --seed N     for the same steps again; what other nodes do "
	      "between them differs\n",
	      f);
}

/* ---- options ------------------------------------------------------------------ */

enum {
	OPT_SECONDS = 256,
	OPT_SEED,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

/* The exit status, or -1 to go on. */
static int take_option(struct options *o, int c)
{
	switch (c) {
	case OPT_SECONDS:
		if (parse_u32(optarg, 1, 1000000, &o->seconds) == 0)
			return -1;
		log_err("'%s' is no number of seconds", optarg);
		return 2;
	case OPT_SEED:
		if (parse_u64(optarg, 0, UINT64_MAX, &o->seed) == 0)
			return -1;
		log_err("seed '%s' is no number", optarg);
		return 2;
	case OPT_HELP:
		usage(stdout);
		return 0;
	case OPT_VERSION:
		puts("fam-stress " FAME_VERSION);
		return 0;
	default:
		usage(stderr);
		return 2;
	}
}

static int parse_options(int argc, char *argv[], struct options *o)
{
	int c, r = -1;

	o->seconds = SECONDS_DEFAULT;
	if (getrandom(&o->seed, sizeof(o->seed), 0) < 0)
		o->seed = now_ns();
	o->seed %= 1000000000;
	while (r < 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = take_option(o, c);
	if (r < 0 && argc - optind != 1) {
		usage(stderr);
		r = 2;
	}
	o->dir = argv[optind];
	return r;
}

/* ---- running ------------------------------------------------------------------ */

struct program {
	struct stress s;
	const struct stress_step *steps[STEPS_MAX];
	unsigned long done[STEPS_MAX];
	uint64_t slowest_ns;
	const char *slowest;
	size_t n_steps;
	unsigned weights;
};

static void add_steps(struct program *p, const struct stress_step *steps)
{
	for (; steps->name && p->n_steps < STEPS_MAX; steps++) {
		p->steps[p->n_steps++] = steps;
		p->weights += steps->weight;
	}
}

static int set_up(struct program *p, const struct options *o, struct err *e)
{
	struct stress *s = &p->s;
	char host[64] = "node";
	struct statvfs v;

	if (mkdir(o->dir, 0777) < 0 && errno != EEXIST)
		return err_set(e, -errno, "cannot make '%s': %s", o->dir,
			       strerror(errno));
	if (statvfs(o->dir, &v) < 0)
		return err_set(e, -errno, "'%s': %s", o->dir, strerror(errno));
	(void)gethostname(host, sizeof(host) - 1);
	s->dir = o->dir;
	s->cell = v.f_frsize / CELLS_A_BOOK;
	if (s->cell < CELL_MIN)
		s->cell = CELL_MIN;
	(void)snprintf(s->name, sizeof(s->name), "%.50s-%d", host,
		       (int)getpid());
	s->random = o->seed;
	for (const char *c = host; *c; c++)
		s->random = s->random * 31 + (unsigned char)*c;
	for (int i = 0; i < STRESS_OWN; i++)
		s->own[i].f.fd = -1;
	for (int i = 0; i < STRESS_HELD; i++)
		s->held[i].fd = -1;
	add_steps(p, stress_own_steps);
	add_steps(p, stress_shared_steps);
	return fault_catch();
}

static bool step(struct program *p)
{
	unsigned at = stress_random(&p->s, p->weights);
	uint64_t t = now_ns();
	size_t i = 0;
	bool good;

	for (; at >= p->steps[i]->weight; i++)
		at -= p->steps[i]->weight;
	p->done[i]++;
	good = p->steps[i]->run(&p->s);
	t = now_ns() - t;
	if (t > p->slowest_ns) {
		p->slowest_ns = t;
		p->slowest = p->steps[i]->name;
	}
	return good;
}

static bool run(struct program *p, const struct options *o)
{
	const uint64_t end = now_ns() + o->seconds * 1000000000ULL;

	while (now_ns() < end)
		if (!step(p))
			return false;
	return stress_own_end(&p->s) && stress_shared_end(&p->s);
}

static void print_summary(const struct program *p, const struct options *o)
{
	unsigned long steps = 0;

	for (size_t i = 0; i < p->n_steps; i++)
		steps += p->done[i];
	printf("%s: seed %llu: %lu steps, all right:", p->s.name,
	       (unsigned long long)o->seed, steps);
	for (size_t i = 0; i < p->n_steps; i++)
		printf("%s %s %lu", i ? "," : "", p->steps[i]->name,
		       p->done[i]);
	printf("; slowest: %s, %llu ms\n", p->slowest,
	       (unsigned long long)p->slowest_ns / 1000000);
}

int main(int argc, char *argv[])
{
	static struct program p;
	struct options o = { 0 };
	struct err e = { 0 };
	int r;

	log_open("fam-stress", LOG_LEVEL_INFO, false);
	r = parse_options(argc, argv, &o);
	if (r >= 0)
		return r;
	r = set_up(&p, &o, &e);
	if (r < 0) {
		log_err("%s", *e.msg ? e.msg : strerror(-r));
		return 1;
	}
	if (!run(&p, &o)) {
		log_err("seed %llu: %s", (unsigned long long)o.seed, p.s.why);
		return 1;
	}
	print_summary(&p, &o);
	return 0;
}
