/* SPDX-License-Identifier: MIT */

/* net_reach.c - What nodes reach beside each other and the Librarian */

#include "net_reach.h"

#include <errno.h>
#include <string.h>

#include "parse.h"
#include "proto_librarian.h"

#define DIGITS_MAX 6
#define DNS_PORT 53

static int add_port(const char *text, size_t len, struct net_reach *r)
{
	char digits[DIGITS_MAX];
	uint32_t port;

	if (len >= sizeof(digits) || r->n_ports == NET_REACH_PORTS_MAX)
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (parse_u32(digits, 1, UINT16_MAX, &port) < 0 ||
	    port == LIBRARIAN_PORT || port == DNS_PORT)
		return -EINVAL;
	for (unsigned i = 0; i < r->n_ports; i++)
		if (r->ports[i] == port)
			return -EINVAL;
	r->ports[r->n_ports++] = (uint16_t)port;
	return 0;
}

int net_reach_parse_ports(const char *text, struct net_reach *ret)
{
	struct net_reach r = { .isolated = ret->isolated };
	int code = 0;

	while (*text && code == 0) {
		size_t n = strcspn(text, ",");

		code = add_port(text, n, &r);
		text += n;
		/* Something has to follow a comma. */
		if (*text && !*++text)
			code = -EINVAL;
	}
	if (code == 0)
		*ret = r;
	return code;
}

void net_reach_push(const struct net_reach *r, struct strv *args)
{
	if (r->isolated)
		strv_push(args, "--isolated");
	for (unsigned i = 0; i < r->n_ports; i++)
		strv_pushf(args, "--host-port=%u:%u", r->ports[i], r->ports[i]);
}
