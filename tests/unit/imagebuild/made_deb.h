/* SPDX-License-Identifier: MIT */

/* made_deb.h - Packages made for tests, hostile ones included */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct made_member {
	const char *name; /* with "shadow" in it: group 42 */
	mode_t mode;	  /* with the type */
	const char *data; /* file: text; link: target */
	const char *link; /* hard link to this name */
};

struct made_blob {
	char *data;
	size_t len;
};

static la_ssize_t made_write(struct archive *a, void *user, const void *buf,
			     size_t len)
{
	struct made_blob *b = user;

	(void)a;
	b->data = realloc(b->data, b->len + len + 1);
	memcpy(b->data + b->len, buf, len);
	b->len += len;
	return (la_ssize_t)len;
}

static inline struct made_blob made_tar(const struct made_member *m, size_t n)
{
	struct archive *a = archive_write_new();
	struct made_blob b = { 0 };

	(void)archive_write_set_format_gnutar(a);
	(void)archive_write_add_filter_xz(a);
	(void)archive_write_open(a, &b, NULL, made_write, NULL);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *e = archive_entry_new();
		size_t len = S_ISREG(m[i].mode) && m[i].data && !m[i].link ?
				     strlen(m[i].data) :
				     0;

		archive_entry_set_pathname(e, m[i].name);
		archive_entry_set_mode(e, m[i].mode);
		archive_entry_set_size(e, (la_int64_t)len);
		archive_entry_set_mtime(e, 1234567890, 0);
		archive_entry_set_gid(e, strstr(m[i].name, "shadow") ? 42 : 0);
		if (S_ISLNK(m[i].mode))
			archive_entry_set_symlink(e, m[i].data);
		if (m[i].link)
			archive_entry_set_hardlink(e, m[i].link);
		(void)archive_write_header(a, e);
		if (len)
			(void)archive_write_data(a, m[i].data, len);
		archive_entry_free(e);
	}
	(void)archive_write_close(a);
	(void)archive_write_free(a);
	return b;
}

static inline void made_ar_add(struct archive *a, const char *name,
			       const void *data, size_t len)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_size(e, (la_int64_t)len);
	(void)archive_write_header(a, e);
	(void)archive_write_data(a, data, len);
	archive_entry_free(e);
}

/* NULL members: that part of the package is missing. */
static inline void made_deb(const char *path, const struct made_member *control,
			    size_t n_control, const struct made_member *data,
			    size_t n_data)
{
	struct archive *a = archive_write_new();
	struct made_blob b;

	(void)archive_write_set_format_ar_bsd(a);
	(void)archive_write_open_filename(a, path);
	made_ar_add(a, "debian-binary", "2.0\n", 4);
	if (control) {
		b = made_tar(control, n_control);
		made_ar_add(a, "control.tar.xz", b.data, b.len);
		free(b.data);
	}
	if (data) {
		b = made_tar(data, n_data);
		made_ar_add(a, "data.tar.xz", b.data, b.len);
		free(b.data);
	}
	(void)archive_write_close(a);
	(void)archive_write_free(a);
}
