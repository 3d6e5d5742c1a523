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

static json_t *host(const char *name, const char *address)
{
	return json_pack("{s:s, s:s}", "name", name, "address", address);
}

static json_t *hosts(const struct topology *t)
{
	json_t *all = json_array();
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];

	for (unsigned i = 1; i <= t->n_nodes; i++)
		(void)json_array_append_new(
			all, host(topology_name(t, i, name),
				  topology_address(t, i, address)));
	(void)json_array_append_new(
		all,
		host("torms", topology_address(t, TOPOLOGY_TORMS, address)));
	return all;
}

char *identity_json(const struct topology *t, unsigned node, const char *token,
		    const char *seed, int64_t time_ns)
{
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];
	char torms[TOPOLOGY_ADDRESS_MAX];
	CLEANUP_JSON json_t *o = NULL;

	(void)topology_address(t, TOPOLOGY_TORMS, torms);
	o = json_pack("{s:i, s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:o, s:I, s:s,"
		      " s:{s:s, s:i, s:s}, s:s}",
		      "node_id", (int)node, "hostname",
		      topology_name(t, node, name), "domain", DOMAIN, "address",
		      topology_address(t, node, address), "prefix", PREFIX_BITS,
		      "gateway", torms, "dns", torms, "mtu", MTU, "hosts",
		      hosts(t), "time_ns", (json_int_t)time_ns, "seed", seed,
		      "librarian", "address", torms, "port", LIBRARIAN_PORT,
		      "token", token, "mount", MOUNT);
	return o ? json_line(o) : NULL;
}
