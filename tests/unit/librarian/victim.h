/* SPDX-License-Identifier: MIT */

/* victim.h - A Librarian that serves in a child, to be killed, and what is left
 */
#pragma once

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture.h"
#include "fsck_passes.h"
#include "listen.h"
#include "loop.h"
#include "server.h"
#include "spin.h"

struct victim {
	struct fixture f; /* not open while it runs */
	rlim_t limit;	  /* of the size of files; 0 = none */
};

/* The child: never returns. */
UNUSED static void victim_serve(const struct victim *v, int fd)
{
	struct server_conf conf = { .listen_fd = fd, .admin_fd = -1 };
	struct rlimit limit = { v->limit, v->limit };
	struct event_base *base = loop_new();
	struct librarian lib;
	struct server *server;
	struct err e = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (v->limit && setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(1);
	if (!base || librarian_init(&lib, &v->f.conf, &e) < 0 ||
	    server_new(base, &lib, &conf, &server) < 0)
		_exit(1);
	(void)spin_dispatch(base, &(struct spin){ &lib.metrics.batches,
						  server_poke, server });
	_exit(2); /* it is to be killed before */
}

UNUSED static pid_t victim_start(const struct victim *v,
				 struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	struct err e = { 0 };
	pid_t pid;
	int fd;

	assert_int_equal(listen_open("127.0.0.1", 0, &fd, &e), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		victim_serve(v, fd);
	(void)close(fd);
	return pid;
}

UNUSED static void victim_end(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* A connection that has said hello. */
UNUSED static int victim_connect(const struct sockaddr_in *addr, uint32_t node,
				 unsigned protocol)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char hello[96], c = '\0';
	int len;

	assert_int_equal(
		connect(fd, (const struct sockaddr *)addr, sizeof(*addr)), 0);
	len = snprintf(hello, sizeof(hello),
		       "{\"command\":\"hello\",\"node_id\":%u,"
		       "\"protocol\":%u}",
		       node, protocol);
	assert_int_equal(send(fd, hello, (size_t)len, MSG_NOSIGNAL), len);
	while (c != '\n')
		assert_int_equal(read(fd, &c, 1), 1);
	return fd;
}

/* With " for '. */
UNUSED static void victim_ask(int fd, const char *text)
{
	CLEANUP_FREE char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	assert_int_equal(send(fd, copy, strlen(copy), MSG_NOSIGNAL),
			 strlen(copy));
}

/* What has come of the victim's replies. */
struct victim_lines {
	char text[65536];
	size_t len;
};

/* Receives, and calls @fn for each whole line. */
UNUSED static void victim_hear(int fd, struct victim_lines *in,
			       void (*fn)(const char *line, void *a, void *b),
			       void *a, void *b)
{
	ssize_t n = recv(fd, in->text + in->len, sizeof(in->text) - 1 - in->len,
			 MSG_DONTWAIT);
	char *line = in->text, *newline;

	assert_true(n > 0 || (n < 0 && errno == EAGAIN));
	in->len += n > 0 ? (size_t)n : 0;
	in->text[in->len] = '\0';
	while ((newline = strchr(line, '\n'))) {
		*newline = '\0';
		fn(line, a, b);
		line = newline + 1;
	}
	in->len -= (size_t)(line - in->text);
	memmove(in->text, line, in->len);
}

UNUSED static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- what is left ---------------------------------------------------------- */

UNUSED static void print_finding(const char *pass, const char *text, bool done,
				 void *arg)
{
	(void)done;
	(void)arg;
	print_error("%s: %s\n", pass, text);
}

UNUSED static void victim_check(struct fixture *f)
{
	struct fsck_report report = { .found = print_finding };
	struct err e = { 0 };
	struct db *db;

	if (db_open(f->db, DB_CHECK, &db, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(fsck_look(db, &report), 0);
	assert_int_equal(report.wrong, 0);
	(void)db_close(db);
}

UNUSED static void check_free_book(const struct fixture *f, uint64_t flat)
{
	static char book[BOOK];
	off_t at = (off_t)(flat * BOOK);
	off_t data = lseek(f->fam_fd, at, SEEK_DATA);

	if (data < 0 || data >= at + (off_t)BOOK)
		return; /* a hole */
	assert_int_equal(pread(f->fam_fd, book, BOOK, at), BOOK);
	assert_int_equal(book[0], 0);
	assert_memory_equal(book, book + 1, BOOK - 1);
}

UNUSED static void victim_check_free_books(struct fixture *f)
{
	sqlite3_stmt *rows;
	int r;

	assert_int_equal(db_query(f->lib.db, SQL_BOOKS_FREE, &rows), 0);
	while ((r = db_next(f->lib.db, rows)) > 0)
		check_free_book(
			f, pool_flat(&f->lib.pool,
				     (uint64_t)sqlite3_column_int64(rows, 0)));
	assert_int_equal(r, 0);
}
