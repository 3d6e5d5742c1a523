/* SPDX-License-Identifier: MIT */

/* report.c - What "run" leaves for a CI system */

#include "report.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cluster.h"
#include "file.h"
#include "json.h"
#include "utf8.h"

#define LOG_MAX (64U << 20) /* of one; the rest is left out */

/* ---- junit.xml ------------------------------------------------------------ */

/* A command's name may be any bytes; a document is UTF-8. */
static void escape(FILE *f, const char *bytes)
{
	CLEANUP_FREE char *text = utf8_show(bytes);

	for (const char *p = text ? text : ""; *p; p++)
		switch (*p) {
		case '<':
			(void)fputs("&lt;", f);
			break;
		case '>':
			(void)fputs("&gt;", f);
			break;
		case '&':
			(void)fputs("&amp;", f);
			break;
		case '"':
			(void)fputs("&quot;", f);
			break;
		default:
			(void)fputc((unsigned char)*p < ' ' && *p != '\t' &&
						    *p != '\n' ?
					    '?' :
					    *p,
				    f);
		}
}

static void write_step(FILE *f, const struct report_step *s)
{
	(void)fputs("  <testcase classname=\"fame-run\" name=\"", f);
	escape(f, s->name);
	(void)fprintf(f, "\" time=\"%.3f\"", s->seconds);
	if (!s->failure) {
		(void)fputs("/>\n", f);
		return;
	}
	(void)fputs(">\n    <failure message=\"", f);
	escape(f, s->failure);
	(void)fputs("\"/>\n  </testcase>\n", f);
}

void report_junit(FILE *f, const struct report_step *steps, size_t n)
{
	unsigned failures = 0;
	double seconds = 0;

	for (size_t i = 0; i < n; i++) {
		failures += steps[i].failure != NULL;
		seconds += steps[i].seconds;
	}
	(void)fprintf(f,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuite name=\"fame-run\" tests=\"%zu\" "
		      "failures=\"%u\" time=\"%.3f\">\n",
		      n, failures, seconds);
	for (size_t i = 0; i < n; i++)
		write_step(f, &steps[i]);
	(void)fputs("</testsuite>\n", f);
}

/* ---- the directory -------------------------------------------------------- */

static int open_dir(const char *dir, int *ret_fd)
{
	int r = mkdir_parents(dir, 0755);

	if (r < 0)
		return r;
	*ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

static int cannot(struct err *e, int r, const char *dir, const char *name)
{
	return err_set(e, r, "cannot write the report '%s/%s': %s", dir, name,
		       strerror(-r));
}

int report_write(const char *dir, const struct report_step *steps, size_t n,
		 struct err *e)
{
	static const char name[] = "junit.xml";
	CLEANUP_FREE char *text = NULL;
	CLEANUP_FD int fd = -1;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return err_set(e, -ENOMEM, "out of memory");
	report_junit(f, steps, n);
	if (fclose(f) != 0)
		return err_set(e, -ENOMEM, "out of memory");
	r = open_dir(dir, &fd);
	if (r == 0)
		r = file_write(fd, name, text, len, 0644);
	return r < 0 ? cannot(e, r, dir, name) : 0;
}

/* ---- logs ----------------------------------------------------------------- */

/* It may grow meanwhile, or be begun anew: then zeros fill it up. */
static int add_bytes(struct archive *a, int fd, la_int64_t left)
{
	char buf[65536];

	while (left > 0) {
		size_t most = left < (la_int64_t)sizeof(buf) ? (size_t)left :
							       sizeof(buf);
		ssize_t n = read(fd, buf, most);

		if (n < 0)
			return -errno;
		if (!n)
			break;
		if (archive_write_data(a, buf, (size_t)n) != n)
			return -EIO;
		left -= n;
	}
	return 0;
}

static int add_log(struct archive *a, struct archive_entry *entry, int dir,
		   const char *name)
{
	CLEANUP_FD int fd = openat(
		dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char path[NAME_MAX + sizeof(CLUSTER_LOG_DIR) + 1];
	la_int64_t size;
	struct stat st;

	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return 0; /* neither is a log */
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	size = st.st_size < LOG_MAX ? st.st_size : LOG_MAX;
	(void)snprintf(path, sizeof(path), CLUSTER_LOG_DIR "/%s", name);
	(void)archive_entry_clear(entry);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, st.st_mtime, 0);
	archive_entry_set_size(entry, size);
	if (archive_write_header(a, entry) != ARCHIVE_OK)
		return -EIO;
	return add_bytes(a, fd, size);
}

static int add_logs(struct archive *a, int cluster)
{
	DIR *d = file_open_dir(cluster, CLUSTER_LOG_DIR);
	struct archive_entry *entry;
	const struct dirent *de;
	int r = 0;

	if (!d)
		return -errno;
	entry = archive_entry_new();
	if (!entry)
		r = -ENOMEM;
	while (r == 0 && (de = readdir(d)))
		r = add_log(a, entry, dirfd(d), de->d_name);
	archive_entry_free(entry);
	(void)closedir(d);
	return r;
}

static int write_logs(int dir, const char *name, int cluster)
{
	CLEANUP_FD int fd = openat(
		dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct archive *a = archive_write_new();
	int r = 0;

	if (fd < 0)
		r = -errno;
	else if (!a || archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
		 archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
		 archive_write_open_fd(a, fd) != ARCHIVE_OK)
		r = -ENOMEM;
	if (r == 0)
		r = add_logs(a, cluster);
	if (a && archive_write_close(a) != ARCHIVE_OK && r == 0)
		r = -EIO;
	(void)archive_write_free(a);
	return r;
}

int report_cluster(const char *dir, int cluster, const json_t *status,
		   struct err *e)
{
	CLEANUP_FREE char *text = status ? json_dumps(status, JSON_INDENT(2)) :
					   NULL;
	CLEANUP_FD int fd = -1;
	int r;

	r = open_dir(dir, &fd);
	if (r < 0)
		return cannot(e, r, dir, "");
	if (text)
		r = file_write(fd, "status.json", text, strlen(text), 0644);
	if (r < 0)
		return cannot(e, r, dir, "status.json");
	r = write_logs(fd, "logs.tar.gz", cluster);
	return r < 0 ? cannot(e, r, dir, "logs.tar.gz") : 0;
}
