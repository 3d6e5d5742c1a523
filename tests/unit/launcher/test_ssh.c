/* SPDX-License-Identifier: MIT */

/* test_ssh.c - Keys of a cluster, and what its ssh clients are told */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "identity.h"
#include "json.h"
#include "machine_id.h"
#include "ssh_config.h"
#include "ssh_keys.h"

#include "../unit.h"

static char dir[] = "/tmp/test_ssh.XXXXXX";
static const struct topology t = { .n_nodes = 2,
				   .hostbase = "node",
				   .octets = "192.168.42" };

/* They stay the same, and what an end in between left is made anew. */
static void keys(void **state)
{
	struct cluster c = CLUSTER_NULL;
	struct ssh_keys a = { 0 }, b = { 0 };
	struct err e = { "" };
	struct stat st;

	(void)state;
	if (access("/usr/bin/ssh-keygen", X_OK) < 0)
		skip();
	assert_int_equal(cluster_create(&c, dir, &e), 0);
	assert_int_equal(ssh_keys_get(&c, &t, &a, &e), 0);
	assert_memory_equal(a.cluster.public, "ssh-ed25519 ", 12);
	assert_null(strchr(a.cluster.public, '\n'));
	assert_int_equal(fstatat(c.dirfd, "ssh/id", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlinkat(c.dirfd, "ssh/node02.pub", 0), 0);
	assert_int_equal(ssh_keys_get(&c, &t, &b, &e), 0);
	assert_string_equal(a.cluster.private, b.cluster.private);
	assert_string_equal(a.node[1].private, b.node[1].private);
	assert_string_not_equal(a.node[2].private, b.node[2].private);
	assert_string_not_equal(b.node[1].public, b.node[2].public);
	ssh_keys_deinit(&a);
	ssh_keys_deinit(&b);
	cluster_deinit(&c);
}

static void no_keygen(void **state)
{
	struct cluster c = CLUSTER_NULL;
	struct ssh_keys k = { 0 };
	struct err e = { "" };
	char *path = strdup(getenv("PATH"));

	(void)state;
	assert_int_equal(cluster_create(&c, dir, &e), 0);
	assert_int_equal(remove_tree(c.dirfd, SSH_KEYS_DIR), 0);
	assert_int_equal(setenv("PATH", "/no/where", 1), 0);
	assert_int_equal(ssh_keys_get(&c, &t, &k, &e), -ENOENT);
	assert_non_null(strstr(e.msg, "'ssh-keygen'"));
	assert_false(ssh_keys_given(&k));
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
	cluster_deinit(&c);
}

static void config(void **state)
{
	const struct ssh_config c = { "/opt/it's/fame-run", "/a b/100%/\"c",
				      "root" };
	CLEANUP_FREE char *text = ssh_config_text(&t, &c);

	(void)state;
	assert_string_equal(
		text,
		"Host node01 node02\n"
		"\tUser root\n"
		"\tIdentityFile \"/a b/100%%/\\\"c/ssh/id\"\n"
		"\tIdentitiesOnly yes\n"
		"\tUserKnownHostsFile \"/a b/100%%/\\\"c/ssh/known_hosts\"\n"
		"\tGlobalKnownHostsFile /dev/null\n"
		"\tStrictHostKeyChecking yes\n"
		"\tUpdateHostKeys no\n"
		"\tCheckHostIP no\n"
		"\tProxyCommand '/opt/it'\\''s/fame-run' exec --dir "
		"'/a b/100%%/\"c' %h -- /sbin/fame-agent --connect 22\n");
}

static void told_to_nodes(void **state)
{
	struct ssh_keys k = { .cluster = { (char[]){ "secret" },
					   (char[]){ "ssh-c" } } };
	struct identity id = { .topology = &t,
			       .node = 2,
			       .token = "tok",
			       .seed = "5eed",
			       .keys = &k,
			       .user = "l4mdc",
			       .password = "" };
	CLEANUP_FREE char *known = NULL, *text = NULL;
	CLEANUP_JSON json_t *o = NULL;
	const char *s;

	(void)state;
	k.node[1] = (struct ssh_key){ (char[]){ "one" }, (char[]){ "ssh-1" } };
	k.node[2] = (struct ssh_key){ (char[]){ "two" }, (char[]){ "ssh-2" } };
	known = ssh_config_known_hosts(&t, &k);
	assert_string_equal(known, "node01,192.168.42.1 ssh-1\n"
				   "node02,192.168.42.2 ssh-2\n");
	text = identity_json(&id);
	/* The other nodes' secrets are theirs. */
	assert_null(strstr(text, "one"));
	assert_null(strstr(text, "password"));
	assert_int_equal(json_parse_object(text, strlen(text), &o), 0);
	assert_int_equal(
		json_get_string(json_object_get(o, "ssh"), "host_key", &s), 0);
	assert_string_equal(s, "two");
	assert_int_equal(
		json_get_string(json_array_get(json_object_get(o, "hosts"), 0),
				"key", &s),
		0);
	assert_string_equal(s, "ssh-1");
}

static void machine_ids(void **state)
{
	char id[MACHINE_ID_MAX], again[MACHINE_ID_MAX], node[MACHINE_ID_MAX];
	struct cluster c = CLUSTER_NULL;
	struct err e = { "" };

	(void)state;
	assert_int_equal(cluster_create(&c, dir, &e), 0);
	assert_int_equal(machine_id_get(&c, id, &e), 0);
	assert_int_equal(strspn(id, "0123456789abcdef"), 32);
	assert_int_equal(machine_id_get(&c, again, &e), 0);
	assert_string_equal(id, again);
	(void)machine_id_of_node(id, 31, node);
	assert_int_equal(strlen(node), 32);
	assert_memory_equal(node, id, 30);
	assert_string_equal(node + 30, "1f");
	/* A damaged one is made anew. */
	assert_int_equal(file_write(c.dirfd, MACHINE_ID_FILE, "xyz", 3, 0600),
			 0);
	assert_int_equal(machine_id_get(&c, again, &e), 0);
	assert_string_not_equal(id, again);
	cluster_deinit(&c);
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
		cmocka_unit_test(keys),		 cmocka_unit_test(no_keygen),
		cmocka_unit_test(config),	 cmocka_unit_test(machine_ids),
		cmocka_unit_test(told_to_nodes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
