/* SPDX-License-Identifier: MIT */

/* db.h - The database: opening, prepared statements, transactions
 *
 * Functions return 0 or a negative errno: -ENOSPC (disk full), -ENOMEM,
 * -EEXIST (a rule of the tables was broken), -EUCLEAN (the file is damaged),
 * else -EIO. What SQLite says about it is in db_message(), for the log alone.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "err.h"
#include "sql.h"

struct db;

struct sql_arg {
	bool is_text;
	int64_t number;
	const char *text; /* borrowed until the statement has run */
	size_t len;
};

static inline struct sql_arg sql_int(int64_t v)
{
	return (struct sql_arg){ .number = v };
}

static inline struct sql_arg sql_bytes(const char *s, size_t len)
{
	return (struct sql_arg){ .is_text = true, .text = s, .len = len };
}

static inline struct sql_arg sql_text(const char *s)
{
	return sql_bytes(s, strlen(s));
}

/* Arguments of a statement, in order: an array and its length. */
#define SQL_ARGS(...)                                             \
	(const struct sql_arg[]){ __VA_ARGS__ },                  \
		sizeof((const struct sql_arg[]){ __VA_ARGS__ }) / \
			sizeof(struct sql_arg)

enum db_mode {
	DB_EXISTING, /* must be a registered database */
	DB_CREATE,   /* may be new */
	DB_CHECK,    /* must be one of this version: nothing is changed */
	DB_READER,   /* beside the one that writes; must be registered */
};

/**
 * db_open() - Open a database, alone, and bring it up to date
 * @path:	File
 * @mode:	Whether it may be new
 * @ret_db:	For db_close()
 * @e:		Why not: in use, damaged, not ours, of a newer version
 *
 * The file is locked by flock(2) as long as it is open: one Librarian writes.
 * A DB_READER takes no lock, and is to be closed before the one that has it.
 */
int db_open(const char *path, enum db_mode mode, struct db **ret_db,
	    struct err *e);

/* NULL is fine; returns NULL. */
struct db *db_close(struct db *db);

static inline void cleanup_db(struct db **db)
{
	(void)db_close(*db);
}

#define CLEANUP_DB __attribute__((cleanup(cleanup_db)))

/**
 * db_settle() - Open and remove no file any more
 *
 * When it is closed, its log (-wal, -shm) stays, and is empty.
 */
int db_settle(struct db *db);

/* Of the last failure: SQLite's words, and the negative errno. */
const char *db_message(const struct db *db);
int db_error(const struct db *db);

/**
 * db_script() - Run several statements given as text; for registering only
 */
int db_script(struct db *db, const char *text);

/**
 * db_select() - Rows of a query given as text; for checking only
 * @fn:		Gets each row, until it returns less than 0
 */
int db_select(struct db *db, const char *text,
	      int (*fn)(sqlite3_stmt *row, void *arg), void *arg);

/* Run a statement that gives no rows. */
int db_run_args(struct db *db, enum sql id, const struct sql_arg *args,
		size_t n);
#define db_run(db, id, ...) db_run_args(db, id, SQL_ARGS(__VA_ARGS__))

/* Rows that the last db_run() has changed. */
int64_t db_changes(const struct db *db);

/* One number: first column of the first row; -ENOENT if there is no row. */
int db_get_args(struct db *db, enum sql id, const struct sql_arg *args,
		size_t n, int64_t *ret_v);
#define db_get(db, id, ret_v, ...) \
	db_get_args(db, id, SQL_ARGS(__VA_ARGS__), ret_v)

/* One text, likewise; free() it. */
int db_get_text_args(struct db *db, enum sql id, const struct sql_arg *args,
		     size_t n, char **ret_text, size_t *ret_len);
#define db_get_text(db, id, ret_text, ret_len, ...) \
	db_get_text_args(db, id, SQL_ARGS(__VA_ARGS__), ret_text, ret_len)

/**
 * db_query() - Start a statement that gives rows
 * @ret_rows:	For db_next(), which ends it at the last row or at a failure;
 *		whoever stops before calls db_end(). The same statement cannot
 *		be started again in between.
 */
int db_query_args(struct db *db, enum sql id, const struct sql_arg *args,
		  size_t n, sqlite3_stmt **ret_rows);
#define db_query(db, id, ret_rows, ...) \
	db_query_args(db, id, SQL_ARGS(__VA_ARGS__), ret_rows)

/* Return: 1 = there is a row, 0 = there is none any more, negative errno. */
int db_next(struct db *db, sqlite3_stmt *rows);

void db_end(sqlite3_stmt *rows);

/**
 * db_read() - Read what follows from one snapshot, without a lock for each
 *
 * Until the next statement that writes, BEGIN included, or db_script(). As
 * nobody else writes, the snapshot is never an old one.
 */
void db_read(struct db *db);

/* What follows sees what the file has now, whoever wrote it. */
void db_read_anew(struct db *db);

/* Whether a transaction is open that can write: a serious failure may have ended it. */
bool db_in_transaction(const struct db *db);
