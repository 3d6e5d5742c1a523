/* SPDX-License-Identifier: MIT */

/* test_identity.c - What is an identity, what is none, and its texts */

#include "identity.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "apply.h"
#include "json.h"

#include "../../unit.h"

#define KEY                                                   \
	"-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbg+/==\\n" \
	"-----END OPENSSH PRIVATE KEY-----\\n"

static const char good[] =
	"{\"node_id\": 2, \"hostname\": \"node02\", \"domain\": \"fame.test\","
	" \"address\": \"192.168.42.2\", \"prefix\": 24,"
	" \"gateway\": \"192.168.42.254\", \"dns\": \"192.168.42.253\","
	" \"mtu\": 1500, \"hosts\": ["
	"  {\"name\": \"node01\", \"address\": \"192.168.42.1\"},"
	"  {\"name\": \"torms\", \"address\": \"192.168.42.254\"}],"
	" \"time_ns\": 1700000000123456789, \"seed\": \"000102030405060708090a"
	"0b0c0d0e0f101112131415161718191a1b1C1D1E1F\","
	" \"librarian\": {\"address\": \"192.168.42.254\", \"port\": 9093,"
	"  \"token\": \"c0ffee\"}, \"mount\": \"/lfs\", \"of tomorrow\": [],"
	" \"ssh\": {\"host_key\": \"" KEY "\", \"key\": \"" KEY "\","
	"  \"authorized\": \"ssh-ed25519 AAAA fame\"},"
	" \"user\": {\"name\": \"l4mdc\", \"password\": \"it is\"}}";

static json_t *good_object(void)
{
	json_t *o;

	assert_int_equal(json_parse_object(good, strlen(good), &o), 0);
	return o;
}

static int parse(const json_t *o, struct identity *ret_id, struct err *e)
{
	CLEANUP_FREE char *line = json_line(o);

	assert_non_null(line);
	return identity_parse(line, strlen(line), ret_id, e);
}

static struct in_addr addr(const char *s)
{
	struct in_addr a;

	assert_int_equal(inet_pton(AF_INET, s, &a), 1);
	return a;
}

static void test_good(void **state)
{
	struct identity id;
	struct err e = { "" };

	(void)state;
	assert_int_equal(identity_parse(good, strlen(good), &id, &e), 0);
	assert_string_equal(e.msg, "");
	assert_int_equal(id.node_id, 2);
	assert_string_equal(id.hostname, "node02");
	assert_string_equal(id.domain, "fame.test");
	assert_int_equal(id.address.s_addr, addr("192.168.42.2").s_addr);
	assert_int_equal(id.gateway.s_addr, addr("192.168.42.254").s_addr);
	assert_int_equal(id.dns.s_addr, addr("192.168.42.253").s_addr);
	assert_int_equal(id.prefix, 24);
	assert_int_equal(id.mtu, 1500);
	assert_int_equal(id.n_hosts, 2);
	assert_string_equal(id.hosts[1].name, "torms");
	assert_true(id.time_ns == 1700000000123456789U);
	for (unsigned i = 0; i < IDENTITY_SEED_SIZE; i++)
		assert_int_equal(id.seed[i], i);
	assert_true(id.has_librarian);
	assert_int_equal(id.librarian.port, 9093);
	assert_string_equal(id.librarian.token, "c0ffee");
	assert_string_equal(id.librarian.mount, "/lfs");
	assert_true(id.has_ssh);
	assert_string_equal(id.ssh.authorized, "ssh-ed25519 AAAA fame");
	assert_true(id.has_user);
	assert_string_equal(id.user.name, "l4mdc");
	assert_string_equal(id.user.password, "it is");
}

static void test_without_librarian(void **state)
{
	CLEANUP_JSON json_t *o = good_object();
	struct identity id;

	(void)state;
	json_object_del(o, "librarian");
	json_object_del(o, "mount");
	assert_int_equal(parse(o, &id, NULL), 0);
	assert_false(id.has_librarian);
}

static void test_missing_keys(void **state)
{
	static const char *const keys[] = { "node_id", "hostname", "domain",
					    "address", "prefix",   "gateway",
					    "dns",     "mtu",	   "hosts",
					    "time_ns", "seed",	   "mount" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		CLEANUP_JSON json_t *o = good_object();
		struct identity id;
		struct err e = { "" };

		json_object_del(o, keys[i]);
		assert_int_equal(parse(o, &id, &e), -EINVAL);
		assert_non_null(strstr(e.msg, keys[i]));
	}
}

