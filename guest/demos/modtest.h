/* SPDX-License-Identifier: MIT */

/* modtest.h - What the checks of fam-check module have in common
 *
 * They talk to fam.ko itself, without FUSE and lfsd: struct test's file is a
 * shelf of scattered books that the check has all to itself.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "../fam/fam_ioctl.h"
#include "selftest.h"

#define MOD_BELL "/dev/fam-doorbell"

/* Books of the checks have 2 MiB; number N is at N * MOD_BOOK in the memory. */
#define MOD_SHIFT 21
#define MOD_BOOK (1UL << MOD_SHIFT)
#define MOD_BOOKS 32 /* that checks may use */

extern const struct check checks_mod_shelf[];
extern const struct check checks_mod_serve[];
extern const struct check checks_mod_doorbell[];
extern const struct check checks_mod_life[];

/* A new descriptor of shelf @id; -1 with errno. */
int mod_shelf(const struct test *t, uint64_t id, uint32_t flags);

/* The books of the check's shelf, in its order. */
extern const uint32_t mod_books[MOD_BOOKS];

/* Gives a shelf the first @n of mod_books; 0, or -1 with errno. */
int mod_set(int fd, uint64_t size, uint32_t n);

/* All of the memory, by /dev/fam, up to the books of the checks. */
char *mod_memory(const struct test *t);

/* A page that can be neither read nor written. */
void *mod_nowhere(void);

/* Writes to a file of the kernel. */
bool mod_put(struct test *t, const char *path, const char *text);

/* Opens the doorbell, attaches an eventfd, rings. 0, or the errno of what failed. */
int mod_use_bell(void);

/* The child's end: 0 if it ended with status 0. */
int mod_wait(pid_t pid);
