/* SPDX-License-Identifier: MIT */

/* figures.h - What is measured, beside its peer */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ROUNDS_MAX 31U
#define ROUND_NS 100000000LL

/* A figure and its peer, round by round. */
struct pair {
	double own[ROUNDS_MAX], peer[ROUNDS_MAX], ratio[ROUNDS_MAX];
	size_t n;
};

void pair_add(struct pair *p, double own, double peer);

/* One line of JSON with medians over the rounds, of the ratio as well. */
void pair_print(struct pair *p, const char *what, const char *unit,
		const char *against);

int64_t now_ns(void);

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...);