static void test_bad_values(void **state)
{
	static const struct {
		const char *key;
		const char *value; /* JSON */
	} bad[] = {
		{ "node_id", "0" },
		{ "node_id", "81" },
		{ "node_id", "\"1\"" },
		{ "hostname", "\"\"" },
		{ "hostname", "\"a.b\"" },
		{ "hostname", "\"-a\"" },
		{ "hostname", "\"a-\"" },
		{ "hostname", "\"a b\"" },
		{ "hostname", "\"a\\nb\"" },
		{ "hostname", "\"0123456789012345678901234567890123456789"
			      "012345678901234567890123\"" },
		{ "domain", "\"a..b\"" },
		{ "domain", "\".a\"" },
		{ "domain", "\"a.\"" },
		{ "address", "\"192.168.42\"" },
		{ "address", "\"192.168.42.256\"" },
		{ "address", "\"0.0.0.0\"" },
		{ "address", "\"::1\"" },
		{ "prefix", "0" },
		{ "prefix", "33" },
		{ "mtu", "575" },
		{ "mtu", "65521" },
		{ "hosts", "{}" },
		{ "hosts", "[1]" },
		{ "hosts", "[{\"name\": \"a\"}]" },
		{ "hosts",
		  "[{\"name\": \"a\\tb\", \"address\": \"1.2.3.4\"}]" },
		{ "hosts", "[{\"name\": \"a\", \"address\": \"1.2.3.4\","
			   " \"key\": \"ssh-a\\n* ssh-b\"}]" },
		{ "ssh", "{}" },
		{ "ssh", "{\"host_key\": \"" KEY "\", \"key\": \"" KEY
			 "\", \"authorized\": \"command=\\\"x\\\" ssh-a\"}" },
		{ "ssh", "{\"host_key\": \"" KEY "\", \"key\": \"" KEY "x"
			 "\", \"authorized\": \"ssh-a\"}" },
		{ "ssh", "{\"host_key\": \"none\", \"key\": \"" KEY
			 "\", \"authorized\": \"ssh-a\"}" },
		{ "user", "{\"name\": \"\"}" },
		{ "user", "{\"name\": \"-o\"}" },
		{ "user", "{\"name\": \"a b\"}" },
		{ "user", "{\"name\": \"a\", \"password\": \"b\\nroot:c\"}" },
		{ "time_ns", "0" },
		{ "time_ns", "-1" },
		{ "time_ns", "1.5" },
		{ "seed", "\"00\"" },
		{ "seed", "\"000102030405060708090a0b0c0d0e0f"
			  "101112131415161718191a1b1c1d1e1g\"" },
		{ "librarian", "[]" },
		{ "librarian", "{\"address\": \"1.2.3.4\", \"port\": 0,"
			       " \"token\": \"a\"}" },
		{ "librarian", "{\"address\": \"1.2.3.4\", \"port\": 65536,"
			       " \"token\": \"a\"}" },
		{ "librarian", "{\"address\": \"1.2.3.4\", \"port\": 1,"
			       " \"token\": \"\"}" },
		{ "librarian", "{\"address\": \"1.2.3.4\", \"port\": 1,"
			       " \"token\": \"a b\"}" },
		{ "mount", "\"lfs\"" },
		{ "mount", "\"/\"" },
		{ "mount", "\"/a/../b\"" },
		{ "mount", "\"/a b\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_JSON json_t *o = good_object();
		struct identity id = { .node_id = 77 };
		struct err e = { "" };

		json_object_set_new(o, bad[i].key,
				    json_loads(bad[i].value, JSON_DECODE_ANY,
					       NULL));
		if (parse(o, &id, &e) != -EINVAL)
			fail_msg("%s = %s was taken", bad[i].key, bad[i].value);
		assert_non_null(strstr(e.msg, bad[i].key));
		assert_int_equal(id.node_id, 77);
	}
}

static void test_too_many_hosts(void **state)
{
	CLEANUP_JSON json_t *o = good_object();
	json_t *hosts = json_array();
	struct identity id;

	(void)state;
	for (size_t i = 0; i < IDENTITY_HOSTS_MAX; i++)
		json_array_append_new(hosts,
				      json_pack("{s:s, s:s}", "name", "a",
						"address", "1.2.3.4"));
	json_object_set_new(o, "hosts", hosts);
	assert_int_equal(parse(o, &id, NULL), 0);
	json_array_append(hosts, json_array_get(hosts, 0));
	assert_int_equal(parse(o, &id, NULL), -EINVAL);
}

static void test_no_json(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{}x" };
	struct identity id;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(identity_parse(texts[i], strlen(texts[i]), &id,
						NULL),
				 -EINVAL);
}

static void test_texts(void **state)
{
	CLEANUP_FREE char *hosts = NULL, *resolv = NULL;
	struct identity id;

	(void)state;
	assert_int_equal(identity_parse(good, strlen(good), &id, NULL), 0);
	hosts = apply_hosts_text(&id);
	resolv = apply_resolv_text(&id);
	/* This node is not in the list: it is added. */
	assert_string_equal(hosts, "127.0.0.1\tlocalhost\n"
				   "::1\tlocalhost ip6-localhost ip6-loopback\n"
				   "192.168.42.1\tnode01.fame.test node01\n"
				   "192.168.42.254\ttorms.fame.test torms\n"
				   "192.168.42.2\tnode02.fame.test node02\n");
	assert_string_equal(resolv,
			    "search fame.test\nnameserver 192.168.42.253\n");
}

static void test_texts_name_us_once(void **state)
{
	CLEANUP_FREE char *hosts = NULL;
	const char *first;
	struct identity id;

	(void)state;
	assert_int_equal(identity_parse(good, strlen(good), &id, NULL), 0);
	(void)snprintf(id.hosts[0].name, sizeof(id.hosts[0].name), "node02");
	hosts = apply_hosts_text(&id);
	first = strstr(hosts, "node02.");
	assert_non_null(first);
	assert_null(strstr(first + 1, "node02."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_without_librarian),
		cmocka_unit_test(test_missing_keys),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_too_many_hosts),
		cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_texts_name_us_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
