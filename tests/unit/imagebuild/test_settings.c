/* SPDX-License-Identifier: MIT */

/* test_settings.c - What the environment says */

#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"

static void size_of_disks(void **state)
{
	struct settings s;
	struct err e;

	(void)state;
	(void)setenv("HOME", "/x", 1);
	(void)unsetenv("FAME_VFS_GBYTES");
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(s.disk_size, 0);
	(void)setenv("FAME_VFS_GBYTES", "10", 1);
	assert_int_equal(settings_load(&s, &e), 0);
	assert_int_equal(s.disk_size, 10ULL << 30);
	(void)setenv("FAME_VFS_GBYTES", "0", 1);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
	(void)setenv("FAME_VFS_GBYTES", "6G", 1);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "\"6G\""));
	(void)setenv("FAME_VFS_GBYTES", "99999999999999999", 1);
	assert_int_equal(settings_load(&s, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_of_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
