/* SPDX-License-Identifier: MIT */

/* jget.h - Members of an object that jread.h has read, with limits
 *
 * 0 and the value, -ENOENT if it is absent, -EINVAL if it has another type,
 * -ERANGE outside the limits. Texts are borrowed, and contain no 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jread.h"

int jget_i64(const struct jvalue *o, const char *key, int64_t *ret_v);
int jget_u64(const struct jvalue *o, const char *key, uint64_t min,
	     uint64_t max, uint64_t *ret_v);
int jget_u32(const struct jvalue *o, const char *key, uint32_t min,
	     uint32_t max, uint32_t *ret_v);
int jget_bool(const struct jvalue *o, const char *key, bool *ret_v);
int jget_text(const struct jvalue *o, const char *key, const char **ret_s);
