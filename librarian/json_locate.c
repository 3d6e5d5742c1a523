/* SPDX-License-Identifier: MIT */

/* json_locate.c - In which line of a text a value is
 *
 * The text is known to be valid, so brackets and quotes match. Nothing is
 * believed all the same: every loop ends at the end of the text.
 */

#include "json_locate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct scan {
	const char *p;
	unsigned line;
};

static void skip_space(struct scan *s)
{
	for (; *s->p && strchr(" \t\r\n", *s->p); s->p++)
		s->line += *s->p == '\n';
}

/* Behind a string's closing quote. */
static void skip_string(struct scan *s)
{
	for (s->p++; *s->p && *s->p != '"'; s->p++)
		if (*s->p == '\\' && s->p[1])
			s->p++;
	if (*s->p)
		s->p++;
}

/* Behind a value of any kind. */
static void skip_value(struct scan *s)
{
	unsigned depth = 0;

	do {
		skip_space(s);
		if (*s->p == '"') {
			skip_string(s);
			continue;
		}
		if (*s->p && strchr("[{", *s->p))
			depth++;
		else if (*s->p && strchr("]}", *s->p))
			depth--;
		else if (!depth) {
			s->p += strcspn(s->p, ",]} \t\r\n");
			return;
		}
		if (*s->p)
			s->p++;
	} while (depth && *s->p);
}

/* To the value of a member of the object or array here. */
static bool enter(struct scan *s, const struct json_step *step)
{
	size_t len = step->key ? strlen(step->key) : 0;

	if (*s->p != (step->key ? '{' : '['))
		return false;
	s->p++;
	for (size_t i = 0; *s->p; i++) {
		bool found = i == step->index;

		skip_space(s);
		if (step->key) {
			found = *s->p == '"' &&
				!strncmp(s->p + 1, step->key, len) &&
				s->p[1 + len] == '"';
			if (*s->p != '"')
				return false;
			skip_string(s);
			skip_space(s);
			s->p += *s->p == ':';
			skip_space(s);
		}
		if (found)
			return true;
		skip_value(s);
		skip_space(s);
		if (*s->p != ',')
			return false;
		s->p++;
	}
	return false;
}

static bool walk(struct scan *s, const struct json_step *step)
{
	struct scan ahead;

	if (!step->up) {
		skip_space(s);
		return true;
	}
	if (!walk(s, step->up))
		return false;
	ahead = *s;
	if (!enter(&ahead, step))
		return false;
	*s = ahead;
	return true;
}

unsigned json_locate(const char *text, const struct json_step *step)
{
	struct scan s = { .p = text, .line = 1 };

	(void)walk(&s, step);
	return s.line;
}

const char *json_describe(const struct json_step *step, char *buf, size_t size)
{
	size_t len;

	*buf = '\0';
	if (!step->up)
		return buf;
	(void)json_describe(step->up, buf, size);
	len = strlen(buf);
	if (step->key)
		(void)snprintf(buf + len, size - len, "%s%s", len ? "." : "",
			       step->key);
	else
		(void)snprintf(buf + len, size - len, "[%zu]", step->index);
	return buf;
}
