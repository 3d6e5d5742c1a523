/* SPDX-License-Identifier: MIT */

/* version.c - Debian's order of package versions */

#include "version.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Weight of a character that is no digit; the end of the text counts 0. */
static int weight(char c)
{
	if (c == '~')
		return -1;
	if (is_letter(c))
		return (unsigned char)c;
	return (unsigned char)c + 256;
}

/* A part of a version: [at, end). */
struct part {
	const char *at;
	const char *end;
};

static int compare_words(struct part *a, struct part *b)
{
	for (;;) {
		bool in_a = a->at < a->end && !is_digit(*a->at);
		bool in_b = b->at < b->end && !is_digit(*b->at);
		int wa = in_a ? weight(*a->at) : 0;
		int wb = in_b ? weight(*b->at) : 0;

		if (wa != wb)
			return wa - wb;
		if (!in_a && !in_b)
			return 0;
		a->at++;
		b->at++;
	}
}

static struct part take_number(struct part *p)
{
	struct part n;

	while (p->at < p->end && *p->at == '0')
		p->at++;
	n.at = p->at;
	while (p->at < p->end && is_digit(*p->at))
		p->at++;
	n.end = p->at;
	return n;
}

static int compare_numbers(struct part *a, struct part *b)
{
	struct part na = take_number(a), nb = take_number(b);
	ptrdiff_t la = na.end - na.at, lb = nb.end - nb.at;

	if (la != lb)
		return la < lb ? -1 : 1;
	return memcmp(na.at, nb.at, (size_t)la);
}

static int compare_parts(struct part a, struct part b)
{
	while (a.at < a.end || b.at < b.end) {
		int r = compare_words(&a, &b);

		if (!r)
			r = compare_numbers(&a, &b);
		if (r)
			return r;
	}
	return 0;
}

struct version {
	struct part epoch;
	struct part upstream;
	struct part revision;
};

static struct version split(const char *s)
{
	const char *end = s + strlen(s);
	const char *colon = strchr(s, ':');
	const char *dash;
	struct version v;

	v.epoch = (struct part){ s, colon ? colon : s };
	if (colon)
		s = colon + 1;
	dash = strrchr(s, '-');
	v.upstream = (struct part){ s, dash ? dash : end };
	v.revision = (struct part){ dash ? dash + 1 : end, end };
	return v;
}

int version_compare(const char *a, const char *b)
{
	struct version va = split(a), vb = split(b);
	int r;

	r = compare_numbers(&va.epoch, &vb.epoch);
	if (!r)
		r = compare_parts(va.upstream, vb.upstream);
	if (!r)
		r = compare_parts(va.revision, vb.revision);
	return r;
}
