/* SPDX-License-Identifier: MIT */

/* fsck_rules.h - What holds of every database, as queries */
#pragma once

#include <stddef.h>

enum {
	FSCK_TIDY = 1 << 0,   /* it is no contradiction */
	FSCK_CLOSE = 1 << 1,  /* only if no node runs */
	FSCK_FAM = 1 << 2,    /* only if somebody zeroes */
	FSCK_REPEAT = 1 << 3, /* the script puts one of them right */
	FSCK_REST = 1 << 4,   /* says again what other rules have said */
};

struct fsck_rule {
	const char *pass;
	unsigned flags;
	const char *find;
	const char *mend; /* NULL: nobody knows what is right */
};

/* In the order in which one leans on the other. */
extern const struct fsck_rule fsck_rules[];
extern const size_t fsck_n_rules;
