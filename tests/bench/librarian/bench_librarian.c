/* SPDX-License-Identifier: MIT */

/* bench_librarian.c - What the Librarian does in a second, beside its limits
 *
 *	bench_librarian BINDIR DIR [ROUNDS]
 *
 * Prints one JSON object a figure: {"what", "value", "unit", "against",
 * "peer", "ratio"}; medians over the rounds, of the ratio as well. In a round,
 * what is compared is measured one after the other, so that both see the same
 * host: get_shelf beside a bare TCP echo of the same sizes between two
 * processes and beside SQLite's own indexed look-ups, durable creation beside
 * bare SQLite commits, and a database of 100,000 shelves beside one of 100.
 *
 * The bare commits: rows with an indexed name, one a commit, without parsing,
 * sockets or another process. Both databases are in the same directory, have a
 * write-ahead log, synchronous=FULL, pages of 4 KiB and a checkpoint every 1000
 * pages: each commit of either is one fdatasync.
 */

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "figures.h"
#include "file.h"
#include "log.h"
#include "net.h"
#include "parse.h"
#include "peers.h"
#include "service.h"

#define PIPELINE 64
#define CLIENTS 16
#define LARGE 100000
#define GROWTH 1000ULL

/* How fast the Librarian answers: requests that are made while it works on those
 * before, so that the client's own work is not part of it.
 */

/* @n of them from @first on. */
static size_t get_some(char *buf, size_t size, unsigned first, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += client_get_shelf(buf + len, size - len, first + i);
	return len;
}

/* Answered a second, with so many under way. */
static double get_rate(struct client *c, unsigned depth)
{
	char buf[PIPELINE * 256];
	size_t len = get_some(buf, sizeof(buf), 0, depth), got;
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns()) {
		send_all(c->fd, buf, len);
		n += depth;
		len = get_some(buf, sizeof(buf), n, depth);
		for (unsigned i = 0; i < depth; i++)
			(void)client_reply(c, &got);
	}
	return n * 1e9 / (double)(end - start);
}

static size_t create_next(struct service *l, char *buf, size_t size)
{
	l->made++;
	return client_format(buf, size,
			     CLIENT_REQUEST("create_shelf",
					    "\"path\": \"/n%u\", "
					    "\"mode\": 33279"),
			     l->made, l->made);
}

static double create_rate_of_one(struct service *l, struct client *c)
{
	char buf[512];
	size_t len = create_next(l, buf, sizeof(buf)), got;
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns(), n++) {
		send_all(c->fd, buf, len);
		len = create_next(l, buf, sizeof(buf));
		(void)client_reply(c, &got);
	}
	return n * 1e9 / (double)(end - start);
}

static void create_one(struct service *l, const struct client *c)
{
	char buf[512];

	send_all(c->fd, buf, create_next(l, buf, sizeof(buf)));
}

/* Takes the replies that are there, after waiting for one. Return: how many */
static unsigned take_replies(struct client *c, bool *busy)
{
	struct pollfd p[CLIENTS];
	unsigned n = 0;
	size_t got;

	for (unsigned i = 0; i < CLIENTS; i++)
		p[i] = (struct pollfd){ c[i].fd, busy[i] ? POLLIN : 0, 0 };
	if (poll(p, CLIENTS, -1) < 0)
		die("poll: %s", strerror(errno));
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (!(p[i].revents & POLLIN))
			continue;
		(void)client_reply(&c[i], &got);
		busy[i] = false;
		n++;
	}
	return n;
}

/* Of CLIENTS together, each of which waits for its own reply. */
static double create_rate_of_all(struct service *l, struct client *c)
{
	int64_t start = now_ns(), end = start;
	unsigned done = 0, waiting = 0, got;
	bool busy[CLIENTS] = { 0 };

	for (; end - start < ROUND_NS || waiting; end = now_ns()) {
		for (unsigned i = 0; i < CLIENTS; i++) {
			if (busy[i] || end - start >= ROUND_NS)
				continue;
			create_one(l, &c[i]);
			busy[i] = true;
			waiting++;
		}
		got = take_replies(c, busy);
		waiting -= got;
		done += got;
	}
	return done * 1e9 / (double)(end - start);
}

/* ---- what is measured ------------------------------------------------------ */

static void measure_gets(struct service *l, unsigned rounds)
{
	struct pair one = { .n = 0 }, many = { .n = 0 };
	sqlite3 *db = sql_open(l->db);
	struct client *c = calloc(1, sizeof(*c));
	struct echo echo;
	char buf[512];
	size_t ask_len, answer_len;

	if (!c)
		die("no memory");
	client_connect(c, l->port);
	ask_len = client_get_shelf(buf, sizeof(buf), 10);
	send_all(c->fd, buf, ask_len);
	(void)client_reply(c, &answer_len);
	echo_start(&echo, ask_len, answer_len);
	for (unsigned i = 0; i < rounds; i++) {
		pair_add(&one, get_rate(c, 1), echo_rate(&echo));
		pair_add(&many, get_rate(c, PIPELINE), sql_lookup_rate(db));
	}
	pair_print(&one, "get_shelf, one at a time", "/s",
		   "TCP echo of the same sizes");
	pair_print(&many, "get_shelf, 64 under way", "/s",
		   "SQLite look-ups in one process");
	echo_stop(&echo);
	client_close(c);
	free(c);
	(void)sqlite3_close(db);
}

