/* SPDX-License-Identifier: MIT */

/* test_script.c - What a shell makes of the script */

#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "cleanup.h"
#include "json.h"
#include "spawn.h"

static struct plan plan(void)
{
	struct plan p = { .topology = { .n_nodes = 2,
					.hostbase = "node",
					.octets = "10.1.2",
					.fam_size = 1ULL << 30 },
			  .append = "",
			  .profile = "tiny",
			  .memory_kib = 262144,
			  .vcpus = 1 };

	assert_int_equal(topology_init(&p.topology), 0);
	(void)snprintf(p.image.kernel, sizeof(p.image.kernel), "/a b/vmlinux");
	(void)snprintf(p.image.initramfs, sizeof(p.image.initramfs),
		       "/a b/initramfs");
	return p;
}

/* The shell's status; what it printed is in @buf. */
static int shell(char *line, char *buf, size_t size)
{
	char sh[] = "sh", c[] = "-c", *argv[] = { sh, c, line, NULL };

	return spawn_output(&(struct spawn){ .file = sh, .argv = argv },
			    STDOUT_FILENO, buf, size);
}

/* One word, in which the shell has put what the script has found out. */
static void identity(void **state)
{
	struct plan p = plan();
	CLEANUP_FREE char *word = NULL, *line = NULL;
	CLEANUP_JSON json_t *o = NULL;
	char buf[4096] = "";
	const char *text;
	int64_t v;

	(void)state;
	p.user = "u";
	p.password = "it's $HOME \\ \"\xc3\xa4\"";
	word = script_identity(&p, 2);
	assert_non_null(word);
	assert_true(asprintf(&line,
			     "time=7000000000 seed=ab port=9; printf %%s %s",
			     word) > 0);
	assert_int_equal(shell(line, buf, sizeof(buf)), 0);
	assert_int_equal(json_parse_object(buf, strlen(buf), &o), 0);
	assert_int_equal(json_get_i64(o, "time_ns", &v), 0);
	assert_int_equal(v, 7000000000);
	assert_int_equal(json_get_string(o, "seed", &text), 0);
	assert_string_equal(text, "ab");
	assert_int_equal(
		json_get_i64(json_object_get(o, "librarian"), "port", &v), 0);
	assert_int_equal(v, 9);
	assert_int_equal(json_get_string(o, "hostname", &text), 0);
	assert_string_equal(text, "node02");
	assert_int_equal(json_get_string(o, "dns", &text), 0);
	assert_string_equal(text, "10.1.2.253");
	assert_int_equal(json_get_string(json_object_get(o, "user"), "password",
					 &text),
			 0);
	assert_string_equal(text, p.password);
	/* A frame counts bytes, a shell characters. */
	for (const char *c = buf; *c; c++)
		assert_true(*c > 0);
}

/* Whatever paths are called, and with a disk. */
static void is_a_script(void **state)
{
	char path[] = "/tmp/fame-script-XXXXXX", line[128], buf[256] = "";
	struct plan p = plan();
	struct err e = { "" };
	int fd = mkstemp(path);
	FILE *f;

	(void)state;
	assert_return_code(fd, errno);
	(void)snprintf(p.image.root, sizeof(p.image.root), "/it's/root.raw");
	(void)snprintf(p.image.append, sizeof(p.image.append), "root=/dev/vda");
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_int_equal(script_write(f, &p, "/it's/fame-librarian", &e), 0);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(line, sizeof(line), "sh -n %s && grep -c qemu- %s", path,
		       path);
	assert_int_equal(shell(line, buf, sizeof(buf)), 0);
	/* Two machines, and two disks. */
	assert_string_equal(buf, "4\n");
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(is_a_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
