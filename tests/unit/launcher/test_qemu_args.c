/* SPDX-License-Identifier: MIT */

/* test_qemu_args.c - QEMU's command line against golden files
 *
 * One argument a line. With FAME_GOLDEN_UPDATE set, the files are written
 * anew: read the difference before you commit it.
 */

#include "qemu_args.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit.h"
#include "file.h"
#include "qemu_probe.h"

#define GOLDEN "tests/unit/launcher/golden/"

static char *lines(const struct qemu_conf *c)
{
	CLEANUP_STRV struct strv v = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	qemu_args(c, &v);
	assert_true(strv_ok(&v));
	for (size_t i = 0; i < v.n; i++)
		fprintf(f, "%s\n", v.v[i]);
	(void)fclose(f);
	return text;
}

static void compare(const struct qemu_conf *c, const char *file)
{
	CLEANUP_FREE char *have = lines(c);
	CLEANUP_FREE char *want = NULL;

	if (getenv("FAME_GOLDEN_UPDATE"))
		assert_int_equal(file_write(AT_FDCWD, file, have, strlen(have),
					    0644),
				 0);
	assert_int_equal(file_read(AT_FDCWD, file, 65536, &want, NULL), 0);
	assert_string_equal(have, want);
}

static const struct qemu_conf node01 = {
	.name = "node01",
	.mac = "48:50:42:01:01:01",
	.kernel = "/cache/images/k/vmlinux",
	.initramfs = "/cache/images/k/initramfs",
	.append = "",
	.vcpus = 1,
	.tsc_khz = 2595124,
	.memory_kib = 262144,
	.fam_size = 4ULL << 30,
};

static void tcg(void **state)
{
	(void)state;
	compare(&node01, GOLDEN "tcg.args");
}

static void kvm(void **state)
{
	struct qemu_conf c = node01;

	(void)state;
	c.kvm = true;
	c.vcpus = 2;
	c.append = "loglevel=7 single";
	compare(&c, GOLDEN "kvm.args");
}

static void bridge(void **state)
{
	struct qemu_conf c = node01;

	(void)state;
	c.tap = true;
	compare(&c, GOLDEN "bridge.args");
}

static void by_hand(void **state)
{
	struct qemu_conf c = node01;

	(void)state;
	c.by_hand = "user,id=lan";
	compare(&c, GOLDEN "by_hand.args");
}

static void doorbell(void **state)
{
	struct qemu_conf c = node01;

	(void)state;
	c.doorbell_vectors = 16;
	compare(&c, GOLDEN "doorbell.args");
}

static void disk(void **state)
{
	struct qemu_conf c = node01;

	(void)state;
	c.disk = true;
	c.tsc_khz = 0;
	c.memory_kib = 786432;
	c.append = "root=/dev/vda";
	compare(&c, GOLDEN "disk.args");
}

static void comma(void **state)
{
	struct qemu_conf c = node01;
	CLEANUP_FREE char *text = NULL;

	(void)state;
	c.name = "a,b";
	text = lines(&c);
	assert_non_null(strstr(text, "-name\na,,b\n"));
}

static void versions(void **state)
{
	static const char *const bad[] = {
		"",
		"QEMU emulator version ",
		"QEMU emulator version x.1",
		"QEMU emulator version 7",
		"qemu-system-x86_64: command",
	};
	struct qemu_version v = { 9, 9 };

	(void)state;
	assert_int_equal(qemu_parse_version("QEMU emulator version 7.2.22 "
					    "(Debian 1:7.2+dfsg-7)\n",
					    &v),
			 0);
	assert_int_equal(v.major, 7);
	assert_int_equal(v.minor, 2);
	assert_int_equal(
		qemu_parse_version("QEMU emulator version 10.0.50", &v), 0);
	assert_int_equal(v.major, 10);
	assert_int_equal(v.minor, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(qemu_parse_version(bad[i], &v), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcg),	    cmocka_unit_test(kvm),
		cmocka_unit_test(bridge),   cmocka_unit_test(by_hand),
		cmocka_unit_test(doorbell), cmocka_unit_test(disk),
		cmocka_unit_test(comma),    cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
