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

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include "parse.h"
#include "spawn.h"
#include "strv.h"

#define ROUNDS_MAX 31
#define ROUND_NS 100000000LL
#define REPLY_MAX 65536
#define PIPELINE 64
#define CLIENTS 16
#define SMALL 100
#define LARGE 100000
#define DIRECTORIES 1000
#define GROWTH 1000ULL
#define BOOK (2ULL << 20)

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt,
								...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_err("%s", text);
	exit(EXIT_FAILURE);
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- figures -------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), ascending);
	return v[n / 2];
}

/* A figure and its peer, round by round. */
struct pair {
	double own[ROUNDS_MAX], peer[ROUNDS_MAX], ratio[ROUNDS_MAX];
	size_t n;
};

static void pair_add(struct pair *p, double own, double peer)
{
	p->own[p->n] = own;
	p->peer[p->n] = peer;
	p->ratio[p->n++] = own / peer;
}

static void pair_print(struct pair *p, const char *what, const char *unit,
		       const char *against)
{
	printf("{\"what\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", "
	       "\"against\": \"%s\", \"peer\": %.3f, \"ratio\": %.3f}\n",
	       what, median(p->own, p->n), unit, against, median(p->peer, p->n),
	       median(p->ratio, p->n));
	(void)fflush(stdout);
}

/* ---- sockets -------------------------------------------------------------- */

static void no_delay(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int listen_any(uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die("cannot listen: %s", strerror(errno));
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("cannot connect: %s", strerror(errno));
	no_delay(fd);
	return fd;
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			die("cannot send: %s", strerror(errno));
		data += n;
		len -= (size_t)n;
	}
}

static void receive_bytes(int fd, char *buf, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, buf, len, 0);

		if (n <= 0)
			die("the other end has gone");
		len -= (size_t)n;
	}
}

/* ---- the peer: an echo ----------------------------------------------------- */

struct echo {
	pid_t pid;
	int fd;
	size_t ask, answer; /* bytes */
};

static void echo_child(int listener, size_t ask, size_t answer)
{
	char buf[REPLY_MAX] = "";
	int fd = accept(listener, NULL, NULL);

	no_delay(fd);
	for (;;) {
		size_t have = 0;

		while (have < ask) {
			ssize_t n = recv(fd, buf, ask - have, 0);

			if (n <= 0)
				_exit(0);
			have += (size_t)n;
		}
		send_all(fd, buf, answer);
	}
}

static void echo_start(struct echo *e, size_t ask, size_t answer)
{
	uint16_t port;
	int listener = listen_any(&port);

	e->ask = ask;
	e->answer = answer;
	e->pid = fork();
	if (e->pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!e->pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo_child(listener, ask, answer);
	}
	(void)close(listener);
	e->fd = connect_to(port);
}

static void echo_stop(struct echo *e)
{
	(void)close(e->fd);
	(void)waitpid(e->pid, NULL, 0);
}

/* Exchanges a second. */
static double echo_rate(const struct echo *e)
{
	char buf[REPLY_MAX] = "";
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns(), n++) {
		send_all(e->fd, buf, e->ask);
		receive_bytes(e->fd, buf, e->answer);
	}
	return n * 1e9 / (double)(end - start);
}

/* ---- the peer: SQLite ------------------------------------------------------ */

static void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die("SQLite: %s: %s", text, sqlite3_errmsg(db));
}

static sqlite3 *sql_open(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		die("cannot open '%s'", path);
	sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	return db;
}

static sqlite3_stmt *sql_prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, text, -1, &s, NULL) != SQLITE_OK)
		die("SQLite: %s: %s", text, sqlite3_errmsg(db));
	return s;
}

/* Look-ups of shelves by their names, a second. */
static double sql_lookup_rate(sqlite3 *db)
{
	sqlite3_stmt *s = sql_prepare(
		db, "SELECT id, parent_id, name, mode, size_bytes, book_count,"
		    " link_count, creator_id, ctime, mtime FROM shelves"
		    " WHERE parent_id = 2 AND name = ?1");
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns(), n++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "s%u", n % SMALL);
		(void)sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
		if (sqlite3_step(s) != SQLITE_ROW)
			die("'%s' is not there", name);
		(void)sqlite3_reset(s);
	}
	(void)sqlite3_finalize(s);
	return n * 1e9 / (double)(end - start);
}

