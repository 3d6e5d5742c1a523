/* SPDX-License-Identifier: MIT */

/* fsck_passes.h - Is what the database says possible, and what else it may say
 *
 * The same list of rules for fame-librarian fsck, which mends, and for the
 * command self_check, which looks while clients are served.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct db;

struct fsck_report {
	/* A finding, as a sentence; @done: it has been put right. */
	void (*found)(const char *pass, const char *text, bool done, void *arg);
	void *arg;
	size_t wrong;	/* findings that contradict the rules */
	size_t tidied;	/* what is possible but has no use */
	size_t blocked; /* of the wrong ones: nobody knows what is right */
};

struct fsck_options {
	bool close; /* no node runs: nothing is held */
	bool fam;   /* somebody zeroes: no need to wait for the nodes */
};

/**
 * fsck_look() - Find what is wrong, change nothing
 *
 * Return: 0, also if something was found; a negative errno if that could not
 *         be said
 */
int fsck_look(struct db *db, struct fsck_report *report);

/* The same by one rule of fsck_n_rules, in their order. */
int fsck_look_for(struct db *db, size_t rule, struct fsck_report *report);

/**
 * fsck_mend() - Put right what is wrong, and away what is of no use
 * @db:		In a transaction, foreign keys off; to be committed if it is
 *		meant, and rolled back if not
 */
int fsck_mend(struct db *db, const struct fsck_options *options,
	      struct fsck_report *report);