static void measure_creates(struct service *l, const char *dir, unsigned rounds)
{
	struct pair one = { .n = 0 }, many = { .n = 0 };
	struct client *c = calloc(CLIENTS, sizeof(*c));
	char path[4096];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/bare.db", dir);
	db = sql_open(path);
	sql(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
	if (!c)
		die("no memory");
	for (unsigned i = 0; i < CLIENTS; i++)
		client_connect(&c[i], l->port);
	for (unsigned i = 0; i < rounds; i++) {
		double bare = sql_commit_rate(db);

		pair_add(&one, create_rate_of_one(l, c), bare);
		pair_add(&many, create_rate_of_all(l, c), bare);
	}
	pair_print(&one, "create_shelf, one client", "/s",
		   "SQLite commits, same settings");
	pair_print(&many, "create_shelf, 16 clients", "/s",
		   "SQLite commits, same settings");
	for (unsigned i = 0; i < CLIENTS; i++)
		client_close(&c[i]);
	free(c);
	(void)sqlite3_close(db);
}

/* Requests whose cost must not depend on what else is there. */
enum op {
	OP_CREATE,
	OP_GET,
	OP_OPEN,
	OP_LIST,
	OP_COUNT,
};

static const struct {
	const char *name;
	unsigned times;
} ops[] = {
	[OP_CREATE] = { "create_shelf", 200 },
	[OP_GET] = { "get_shelf", 2000 },
	[OP_OPEN] = { "open_shelf", 200 },
	[OP_LIST] = { "list_shelves of 100", 100 },
};

static size_t op_format(struct service *l, enum op op, unsigned i, char *buf,
			size_t size)
{
	switch (op) {
	case OP_CREATE:
		l->made++;
		return client_format(buf, size,
				     CLIENT_REQUEST("create_shelf",
						    "\"path\": \"/new/n%u\", "
						    "\"mode\": 33279"),
				     l->made, i);
	case OP_GET:
		return client_get_shelf(buf, size, i * 37);
	case OP_OPEN:
		return client_format(buf, size,
				     CLIENT_REQUEST("open_shelf",
						    "\"path\": \"/s%u\""),
				     i * 37 % SERVICE_SMALL, i);
	case OP_LIST:
	case OP_COUNT:
		break;
	}
	return client_format(
		buf, size,
		CLIENT_REQUEST("list_shelves", "\"path\": \"/full\""), i);
}

static double op_cost(struct service *l, struct client *c, enum op op)
{
	int64_t start = now_ns();

	for (unsigned i = 0; i < ops[op].times; i++) {
		char buf[512];

		client_ask(c, buf, op_format(l, op, i, buf, sizeof(buf)));
	}
	return (double)(now_ns() - start) / 1e3 / ops[op].times;
}

static void measure_flat(struct service *small, struct service *large,
			 unsigned rounds)
{
	struct client *c = calloc(2, sizeof(*c));

	if (!c)
		die("no memory");
	client_connect(&c[0], small->port);
	client_connect(&c[1], large->port);
	for (enum op op = 0; op < OP_COUNT; op++) {
		struct pair p = { .n = 0 };
		char what[64];

		for (unsigned i = 0; i < rounds; i++)
			pair_add(&p, op_cost(large, &c[1], op),
				 op_cost(small, &c[0], op));
		(void)snprintf(what, sizeof(what), "%s, 100,000 shelves",
			       ops[op].name);
		pair_print(&p, what, "us", "the same with 100 shelves");
	}
	client_close(&c[0]);
	client_close(&c[1]);
	free(c);
}

/* One request that adds GROWTH books; its shelf is new each time. */
static void measure_growth(struct service *l, unsigned rounds)
{
	struct client *c = calloc(1, sizeof(*c));
	struct pair p = { .n = 0 };

	if (!c)
		die("no memory");
	client_connect(c, l->port);
	for (unsigned i = 0; i < rounds; i++) {
		int64_t start;
		char buf[512];
		size_t len;

		len = client_format(buf, sizeof(buf),
				    CLIENT_REQUEST("create_shelf",
						   "\"path\": \"/grow%u\", "
						   "\"mode\": 33279"),
				    i, i);
		client_ask(c, buf, len);
		len = client_format(
			buf, sizeof(buf),
			CLIENT_REQUEST("resize_shelf", "\"path\": \"/grow%u\", "
						       "\"size_bytes\": %llu"),
			i, (unsigned long long)(GROWTH * SERVICE_BOOK), i);
		start = now_ns();
		client_ask(c, buf, len);
		pair_add(&p, (double)(now_ns() - start) / 1e6, 50);
	}
	pair_print(&p, "grow a shelf by 1,000 books", "ms", "the limit");
	client_close(c);
	free(c);
}

int main(int argc, char **argv)
{
	struct service small = { .pid = 0 }, large = { .pid = 0 };
	uint32_t rounds = 5;
	char dir[3072];

	log_open("bench_librarian", LOG_LEVEL_INFO, false);
	if (argc < 3 || argc > 4 ||
	    (argc == 4 && parse_u32(argv[3], 1, ROUNDS_MAX, &rounds) < 0))
		die("usage: bench_librarian BINDIR DIR [ROUNDS]");
	(void)snprintf(dir, sizeof(dir), "%s/librarian-XXXXXX", argv[2]);
	if (!mkdtemp(dir))
		die("cannot make a directory in '%s'", argv[2]);
	service_start(&small, argv[1], dir, "small", SERVICE_SMALL);
	service_start(&large, argv[1], dir, "large", LARGE);
	measure_gets(&small, rounds);
	measure_creates(&small, dir, rounds);
	measure_flat(&small, &large, rounds);
	measure_growth(&large, rounds);
	service_stop(&small);
	service_stop(&large);
	(void)remove_tree(-1, dir);
	return EXIT_SUCCESS;
}