/* Durable rows a second, a commit each. */
static double sql_commit_rate(sqlite3 *db)
{
	sqlite3_stmt *s = sql_prepare(db, "INSERT INTO t (name) VALUES (?1)");
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns(), n++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%lld-%u", (long long)start,
			       n);
		(void)sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
		if (sqlite3_step(s) != SQLITE_DONE)
			die("SQLite: %s", sqlite3_errmsg(db));
		(void)sqlite3_reset(s);
	}
	(void)sqlite3_finalize(s);
	return n * 1e9 / (double)(end - start);
}

/* ---- the Librarian --------------------------------------------------------- */

struct librarian {
	char db[4096];
	pid_t pid;
	uint16_t port;
	unsigned made; /* shelves, for names that are new */
};

static void run(const char *file, char *const *argv)
{
	pid_t pid;
	int r;

	r = spawn(&(struct spawn){ .file = file,
				   .argv = argv,
				   .fds = &(struct spawn_fd){ 2, 2 },
				   .n_fds = 1 },
		  &pid, NULL);
	if (r == 0)
		r = spawn_wait(pid);
	if (r != 0)
		die("'%s %s' failed", file, argv[1]);
}

static void register_db(const struct librarian *l, const char *program,
			const char *dir)
{
	static const char ini[] = "[global]\nnode_count = 8\n"
				  "book_size_bytes = 2M\n"
				  "nvm_size_per_node = 8192B\n";
	CLEANUP_STRV struct strv args = { 0 };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/ini", dir);
	if (file_write(-1, path, ini, strlen(ini), 0600) < 0)
		die("cannot write '%s'", path);
	strv_push(&args, "fame-librarian");
	strv_push(&args, "register");
	strv_push(&args, path);
	strv_push(&args, "-d");
	strv_push(&args, l->db);
	run(program, args.v);
}

