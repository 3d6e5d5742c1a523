/* SPDX-License-Identifier: MIT */

/* test_disk.c - Disks of nodes, and what qemu-img says of them */

#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "cleanup.h"
#include "file.h"
#include "qcow2_header.h"
#include "spawn.h"

/* ---- headers -------------------------------------------------------------- */

static void there_and_back(void **state)
{
	static const uint64_t sizes[] = { 512, 6ULL << 30, QCOW2_SIZE_MAX };
	uint8_t buf[QCOW2_HEADER_MAX];
	struct qcow2 q = { 0 }, got;
	size_t len;

	(void)state;
	memset(q.backing, 'x', QCOW2_BACKING_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		q.size = sizes[i];
		assert_int_equal(qcow2_format(&q, buf, &len), 0);
		assert_int_equal(qcow2_parse(buf, len, &got), 0);
		assert_int_equal(got.size, sizes[i]);
		assert_string_equal(got.backing, q.backing);
		assert_int_equal(qcow2_parse(buf, len - 1, &got), -EBADMSG);
		/* Not even a header. */
		assert_int_equal(qcow2_parse(buf, 71, &got), -EBADMSG);
		assert_int_equal(qcow2_parse(buf, 0, &got), -EBADMSG);
		buf[0] = 'q';
		assert_int_equal(qcow2_parse(buf, len, &got), -EBADMSG);
	}
}

static void impossible(void **state)
{
	static const struct qcow2 bad[] = {
		{ 0, "/x" },
		{ 513, "/x" },
		{ QCOW2_SIZE_MAX + 512, "/x" },
		{ 512, "" },
	};
	uint8_t buf[QCOW2_HEADER_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(qcow2_format(&bad[i], buf, &len), -EINVAL);
}

/* ---- in a cluster's directory --------------------------------------------- */

struct scratch {
	char dir[PATH_MAX / 2];
	char root[PATH_MAX];
	struct cluster c;
};

static void make_root(const char *path, off_t size)
{
	CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
}

static int setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));
	const char *tmp = getenv("TMPDIR");

	if (!s)
		return -1;
	(void)snprintf(s->dir, sizeof(s->dir), "%s/fame-test.XXXXXX",
		       tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir))
		return -1;
	s->c = (struct cluster)CLUSTER_NULL;
	s->c.dir = s->dir;
	s->c.dirfd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(s->root, sizeof(s->root), "%s/root.ext4", s->dir);
	make_root(s->root, 6LL << 30);
	*state = s;
	return s->c.dirfd < 0;
}

static int teardown(void **state)
{
	struct scratch *s = *state;
	int r = remove_tree(AT_FDCWD, s->dir);

	(void)close(s->c.dirfd);
	free(s);
	return r;
}

#define disk_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static int open_node01(struct scratch *s)
{
	int fd = -1;

	assert_int_equal(disk_open(&s->c, "node01", s->root, &fd), 0);
	return fd;
}

static void made_once(void **state)
{
	struct scratch *s = *state;
	CLEANUP_FREE char *data = NULL;
	struct err e = { "" };
	struct stat st;
	int fd;

	assert_int_equal(disk_check(&s->c, s->root, &e), 0);
	assert_int_equal(disk_bytes(&s->c, "node01"), 0);
	fd = open_node01(s);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 4 * QCOW2_CLUSTER);
	assert_int_equal(disk_bytes(&s->c, "node01"), st.st_blocks * 512);
	assert_true(st.st_blocks * 512 <= 128 << 10);
	assert_int_equal(pwrite(fd, "mark", 4, 5 * QCOW2_CLUSTER), 4);
	(void)close(fd);
	/* What is there is opened as it is. */
	fd = open_node01(s);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 5 * QCOW2_CLUSTER + 4);
	(void)close(fd);
	assert_int_equal(disk_check(&s->c, s->root, &e), 0);
	assert_int_equal(disk_remove_all(&s->c, &e), 0);
	assert_int_equal(disk_bytes(&s->c, "node01"), 0);
	assert_int_equal(disk_remove_all(&s->c, &e), 0);
}

static void of_another_image(void **state)
{
	struct scratch *s = *state;
	struct err e = { "" };
	int fd = open_node01(s);

	assert_int_equal(disk_check(&s->c, "/another/root.ext4", &e), -ESTALE);
	assert_non_null(strstr(e.msg, "node01.qcow2"));
	assert_non_null(strstr(e.msg, "--fresh"));
	assert_int_equal(pwrite(fd, "", 1, 0), 1);
	assert_int_equal(disk_check(&s->c, s->root, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "damaged"));
	(void)close(fd);
}

static void unusable(void **state)
{
	struct scratch *s = *state;
	int fd = -1;

	assert_int_equal(disk_open(&s->c, "node01", "/nothing", &fd), -ENOENT);
	assert_int_equal(mkdirat(s->c.dirfd, CLUSTER_DISK_DIR, 0700), -1);
	assert_int_equal(symlinkat("../root.ext4", s->c.dirfd,
				   CLUSTER_DISK_DIR "/node01.qcow2"),
			 0);
	assert_int_equal(disk_open(&s->c, "node01", s->root, &fd), -ELOOP);
	assert_int_equal(fd, -1);
}

static void qemu_img_agrees(void **state)
{
	struct scratch *s = *state;
	char path[PATH_MAX], out[4096] = "";
	char *const argv[] = { (char[]){ "qemu-img" }, (char[]){ "check" },
			       path, NULL };
	char *const info[] = { (char[]){ "qemu-img" }, (char[]){ "info" }, path,
			       NULL };
	int r;

	(void)close(open_node01(s));
	(void)snprintf(path, sizeof(path),
		       "%s/" CLUSTER_DISK_DIR "/node01.qcow2", s->dir);
	r = spawn_output(&(struct spawn){ .file = "qemu-img", .argv = argv },
			 STDOUT_FILENO, out, sizeof(out));
	if (r == -ENOENT)
		skip();
	if (r || !strstr(out, "No errors were found"))
		fail_msg("qemu-img check: %d: %s", r, out);
	r = spawn_output(&(struct spawn){ .file = "qemu-img", .argv = info },
			 STDOUT_FILENO, out, sizeof(out));
	assert_int_equal(r, 0);
	assert_non_null(strstr(out, "6442450944 bytes"));
	assert_non_null(strstr(out, s->root));
	assert_non_null(strstr(out, "backing file format: raw"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(impossible),
		disk_test(made_once),
		disk_test(of_another_image),
		disk_test(unusable),
		disk_test(qemu_img_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
