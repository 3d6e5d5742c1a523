/* SPDX-License-Identifier: MIT */

/* test_report.c - JUnit's XML */

#include "report.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "file.h"

static char *junit(const struct report_step *steps, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	report_junit(f, steps, n);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void steps(void **state)
{
	const struct report_step s[] = { { "up", 1.5, NULL },
					 { "test", 0.25, "status 3" } };
	char *text = junit(s, 2);

	(void)state;
	assert_string_equal(
		text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuite name=\"fame-run\" tests=\"2\" failures=\"1\" "
		      "time=\"1.750\">\n"
		      "  <testcase classname=\"fame-run\" name=\"up\" "
		      "time=\"1.500\"/>\n"
		      "  <testcase classname=\"fame-run\" name=\"test\" "
		      "time=\"0.250\">\n"
		      "    <failure message=\"status 3\"/>\n"
		      "  </testcase>\n"
		      "</testsuite>\n");
	free(text);
}

static void escaped(void **state)
{
	const struct report_step s[] = { { "a<b>&\"c\"", 0,
					   "bell \a, \033[1m" } };
	char *text = junit(s, 1);

	(void)state;
	assert_non_null(strstr(text, "name=\"a&lt;b&gt;&amp;&quot;c&quot;\""));
	assert_non_null(strstr(text, "message=\"bell ?, ?[1m\""));
	free(text);
}

/* XML is UTF-8, whatever a command is called. */
static void not_utf8(void **state)
{
	const struct report_step s[] = { { "a\xff\xc3\xa4", 0, NULL } };
	char *text = junit(s, 1);

	(void)state;
	assert_non_null(strstr(text, "name=\"a\xef\xbf\xbd"));
	assert_null(strchr(text, 0xff));
	free(text);
}

static void write_file(const char *dir, const char *name, off_t size)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_return_code(fd, errno);
	assert_return_code(ftruncate(fd, size), errno);
	assert_return_code(close(fd), errno);
}

/* Size of a log in the archive; -1 = it is not there. */
static int64_t archived(const char *dir, const char *name)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int64_t size = -1;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/logs.tar.gz", dir);
	assert_int_equal(archive_read_support_filter_gzip(a), ARCHIVE_OK);
	assert_int_equal(archive_read_support_format_tar(a), ARCHIVE_OK);
	assert_int_equal(archive_read_open_filename(a, path, 65536),
			 ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK)
		if (!strcmp(archive_entry_pathname(entry), name))
			size = archive_entry_size(entry);
	assert_int_equal(archive_read_free(a), ARCHIVE_OK);
	return size;
}

/* One log that is too long does not cost the others. */
static void long_logs(void **state)
{
	char dir[] = "/tmp/fame-report-XXXXXX", *text;
	struct err e = { "" };
	char log[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(fd, errno);
	assert_int_equal(report_cluster(dir, fd, NULL, &e), -ENOENT);
	text = strstr(e.msg, "No such file");
	assert_non_null(text);
	(void)snprintf(log, sizeof(log), "%s/log", dir);
	assert_return_code(mkdir(log, 0700), errno);
	write_file(log, "long", (64 << 20) + 1);
	write_file(log, "short", 1000);
	assert_return_code(mkfifoat(fd, "log/fifo", 0600), errno);
	assert_return_code(symlinkat("long", fd, "log/link"), errno);
	assert_int_equal(report_cluster(dir, fd, NULL, &e), 0);
	assert_int_equal(archived(dir, "log/long"), 64 << 20);
	assert_int_equal(archived(dir, "log/short"), 1000);
	assert_int_equal(archived(dir, "log/fifo"), -1);
	assert_int_equal(archived(dir, "log/link"), -1);
	assert_return_code(close(fd), errno);
	assert_int_equal(remove_tree(AT_FDCWD, dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps),
		cmocka_unit_test(escaped),
		cmocka_unit_test(not_utf8),
		cmocka_unit_test(long_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
