/* SPDX-License-Identifier: MIT */

/* topology_values.c - Values of tmconfig, and what is wrong with them */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "topology_tm.h"

int tm_fail(struct tm_reader *r, const struct tm_at *at, const char *fmt, ...)
{
	char text[512], path[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	(void)json_describe(&at->step, path, sizeof(path));
	return err_set(r->e, -EINVAL, "'%s' line %u: %s%s%s", r->name,
		       json_locate(r->text, &at->step), path, *path ? " " : "",
		       text);
}

int tm_array(struct tm_reader *r, const struct tm_at *at, size_t max)
{
	if (!json_is_array(at->v) || !json_array_size(at->v))
		return tm_fail(r, at, "is not a list with something in it");
	if (json_array_size(at->v) > max)
		return tm_fail(r, at, "has more than %zu elements", max);
	return 0;
}

int tm_text(struct tm_reader *r, const struct tm_at *at, const char **ret_s)
{
	if (!at->v)
		return tm_fail(r, at, "is missing");
	if (!json_is_string(at->v) ||
	    strlen(json_string_value(at->v)) != json_string_length(at->v))
		return tm_fail(r, at, "is not a text");
	*ret_s = json_string_value(at->v);
	return 0;
}

int tm_optional(struct tm_reader *r, const struct tm_at *at, char *buf,
		size_t size)
{
	const char *s = "";

	if (!at->v || json_is_null(at->v))
		return 0;
	if (tm_text(r, at, &s) < 0)
		return -EINVAL;
	if (strlen(s) >= size)
		return tm_fail(r, at, "is longer than %zu characters",
			       size - 1);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ')
			return tm_fail(r, at, "has a control character");
	if (*s)
		(void)snprintf(buf, size, "%s", s);
	return 0;
}

int tm_size(struct tm_reader *r, const struct tm_at *at, uint64_t *ret_bytes)
{
	const char *s = "";

	if (json_is_integer(at->v) && json_integer_value(at->v) >= 0) {
		*ret_bytes = (uint64_t)json_integer_value(at->v);
		return 0;
	}
	if (tm_text(r, at, &s) < 0)
		return -EINVAL;
	if (parse_size(s, ret_bytes) < 0)
		return tm_fail(r, at, "'%s' is not a size, such as 1G", s);
	return 0;
}

/* One part of a pattern: '*' is a name, '#' a number, else it is literal. */
static bool match_part(const char *part, size_t len, char pattern, char *name,
		       uint32_t *number)
{
	char text[TOPOLOGY_NAME_MAX + 1];

	if (!len || len > TOPOLOGY_NAME_MAX)
		return false;
	memcpy(text, part, len);
	text[len] = '\0';
	if (pattern == '#')
		return parse_u32(text, 1, 255, number) == 0;
	if (!topology_is_name(text))
		return false;
	memcpy(name, text, len + 1);
	return true;
}

static bool match(const char *s, const char *pattern, char *name,
		  uint32_t *number)
{
	for (; *pattern; pattern++) {
		size_t len;

		if (*pattern != '*' && *pattern != '#') {
			if (*s++ != *pattern)
				return false;
			continue;
		}
		len = strcspn(s, "/");
		if (!match_part(s, len, *pattern, name, number))
			return false;
		s += len;
	}
	return !*s;
}

int tm_coordinate(struct tm_reader *r, const struct tm_at *o,
		  const char *pattern, char *name, uint32_t *number)
{
	struct tm_at at = tm_member(o, "coordinate");
	const char *s = "";

	if (tm_text(r, &at, &s) < 0)
		return -EINVAL;
	if (!match(s, pattern, name, number))
		return tm_fail(r, &at,
			       "'%.200s' is not of the form '%s' (* is a name, "
			       "# a number)",
			       s, pattern);
	return 0;
}
