/* SPDX-License-Identifier: MIT */

/* fsop_data.c - Operations on the bytes of open files */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

#define CHUNK ((size_t)1 << 20)
#define EDGE ((int64_t)160 << 10)
#define TEXT 1024 /* most that is read as text */

FSOP(write)
{
	return fsop_result(write((int)a[0].n, a[1].s, strlen(a[1].s)));
}

/* pwrite d TEXT OFFSET */
FSOP(pwrite)
{
	return fsop_result(pwrite((int)a[0].n, a[1].s, strlen(a[1].s), a[2].n));
}

/* The next bytes as text, at most N. */
FSOP(read)
{
	char buf[TEXT];
	ssize_t n = read((int)a[0].n, buf,
			 a[1].n < TEXT ? (size_t)a[1].n : sizeof(buf));

	if (n < 0)
		return -errno;
	fsop_print_text(out, buf, n);
	return 0;
}

/* pread d N OFFSET */
FSOP(pread)
{
	char buf[TEXT];
	ssize_t n = pread((int)a[0].n, buf,
			  a[1].n < TEXT ? (size_t)a[1].n : sizeof(buf), a[2].n);

	if (n < 0)
		return -errno;
	fsop_print_text(out, buf, n);
	return 0;
}

/* preadn d N OFFSET: how many bytes one call gets */
FSOP(preadn)
{
	CLEANUP_FREE char *buf = malloc((size_t)a[1].n + 1);

	return buf ? fsop_result(
			     pread((int)a[0].n, buf, (size_t)a[1].n, a[2].n)) :
		     -ENOMEM;
}

/* fill d OFFSET LENGTH SEED: bytes that are written */
FSOP(fill)
{
	CLEANUP_FREE char *buf = malloc(CHUNK);
	int64_t off = a[1].n, end = off + a[2].n;

	while (buf && off < end) {
		size_t len = (size_t)(end - off) < CHUNK ? (size_t)(end - off) :
							   CHUNK;
		ssize_t n;

		fsop_pattern(buf, len, (uint64_t)off, (uint64_t)a[3].n);
		n = pwrite((int)a[0].n, buf, len, off);
		if (n < 0 && off == a[1].n)
			return -errno;
		if (n <= 0)
			break;
		off += n;
	}
	return off - a[1].n;
}

/* vwrite d OFFSET SEED LENGTH LENGTH: by one call, from two buffers */
FSOP(vwrite)
{
	size_t len = (size_t)(a[3].n + a[4].n);
	CLEANUP_FREE char *buf = malloc(len + 1);
	struct iovec v[2] = { { buf, (size_t)a[3].n },
			      { buf + a[3].n, (size_t)a[4].n } };

	if (!buf)
		return -ENOMEM;
	fsop_pattern(buf, len, (uint64_t)a[1].n, (uint64_t)a[2].n);
	return fsop_result(pwritev((int)a[0].n, v, 2, a[1].n));
}

/* Where @buf differs from what it should have, or @len. */
static size_t first_wrong(const char *buf, size_t len, uint64_t off,
			  const int64_t *seed, char *want)
{
	size_t i = 0;

	if (seed)
		fsop_pattern(want, len, off, (uint64_t)*seed);
	else
		memset(want, 0, len);
	if (!memcmp(buf, want, len))
		return len;
	while (buf[i] == want[i])
		i++;
	return i;
}

/* All bytes of a range, against the pattern of @seed or zeros. */
static int64_t compare(int fd, int64_t off, int64_t len, const int64_t *seed,
		       char *out)
{
	CLEANUP_FREE char *buf = malloc(2 * CHUNK);
	int64_t end = off + len;

	while (buf && off < end) {
		size_t want = (size_t)(end - off) < CHUNK ?
				      (size_t)(end - off) :
				      CHUNK;
		ssize_t n = pread(fd, buf, want, off);
		size_t good;

		if (n < 0)
			return -errno;
		good = first_wrong(buf, (size_t)n, (uint64_t)off, seed,
				   buf + CHUNK);
		if (!n || good < (size_t)n) {
			(void)snprintf(out, FSOP_OUT, "%s at %lld",
				       n ? "wrong" : "end",
				       (long long)off + (long long)good);
			return 0;
		}
		off += n;
	}
	return 0;
}

