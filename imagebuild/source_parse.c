/* SPDX-License-Identifier: MIT */

/* source_parse.c - The files of a host that name a mirror */

#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "path.h"

#define ENTRIES_MAX 256

static void entry_deinit(struct apt_entry *a)
{
	free(a->uri);
	free(a->signed_by);
	strv_deinit(&a->suites);
	strv_deinit(&a->components);
	*a = (struct apt_entry){ 0 };
}

void apt_entries_deinit(struct apt_entries *a)
{
	for (size_t i = 0; i < a->n; i++)
		entry_deinit(&a->v[i]);
	free(a->v);
	*a = (struct apt_entries){ 0 };
}

/* Not "cdrom:", "tor+http:" and what else apt has methods for. */
static bool is_usable(const char *uri)
{
	static const char *const starts[] = { "http://", "https://", "file:/",
					      "mirror+file:", "/" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (!strncasecmp(uri, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* Takes @a over, whatever happens. */
static int append(struct apt_entries *to, struct apt_entry *a)
{
	struct apt_entry *more;

	if (!a->uri || !is_usable(a->uri) || a->foreign || !a->suites.n ||
	    to->n == ENTRIES_MAX) {
		entry_deinit(a);
		return 0;
	}
	more = reallocarray(to->v, to->n + 1, sizeof(*more));
	if (!more || !strv_ok(&a->suites) || !strv_ok(&a->components)) {
		if (more)
			to->v = more;
		entry_deinit(a);
		return -ENOMEM;
	}
	to->v = more;
	to->v[to->n++] = *a;
	*a = (struct apt_entry){ 0 };
	return 0;
}

static bool is_option(const char *s, size_t len, const char *name,
		      const char **ret_value, size_t *ret_len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(s, name, n) != 0 || s[n] != '=')
		return false;
	*ret_value = s + n + 1;
	*ret_len = len - n - 1;
	return true;
}

/* "[arch=amd64 signed-by=/path]"; returns what follows, NULL if malformed. */
static const char *take_options(const char *s, struct apt_entry *a)
{
	for (s++;;) {
		const char *value;
		size_t len, n;

		s += strspn(s, " \t");
		n = strcspn(s, " \t]");
		if (is_option(s, n, "signed-by", &value, &len)) {
			free(a->signed_by);
			a->signed_by = strndup(value, len);
		}
		if (is_option(s, n, "arch", &value, &len))
			a->foreign = !memmem(value, len, "amd64", 5);
		s += n;
		if (*s == ']')
			return s + 1;
		if (!*s)
			return NULL;
	}
}

static int take_one_line(const char *line, struct apt_entries *to)
{
	struct apt_entry a = { 0 };
	const char *s = line + strspn(line, " \t");
	size_t n;

	if (strncmp(s, "deb", 3) != 0 || (s[3] != ' ' && s[3] != '\t'))
		return 0;
	s += 3 + strspn(s + 3, " \t");
	if (*s == '[') {
		s = take_options(s, &a);
		if (!s) {
			entry_deinit(&a);
			return 0;
		}
		s += strspn(s, " \t");
	}
	n = strcspn(s, " \t");
	a.uri = n ? strndup(s, n) : NULL;
	for (size_t word = 0; n; word++) {
		s += n + strspn(s + n, " \t");
		n = strcspn(s, " \t");
		if (n)
			strv_pushf(word ? &a.components : &a.suites, "%.*s",
				   (int)n, s);
	}
	return append(to, &a);
}

int apt_parse_list(const char *text, struct apt_entries *to)
{
	CLEANUP_FREE char *copy = strdup(text);
	char *save = NULL;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *l = strtok_r(copy, "\n", &save); l && r == 0;
	     l = strtok_r(NULL, "\n", &save)) {
		l[strcspn(l, "#\r")] = '\0';
		r = take_one_line(l, to);
	}
	return r;
}

/* ---- deb822 ---- */

struct stanza {
	struct apt_entry a;
	bool is_deb;
	bool disabled;
};

static void push_words(struct strv *v, const char *s)
{
	for (size_t n; *s; s += n) {
		s += strspn(s, " \t");
		n = strcspn(s, " \t");
		if (n)
			strv_pushf(v, "%.*s", (int)n, s);
	}
}

static bool has_word(const char *s, const char *word)
{
	CLEANUP_STRV struct strv v = { 0 };

	push_words(&v, s);
	return strv_contains(&v, word);
}

static void take_deb822(struct stanza *st, const char *name, const char *value)
{
	struct apt_entry *a = &st->a;

	value += strspn(value, " \t");
	if (!strcasecmp(name, "Types")) {
		st->is_deb = has_word(value, "deb");
	} else if (!strcasecmp(name, "URIs")) {
		size_t n = strcspn(value, " \t");

		free(a->uri);
		a->uri = n ? strndup(value, n) : NULL;
	} else if (!strcasecmp(name, "Suites")) {
		push_words(&a->suites, value);
	} else if (!strcasecmp(name, "Components")) {
		push_words(&a->components, value);
	} else if (!strcasecmp(name, "Signed-By")) {
		free(a->signed_by);
		a->signed_by = strdup(value);
	} else if (!strcasecmp(name, "Architectures")) {
		a->foreign = !has_word(value, "amd64");
	} else if (!strcasecmp(name, "Enabled")) {
		st->disabled = !strcasecmp(value, "no") ||
			       !strcasecmp(value, "false");
	}
}

static int stanza_end(struct stanza *st, struct apt_entries *to)
{
	int r = 0;

	if (st->is_deb && !st->disabled)
		r = append(to, &st->a);
	else
		entry_deinit(&st->a);
	*st = (struct stanza){ 0 };
	return r;
}

/* Comments go, continuation lines join the line they continue. */
static char *unfold(const char *text)
{
	char *out = malloc(strlen(text) + 2), *o = out;

	if (!out)
		return NULL;
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n");

		if (*s != '#') {
			if (o > out && (*s == ' ' || *s == '\t') &&
			    strspn(s, " \t\r") < n)
				o[-1] = ' ';
			memcpy(o, s, n);
			o += n;
			while (n && o > out && o[-1] == '\r')
				o--;
			*o++ = '\n';
		}
		s += n + (s[n] == '\n');
	}
	*o = '\0';
	return out;
}

int apt_parse_sources(const char *text, struct apt_entries *to)
{
	CLEANUP_FREE char *copy = unfold(text);
	struct stanza st = { 0 };
	char *s = copy;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	while (r == 0 && *s) {
		char *end = s + strcspn(s, "\n"), *colon;

		*end = '\0';
		if (!s[strspn(s, " \t")]) {
			r = stanza_end(&st, to);
		} else if ((colon = strchr(s, ':'))) {
			*colon = '\0';
			take_deb822(&st, s, colon + 1);
		}
		s = end + 1;
	}
	if (r == 0)
		return stanza_end(&st, to);
	entry_deinit(&st.a);
	return r;
}

/* ---- choice ---- */

static bool has_suite(const struct apt_entry *a, const char *suite)
{
	static const char *const names[] = { "stable",	     "oldstable",
					     "oldoldstable", "testing",
					     "unstable",     "sid" };

	if (*suite && strv_contains(&a->suites, suite))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strv_contains(&a->suites, names[i]))
			return true;
	return false;
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	while (n && s[n - 1] == '/')
		n--;
	return n >= t && !memcmp(s + n - t, tail, t);
}

