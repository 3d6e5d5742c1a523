/* SPDX-License-Identifier: MIT */

/* json.c - Reading and writing JSON by jansson, with the limits we want */

#include "json.h"

#include <errno.h>

#include "cleanup.h"
#include "file.h"

int json_get_i64(const json_t *o, const char *key, int64_t *ret_v)
{
	const json_t *v = json_object_get(o, key);

	if (!v)
		return -ENOENT;
	if (!json_is_integer(v))
		return -EINVAL;
	*ret_v = json_integer_value(v);
	return 0;
}

int json_get_u64(const json_t *o, const char *key, uint64_t min, uint64_t max,
		 uint64_t *ret_v)
{
	int64_t v;
	int r;

	r = json_get_i64(o, key, &v);
	if (r < 0)
		return r;
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return -ERANGE;
	*ret_v = (uint64_t)v;
	return 0;
}

int json_get_u32(const json_t *o, const char *key, uint32_t min, uint32_t max,
		 uint32_t *ret_v)
{
	uint64_t v;
	int r;

	r = json_get_u64(o, key, min, max, &v);
	if (r == 0)
		*ret_v = (uint32_t)v;
	return r;
}

int json_get_bool(const json_t *o, const char *key, bool *ret_v)
{
	const json_t *v = json_object_get(o, key);

	if (!v)
		return -ENOENT;
	if (!json_is_boolean(v))
		return -EINVAL;
	*ret_v = json_is_true(v);
	return 0;
}

int json_get_string(const json_t *o, const char *key, const char **ret_s)
{
	const json_t *v = json_object_get(o, key);

	if (!v)
		return -ENOENT;
	if (!json_is_string(v))
		return -EINVAL;
	*ret_s = json_string_value(v);
	return 0;
}

int json_parse_object(const char *text, size_t len, json_t **ret_o)
{
	json_error_t e;
	json_t *o;

	o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
	if (!o)
		return json_error_code(&e) == json_error_out_of_memory ?
			       -ENOMEM :
			       -EINVAL;
	if (!json_is_object(o)) {
		json_decref(o);
		return -EINVAL;
	}
	*ret_o = o;
	return 0;
}

int json_load_object(int dirfd, const char *path, size_t max, json_t **ret_o)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	int r;

	r = file_read(dirfd, path, max, &text, &len);
	if (r < 0)
		return r;
	return json_parse_object(text, len, ret_o);
}

char *json_line(const json_t *o)
{
	return json_dumps(o, JSON_COMPACT);
}
