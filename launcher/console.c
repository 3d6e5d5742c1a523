/* SPDX-License-Identifier: MIT */

/* console.c - A node's serial console: log, last lines, viewers */

#include "console.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

#define LINES 12
#define LINE_MAX_SHOWN 200
#define LOG_MAX (16L << 20) /* then a new file; one old one is kept */
#define INPUT_MAX 65536U    /* typed and not yet read by the node */
#define PANIC "Kernel panic - not syncing"

struct console {
	struct bufferevent *bev;
	const struct cluster *cluster;
	const char *name;
	int log;
	off_t log_size;
	void (*panicked)(void *arg);
	void *arg;
	bool has_panicked;
	struct console_viewer *viewers;
	char line[LINES][LINE_MAX_SHOWN + 1]; /* a ring */
	unsigned at;			      /* the line being filled */
	size_t column;
};

static void line_end(struct console *c)
{
	c->line[c->at % LINES][c->column] = '\0';
	if (!c->has_panicked && strstr(c->line[c->at % LINES], PANIC)) {
		c->has_panicked = true;
		c->panicked(c->arg);
	}
	if (!c->column)
		return; /* empty lines tell nothing */
	c->at++;
	c->column = 0;
	c->line[c->at % LINES][0] = '\0';
}

/* Keep what is printable: it will be shown on a terminal, and as JSON. */
static void lines_add(struct console *c, const unsigned char *p, size_t n)
{
	for (; n; n--, p++) {
		if (*p == '\n')
			line_end(c);
		else if (c->column < LINE_MAX_SHOWN && *p >= ' ' && *p < 127)
			c->line[c->at % LINES][c->column++] = (char)*p;
	}
	c->line[c->at % LINES][c->column] = '\0';
}

static void log_rotate(struct console *c)
{
	char now[128], old[160];

	(void)snprintf(now, sizeof(now), CLUSTER_LOG_DIR "/%s.console",
		       c->name);
	(void)snprintf(old, sizeof(old), "%s.1", now);
	(void)renameat(c->cluster->dirfd, now, c->cluster->dirfd, old);
	close_fd(&c->log);
	(void)snprintf(now, sizeof(now), "%s.console", c->name);
	(void)cluster_open_log(c->cluster, now, &c->log);
	c->log_size = 0;
}

static void take_bytes(struct console *c, const unsigned char *p, size_t n)
{
	struct console_viewer *next;

	/* A full disk costs the log, not the node. */
	if (c->log >= 0)
		(void)write_all(c->log, p, n);
	c->log_size += (off_t)n;
	if (c->log_size > LOG_MAX)
		log_rotate(c);
	for (struct console_viewer *v = c->viewers; v; v = next) {
		next = v->next;
		v->output(v->arg, p, n);
	}
	lines_add(c, p, n);
}

static void take(struct console *c, struct evbuffer *in)
{
	size_t n;

	while ((n = evbuffer_get_contiguous_space(in))) {
		take_bytes(c, evbuffer_pullup(in, (ev_ssize_t)n), n);
		(void)evbuffer_drain(in, n);
	}
}

static void readable(struct bufferevent *bev, void *arg)
{
	take(arg, bufferevent_get_input(bev));
}

static void closed(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	(void)bufferevent_disable(bev, EV_READ | EV_WRITE);
}

int console_new(struct event_base *base, const struct cluster *cluster,
		const char *name, int fd, void (*panicked)(void *arg),
		void *arg, struct console **ret)
{
	struct console *c = calloc(1, sizeof(*c));
	char log[64];
	struct stat st;

	if (!c) {
		(void)close(fd);
		return -ENOMEM;
	}
	c->cluster = cluster;
	c->name = name;
	c->log = -1;
	c->panicked = panicked;
	c->arg = arg;
	(void)snprintf(log, sizeof(log), "%s.console", name);
	(void)cluster_open_log(cluster, log, &c->log);
	if (c->log >= 0 && fstat(c->log, &st) == 0)
		c->log_size = st.st_size;
	(void)evutil_make_socket_nonblocking(fd);
	c->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		(void)close(fd);
		console_free(c);
		return -ENOMEM;
	}
	bufferevent_setcb(c->bev, readable, NULL, closed, c);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	*ret = c;
	return 0;
}

struct console *console_free(struct console *c)
{
	if (!c)
		return NULL;
	if (c->bev)
		bufferevent_free(c->bev);
	close_fd(&c->log);
	free(c);
	return NULL;
}

void console_attach(struct console *c, struct console_viewer *v)
{
	v->next = c->viewers;
	c->viewers = v;
}

void console_detach(struct console *c, struct console_viewer *v)
{
	struct console_viewer **p = &c->viewers;

	while (*p && *p != v)
		p = &(*p)->next;
	if (*p)
		*p = v->next;
}

void console_input(struct console *c, const void *data, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (evbuffer_get_length(out) + len <= INPUT_MAX)
		(void)evbuffer_add(out, data, len);
}

void console_drain(struct console *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	evutil_socket_t fd = bufferevent_getfd(c->bev);

	/* The bufferevent keeps its buffer frozen at the end it fills. */
	take(c, in);
	for (;;) {
		unsigned char buf[4096];
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n <= 0)
			break;
		take_bytes(c, buf, (size_t)n);
	}
}

bool console_last_has(const struct console *c, const char *text)
{
	/* A line that is being filled and is empty comes after the last. */
	unsigned last = c->at && !c->column ? c->at - 1 : c->at;

	return strstr(c->line[last % LINES], text);
}

json_t *console_last_lines(const struct console *c)
{
	json_t *lines = json_array();

	for (unsigned i = c->at >= LINES ? c->at - LINES + 1 : 0; i <= c->at;
	     i++)
		if (c->line[i % LINES][0])
			(void)json_array_append_new(
				lines, json_string(c->line[i % LINES]));
	return lines;
}
