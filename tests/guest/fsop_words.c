/* SPDX-License-Identifier: MIT */

/* fsop_words.c - Words, numbers and bytes of lines */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

#define C(name)             \
	{                   \
#name, name \
	}
static const struct {
	const char *name;
	int64_t value;
} constants[] = {
	C(O_RDONLY),
	C(O_WRONLY),
	C(O_RDWR),
	C(O_CREAT),
	C(O_EXCL),
	C(O_TRUNC),
	C(O_APPEND),
	C(O_NONBLOCK),
	C(O_DIRECTORY),
	C(O_NOFOLLOW),
	C(O_PATH),
	C(O_TMPFILE),
	C(O_SYNC),
	C(O_DIRECT),
	C(O_NOATIME),
	C(O_CLOEXEC),
	C(SEEK_SET),
	C(SEEK_CUR),
	C(SEEK_END),
	C(SEEK_DATA),
	C(SEEK_HOLE),
	C(RENAME_NOREPLACE),
	C(RENAME_EXCHANGE),
	C(RENAME_WHITEOUT),
	C(FALLOC_FL_KEEP_SIZE),
	C(FALLOC_FL_PUNCH_HOLE),
	C(FALLOC_FL_ZERO_RANGE),
	C(FALLOC_FL_COLLAPSE_RANGE),
	C(FALLOC_FL_INSERT_RANGE),
	C(AT_SYMLINK_NOFOLLOW),
	C(AT_SYMLINK_FOLLOW),
	C(AT_EMPTY_PATH),
	C(XATTR_CREATE),
	C(XATTR_REPLACE),
	C(LOCK_SH),
	C(LOCK_EX),
	C(LOCK_UN),
	C(LOCK_NB),
	C(F_RDLCK),
	C(F_WRLCK),
	C(F_UNLCK),
	C(PROT_NONE),
	C(PROT_READ),
	C(PROT_WRITE),
	C(PROT_EXEC),
	C(MAP_SHARED),
	C(MAP_PRIVATE),
	C(MAP_POPULATE),
	C(MAP_SHARED_VALIDATE),
	C(MAP_SYNC),
	C(MS_SYNC),
	C(MS_ASYNC),
	C(MS_INVALIDATE),
	C(MADV_DONTNEED),
	C(R_OK),
	C(W_OK),
	C(X_OK),
	C(F_OK),
	C(S_IFREG),
	C(S_IFDIR),
	C(S_IFIFO),
	C(S_IFSOCK),
	C(S_IFBLK),
	C(S_IFCHR),
	C(S_IFLNK),
	C(INT64_MAX),
};
#undef C

static int constant(const char *s, size_t len, int64_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
		if (strlen(constants[i].name) == len &&
		    !memcmp(constants[i].name, s, len)) {
			*ret = constants[i].value;
			return 0;
		}
	return -EINVAL;
}

/* One term: a constant, or a number and its unit. Moves *@p behind it. */
static int term(const char **p, uint64_t book, int64_t *ret)
{
	static const char units[] = "KMGPB";
	const int64_t sizes[] = { 1 << 10, 1 << 20, 1 << 30,
				  sysconf(_SC_PAGESIZE), (int64_t)book };
	size_t len = strcspn(*p, "+-|");
	const char *s = *p, *unit;
	char *end;

	*p += len;
	if (!constant(s, len, ret))
		return 0;
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	*ret = strtoll(s, &end, 0);
	unit = end < *p ? strchr(units, *end) : NULL;
	if (unit) {
		*ret *= sizes[unit - units];
		end++;
	}
	return end == *p ? 0 : -EINVAL;
}

int fsop_number(const char *s, uint64_t book, int64_t *ret_n)
{
	int64_t n = 0, v;
	char op = '+';

	if (*s == '-')
		op = *s++;
	for (;;) {
		if (term(&s, book, &v) < 0)
			return -EINVAL;
		n = op == '+' ? n + v : op == '-' ? n - v : (n | v);
		if (!*s)
			break;
		op = *s++;
	}
	*ret_n = n;
	return 0;
}

/* "{text*N}" at *@p to @w. Return: bytes, or -EINVAL */
static int repeat(const char **p, char *w, size_t room)
{
	const char *text = *p + 1, *star = strchr(text, '*'), *end;
	size_t len, n, done = 0;
	char *rest;

	end = star ? strchr(star, '}') : NULL;
	if (!end)
		return -EINVAL;
	len = star - text;
	n = strtoul(star + 1, &rest, 10);
	if (rest != end || n > room || len * n > room)
		return -EINVAL;
	for (; n; n--, done += len)
		memcpy(w + done, text, len);
	*p = end + 1;
	return (int)done;
}

/* One word at *@p to *@w, with a NUL. */
static int word(const char **p, bool escapes, char **w, const char *limit)
{
	unsigned byte;
	int n;

	for (; **p && **p != ' ' && **p != '\t'; *w += n) {
		if (*w + 2 > limit)
			return -EINVAL;
		n = 1;
		if (**p == '{') {
			n = repeat(p, *w, (size_t)(limit - *w - 1));
			if (n < 0)
				return n;
		} else if (escapes && sscanf(*p, "\\x%2x", &byte) == 1) {
			**w = (char)byte;
			*p += 4;
		} else if (!strncmp(*p, "\"\"", 2)) {
			n = 0;
			*p += 2;
		} else {
			**w = *(*p)++;
		}
	}
	*(*w)++ = '\0';
	return 0;
}

int fsop_split(const char *line, bool escapes, char *buf,
	       char *words[FSOP_WORDS])
{
	const char *limit = buf + FSOP_LINE;
	int n = 0;

	for (;;) {
		line += strspn(line, " \t");
		if (!*line)
			return n;
		if (n == FSOP_WORDS)
			return -EINVAL;
		words[n++] = buf;
		if (word(&line, escapes, &buf, limit) < 0)
			return -EINVAL;
	}
}

void fsop_print_text(char *out, const char *p, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		out += isgraph((unsigned char)p[i]) && p[i] != '\\' ?
			       sprintf(out, "%c", p[i]) :
			       sprintf(out, "\\x%02x", (unsigned char)p[i]);
	*out = '\0';
}

static uint64_t pattern_word(uint64_t seed, uint64_t i)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15ULL ^
		     (seed + 1) * 0xd6e8feb86659fd93ULL;

	x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9ULL;
	return x ^ (x >> 29);
}

void fsop_pattern(void *buf, size_t len, uint64_t off, uint64_t seed)
{
	char *p = buf;

	while (len) {
		uint64_t w = pattern_word(seed, off / 8);
		size_t at = off % 8, n = 8 - at < len ? 8 - at : len;

		memcpy(p, (char *)&w + at, n);
		p += n;
		off += n;
		len -= n;
	}
}

uint64_t fsop_hash(const void *buf, size_t len, uint64_t hash)
{
	const char *p = buf;
	uint64_t w;

	for (; len >= sizeof(w); len -= sizeof(w), p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		hash = (hash ^ w) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	for (; len; len--)
		hash = (hash ^ (unsigned char)*p++) * 0x100000001b3ULL;
	return hash;
}
