/* SPDX-License-Identifier: MIT */

/* endpoint.c - Ends of a forwarded connection, as the user writes them */

#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "parse.h"

#define PORT_MAX 65535U

/* What stands before the last colon, and the port behind it. */
static int split(const char *text, uint32_t port_min, char *head, size_t size,
		 uint16_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	uint32_t port;

	if ((colon && !n) || n >= size ||
	    parse_u32(colon ? colon + 1 : text, port_min, PORT_MAX, &port) < 0)
		return -EINVAL;
	memcpy(head, text, n);
	head[n] = '\0';
	*ret_port = (uint16_t)port;
	return 0;
}

int endpoint_parse_node(const char *text, struct endpoint_node *ret,
			struct err *e)
{
	struct endpoint_node n;

	if (split(text, 1, n.node, sizeof(n.node), &n.port) < 0 || !n.node[0] ||
	    strchr(n.node, ':'))
		return err_set(e, -EINVAL,
			       "'%s' is no port of a node: write it as "
			       "NODE:PORT, for example node01:80",
			       text);
	*ret = n;
	return 0;
}

/* Without brackets there can be one colon only. */
static int set_address(struct endpoint_host *h, char *address, uint16_t port)
{
	size_t n = strlen(address);

	*h = (struct endpoint_host){ .len = sizeof(h->at.v4) };
	if (address[0] != '[') {
		h->at.v4.sin_family = AF_INET;
		h->at.v4.sin_port = htons(port);
		return inet_pton(AF_INET, n ? address : "127.0.0.1",
				 &h->at.v4.sin_addr) == 1 ?
			       0 :
			       -EINVAL;
	}
	if (address[n - 1] != ']')
		return -EINVAL;
	address[n - 1] = '\0';
	h->len = sizeof(h->at.v6);
	h->at.v6.sin6_family = AF_INET6;
	h->at.v6.sin6_port = htons(port);
	return inet_pton(AF_INET6, address + 1, &h->at.v6.sin6_addr) == 1 ?
		       0 :
		       -EINVAL;
}

int endpoint_parse_host(const char *text, struct endpoint_host *ret,
			struct err *e)
{
	char address[ENDPOINT_TEXT_MAX];
	struct endpoint_host h;
	uint16_t port;

	if (split(text, 0, address, sizeof(address), &port) < 0 ||
	    set_address(&h, address, port) < 0)
		return err_set(e, -EINVAL,
			       "'%s' is no port of this host: write it as "
			       "PORT or ADDRESS:PORT, for example 8080, "
			       "0.0.0.0:8080 or [::1]:8080",
			       text);
	*ret = h;
	return 0;
}

const char *endpoint_text(const struct endpoint_host *h,
			  char buf[static ENDPOINT_TEXT_MAX])
{
	char a[INET6_ADDRSTRLEN] = "?";
	bool v6 = h->at.any.sa_family == AF_INET6;

	(void)inet_ntop(h->at.any.sa_family,
			v6 ? (const void *)&h->at.v6.sin6_addr :
			     (const void *)&h->at.v4.sin_addr,
			a, sizeof(a));
	(void)snprintf(buf, ENDPOINT_TEXT_MAX, v6 ? "[%s]:%u" : "%s:%u", a,
		       ntohs(v6 ? h->at.v6.sin6_port : h->at.v4.sin_port));
	return buf;
}
