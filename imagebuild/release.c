/* SPDX-License-Identifier: MIT */

/* release.c - An archive's Release file */

#include "release.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "path.h"

/* Does the line [s, s + len) have this field? Its value goes to @buf. */
static bool field_get(const char *s, size_t len, const char *name, char *buf,
		      size_t size)
{
	size_t n = strlen(name);

	if (len <= n || memcmp(s, name, n) != 0 || s[n] != ':')
		return false;
	s += n + 1;
	len -= n + 1;
	while (len && *s == ' ') {
		s++;
		len--;
	}
	if (len >= size)
		return false;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return true;
}

static time_t parse_date(const char *s)
{
	struct tm tm = { 0 };
	const char *end = strptime(s, "%a, %d %b %Y %H:%M:%S UTC", &tm);

	return end && !*end ? timegm(&tm) : 0;
}

/* " HEX SIZE PATH" of the SHA256 list. */
static int take_hash(const char *s, size_t len, struct release *rel)
{
	char line[512], hex[HASH_HEX + 1], size[24], path[256];

	if (len >= sizeof(line))
		return 0;
	memcpy(line, s, len);
	line[len] = '\0';
	if (sscanf(line, " %65s %23s %255s", hex, size, path) != 3 ||
	    strcmp(path, rel->index_path) != 0)
		return 0;
	if (strlen(hex) != HASH_HEX - 1 ||
	    strspn(hex, "0123456789abcdef") != HASH_HEX - 1 ||
	    parse_u64(size, 1, RELEASE_INDEX_MAX, &rel->size) < 0)
		return -EBADMSG;
	memcpy(rel->sha256, hex, HASH_HEX);
	return 0;
}

struct reader {
	const char *suite;
	bool is_suite;
	bool in_sha256;
};

static int take_line(struct reader *rd, const char *s, size_t len,
		     struct release *rel)
{
	char value[256];

	if (*s == ' ')
		return rd->in_sha256 ? take_hash(s, len, rel) : 0;
	rd->in_sha256 = len >= 7 && !memcmp(s, "SHA256:", 7);
	if (field_get(s, len, "Suite", value, sizeof(value)) ||
	    field_get(s, len, "Codename", value, sizeof(value)))
		rd->is_suite = rd->is_suite || !strcmp(value, rd->suite);
	else if (field_get(s, len, "Acquire-By-Hash", value, sizeof(value)))
		rel->by_hash = !strcmp(value, "yes");
	else if (field_get(s, len, "Valid-Until", value, sizeof(value)))
		rel->valid_until = parse_date(value);
	return 0;
}

int release_parse(const char *text, const char *suite, const char *component,
		  struct release *ret, struct err *e)
{
	struct reader rd = { .suite = suite };
	struct release rel = { 0 };
	int r;

	r = path_format(rel.index_path, sizeof(rel.index_path),
			"%s/binary-amd64/Packages.xz", component);
	for (const char *s = text; r == 0 && *s;) {
		size_t len = strcspn(s, "\n");

		if (len)
			r = take_line(&rd, s, len, &rel);
		s += len + (s[len] == '\n');
	}
	if (r < 0)
		return err_set(e, r, "it has a malformed line for \"%s\"",
			       rel.index_path);
	if (!rd.is_suite)
		return err_set(e, -EBADMSG, "it is of another suite");
	if (!*rel.sha256)
		return err_set(e, -ENOENT, "it does not list \"%s\"",
			       rel.index_path);
	*ret = rel;
	return 0;
}
