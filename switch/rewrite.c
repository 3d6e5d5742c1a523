/* SPDX-License-Identifier: MIT */

/* rewrite.c - The gateway's ports that lead to ports of the host's loopback */

#include "rewrite.h"

#include <errno.h>

int rewrite_add(struct rewrite *r, uint16_t port, uint16_t host)
{
	if (r->n == REWRITE_MAX)
		return -ENOSPC;
	if (rewrite_to_host(r, port) || rewrite_to_port(r, host))
		return -EEXIST;
	r->ports[r->n++] = (struct rewrite_port){ port, host };
	return 0;
}

uint16_t rewrite_to_host(const struct rewrite *r, uint16_t port)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->ports[i].port == port)
			return r->ports[i].host;
	return 0;
}

uint16_t rewrite_to_port(const struct rewrite *r, uint16_t host)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->ports[i].host == host)
			return r->ports[i].port;
	return 0;
}

void rewrite_tcp_port(const struct packet *p, uint8_t *frame, size_t field,
		      uint16_t to)
{
	uint8_t *tcp = frame + (p->l4 - p->frame);
	uint16_t from = get_be16(tcp + field);

	put_be16(tcp + field, to);
	put_be16(tcp + TCP_SUM,
		 checksum_replace(get_be16(tcp + TCP_SUM), from, to));
}
