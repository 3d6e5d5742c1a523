/* SPDX-License-Identifier: MIT */

/* depends.c - Relations between packages */

#include "depends.h"

#include <errno.h>
#include <string.h>

#include "version.h"

#define VERSION_MAX 256

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";

static const struct {
	const char *text;
	enum depends_op op;
} ops[] = {
	/* The longer ones first; a bare < or > means what it meant in 1995. */
	{ "<<", DEPENDS_LT }, { "<=", DEPENDS_LE }, { ">>", DEPENDS_GT },
	{ ">=", DEPENDS_GE }, { "=", DEPENDS_EQ },  { "<", DEPENDS_LE },
	{ ">", DEPENDS_GE },
};

static const char *skip_spaces(const char *s)
{
	return s + strspn(s, " \t");
}

/* "(>= 1.2)"; @s is behind the bracket. */
static const char *take_version(const char *s, struct depends *d)
{
	size_t i;

	s = skip_spaces(s);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strncmp(s, ops[i].text, strlen(ops[i].text)))
			break;
	if (i == sizeof(ops) / sizeof(ops[0]))
		return NULL;
	d->op = ops[i].op;
	d->version = skip_spaces(s + strlen(ops[i].text));
	d->version_len = strcspn(d->version, " \t)");
	if (!d->version_len)
		return NULL;
	s = skip_spaces(d->version + d->version_len);
	return *s == ')' ? s + 1 : NULL;
}

int depends_next(const char **at, struct depends *ret_d)
{
	const char *s = *at + strspn(*at, " \t,|");
	struct depends d = { 0 };

	if (!*s)
		return 0;
	d.name = s;
	d.name_len = strspn(s, name_chars);
	if (!d.name_len)
		return -EBADMSG;
	s += d.name_len;
	if (*s == ':') /* "python3:any": we have one architecture only */
		s += 1 + strspn(s + 1, name_chars);
	s = skip_spaces(s);
	if (*s == '(') {
		s = take_version(s + 1, &d);
		if (!s)
			return -EBADMSG;
		s = skip_spaces(s);
	}
	while (*s == '[' || *s == '<') { /* not in binary packages */
		s = strpbrk(s, "]>");
		if (!s)
			return -EBADMSG;
		s = skip_spaces(s + 1);
	}
	if (*s && *s != ',' && *s != '|')
		return -EBADMSG;
	d.last = *s != '|';
	*at = s;
	*ret_d = d;
	return 1;
}

bool depends_match(const struct depends *d, const char *version, size_t len)
{
	char have[VERSION_MAX], want[VERSION_MAX];
	int c;

	if (d->op == DEPENDS_ANY)
		return true;
	if (!version || len >= sizeof(have) || d->version_len >= sizeof(want))
		return false;
	memcpy(have, version, len);
	have[len] = '\0';
	memcpy(want, d->version, d->version_len);
	want[d->version_len] = '\0';
	c = version_compare(have, want);
	switch (d->op) {
	case DEPENDS_LT:
		return c < 0;
	case DEPENDS_LE:
		return c <= 0;
	case DEPENDS_EQ:
		return c == 0;
	case DEPENDS_GE:
		return c >= 0;
	case DEPENDS_GT:
		return c > 0;
	case DEPENDS_ANY:
		break;
	}
	return true;
}
