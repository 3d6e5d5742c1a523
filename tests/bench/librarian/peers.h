/* SPDX-License-Identifier: MIT */

/* peers.h - What the Librarian is compared with: an echo, and SQLite alone */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <sys/types.h>

/* A process that answers so many bytes with so many, over TCP. */
struct echo {
	pid_t pid;
	int fd;
	size_t ask, answer; /* bytes */
};

void echo_start(struct echo *e, size_t ask, size_t answer);
void echo_stop(struct echo *e);

/* Exchanges a second. */
double echo_rate(const struct echo *e);

void sql(sqlite3 *db, const char *text);
sqlite3 *sql_open(const char *path);

/* Look-ups of shelves of service.h by their names, a second. */
double sql_lookup_rate(sqlite3 *db);

/* Durable rows a second, a commit each. */
double sql_commit_rate(sqlite3 *db);
