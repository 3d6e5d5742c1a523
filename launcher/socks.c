/* SPDX-License-Identifier: MIT */

/* socks.c - What a SOCKS 5 client says (RFC 1928): pure functions */

#include "socks.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"

#define METHOD_NONE 0
#define METHOD_REFUSED 0xff
#define COMMAND_CONNECT 1

enum address_type {
	TYPE_IPV4 = 1,
	TYPE_NAME = 3,
	TYPE_IPV6 = 4,
};

/* A request: version, command, 0, type, address, port */
#define REQUEST_TYPE 3
#define REQUEST_ADDRESS 4
#define PORT_LEN 2

int socks_read_greeting(const uint8_t *data, size_t len,
			uint8_t ret_choice[static SOCKS_CHOICE_LEN])
{
	size_t n;

	if (len && data[0] != SOCKS_VERSION)
		return -EPROTO;
	if (len < 2 || len < 2U + data[1])
		return 0;
	n = data[1];
	ret_choice[0] = SOCKS_VERSION;
	ret_choice[1] = memchr(data + 2, METHOD_NONE, n) ? METHOD_NONE :
							   METHOD_REFUSED;
	return (int)(2 + n);
}

/* Letters, digits and what host names have between them: it goes into an
 * argument of a program, where it must not look like an option.
 */
static bool is_host(const uint8_t *name, size_t len)
{
	static const char between[] = { '-', '.', '_' };

	for (size_t i = 0; i < len; i++)
		if (!isalnum(name[i]) &&
		    !(i && memchr(between, name[i], sizeof(between))))
			return false;
	return len > 0;
}

/* Bytes of the address, 0 = not known yet */
static int address_len(const uint8_t *data, size_t len)
{
	switch (data[REQUEST_TYPE]) {
	case TYPE_IPV4:
		return 4;
	case TYPE_IPV6:
		return 16;
	case TYPE_NAME:
		return len > REQUEST_ADDRESS ? 1 + data[REQUEST_ADDRESS] : 0;
	default:
		return -EAFNOSUPPORT;
	}
}

static int put_host(const uint8_t *data, size_t n, struct socks_target *t)
{
	const uint8_t *a = data + REQUEST_ADDRESS;

	switch (data[REQUEST_TYPE]) {
	case TYPE_IPV4:
		(void)inet_ntop(AF_INET, a, t->host, sizeof(t->host));
		return 0;
	case TYPE_IPV6:
		(void)inet_ntop(AF_INET6, a, t->host, sizeof(t->host));
		return 0;
	default:
		if (!is_host(a + 1, n - 1))
			return -EINVAL;
		memcpy(t->host, a + 1, n - 1);
		t->host[n - 1] = '\0';
		return 0;
	}
}

int socks_read_request(const uint8_t *data, size_t len,
		       struct socks_target *ret_t)
{
	struct socks_target t;
	const uint8_t *port;
	int n, r;

	if (len && data[0] != SOCKS_VERSION)
		return -EPROTO;
	if (len <= REQUEST_TYPE)
		return 0;
	n = address_len(data, len);
	if (n <= 0)
		return n;
	if (len < (size_t)(REQUEST_ADDRESS + n + PORT_LEN))
		return 0;
	if (data[1] != COMMAND_CONNECT)
		return -EOPNOTSUPP;
	port = data + REQUEST_ADDRESS + n;
	t.port = (uint16_t)(port[0] << 8 | port[1]);
	r = put_host(data, (size_t)n, &t);
	if (r < 0 || !t.port)
		return -EINVAL;
	*ret_t = t;
	return REQUEST_ADDRESS + n + PORT_LEN;
}

/* Section 6 of the RFC; 1 is its "general failure" */
static uint8_t reply_code(int error)
{
	static const struct {
		int error;
		uint8_t code;
	} codes[] = {
		{ 0, 0 },
		{ -ENETUNREACH, 3 },
		{ -EHOSTUNREACH, 4 },
		{ -EHOSTDOWN, 4 },
		{ -ENXIO, 4 },
		{ -EAGAIN, 4 },
		{ -ECONNREFUSED, 5 },
		{ -ETIMEDOUT, 6 },
		{ -EOPNOTSUPP, 7 },
		{ -EAFNOSUPPORT, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].error == error)
			return codes[i].code;
	return 1;
}

/* The address behind it is the proxy's, and nobody's concern. */
void socks_put_reply(int error, uint8_t ret[static SOCKS_REPLY_LEN])
{
	memset(ret, 0, SOCKS_REPLY_LEN);
	ret[0] = SOCKS_VERSION;
	ret[1] = reply_code(error);
	ret[REQUEST_TYPE] = TYPE_IPV4;
}
