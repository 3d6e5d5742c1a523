/* SPDX-License-Identifier: MIT */

/* shell_words.c - A line of the shell: words, quotes, variables */

#include "shell_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define NAME_MAX_LEN 63
/* Stands for a '$' that is none of a variable, until the word is expanded. */
#define PLAIN_DOLLAR '\001'

/* ---- words ---------------------------------------------------------------- */

struct scan {
	const char *at;
	char *word; /* as long as the line: has room for any word */
	size_t len;
	bool any; /* a word has begun, though it may be empty */
};

static void keep(struct scan *s, char c)
{
	s->word[s->len++] = c == '$' ? PLAIN_DOLLAR : c;
	s->any = true;
}

/* Return: 0, or -EINVAL if it does not end. */
static int scan_quotes(struct scan *s, char quote)
{
	s->any = true;
	for (; *s->at && *s->at != quote; s->at++) {
		if (quote == '"' && *s->at == '\\' && s->at[1])
			keep(s, *++s->at);
		else if (quote == '"')
			s->word[s->len++] = *s->at;
		else
			keep(s, *s->at);
	}
	if (!*s->at)
		return -EINVAL;
	s->at++;
	return 0;
}

/* Return: 1 = there is a word, 0 = none any more, -EINVAL */
static int scan_word(struct scan *s)
{
	s->len = 0;
	s->any = false;
	while (isspace((unsigned char)*s->at))
		s->at++;
	while (*s->at && !isspace((unsigned char)*s->at)) {
		char c = *s->at++;

		if (c == '#' && !s->any)
			return 0;
		if (c == '\'' || c == '"') {
			if (scan_quotes(s, c) < 0)
				return -EINVAL;
		} else if (c == '\\' && *s->at) {
			keep(s, *s->at++);
		} else {
			s->word[s->len++] = c;
			s->any = true;
		}
	}
	s->word[s->len] = '\0';
	return s->any;
}

int shell_split(const char *line, struct strv *words, struct err *e)
{
	CLEANUP_FREE char *word = malloc(strlen(line) + 1);
	struct scan s = { .at = line, .word = word };
	int r;

	if (!word)
		return err_set(e, -ENOMEM, "no memory");
	while ((r = scan_word(&s)) > 0)
		strv_push(words, word);
	if (r < 0)
		return err_set(e, r, "'%s': a quote is not closed", line);
	return strv_ok(words) ? 0 : err_set(e, -ENOMEM, "no memory");
}

/* ---- variables ------------------------------------------------------------ */

struct text {
	char *s;
	size_t len;
};

static int append(struct text *t, const char *s, size_t n)
{
	char *more = realloc(t->s, t->len + n + 1);

	if (!more)
		return -ENOMEM;
	memcpy(more + t->len, s, n);
	t->len += n;
	more[t->len] = '\0';
	t->s = more;
	return 0;
}

/* At the '$'. @ret_len: characters of it; 0 = it is an ordinary one. */
static int name_at(const char *at, char *name, size_t *ret_len)
{
	bool braces = at[1] == '{';
	const char *from = at + 1 + braces;
	size_t n = 0;

	while (isalnum((unsigned char)from[n]) || from[n] == '_')
		n++;
	if ((braces && from[n] != '}') || n > NAME_MAX_LEN || (braces && !n))
		return -EINVAL;
	memcpy(name, from, n);
	name[n] = '\0';
	*ret_len = n ? 1 + n + 2 * (size_t)braces : 0;
	return 0;
}

static int replace(struct text *t, const char **at, shell_lookup_fn lookup,
		   void *arg, struct err *e)
{
	CLEANUP_FREE char *value = NULL;
	char name[NAME_MAX_LEN + 1];
	size_t len;
	int r;

	r = name_at(*at, name, &len);
	if (r < 0)
		return err_set(e, r, "'%s' is not the name of a variable", *at);
	if (!len)
		return append(t, (*at)++, 1);
	r = lookup(arg, name, &value);
	if (r < 0)
		return err_set(e, r,
			       "there is no '$%s': it was not set, and no "
			       "reply had such a field",
			       name);
	*at += len;
	return append(t, value, strlen(value));
}

int shell_expand(const char *word, shell_lookup_fn lookup, void *arg,
		 char **ret_text, struct err *e)
{
	struct text t = { 0 };
	int r;

	r = append(&t, "", 0);
	while (r == 0 && *word) {
		if (*word == '$') {
			r = replace(&t, &word, lookup, arg, e);
		} else {
			r = append(&t, *word == PLAIN_DOLLAR ? "$" : word, 1);
			word++;
		}
	}
	if (r < 0) {
		free(t.s);
		return r;
	}
	*ret_text = t.s;
	return 0;
}
