/* SPDX-License-Identifier: MIT */

/* identity.c - What a node is told about itself (AGENT_IDENTITY) */

#include "identity.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "json.h"
#include "proto_librarian.h"

#define DOMAIN "fame"
#define PREFIX_BITS 24
#define MTU 1500
#define MOUNT "/lfs"

int identity_random(char buf[static IDENTITY_TOKEN_MAX])
{
	unsigned char raw[IDENTITY_TOKEN_BYTES];

	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return -EIO;
	for (size_t i = 0; i < sizeof(raw); i++)
		(void)snprintf(buf + 2 * i, 3, "%02x", raw[i]);
	return 0;
}

static json_t *host(const char *name, const char *address, const char *key)
{
	return json_pack("{s:s, s:s, s:s*}", "name", name, "address", address,
			 "key", key);
}

static json_t *hosts(const struct topology *t, const struct ssh_keys *keys)
{
	json_t *all = json_array();
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];

	for (unsigned i = 1; i <= t->n_nodes; i++)
		(void)json_array_append_new(
			all, host(topology_name(t, i, name),
				  topology_address(t, i, address),
				  keys ? keys->node[i].public : NULL));
	(void)json_array_append_new(
		all, host("torms", topology_address(t, TOPOLOGY_TORMS, address),
			  NULL));
	return all;
}

static json_t *ssh(const struct identity *id)
{
	const struct ssh_keys *k = id->keys;

	if (!k || !ssh_keys_given(k))
		return NULL;
	return json_pack("{s:s, s:s, s:s}", "host_key",
			 k->node[id->node].private, "key", k->cluster.private,
			 "authorized", k->cluster.public);
}

static json_t *user(const struct identity *id)
{
	const char *password = id->password;

	if (!id->user)
		return NULL;
	return json_pack("{s:s, s:s*}", "name", id->user, "password",
			 password && *password ? password : NULL);
}

char *identity_json(const struct identity *id)
{
	const struct topology *t = id->topology;
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];
	char torms[TOPOLOGY_ADDRESS_MAX];
	CLEANUP_JSON json_t *o = NULL;

	(void)topology_address(t, TOPOLOGY_TORMS, torms);
	o = json_pack("{s:i, s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:o, s:I, s:s,"
		      " s:{s:s, s:i, s:s}, s:s, s:o*, s:o*}",
		      "node_id", (int)id->node, "hostname",
		      topology_name(t, id->node, name), "domain", DOMAIN,
		      "address", topology_address(t, id->node, address),
		      "prefix", PREFIX_BITS, "gateway", torms, "dns", torms,
		      "mtu", MTU, "hosts", hosts(t, id->keys), "time_ns",
		      (json_int_t)id->time_ns, "seed", id->seed, "librarian",
		      "address", torms, "port", LIBRARIAN_PORT, "token",
		      id->token, "mount", MOUNT, "ssh", ssh(id), "user",
		      user(id));
	return o ? json_line(o) : NULL;
}
