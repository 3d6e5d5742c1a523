/* SPDX-License-Identifier: MIT */

/* resolvconf.h - The host's resolvers */
#pragma once

#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define RESOLVCONF_SERVERS_MAX 3U /* as the C library has it */

struct resolvconf {
	struct resolver {
		struct sockaddr_storage addr;
		socklen_t len;
	} servers[RESOLVCONF_SERVERS_MAX];
	unsigned n;
	uint16_t port;	  /* of all of them, set by the caller: 53 */
	struct stat file; /* what it was read from */
};

/**
 * resolvconf_parse() - Take the name servers from the text of a resolv.conf
 * @rc:		Its servers are replaced; without any, the one at 127.0.0.1
 * @text:	Lines that make no sense are passed over
 */
void resolvconf_parse(struct resolvconf *rc, const char *text);

/**
 * resolvconf_update() - Read the file again if it changed
 * @rc:		Zeroed at first, but for the port
 * @path:	"/etc/resolv.conf"; one that cannot be read is like an empty one
 */
void resolvconf_update(struct resolvconf *rc, const char *path);
