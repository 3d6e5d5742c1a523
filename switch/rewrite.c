/* SPDX-License-Identifier: MIT */

/* rewrite.c - The gateway's ports that lead to ports of the host */

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

/* Put a word of the data in its place and its change into a checksum. */
static void replace_word(uint8_t *word, uint16_t to, uint8_t *sum)
{
	put_be16(sum, checksum_replace(get_be16(sum), get_be16(word), to));
	put_be16(word, to);
}

void rewrite_tcp_port(const struct packet *p, uint8_t *frame, size_t field,
		      uint16_t to)
{
	uint8_t *tcp = frame + (p->l4 - p->frame);

	replace_word(tcp + field, to, tcp + TCP_SUM);
}

/* The address is summed up twice: in its header and in TCP's pseudo header. */
void rewrite_tcp_address(const struct packet *p, uint8_t *frame, size_t field,
			 uint32_t to)
{
	uint8_t *ip = frame + ETH_HEADER, *word = ip + field;
	uint8_t *tcp = frame + (p->l4 - p->frame);
	const uint16_t half[2] = { (uint16_t)(to >> 16), (uint16_t)to };

	for (size_t i = 0; i < 2; i++, word += 2) {
		uint16_t from = get_be16(word);

		replace_word(word, half[i], ip + IPV4_SUM);
		put_be16(tcp + TCP_SUM,
			 checksum_replace(get_be16(tcp + TCP_SUM), from,
					  half[i]));
	}
}
