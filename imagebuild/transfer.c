/* SPDX-License-Identifier: MIT */

/* transfer.c - An image as one file (the design: transfer.h) */

#include "transfer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "image.h"
#include "json.h"
#include "path.h"
#include "store.h"
#include "strv.h"

#define BLOCK (1U << 20)
#define REQUESTS "requests"
#define REQUESTS_MAX (1U << 20)

/* All that may be in an archive, and how large it may be. */
static const struct member {
	const char *name;
	uint64_t max;
} members[] = {
	{ IMAGE_JSON, IMAGE_JSON_MAX },	  { REQUESTS, REQUESTS_MAX },
	{ IMAGE_VMLINUX, 1ULL << 30 },	  { IMAGE_INITRAMFS, 4ULL << 30 },
	{ IMAGE_ROOT, PROFILE_DISK_MAX },
};

/* ---- writing -------------------------------------------------------------- */

static int archive_fail(struct archive *a)
{
	int code = archive_errno(a);

	return code > 0 ? -code : -EIO;
}

/* The archive is told where the data of @fd is. */
static int add_holes(struct archive_entry *m, int fd, off_t size)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t end = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);

		if (end < 0) /* ENXIO: only a hole is left */
			return errno == ENXIO ? 0 : -errno;
		archive_entry_sparse_add_entry(m, data, end - data);
		at = end;
	}
	return 0;
}

static int write_bytes(struct archive *a, int fd, off_t size)
{
	CLEANUP_FREE char *buf = malloc(BLOCK);

	if (!buf)
		return -ENOMEM;
	for (off_t at = 0; at < size;) {
		size_t n;
		int r = read_at(fd, buf, BLOCK, at, &n);

		if (r < 0 || !n)
			return r < 0 ? r : -EIO;
		if (archive_write_data(a, buf, n) < 0)
			return archive_fail(a);
		at += (off_t)n;
	}
	return 0;
}

static int write_file(struct archive *a, const char *name, int fd)
{
	struct archive_entry *m = archive_entry_new();
	struct stat st;
	int r = 0;

	if (!m)
		return -ENOMEM;
	if (fstat(fd, &st) < 0) {
		archive_entry_free(m);
		return -errno;
	}
	archive_entry_set_pathname(m, name);
	archive_entry_set_mode(m, S_IFREG | 0444);
	archive_entry_set_size(m, st.st_size);
	if (!strcmp(name, IMAGE_ROOT))
		r = add_holes(m, fd, st.st_size);
	if (r == 0 && archive_write_header(a, m) != ARCHIVE_OK)
		r = archive_fail(a);
	archive_entry_free(m);
	return r < 0 ? r : write_bytes(a, fd, st.st_size);
}

static int write_requests(struct archive *a, const char *cache, const char *key)
{
	struct archive_entry *m = archive_entry_new();
	CLEANUP_FREE char *text = NULL;
	int r = m ? store_requests_of(cache, key, &text) : -ENOMEM;

	if (r == 0) {
		archive_entry_set_pathname(m, REQUESTS);
		archive_entry_set_mode(m, S_IFREG | 0444);
		archive_entry_set_size(m, (la_int64_t)strlen(text));
		if (archive_write_header(a, m) != ARCHIVE_OK ||
		    archive_write_data(a, text, strlen(text)) < 0)
			r = archive_fail(a);
	}
	archive_entry_free(m);
	return r;
}

static int write_members(struct archive *a, const char *cache, int dir,
			 const char *key)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members) && r == 0; i++) {
		const char *name = members[i].name;
		CLEANUP_FD int fd = -1;

		if (!strcmp(name, REQUESTS)) {
			r = write_requests(a, cache, key);
			continue;
		}
		fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			r = write_file(a, name, fd);
		else if (strcmp(name, IMAGE_ROOT) != 0)
			r = -errno; /* only a disk may be missing */
	}
	return r;
}

static int write_archive(const char *cache, int dir, const char *key, int fd)
{
	struct archive *a = archive_write_new();
	int r = 0;

	if (!a)
		return -ENOMEM;
	if (archive_write_set_format_pax(a) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK)
		r = archive_fail(a);
	if (r == 0)
		r = write_members(a, cache, dir, key);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = archive_fail(a);
	(void)archive_write_free(a);
	return r;
}

static int write_aside(const char *cache, const char *dir, const char *key,
		       const char *to)
{
	CLEANUP_FD int from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct file_aside a = { .fd = -1 };
	int r = from < 0 ? -errno : file_begin_aside(&a, AT_FDCWD, to, 0644);

	if (r < 0)
		return r;
	return file_end_aside(&a, write_archive(cache, from, key, a.fd));
}

int image_export(const char *cache, const char *dir, const char *to,
		 struct err *e)
{
	char key[HASH_HEX];
	int r = image_verify(dir, true, e);

