/* SPDX-License-Identifier: MIT */

/* check_data.c - fam-check: known bytes, and atomic counters */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "demo.h"
#include "fault.h"
#include "parse.h"

/* The word at index @i of the pattern of @seed: each bit depends on both. */
static uint64_t pattern(uint64_t seed, uint64_t i)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15ULL ^ seed;

	x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9ULL;
	return x ^ (x >> 29);
}

static int parse_seed(const char *s, uint64_t *ret_seed, struct err *e)
{
	if (parse_u64(s, 0, UINT64_MAX, ret_seed) < 0)
		return err_set(e, -EINVAL, "seed '%s' is no number", s);
	return 0;
}

int check_fill(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	uint64_t size, seed, *word;
	int r;

	if (parse_size(a->argv[1], &size) < 0 || size < 8 || size % 8)
		return err_set(e, -EINVAL,
			       "size '%s' is no multiple of 8 bytes",
			       a->argv[1]);
	r = parse_seed(a->argv[2], &seed, e);
	if (r == 0)
		r = mapping_create(a->argv[0], size, &m, e);
	if (r < 0)
		return r;
	word = m.addr;
	for (uint64_t i = 0; i < size / 8; i++)
		word[i] = pattern(seed, i);
	printf("filled '%s': %zu bytes, seed %s\n", a->argv[0], m.size,
	       a->argv[2]);
	return 0;
}

int check_verify(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	uint64_t seed, wrong = 0, first = 0;
	const uint64_t *word;
	int r;

	r = parse_seed(a->argv[1], &seed, e);
	if (r == 0)
		r = mapping_open(a->argv[0], O_RDONLY, 8, &m, e);
	if (r < 0)
		return r;
	word = m.addr;
	for (uint64_t i = 0; i < m.size / 8; i++)
		if (word[i] != pattern(seed, i) && wrong++ == 0)
			first = i * 8;
	if (wrong)
		return err_set(e, -EILSEQ,
			       "'%s': %llu of %zu words are wrong, the first "
			       "at byte %llu",
			       a->argv[0], (unsigned long long)wrong,
			       m.size / 8, (unsigned long long)first);
	printf("'%s' is right: %zu bytes, seed %s\n", a->argv[0], m.size,
	       a->argv[1]);
	return 0;
}

/* A word of 8 bytes in a file that is long enough. */
static int map_word(const struct check_args *a, int flags,
		    struct mapping *ret_m, uint64_t **ret_word, struct err *e)
{
	uint64_t off;
	int r;

	if (parse_size(a->argv[1], &off) < 0 || off % 8 || off > SIZE_MAX - 8)
		return err_set(e, -EINVAL, "offset '%s' is no multiple of 8",
			       a->argv[1]);
	r = mapping_open(a->argv[0], flags, off + 8, ret_m, e);
	if (r == 0)
		*ret_word = (uint64_t *)ret_m->addr + off / 8;
	return r;
}

int check_add(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	uint64_t count, *word;
	int r;

	if (parse_u64(a->argv[2], 1, UINT64_MAX, &count) < 0)
		return err_set(e, -EINVAL, "count '%s' is no number above 0",
			       a->argv[2]);
	r = map_word(a, O_RDWR, &m, &word, e);
	if (r < 0)
		return r;
	for (uint64_t i = 0; i < count; i++)
		(void)__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
	printf("added 1 to '%s' at %s: %s times\n", a->argv[0], a->argv[1],
	       a->argv[2]);
	return 0;
}

int check_get(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	uint64_t *word;
	int r;

	r = map_word(a, O_RDONLY, &m, &word, e);
	if (r == 0)
		printf("%llu\n", (unsigned long long)__atomic_load_n(
					 word, __ATOMIC_SEQ_CST));
	return r;
}

/* For tests of what happens to a mapping while nobody looks. */
int check_hold(const struct check_args *a, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	char buf[64];
	int r;

	r = mapping_open(a->argv[0], O_RDWR, 1, &m, e);
	if (r == 0)
		r = fault_catch();
	if (r < 0)
		return r;
	close_fd(&m.fd);
	(void)try_load(m.addr);
	printf("held\n");
	(void)fflush(stdout);
	while (read(STDIN_FILENO, buf, sizeof(buf)) > 0)
		;
	r = try_load(m.addr);
	if (r < 0)
		return err_set(e, -EFAULT, "'%s' was taken away: signal %d",
			       a->argv[0], -r);
	printf("%d\n", r);
	return 0;
}
