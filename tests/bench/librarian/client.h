/* SPDX-License-Identifier: MIT */

/* client.h - A client of the Librarian, with tm-librarian's words */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CLIENT_REPLY_MAX 65536

struct client {
	int fd;
	char buf[CLIENT_REPLY_MAX];
	size_t len, at; /* received; of it used */
};

/* For client_format(): a request in tm-librarian's words, with what its clients put there. */
#define CLIENT_REQUEST(command, fields)                                    \
	"{\"command\": \"" command "\", " fields ", \"context\": "         \
	"{\"umask\": 0, \"node_id\": 1, \"physloc\": \"1:1:1\", \"seq\": " \
	"%u, \"uid\": 0, \"gid\": 0, \"pid\": 7, \"tid\": 7}}"

/* With a hello. */
void client_connect(struct client *c, uint16_t port);
void client_close(const struct client *c);

/* Return: bytes of the request */
__attribute__((format(printf, 3, 4))) size_t
client_format(char *buf, size_t size, const char *fmt, ...);
size_t client_get_shelf(char *buf, size_t size, unsigned i);

/* The next line, without its newline; it is no error. */
const char *client_reply(struct client *c, size_t *ret_len);

/* Sends a request and waits for the reply to it. */
void client_ask(struct client *c, const char *buf, size_t len);