/* @n shelves: SMALL of them in the root, the others in directories. */
static void fill(const char *path, unsigned n)
{
	sqlite3 *db = sql_open(path);
	char text[1024];

	sql(db, "BEGIN");
	(void)snprintf(
		text, sizeof(text),
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < %d) INSERT INTO shelves (parent_id, name, "
		"mode, creator_id, ctime, mtime) "
		"SELECT 2, 's' || i, 33279, 1, 0, 0 FROM n",
		SMALL - 1);
	sql(db, text);
	sql(db, "INSERT INTO shelves (id, parent_id, name, mode, creator_id, "
		"link_count, ctime, mtime) VALUES (900, 2, 'full', 16895, 1, "
		"2, 0, 0), (901, 2, 'new', 16895, 1, 2, 0, 0)");
	sql(db, "INSERT INTO shelves (parent_id, name, mode, creator_id, "
		"ctime, mtime) SELECT 900, name, 33279, 1, 0, 0 FROM shelves "
		"WHERE parent_id = 2 AND mode = 33279");
	if (n > SMALL) {
		(void)snprintf(text, sizeof(text),
			       "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL "
			       "SELECT i + 1 FROM n WHERE i < %d) "
			       "INSERT INTO shelves (id, parent_id, name, "
			       "mode, creator_id, link_count, ctime, mtime) "
			       "SELECT 10000 + i, 2, 'd' || i, 16895, 1, 2, "
			       "0, 0 FROM n",
			       DIRECTORIES - 1);
		sql(db, text);
		(void)snprintf(text, sizeof(text),
			       "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL "
			       "SELECT i + 1 FROM n WHERE i < %u) "
			       "INSERT INTO shelves (parent_id, name, mode, "
			       "creator_id, ctime, mtime) SELECT 10000 + i %% "
			       "%d, 's' || (i / %d), 33279, 1, 0, 0 FROM n",
			       n - 1, DIRECTORIES, DIRECTORIES);
		sql(db, text);
	}
	sql(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
	(void)sqlite3_close(db);
}

static void serve(struct librarian *l, const char *program)
{
	int listener = listen_any(&l->port), p[2], r;
	CLEANUP_STRV struct strv args = { 0 };
	char c;

	if (pipe2(p, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	const struct spawn_fd fds[] = { { p[1], 3 }, { listener, 4 } };
	strv_push(&args, "fame-librarian");
	strv_push(&args, "serve");
	strv_push(&args, "-d");
	strv_push(&args, l->db);
	strv_push(&args, "--ready-fd=3");
	strv_push(&args, "--listen-fd=4");
	r = spawn(&(struct spawn){ .file = program,
				   .argv = args.v,
				   .fds = fds,
				   .n_fds = ARRAY_SIZE(fds),
				   .death_signal = SIGKILL },
		  &l->pid, NULL);
	(void)close(p[1]);
	if (r < 0 || read(p[0], &c, 1) != 1)
		die("'%s serve' does not start", program);
	(void)close(p[0]);
	(void)close(listener);
}

static void librarian_start(struct librarian *l, const char *bindir,
			    const char *dir, const char *name, unsigned shelves)
{
	char program[4096];

	(void)snprintf(program, sizeof(program), "%s/fame-librarian", bindir);
	(void)snprintf(l->db, sizeof(l->db), "%s/%s.db", dir, name);
	register_db(l, program, dir);
	fill(l->db, shelves);
	serve(l, program);
}

static void librarian_stop(const struct librarian *l)
{
	(void)kill(l->pid, SIGTERM);
	if (spawn_wait(l->pid) != 0)
		die("the Librarian has not ended well");
}

/* ---- a client -------------------------------------------------------------- */

struct client {
	int fd;
	char buf[REPLY_MAX];
	size_t len, at; /* received; of it used */
};

/* The next line, without its newline; it is no error. */
static const char *client_reply(struct client *c, size_t *ret_len)
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

__attribute__((format(printf, 3, 4))) static size_t
client_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return (size_t)n;
}

/* A request in tm-librarian's words, with what its clients put there. */
#define REQUEST(command, fields)                                           \
	"{\"command\": \"" command "\", " fields ", \"context\": "         \
	"{\"umask\": 0, \"node_id\": 1, \"physloc\": \"1:1:1\", \"seq\": " \
	"%u, \"uid\": 0, \"gid\": 0, \"pid\": 7, \"tid\": 7}}"

static void client_connect(struct client *c, const struct librarian *l)
{
	static const char hello[] = "{\"command\": \"hello\", \"node_id\": 1, "
				    "\"protocol\": 1}";
	size_t len;

	c->len = c->at = 0;
	c->fd = connect_to(l->port);
	send_all(c->fd, hello, strlen(hello));
	(void)client_reply(c, &len);
}

static void client_close(const struct client *c)
{
	(void)close(c->fd);
}

static size_t get_shelf(char *buf, size_t size, unsigned i)
{
	return client_format(buf, size,
			     REQUEST("get_shelf", "\"path\": \"/s%u\""),
			     i % SMALL, i);
}

/* Answered a second, with so many under way. */
static double get_rate(struct client *c, unsigned depth)
{
	int64_t start = now_ns(), end = start;
	char buf[PIPELINE * 256];
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns()) {
		size_t len = 0, got;

		for (unsigned i = 0; i < depth; i++)
			len += get_shelf(buf + len, sizeof(buf) - len, n + i);
		send_all(c->fd, buf, len);
		for (unsigned i = 0; i < depth; i++)
			(void)client_reply(c, &got);
		n += depth;
	}
	return n * 1e9 / (double)(end - start);
}

static void ask(struct client *c, const char *buf, size_t len)
{
	size_t got;

	send_all(c->fd, buf, len);
	(void)client_reply(c, &got);
}

/* The rate of create_shelf of each of @n clients together. */
static double create_rate(struct librarian *l, struct client *c, unsigned n)
{
	int64_t start = now_ns(), end = start;
	struct pollfd p[CLIENTS];
	unsigned done = 0, waiting = 0;
	bool busy[CLIENTS] = { 0 };

	for (; end - start < ROUND_NS || waiting; end = now_ns()) {
		for (unsigned i = 0; i < n && end - start < ROUND_NS; i++) {
			char buf[512];
			size_t len;

			if (busy[i])
				continue;
			len = client_format(buf, sizeof(buf),
					    REQUEST("create_shelf",
						    "\"path\": \"/n%u\", "
						    "\"mode\": 33279"),
					    l->made, l->made);
			l->made++;
			send_all(c[i].fd, buf, len);
			busy[i] = true;
			waiting++;
		}
		for (unsigned i = 0; i < n; i++)
			p[i] = (struct pollfd){ c[i].fd, busy[i] ? POLLIN : 0,
						0 };
		if (poll(p, n, -1) < 0)
			die("poll: %s", strerror(errno));
		for (unsigned i = 0; i < n; i++) {
			size_t got;

			if (!(p[i].revents & POLLIN))
				continue;
			(void)client_reply(&c[i], &got);
			busy[i] = false;
			waiting--;
			done++;
		}
	}
	return done * 1e9 / (double)(end - start);
}

/* ---- what is measured ------------------------------------------------------ */

static void measure_gets(struct librarian *l, unsigned rounds)
{
	struct pair one = { .n = 0 }, many = { .n = 0 };
	sqlite3 *db = sql_open(l->db);
	struct client *c = calloc(1, sizeof(*c));
	struct echo echo;
	char buf[512];
	size_t ask_len, answer_len;

	if (!c)
		die("no memory");
	client_connect(c, l);
	ask_len = get_shelf(buf, sizeof(buf), 10);
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

static void measure_creates(struct librarian *l, const char *dir,
			    unsigned rounds)
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
		client_connect(&c[i], l);
	for (unsigned i = 0; i < rounds; i++) {
		double bare = sql_commit_rate(db);

		pair_add(&one, create_rate(l, c, 1), bare);
		pair_add(&many, create_rate(l, c, CLIENTS), bare);
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

static size_t op_format(struct librarian *l, enum op op, unsigned i, char *buf,
			size_t size)
{
	switch (op) {
	case OP_CREATE:
		l->made++;
		return client_format(buf, size,
				     REQUEST("create_shelf",
					     "\"path\": \"/new/n%u\", "
					     "\"mode\": 33279"),
				     l->made, i);
	case OP_GET:
		return get_shelf(buf, size, i * 37);
	case OP_OPEN:
		return client_format(
			buf, size, REQUEST("open_shelf", "\"path\": \"/s%u\""),
			i * 37 % SMALL, i);
	case OP_LIST:
	case OP_COUNT:
		break;
	}
	return client_format(buf, size,
			     REQUEST("list_shelves", "\"path\": \"/full\""), i);
}

static double op_cost(struct librarian *l, struct client *c, enum op op)
{
	int64_t start = now_ns();

	for (unsigned i = 0; i < ops[op].times; i++) {
		char buf[512];

		ask(c, buf, op_format(l, op, i, buf, sizeof(buf)));
	}
	return (double)(now_ns() - start) / 1e3 / ops[op].times;
}

static void measure_flat(struct librarian *small, struct librarian *large,
			 unsigned rounds)
{
	struct client *c = calloc(2, sizeof(*c));

	if (!c)
		die("no memory");
	client_connect(&c[0], small);
	client_connect(&c[1], large);
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
static void measure_growth(struct librarian *l, unsigned rounds)
{
	struct client *c = calloc(1, sizeof(*c));
	struct pair p = { .n = 0 };

	if (!c)
		die("no memory");
	client_connect(c, l);
	for (unsigned i = 0; i < rounds; i++) {
		int64_t start;
		char buf[512];
		size_t len;

		len = client_format(buf, sizeof(buf),
				    REQUEST("create_shelf",
					    "\"path\": \"/grow%u\", "
					    "\"mode\": 33279"),
				    i, i);
		ask(c, buf, len);
		len = client_format(buf, sizeof(buf),
				    REQUEST("resize_shelf",
					    "\"path\": \"/grow%u\", "
					    "\"size_bytes\": %llu"),
				    i, (unsigned long long)(GROWTH * BOOK), i);
		start = now_ns();
		ask(c, buf, len);
		pair_add(&p, (double)(now_ns() - start) / 1e6, 50);
	}
	pair_print(&p, "grow a shelf by 1,000 books", "ms", "the limit");
	client_close(c);
	free(c);
}

int main(int argc, char **argv)
{
	struct librarian small = { .pid = 0 }, large = { .pid = 0 };
	uint32_t rounds = 5;
	char dir[3072];

	log_open("bench_librarian", LOG_LEVEL_INFO, false);
	if (argc < 3 || argc > 4 ||
	    (argc == 4 && parse_u32(argv[3], 1, ROUNDS_MAX, &rounds) < 0))
		die("usage: bench_librarian BINDIR DIR [ROUNDS]");
	(void)snprintf(dir, sizeof(dir), "%s/librarian-XXXXXX", argv[2]);
	if (!mkdtemp(dir))
		die("cannot make a directory in '%s'", argv[2]);
	librarian_start(&small, argv[1], dir, "small", SMALL);
	librarian_start(&large, argv[1], dir, "large", LARGE);
	measure_gets(&small, rounds);
	measure_creates(&small, dir, rounds);
	measure_flat(&small, &large, rounds);
	measure_growth(&large, rounds);
	librarian_stop(&small);
	librarian_stop(&large);
	(void)remove_tree(-1, dir);
	return EXIT_SUCCESS;
}
