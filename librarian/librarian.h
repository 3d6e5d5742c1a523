/* SPDX-License-Identifier: MIT */

/* librarian.h - The Librarian's state: what every request works on
 *
 * Theory of operation
 *
 * One thread. server.c collects the requests that have arrived and hands them
 * to batch.c, which runs them in one transaction, makes it durable and only
 * then lets the replies go. dispatch.c finds a request's command, decides
 * whether the client may do it, and wraps it in a savepoint. commands_*.c turn
 * parameters into calls of shelf.c, book.c, policy.c and results into JSON.
 *
 * What lives outside the database is either derived from it (struct pool), or
 * true only while this process and its nodes run (sessions, tokens, states of
 * nodes), or a promise to be kept after the commit (struct zero).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "auth.h"
#include "board.h"
#include "db.h"
#include "err.h"
#include "lock_wait.h"
#include "metrics.h"
#include "node.h"
#include "numbers.h"
#include "outbox.h"
#include "pool.h"
#include "session.h"
#include "zero.h"

/* The directory whose time was written last, and that time. */
struct touched {
	int64_t dir_id;
	int64_t time;
};

struct librarian {
	struct db *db;
	bool writer; /* nobody else writes: the pool's counts are right */
	struct pool pool;
	struct numbers numbers;
	struct touched touched;
	struct zero zero;
	struct board_map board;
	struct auth auth;
	struct nodes nodes;
	struct session_list sessions;
	struct metrics metrics;
	struct outbox outbox;
	struct lock_waits lock_waits;
	int64_t started; /* by lease_now() */
	int64_t lease;	 /* seconds of silence that end a node; 0 = none do */
	bool sessions_closed; /* one of them was, by a request of another */
	bool zeroed_all;      /* what is not free now will not become free */
};

struct librarian_conf {
	const char *db_path;
	int fam_fd; /* -1 = none: nobody here zeroes; owned by the caller */
	enum auth_mode auth;
	bool hosted;   /* no node runs when it starts */
	int64_t lease; /* see struct librarian */
};

/**
 * librarian_init() - Open and load everything
 * @lib:	Uninitialised
 * @conf:	What the user wants
 * @e:		Why it failed; @lib needs no deinit then
 */
int librarian_init(struct librarian *lib, const struct librarian_conf *conf,
		   struct err *e);

void librarian_deinit(struct librarian *lib);

/* What requests change in memory, and what takes it back if they fail. */
struct undo {
	struct pool_counts counts;
	struct numbers numbers;
	struct touched touched;
	size_t promises; /* see zero.h */
	size_t messages; /* see outbox.h */
	size_t released; /* see lock_wait.h */
};

struct undo librarian_mark(const struct librarian *lib);
void librarian_undo(struct librarian *lib, const struct undo *to);

/* Whoever still speaks for a node's former life is not heard any more. */
void librarian_close_sessions(struct librarian *lib, uint32_t node_id);
