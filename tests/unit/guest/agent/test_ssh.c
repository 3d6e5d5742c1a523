/* SPDX-License-Identifier: MIT */

/* test_ssh.c - A node's ssh keys, what else it does with an identity */

#include "ssh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "hook.h"

#include "../../unit.h"

/* Made for this test, of use nowhere. */
static const char key[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt"
	"ZW\n"
	"QyNTUxOQAAACAHz0NYX3/kT49ijOtWlBvXjelP5Rzz8t7mUZVnNUp65wAAAIhsNOB0bD"
	"Tg\n"
	"dAAAAAtzc2gtZWQyNTUxOQAAACAHz0NYX3/kT49ijOtWlBvXjelP5Rzz8t7mUZVnNUp6"
	"5w\n"
	"AAAECcRYidJgd3HNcp6JCNqzy17PzrWzsBg5krNDukK2geEgfPQ1hff+RPj2KM61aUG9"
	"eN\n"
	"6U/lHPPy3uZRlWc1SnrnAAAABGZhbWUB\n"
	"-----END OPENSSH PRIVATE KEY-----\n";
static const unsigned char seed[] = { 0x9c, 0x45, 0x88, 0x9d, 0x26, 0x07,
				      0x77, 0x1c, 0xd7, 0x29, 0xe8, 0x90 };
static const unsigned char public[] = { 0x07, 0xcf, 0x43, 0x58, 0x5f, 0x7f };

static char dir[] = "/tmp/test_ssh.XXXXXX";

static struct identity make(void)
{
	struct identity id = { .hostname = "node01",
			       .domain = "fame",
			       .n_hosts = 2,
			       .has_ssh = true };

	(void)snprintf(id.hosts[0].name, sizeof(id.hosts[0].name), "node01");
	(void)snprintf(id.hosts[0].key, sizeof(id.hosts[0].key),
		       "ssh-ed25519 AAAA fame");
	id.hosts[0].address.s_addr = htonl(0xc0a82a01);
	(void)snprintf(id.hosts[1].name, sizeof(id.hosts[1].name), "torms");
	(void)snprintf(id.ssh.key, sizeof(id.ssh.key), "%s", key);
	(void)snprintf(id.ssh.host_key, sizeof(id.ssh.host_key), "%s", key);
	(void)snprintf(id.ssh.authorized, sizeof(id.ssh.authorized),
		       "ssh-ed25519 BBBB fame");
	return id;
}

static void dropbear_format(void **state)
{
	unsigned char data[SSH_DROPBEAR_SIZE];
	char *bad = strdup(key);

	(void)state;
	assert_int_equal(ssh_to_dropbear(key, data), 0);
	assert_memory_equal(data, "\0\0\0\013ssh-ed25519\0\0\0\100", 19);
	assert_memory_equal(data + 19, seed, sizeof(seed));
	assert_memory_equal(data + 51, public, sizeof(public));
	/* Damaged anywhere in front of the key itself: refused or the same. */
	for (size_t i = 36; bad && i < 80; i++) {
		bad[i] = '~';
		assert_int_equal(ssh_to_dropbear(bad, data), -EINVAL);
		bad[i] = key[i];
	}
	/* Cut off anywhere. */
	for (size_t i = 0; bad && i < 340; i++) {
		memcpy(bad, key, sizeof(key));
		bad[i] = '\0';
		assert_int_equal(ssh_to_dropbear(bad, data), -EINVAL);
	}
	free(bad);
}

static void known_hosts(void **state)
{
	struct identity id = make();
	CLEANUP_FREE char *text = ssh_known_hosts(&id);

	(void)state;
	/* A host without a key is not listed. */
	assert_string_equal(text, "node01,node01.fame,192.168.42.1 "
				  "ssh-ed25519 AAAA fame\n");
}

static void is_file(const char *sub, const char *name, mode_t mode,
		    const char *start)
{
	CLEANUP_FREE char *text = NULL;
	char path[256];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", dir, sub, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
	assert_memory_equal(text, start, strlen(start));
}

static void files(void **state)
{
	struct identity id = make();
	struct err e = { "" };
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/a/ssh", dir);
	/* Twice: the second start of an agent. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ssh_apply(&id, path, &e), 0);
		is_file("a/ssh", "host_key", 0600, key);
		is_file("a/ssh", "id", 0600, key);
		is_file("a/ssh", "authorized_keys", 0644,
			"ssh-ed25519 BBBB fame\n");
		is_file("a/ssh", "known_hosts", 0644, "node01,");
	}
	id.has_ssh = false;
	assert_int_equal(ssh_apply(&id, "/proc/nowhere", &e), 0);
	id.has_ssh = true;
	assert_int_not_equal(ssh_apply(&id, "/proc/nowhere", &e), 0);
	assert_non_null(strstr(e.msg, "\"/proc/nowhere\""));
}

static void hook(void **state)
{
	struct identity id = make();
	struct err e = { "" };
	char path[64], text[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/hook", dir);
	assert_int_equal(hook_run(path, &id, &e), 0);
	(void)snprintf(id.user.name, sizeof(id.user.name), "l4mdc");
	(void)snprintf(id.user.password, sizeof(id.user.password), "a b'\\");
	(void)snprintf(
		text, sizeof(text),
		"#!/bin/sh\nread -r p\n[ \"$1 $p\" = 'l4mdc a b'\\''\\' ]"
		" || exit 7\n");
	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0755),
			 0);
	assert_int_equal(hook_run(path, &id, &e), 0);
	id.user.password[0] = '\0';
	assert_int_equal(hook_run(path, &id, &e), -ECHILD);
	assert_non_null(strstr(e.msg, "status 7"));
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropbear_format),
		cmocka_unit_test(known_hosts),
		cmocka_unit_test(files),
		cmocka_unit_test(hook),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
