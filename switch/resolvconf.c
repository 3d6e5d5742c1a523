/* SPDX-License-Identifier: MIT */

/* resolvconf.c - The host's resolvers */

#include "resolvconf.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"

#define FILE_MAX (64U * 1024U)
#define ADDRESS_MAX 80U
#define KEYWORD "nameserver"
#define BLANKS " \t\r"

/* getaddrinfo() knows scopes too: fe80::1%eth0. */
static bool add_server(struct resolvconf *rc, const char *address)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST |
						    AI_NUMERICSERV,
					.ai_socktype = SOCK_DGRAM };
	struct resolver *s = &rc->servers[rc->n];
	char port[sizeof("65535")];
	struct addrinfo *ai;

	(void)snprintf(port, sizeof(port), "%u", rc->port);
	if (getaddrinfo(address, port, &hints, &ai) != 0)
		return false;
	memcpy(&s->addr, ai->ai_addr, ai->ai_addrlen);
	s->len = ai->ai_addrlen;
	rc->n++;
	freeaddrinfo(ai);
	return true;
}

static void parse_line(struct resolvconf *rc, const char *line, size_t len)
{
	const size_t keyword = sizeof(KEYWORD) - 1;
	char address[ADDRESS_MAX];
	size_t skip, n;

	if (len <= keyword || memcmp(line, KEYWORD, keyword) != 0)
		return;
	line += keyword;
	skip = strspn(line, BLANKS);
	n = strcspn(line + skip, BLANKS "\n");
	if (!skip || !n || n >= sizeof(address))
		return;
	memcpy(address, line + skip, n);
	address[n] = 0;
	(void)add_server(rc, address);
}

void resolvconf_parse(struct resolvconf *rc, const char *text)
{
	size_t len;

	rc->n = 0;
	for (; *text && rc->n < RESOLVCONF_SERVERS_MAX; text += len) {
		len = strcspn(text, "\n");
		parse_line(rc, text, len);
		len += text[len] == '\n';
	}
	if (!rc->n)
		(void)add_server(rc, "127.0.0.1");
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void resolvconf_update(struct resolvconf *rc, const char *path)
{
	CLEANUP_FREE char *text = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		memset(&st, 0, sizeof(st));
	if (rc->n && same_file(&st, &rc->file))
		return;
	rc->file = st;
	if (file_read(AT_FDCWD, path, FILE_MAX, &text, NULL) < 0)
		text = NULL;
	resolvconf_parse(rc, text ? text : "");
}
