/* SPDX-License-Identifier: MIT */

/* parse.h - Numbers and sizes from text, strictly
 *
 * The whole text must be the number: no spaces, signs, trailing characters or
 * empty strings (-EINVAL). A value outside the limits is -ERANGE.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * parse_u64() - Decimal number
 * @s:		Text
 * @min: @max:	Limits, both inclusive
 * @ret_v:	Set on success only
 */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret_v);

/* The same for 32 bits. */
int parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret_v);

/**
 * parse_size() - Bytes, with an optional binary suffix K, M, G or T
 * @s:		"4G", "8m", "4096"; the suffix in either case
 * @ret_bytes:	Set on success only
 *
 * Return: 0, -EINVAL, or -ERANGE if the result has more than 63 bits
 */
int parse_size(const char *s, uint64_t *ret_bytes);

/**
 * format_size() - Bytes with the largest binary suffix that divides them
 *
 * Return: @buf, as in "4G", "8M", "4097"
 */
const char *format_size(uint64_t bytes, char *buf, size_t size);

/* Bytes needed by format_size(). */
#define FORMAT_SIZE_MAX 24

static inline int is_power_of_2(uint64_t v)
{
	return v && !(v & (v - 1));
}
