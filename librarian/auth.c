/* SPDX-License-Identifier: MIT */

/* auth.c - Whether a client is the node that it says it is */

#include "auth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "cleanup.h"

static const char *const mode_names[] = {
	[AUTH_NONE] = "none",
	[AUTH_ADDRESS] = "address",
	[AUTH_TOKEN] = "token",
};
_Static_assert(ARRAY_SIZE(mode_names) == AUTH_MODE_COUNT, "a name each");

int auth_mode_parse(const char *name, enum auth_mode *ret_mode)
{
	for (int i = 0; i < AUTH_MODE_COUNT; i++) {
		if (!strcmp(name, mode_names[i])) {
			*ret_mode = (enum auth_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

int auth_set_token(struct auth *a, uint32_t node_id, const char *token)
{
	char *t = a->tokens[node_id];
	size_t len = token ? strlen(token) : 0;

	if (token && (len < AUTH_TOKEN_MIN || len > AUTH_TOKEN_MAX ||
		      token[strspn(token, "0123456789abcdefABCDEF")]))
		return -EINVAL;
	/* The whole field: what is behind the text is compared too. */
	memset(t, 0, AUTH_TOKEN_MAX + 1);
	for (size_t i = 0; i < len; i++)
		t[i] = token[i];
	return 0;
}

bool auth_token_good(const struct auth *a, uint32_t node_id, const char *token)
{
	const char *t = a->tokens[node_id];
	char given[AUTH_TOKEN_MAX + 1] = { 0 };
	unsigned char differ = 0;
	size_t len = strlen(token);

	if (a->mode != AUTH_TOKEN)
		return true;
	if (!*t || len > AUTH_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		given[i] = token[i];
	for (size_t i = 0; i < sizeof(given); i++)
		differ |= (unsigned char)(given[i] ^ t[i]);
	return !differ;
}

uint32_t auth_address_node(const struct sockaddr *addr)
{
	struct sockaddr_in in;
	uint32_t last;

	if (addr->sa_family != AF_INET)
		return 0;
	memcpy(&in, addr, sizeof(in));
	last = ntohl(in.sin_addr.s_addr) & 0xff;
	return last <= LIBRARIAN_NODES_MAX ? last : 0;
}

bool auth_address_local(const struct sockaddr *addr)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (addr->sa_family == AF_INET6) {
		memcpy(&in6, addr, sizeof(in6));
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
	}
	if (addr->sa_family != AF_INET)
		return false;
	memcpy(&in, addr, sizeof(in));
	return ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}
