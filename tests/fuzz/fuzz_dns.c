/* SPDX-License-Identifier: MIT */

/* fuzz_dns.c - Bytes of a node's query, and of a server's answer to it
 *
 * The first byte says where the one ends and the other begins.
 *
 * room: switch
 */

#include <stdlib.h>
#include <string.h>

#include "dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_answer(const uint8_t *query, size_t len, const uint8_t *data,
			size_t size)
{
	uint8_t *reply = malloc(size + 1);
	size_t n;

	if (!reply)
		return;
	memcpy(reply, data, size);
	if (dns_same_question(query, len, reply, size)) {
		n = dns_truncate(reply, size);
		if (n < DNS_HEADER || n > size)
			abort();
	}
	free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lan lan;
	struct dns_reply r;
	uint8_t *query;
	size_t len;

	if (!lan.n_hosts) {
		(void)lan_init(&lan, "192.168.42.0/24", "fame", NULL);
		(void)lan_add(&lan, "node01", "48:50:42:01:01:01",
			      "192.168.42.1", NULL);
	}
	if (!size)
		return 0;
	len = data[0] < size ? data[0] : size - 1;
	query = malloc(len + 1); /* of its own: no byte behind it is read */
	if (!query)
		return 0;
	memcpy(query, data + 1, len);
	query = realloc(query, len ? len : 1);
	switch (dns_answer(&lan, query, len, &r)) {
	case DNS_DROP:
		break;
	case DNS_RELAY:
		dns_fail(query, len, DNS_SERVFAIL, &r);
		fuzz_answer(query, len, data + 1 + len, size - 1 - len);
		/* fall through */
	case DNS_ANSWER:
		if (r.len < DNS_HEADER || r.len > sizeof(r.data) ||
		    !(r.data[2] & 0x80) || memcmp(r.data, query, 2) != 0)
			abort();
	}
	free(query);
	return 0;
}
