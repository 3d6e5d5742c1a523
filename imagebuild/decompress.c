/* SPDX-License-Identifier: MIT */

/* decompress.c - Bytes that are compressed in whichever usual way */

#include "decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define ROOM_FIRST (256U << 10)
#define READ_BLOCK (256U << 10)

static void cleanup_archive(struct archive **a)
{
	(void)archive_read_free(*a);
}

#define CLEANUP_ARCHIVE __attribute__((cleanup(cleanup_archive)))

static int error_of(struct archive *a)
{
	return archive_errno(a) == ENOMEM ? -ENOMEM : -EBADMSG;
}

/* Room for more than @max is never made. */
static int grow(char **buf, size_t *room, size_t max)
{
	size_t more = *room ? *room * 2 : ROOM_FIRST;
	char *p;

	if (more > max + 1)
		more = max + 1;
	p = realloc(*buf, more + 1);
	if (!p)
		return -ENOMEM;
	*buf = p;
	*room = more;
	return 0;
}

static int read_all(struct archive *a, size_t max, char **ret_data,
		    size_t *ret_len)
{
	CLEANUP_FREE char *buf = NULL;
	size_t room = 0, len = 0;
	int r;

	for (;;) {
		la_ssize_t n;

		if (len > max)
			return -EFBIG;
		if (len == room) {
			r = grow(&buf, &room, max);
			if (r < 0)
				return r;
		}
		n = archive_read_data(a, buf + len, room - len);
		if (n < 0)
			return error_of(a);
		if (!n)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	*ret_data = take_ptr(&buf);
	*ret_len = len;
	return 0;
}

static struct archive *raw_new(void)
{
	struct archive *a = archive_read_new();

	if (!a)
		return NULL;
	(void)archive_read_support_filter_zstd(a);
	(void)archive_read_support_filter_xz(a);
	(void)archive_read_support_filter_gzip(a);
	(void)archive_read_support_filter_bzip2(a);
	(void)archive_read_support_filter_lz4(a);
	(void)archive_read_support_filter_lzma(a);
	(void)archive_read_support_format_raw(a);
	return a;
}

int decompress(const void *data, size_t len, size_t max, char **ret_data,
	       size_t *ret_len)
{
	CLEANUP_ARCHIVE struct archive *a = raw_new();
	struct archive_entry *m;

	if (!a)
		return -ENOMEM;
	if (archive_read_open_memory(a, data, len) != ARCHIVE_OK ||
	    archive_read_next_header(a, &m) != ARCHIVE_OK)
		return error_of(a);
	return read_all(a, max, ret_data, ret_len);
}

int decompress_file(int fd, size_t max, char **ret_data, size_t *ret_len)
{
	CLEANUP_ARCHIVE struct archive *a = raw_new();
	struct archive_entry *m;

	if (!a)
		return -ENOMEM;
	if (archive_read_open_fd(a, fd, READ_BLOCK) != ARCHIVE_OK ||
	    archive_read_next_header(a, &m) != ARCHIVE_OK)
		return error_of(a);
	return read_all(a, max, ret_data, ret_len);
}
