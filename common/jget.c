/* SPDX-License-Identifier: MIT */

/* jget.c - Members of an object that jread.h has read, with limits */

#include "jget.h"

#include <errno.h>

int jget_i64(const struct jvalue *o, const char *key, int64_t *ret_v)
{
	const struct jvalue *v = jvalue_get(o, key);

	if (!v)
		return -ENOENT;
	if (v->type != JVALUE_INT)
		return -EINVAL;
	*ret_v = v->integer;
	return 0;
}

int jget_u64(const struct jvalue *o, const char *key, uint64_t min,
	     uint64_t max, uint64_t *ret_v)
{
	int64_t v = 0;
	int r = jget_i64(o, key, &v);

	if (r < 0)
		return r;
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return -ERANGE;
	*ret_v = (uint64_t)v;
	return 0;
}

int jget_u32(const struct jvalue *o, const char *key, uint32_t min,
	     uint32_t max, uint32_t *ret_v)
{
	uint64_t v = 0;
	int r = jget_u64(o, key, min, max, &v);

	if (r == 0)
		*ret_v = (uint32_t)v;
	return r;
}

int jget_bool(const struct jvalue *o, const char *key, bool *ret_v)
{
	const struct jvalue *v = jvalue_get(o, key);

	if (!v)
		return -ENOENT;
	if (v->type != JVALUE_TRUE && v->type != JVALUE_FALSE)
		return -EINVAL;
	*ret_v = v->type == JVALUE_TRUE;
	return 0;
}

int jget_text(const struct jvalue *o, const char *key, const char **ret_s)
{
	const struct jvalue *v = jvalue_get(o, key);

	if (!v)
		return -ENOENT;
	if (!jvalue_text(v))
		return -EINVAL;
	*ret_s = jvalue_text(v);
	return 0;
}
