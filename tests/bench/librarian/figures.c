/* SPDX-License-Identifier: MIT */

/* figures.c - What is measured, beside its peer */

#include "figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"

void die(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_err("%s", text);
	exit(EXIT_FAILURE);
}

int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), ascending);
	return v[n / 2];
}

void pair_add(struct pair *p, double own, double peer)
{
	p->own[p->n] = own;
	p->peer[p->n] = peer;
	p->ratio[p->n++] = own / peer;
}

void pair_print(struct pair *p, const char *what, const char *unit,
		const char *against)
{
	printf("{\"what\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", "
	       "\"against\": \"%s\", \"peer\": %.3f, \"ratio\": %.3f}\n",
	       what, median(p->own, p->n), unit, against, median(p->peer, p->n),
	       median(p->ratio, p->n));
	(void)fflush(stdout);
}
