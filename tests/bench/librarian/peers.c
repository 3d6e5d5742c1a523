/* SPDX-License-Identifier: MIT */

/* peers.c - What the Librarian is compared with: an echo, and SQLite alone */

#include "peers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "figures.h"
#include "net.h"
#include "service.h"

#define EXCHANGE_MAX 65536

/* ---- an echo -------------------------------------------------------------- */

static void echo_child(int listener, size_t ask, size_t answer)
{
	char buf[EXCHANGE_MAX] = "";
	int fd = accept_from(listener);

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

void echo_start(struct echo *e, size_t ask, size_t answer)
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

void echo_stop(struct echo *e)
{
	(void)close(e->fd);
	(void)waitpid(e->pid, NULL, 0);
}

double echo_rate(const struct echo *e)
{
	char buf[EXCHANGE_MAX] = "";
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns(), n++) {
		send_all(e->fd, buf, e->ask);
		receive_bytes(e->fd, buf, e->answer);
	}
	return n * 1e9 / (double)(end - start);
}

/* ---- SQLite --------------------------------------------------------------- */

void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die("SQLite: %s: %s", text, sqlite3_errmsg(db));
}

sqlite3 *sql_open(const char *path)
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

double sql_lookup_rate(sqlite3 *db)
{
	sqlite3_stmt *s = sql_prepare(
		db, "SELECT id, parent_id, name, mode, size_bytes, book_count,"
		    " link_count, creator_id, ctime, mtime FROM shelves"
		    " WHERE parent_id = 2 AND name = ?1");
	int64_t start = now_ns(), end = start;
	unsigned n = 0;

	for (; end - start < ROUND_NS; end = now_ns(), n++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "s%u", n % SERVICE_SMALL);
		(void)sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
		if (sqlite3_step(s) != SQLITE_ROW)
			die("'%s' is not there", name);
		(void)sqlite3_reset(s);
	}
	(void)sqlite3_finalize(s);
	return n * 1e9 / (double)(end - start);
}

double sql_commit_rate(sqlite3 *db)
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
