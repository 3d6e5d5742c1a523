/* SPDX-License-Identifier: MIT */

/* client.c - A client of the Librarian, with tm-librarian's words */

#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "figures.h"
#include "net.h"
#include "service.h"

const char *client_reply(struct client *c, size_t *ret_len)
{
	for (;;) {
		char *line = c->buf + c->at, *end;
		ssize_t n;

		end = memchr(line, '\n', c->len - c->at);
		if (end) {
			*end = '\0';
			if (!strncmp(line, "{\"errmsg\"", 9))
				die("refused: %s", line);
			c->at = (size_t)(end + 1 - c->buf);
			*ret_len = (size_t)(end + 1 - line);
			return line;
		}
		c->len -= c->at;
		memmove(c->buf, line, c->len);
		c->at = 0;
		n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0);
		if (n <= 0)
			die("the Librarian has gone");
		c->len += (size_t)n;
	}
}

size_t client_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return (size_t)n;
}

void client_connect(struct client *c, uint16_t port)
{
	static const char hello[] = "{\"command\": \"hello\", \"node_id\": 1, "
				    "\"protocol\": 1}";
	size_t len;

	c->len = c->at = 0;
	c->fd = connect_to(port);
	send_all(c->fd, hello, strlen(hello));
	(void)client_reply(c, &len);
}

void client_close(const struct client *c)
{
	(void)close(c->fd);
}

size_t client_get_shelf(char *buf, size_t size, unsigned i)
{
	return client_format(buf, size,
			     CLIENT_REQUEST("get_shelf", "\"path\": \"/s%u\""),
			     i % SERVICE_SMALL, i);
}

void client_ask(struct client *c, const char *buf, size_t len)
{
	size_t got;

	send_all(c->fd, buf, len);
	(void)client_reply(c, &got);
}