	if (r == 0)
		r = image_read_key(dir, key, e);
	if (r < 0)
		return r;
	r = write_aside(cache, dir, key, to);
	return r < 0 ? err_set(e, r, "cannot write \"%s\": %s", to,
			       strerror(-r)) :
		       0;
}

/* ---- reading -------------------------------------------------------------- */

static const struct member *find_member(struct archive_entry *m)
{
	const char *name = archive_entry_pathname(m);

	for (size_t i = 0; name && i < ARRAY_SIZE(members); i++)
		if (!strcmp(members[i].name, name) &&
		    archive_entry_filetype(m) == AE_IFREG &&
		    !archive_entry_hardlink(m) && archive_entry_size(m) >= 0 &&
		    (uint64_t)archive_entry_size(m) <= members[i].max)
			return &members[i];
	return NULL;
}

static int read_blocks(struct archive *a, int fd, uint64_t max)
{
	for (;;) {
		const void *block;
		size_t len;
		la_int64_t at;
		int r = archive_read_data_block(a, &block, &len, &at);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_OK || at < 0 || (uint64_t)at > max ||
		    len > max - (uint64_t)at)
			return -EBADMSG;
		r = write_all_at(fd, block, len, at);
		if (r < 0)
			return r;
	}
}

static int read_member(struct archive *a, struct archive_entry *m, int dir)
{
	const struct member *is = find_member(m);
	CLEANUP_FD int fd = -1;
	int r;

	if (!is)
		return -EBADMSG;
	fd = openat(dir, is->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? -EBADMSG : -errno;
	r = read_blocks(a, fd, (uint64_t)archive_entry_size(m));
	if (r == 0 &&
	    (ftruncate(fd, archive_entry_size(m)) < 0 || fchmod(fd, 0444) < 0))
		r = -errno;
	return r;
}

static int read_archive(int fd, int dir)
{
	struct archive *a = archive_read_new();
	struct archive_entry *m;
	int r = 0, got;

	if (!a)
		return -ENOMEM;
	(void)archive_read_support_filter_zstd(a);
	(void)archive_read_support_format_tar(a);
	got = archive_read_open_fd(a, fd, BLOCK);
	while (got == ARCHIVE_OK && r == 0) {
		got = archive_read_next_header(a, &m);
		if (got == ARCHIVE_OK)
			r = read_member(a, m, dir);
	}
	if (r == 0 && got != ARCHIVE_EOF)
		r = -EBADMSG;
	(void)archive_read_free(a);
	return r;
}

/* They are no part of the image. */
static int take_requests(int dir, struct strv *ret)
{
	CLEANUP_FREE char *text = NULL;
	char *save = NULL;
	int r = file_read(dir, REQUESTS, REQUESTS_MAX, &text, NULL);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char *l = strtok_r(text, "\n", &save); l;
	     l = strtok_r(NULL, "\n", &save)) {
		if (!hash_is_hex(l))
			return -EBADMSG;
		strv_push(ret, l);
	}
	if (!strv_ok(ret))
		return -ENOMEM;
	return unlinkat(dir, REQUESTS, 0) < 0 ? -errno : 0;
}

/* Requests lead to what is there already. */
static int take_image(const char *cache, const char *image, int dir,
		      char key[HASH_HEX], struct err *e)
{
	CLEANUP_STRV struct strv requests = { 0 };
	int r = image_verify(image, true, e);

	if (r == 0)
		r = image_read_key(image, key, e);
	if (r == 0)
		r = take_requests(dir, &requests);
	if (r == 0)
		r = store_publish(cache, image, key);
	for (size_t i = 0; i < requests.n && r == 0; i++)
		r = store_request_put(cache, requests.v[i], key);
	return r;
}

int image_import(const char *cache, const char *dir, const char *from,
		 char ret_key[HASH_HEX], struct err *e)
{
	CLEANUP_FD int fd = open(from, O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int to = -1;
	char image[PATH_MAX], key[HASH_HEX];
	int r = fd < 0 ? -errno : 0;

	if (r == 0)
		r = path_format(image, sizeof(image), "%s/image", dir);
	if (r == 0 && mkdir(image, 0755) < 0)
		r = -errno;
	if (r == 0) {
		to = open(image, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = to < 0 ? -errno : read_archive(fd, to);
	}
	if (r == 0)
		r = take_image(cache, image, to, key, NULL);
	if (r == 0)
		memcpy(ret_key, key, sizeof(key));
	if (r == -EBADMSG)
		return err_set(e, r,
			       "\"%s\" is damaged, or no exported image: "
			       "export it again",
			       from);
	return r < 0 ? err_set(e, r, "cannot import \"%s\": %s", from,
			       strerror(-r)) :
		       0;
}
