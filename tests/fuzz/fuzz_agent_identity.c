/* SPDX-License-Identifier: MIT */

/* fuzz_agent_identity.c - AGENT_IDENTITY, and the texts that come of it
 *
 * room: guest/agent
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "identity.h"
#include "ssh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line a host at most, and keys may be anything. */
static void known_hosts(const struct identity *id)
{
	unsigned char key[SSH_DROPBEAR_SIZE];
	char *text = ssh_known_hosts(id);
	size_t lines = 0;

	assert(text);
	for (const char *s = text; *s; s++)
		lines += *s == '\n';
	assert(lines <= id->n_hosts);
	free(text);
	if (id->has_ssh)
		(void)ssh_to_dropbear(id->ssh.host_key, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct identity id;
	struct err e = { "" };
	char *hosts, *resolv;

	if (identity_parse((const char *)data, size, &id, &e) < 0) {
		assert(*e.msg);
		return 0;
	}
	hosts = apply_hosts_text(&id);
	resolv = apply_resolv_text(&id);
	assert(hosts && resolv);
	/* No name brings a line of its own into the files. */
	assert(strstr(hosts, id.hostname));
	for (const char *l = strchr(hosts, '\n'); l[1]; l = strchr(l + 1, '\n'))
		assert(l[1] != '\n' && strchr(l + 1, '\n'));
	known_hosts(&id);
	free(hosts);
	free(resolv);
	return 0;
}