/* 0 = not Debian's archive; the more, the likelier. */
static int score(const struct apt_entry *a, const char *suite)
{
	const char *key = a->signed_by ? strrchr(a->signed_by, '/') : NULL;
	int points = 1;

	if (!has_suite(a, suite) || !strv_contains(&a->components, "main"))
		return 0;
	if (a->signed_by) {
		if (!key || strncmp(key, "/debian-archive-", 16) != 0)
			return 0;
		points += 2;
	}
	return points + ends_with(a->uri, "/debian");
}

const struct apt_entry *apt_pick(const struct apt_entries *a, const char *suite)
{
	const struct apt_entry *best = NULL;
	int points = 0;

	for (size_t i = 0; i < a->n; i++) {
		int p = score(&a->v[i], suite);

		if (p > points) {
			points = p;
			best = &a->v[i];
		}
	}
	return best;
}

/* ---- other files ---- */

/* KEY=VALUE, KEY="VALUE" at the start of a line. */
static int shell_get(const char *text, const char *key, char *buf, size_t size)
{
	size_t n = strlen(key);

	for (const char *s = text; s; s = strchr(s, '\n')) {
		size_t len;

		s += *s == '\n';
		if (strncmp(s, key, n) != 0 || s[n] != '=')
			continue;
		s += n + 1;
		s += *s == '"' || *s == '\'';
		len = strcspn(s, "\"'\r\n \t");
		if (!len || memchr(s, '$', len))
			continue;
		return path_format(buf, size, "%.*s", (int)len, s);
	}
	return -ENOENT;
}

int debootstrap_parse_mirror(const char *text, char *buf, size_t size)
{
	return shell_get(text, "DEF_MIRROR", buf, size);
}

int os_release_get(const char *text, const char *key, char *buf, size_t size)
{
	return shell_get(text, key, buf, size);
}

int apt_config_proxy(const char *text, char *buf, size_t size)
{
	static const char key[] = "Acquire::http::Proxy \"";

	for (const char *s = text; s; s = strchr(s, '\n')) {
		size_t len;

		s += *s == '\n';
		if (strncasecmp(s, key, sizeof(key) - 1) != 0)
			continue;
		s += sizeof(key) - 1;
		len = strcspn(s, "\"\n");
		if (len)
			return path_format(buf, size, "%.*s", (int)len, s);
	}
	return -ENOENT;
}
