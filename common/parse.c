/* SPDX-License-Identifier: MIT */

/* parse.c - Numbers and sizes from text, strictly */

#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Reads digits up to the first other character; @end points there. */
static int parse_digits(const char *s, const char **end, uint64_t *ret_v)
{
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(v, 10U, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return -ERANGE;
	}
	*end = s;
	*ret_v = v;
	return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret_v)
{
	const char *end;
	uint64_t v;
	int r;

	r = parse_digits(s, &end, &v);
	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	if (v < min || v > max)
		return -ERANGE;
	*ret_v = v;
	return 0;
}

int parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret_v)
{
	uint64_t v;
	int r;

	r = parse_u64(s, min, max, &v);
	if (r == 0)
		*ret_v = (uint32_t)v;
	return r;
}

static const char suffixes[] = "KMGT";

int parse_size(const char *s, uint64_t *ret_bytes)
{
	const char *end, *at;
	uint64_t v;
	int r;

	r = parse_digits(s, &end, &v);
	if (r < 0)
		return r;
	if (*end) {
		at = strchr(suffixes, toupper((unsigned char)*end));
		if (!at || end[1])
			return -EINVAL;
		for (; at >= suffixes; at--)
			if (__builtin_mul_overflow(v, 1024U, &v))
				return -ERANGE;
	}
	if (v > INT64_MAX)
		return -ERANGE;
	*ret_bytes = v;
	return 0;
}

const char *format_size(uint64_t bytes, char *buf, size_t size)
{
	size_t unit = 0;

	while (unit < sizeof(suffixes) - 1 && bytes && !(bytes % 1024)) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(buf, size, "%" PRIu64 "%.*s", bytes, unit ? 1 : 0,
		       unit ? &suffixes[unit - 1] : "");
	return buf;
}
