/* SPDX-License-Identifier: MIT */

/* socks.h - What a SOCKS 5 client says (RFC 1928): pure functions
 *
 * CONNECT without authentication is all there is; everything else is refused
 * as the RFC has it. A client says its methods, hears which, says where to, and
 * hears what became of it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SOCKS_VERSION 5
#define SOCKS_CHOICE_LEN 2
#define SOCKS_REPLY_LEN 10
#define SOCKS_HOST_MAX 256 /* the 0 included */

/* The longest greeting or request: nobody needs to hear more to judge it. */
#define SOCKS_MESSAGE_MAX 262

struct socks_target {
	char host[SOCKS_HOST_MAX]; /* an address, or a name made of its signs */
	uint16_t port;		   /* 1..65535 */
};

/**
 * socks_read_greeting() - Take the client's methods
 * @data: @len:	What has come so far
 * @ret_choice:	The answer, once the greeting is whole; its last byte is 0xff if
 *		the client insists on another method, which ends it
 *
 * Return: bytes of the greeting, 0 = it is not whole yet, -EPROTO if it is none
 */
int socks_read_greeting(const uint8_t *data, size_t len,
			uint8_t ret_choice[static SOCKS_CHOICE_LEN]);

/**
 * socks_read_request() - Take what the client wants
 * @data: @len:	What has come so far
 * @ret_t:	Set when the request is whole and good
 *
 * Return: bytes of the request, 0 = it is not whole yet, -EPROTO if it is none,
 *         -EOPNOTSUPP for another command than CONNECT, -EAFNOSUPPORT for a kind
 *         of address that is not known, -EINVAL for a host that cannot be
 */
int socks_read_request(const uint8_t *data, size_t len,
		       struct socks_target *ret_t);

/**
 * socks_put_reply() - What became of the request
 * @error:	0 = connected, or a negative errno
 * @ret:	The reply
 */
void socks_put_reply(int error, uint8_t ret[static SOCKS_REPLY_LEN]);