/* check d OFFSET LENGTH SEED: "0", "wrong at N" or "end at N" */
FSOP(check)
{
	return compare((int)a[0].n, a[1].n, a[2].n, &a[3].n, out);
}

/* zero d OFFSET LENGTH: are these zeros? */
FSOP(zero)
{
	return compare((int)a[0].n, a[1].n, a[2].n, NULL, out);
}

/* Bytes to @end, or to the file's. Return: how many, or a negative errno */
static int64_t hash_range(int fd, int64_t off, int64_t end, uint64_t *ret_hash)
{
	CLEANUP_FREE char *buf = malloc(CHUNK);
	int64_t start = off;
	ssize_t n = 1;

	*ret_hash = 0;
	while (buf && off < end && n > 0) {
		size_t want = end - off < (int64_t)CHUNK ? (size_t)(end - off) :
							   CHUNK;

		n = pread(fd, buf, want, off);
		if (n < 0)
			return -errno;
		*ret_hash = fsop_hash(buf, (size_t)n, *ret_hash);
		off += n;
	}
	return off - start;
}

/* "BYTES HASH" of what can be read there */
static int64_t print_sum(int fd, int64_t off, int64_t end, char *out)
{
	uint64_t hash;
	int64_t n = hash_range(fd, off, end, &hash);

	if (n < 0)
		return n;
	(void)sprintf(out, "%lld %016llx", (long long)n,
		      (unsigned long long)hash);
	return 0;
}

/* sum d OFFSET LENGTH: "BYTES HASH" */
FSOP(sum)
{
	return print_sum((int)a[0].n, a[1].n, a[1].n + a[2].n, out);
}

/* filesum NAME: the same of a whole file */
FSOP(filesum)
{
	CLEANUP_FD int fd = open(a[0].s, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : print_sum(fd, 0, INT64_MAX, out);
}

/* edgesum NAME: "SIZE HASH" of what lies near its edges: the beginning, those
 * of books, the end. Tests that write elsewhere do not use it.
 */
FSOP(edgesum)
{
	CLEANUP_FD int fd = open(a[0].s, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	uint64_t hash, all = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	for (int64_t at = 0; at < st.st_size + EDGE; at += (int64_t)f->book) {
		int64_t n = hash_range(fd, at > EDGE ? at - EDGE : 0, at + EDGE,
				       &hash);

		if (n < 0)
			return n;
		all = fsop_hash(&hash, sizeof(hash), all);
	}
	(void)sprintf(out, "%lld %016llx", (long long)st.st_size,
		      (unsigned long long)all);
	return 0;
}

/*
 * copy d OFFSET d OFFSET LENGTH: copy_file_range until it ends. Linux cuts it at
 * the size that it has of an inode, without asking the file system; whoever
 * copies has asked for the size before.
 */
FSOP(copy)
{
	off64_t from = a[1].n, to = a[3].n;
	int64_t done = 0;
	struct stat st;

	(void)fstat((int)a[0].n, &st);

	do {
		ssize_t n = copy_file_range((int)a[0].n, &from, (int)a[2].n,
					    &to, (size_t)(a[4].n - done), 0);

		if (n < 0 && !done)
			return -errno;
		if (n <= 0)
			break;
		done += n;
	} while (done < a[4].n);
	return done;
}

/* sendfile d OFFSET d LENGTH: to where the second one stands */
FSOP(sendfile)
{
	off64_t from = a[1].n;

	return fsop_result(
		sendfile((int)a[2].n, (int)a[0].n, &from, (size_t)a[3].n));
}

const struct fsop_def fsop_data[] = {
	{ "write", "ds", op_write },
	{ "pwrite", "dsn", op_pwrite },
	{ "read", "dn", op_read },
	{ "pread", "dnn", op_pread },
	{ "preadn", "dnn", op_preadn },
	{ "fill", "dnnn", op_fill },
	{ "vwrite", "dnnnn", op_vwrite },
	{ "check", "dnnn", op_check },
	{ "zero", "dnn", op_zero },
	{ "sum", "dnn", op_sum },
	{ "filesum", "s", op_filesum },
	{ "edgesum", "s", op_edgesum },
	{ "copy", "dndnn", op_copy },
	{ "sendfile", "dndn", op_sendfile },
	{ 0 },
};
