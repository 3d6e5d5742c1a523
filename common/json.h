/* SPDX-License-Identifier: MIT */

/* json.h - Reading and writing JSON by jansson, with the limits we want
 *
 * Getters look a key up in an object: 0 and the value, -ENOENT if it is
 * absent, -EINVAL if it has another type, -ERANGE outside the limits. Strings
 * are borrowed from the object.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void cleanup_json(json_t **j)
{
	json_decref(*j);
}

#define CLEANUP_JSON __attribute__((cleanup(cleanup_json)))

int json_get_u64(const json_t *o, const char *key, uint64_t min, uint64_t max,
		 uint64_t *ret_v);
int json_get_u32(const json_t *o, const char *key, uint32_t min, uint32_t max,
		 uint32_t *ret_v);
int json_get_i64(const json_t *o, const char *key, int64_t *ret_v);
int json_get_bool(const json_t *o, const char *key, bool *ret_v);
int json_get_string(const json_t *o, const char *key, const char **ret_s);

/**
 * json_parse_object() - Text that must be one JSON object and nothing else
 *
 * Return: 0, -EINVAL (not JSON, not an object, a key twice), -ENOMEM
 */
int json_parse_object(const char *text, size_t len, json_t **ret_o);

/**
 * json_load_object() - The same from a file
 * @dirfd: @path:	As for openat(2)
 * @max:		Largest size of the file
 *
 * Return: as above; -EFBIG, or what opening and reading say
 */
int json_load_object(int dirfd, const char *path, size_t max, json_t **ret_o);

/* One line without a newline, keys in order of insertion; free() it. */
char *json_line(const json_t *o);
