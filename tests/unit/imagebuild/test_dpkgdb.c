/* SPDX-License-Identifier: MIT */

/* test_dpkgdb.c - The database of dpkg */

#include "dpkgdb.h"

#include <errno.h>

#include "../unit.h"
#include "scratch.h"

static void paragraph(void **state)
{
	char *s;

	(void)state;
	s = dpkgdb_status("Package: a\nVersion: 1\nDescription: x\n y\n\n",
			  "/etc/a\nremove-on-upgrade /etc/old\n/etc/b");
	assert_string_equal(s, "Package: a\n"
			       "Status: install ok unpacked\n"
			       "Version: 1\nDescription: x\n y\n"
			       "Conffiles:\n /etc/a newconffile\n"
			       " /etc/b newconffile\n\n");
	free(s);
	s = dpkgdb_status("Package: a", NULL);
	assert_string_equal(s, "Package: a\nStatus: install ok unpacked\n\n");
	free(s);
}

static int add(int root, const char *control, char **ret_status)
{
	struct deb_control c[] = {
		{ (char[]){ "control" }, strdup(control), strlen(control),
		  0644 },
		{ (char[]){ "postinst" }, (char[]){ "#!/bin/sh\n" }, 10, 0755 },
	};
	struct deb d = { .control = c, .n_control = ARRAY_SIZE(c) };
	int r;

	strv_push(&d.list, "/.");
	strv_push(&d.list, "/usr");
	r = dpkgdb_add(root, &d, ret_status);
	strv_deinit(&d.list);
	free(c[0].data);
	return r;
}

static char *read_text(int root, const char *path)
{
	char *text = NULL;

	assert_int_equal(file_read(root, path, 65536, &text, NULL), 0);
	return text;
}

static void whole_database(void **state)
{
	CLEANUP_STRV struct strv provided = { 0 };
	struct scratch *s = *state;
	char *status[2] = { NULL, NULL }, *text;
	struct stat st;

	assert_int_equal(dpkgdb_init(s->fd), 0);
	assert_int_equal(
		add(s->fd, "Package: one\nArchitecture: all\n", &status[0]), 0);
	assert_int_equal(add(s->fd,
			     "Package: two\nArchitecture: amd64\n"
			     "Multi-Arch: same\n",
			     &status[1]),
			 0);
	strv_push(&provided, "linux-initramfs-tool");
	assert_int_equal(dpkgdb_finish(s->fd, status, 2, &provided), 0);
	text = read_text(s->fd, "var/lib/dpkg/info/two:amd64.list");
	assert_string_equal(text, "/.\n/usr\n");
	free(text);
	assert_int_equal(
		fstatat(s->fd, "var/lib/dpkg/info/one.postinst", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(
		fstatat(s->fd, "var/lib/dpkg/info/one.control", &st, 0), -1);
	text = read_text(s->fd, "var/lib/dpkg/status");
	assert_ptr_equal(strstr(text, "Package: one\nStatus: install ok "
				      "unpacked\n"),
			 text);
	assert_non_null(strstr(text, "\n\nPackage: two\n"));
	assert_non_null(strstr(text, "Provides: linux-initramfs-tool\n"));
	free(text);
	free(status[0]);
	free(status[1]);
}

static void bad_control(void **state)
{
	struct scratch *s = *state;
	char *status = NULL;

	assert_int_equal(dpkgdb_init(s->fd), 0);
	assert_int_equal(add(s->fd, "", &status), -EBADMSG);
	assert_int_equal(add(s->fd, "Package: a\n", &status), -EBADMSG);
	assert_int_equal(add(s->fd, "Package: ../../a\nArchitecture: all\n",
			     &status),
			 -EBADMSG);
	assert_int_equal(add(s->fd, "Package: a\nArchitecture: x/../y\n",
			     &status),
			 -EBADMSG);
	assert_null(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraph),
		scratch_test(whole_database),
		scratch_test(bad_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
