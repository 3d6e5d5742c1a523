/* SPDX-License-Identifier: MIT */

/* stress.h - What the parts of fam-stress have in common
 *
 * Theory of operation. Every node runs the same program with the same seed in
 * the same directory; each makes another sequence of it. There is no agreement
 * between them, so what a node may expect follows from who changes a file:
 *
 * Own files are changed by one process alone, which knows them exactly: their
 * size, and what is in each cell, a quarter of a book. A cell is zero or has
 * its signature, a number made of the file's inode and the cell's place, in
 * several words. Behind the end there is SIGBUS, and what was cut off and comes
 * back is zero.
 *
 * Shared files, with names that all know, are changed by everybody, and
 * everybody looks into all files of the others. In these a word is zero or the
 * signature of this file and this place: anything else is a byte of another
 * file, or of this one before it was cut. SIGBUS is right behind the end, which
 * is looked up after it, since others move it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files of this program in a directory that may have others */
#define STRESS_PREFIX "stress-"

enum {
	STRESS_CELLS = 12, /* the most in a file */
	STRESS_OWN = 4,
	STRESS_SHARED = 6,
	STRESS_HELD = 3
};

/* A file and a mapping of the most that it can be. */
struct stress_file {
	int fd; /* -1 = there is none */
	char *map;
	uint64_t ino;
};

struct stress_own {
	struct stress_file f;
	char path[PATH_MAX];
	unsigned cells;
	bool stamped[STRESS_CELLS];
};

struct stress {
	const char *dir;
	char name[80]; /* of this process, unlike all others */
	uint64_t random;
	size_t cell;	/* bytes */
	unsigned names; /* so far */
	struct stress_own own[STRESS_OWN];
	struct stress_file held[STRESS_HELD];
	char why[512];
};

/* Each returns false if something is wrong, which @s->why tells. */
struct stress_step {
	const char *name;
	unsigned weight; /* how often, compared with others */
	bool (*run)(struct stress *s);
};

/* Each ends with a name of NULL. */
extern const struct stress_step stress_own_steps[];
extern const struct stress_step stress_shared_steps[];

/* At the end: check, and leave nothing. */
bool stress_own_end(struct stress *s);
bool stress_shared_end(struct stress *s);

/* Note what is wrong; false. */
__attribute__((format(printf, 2, 3))) bool stress_fail(struct stress *s,
						       const char *fmt, ...);

/* 0 to @n - 1 */
unsigned stress_random(struct stress *s, unsigned n);

/* The words of a cell that are looked at: their offset in the file. */
#define STRESS_PROBES 3
uint64_t stress_probe(const struct stress *s, unsigned cell, unsigned i);

/* What such a word has if it is not zero. */
uint64_t stress_signature(uint64_t ino, uint64_t offset);

/**
 * stress_open() - Open and map a file
 * @flags:	For open(2)
 * @ret_f:	For stress_close(); set on success only
 *
 * Return: 0 or a negative errno
 */
int stress_open(const struct stress *s, const char *path, int flags,
		struct stress_file *ret_f);

/* Idempotent. */
void stress_close(const struct stress *s, struct stress_file *f);
