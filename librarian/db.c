/* SPDX-License-Identifier: MIT */

/* db.c - The database: opening, prepared statements, transactions */

#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "schema.h"
#include "wal_vfs.h"

struct db {
	sqlite3 *sq;
	struct wal_vfs vfs; /* registered if it has a name */
	/* Holds the flock. Closing any descriptor of the file drops SQLite's
	 * own locks on it, so this one outlives the connection.
	 */
	int lock_fd;
	sqlite3_stmt *stmts[SQL_COUNT];
	bool reading; /* a transaction of db_read() is open */
	char message[256];
	int error;
};

#define SQL_TEXT(name, text) [SQL_##name] = (text),
static const char *const sql_texts[] = { SQL_STATEMENTS(SQL_TEXT) };
_Static_assert(ARRAY_SIZE(sql_texts) == SQL_COUNT, "a text each");

static int db_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
		return -EBUSY;
	default:
		return -EIO;
	}
}

/* Keeps SQLite's words before a reset or rollback overwrites them. */
static int db_fail(struct db *db, int rc)
{
	(void)snprintf(db->message, sizeof(db->message), "%s (%d)",
		       sqlite3_errmsg(db->sq),
		       sqlite3_extended_errcode(db->sq));
	db->error = db_errno(rc);
	return db->error;
}

int db_error(const struct db *db)
{
	return db->error;
}

const char *db_message(const struct db *db)
{
	return db->message;
}

/* ---- statements ----------------------------------------------------------- */

static int bind(struct db *db, sqlite3_stmt *s, const struct sql_arg *args,
		size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct sql_arg *a = &args[i];
		int rc;

		if (a->is_text)
			rc = sqlite3_bind_text64(s, (int)i + 1, a->text, a->len,
						 SQLITE_STATIC, SQLITE_UTF8);
		else
			rc = sqlite3_bind_int64(s, (int)i + 1, a->number);
		if (rc != SQLITE_OK)
			return db_fail(db, rc);
	}
	return 0;
}

void db_read(struct db *db)
{
	sqlite3_stmt *begin = db->stmts[SQL_BEGIN_READ];

	if (!sqlite3_get_autocommit(db->sq))
		return;
	/* Without it, each statement takes a snapshot of its own. */
	db->reading = sqlite3_step(begin) == SQLITE_DONE;
	(void)sqlite3_reset(begin);
}

void db_read_anew(struct db *db)
{
	sqlite3_stmt *commit = db->stmts[SQL_COMMIT];

	if (!db->reading)
		return;
	db->reading = false;
	(void)sqlite3_step(commit);
	(void)sqlite3_reset(commit);
}

int db_query_args(struct db *db, enum sql id, const struct sql_arg *args,
		  size_t n, sqlite3_stmt **ret_rows)
{
	sqlite3_stmt *s = db->stmts[id];
	int r;

	if (!sqlite3_stmt_readonly(s))
		db_read_anew(db);
	r = bind(db, s, args, n);
	if (r < 0)
		return r;
	*ret_rows = s;
	return 0;
}

int db_next(struct db *db, sqlite3_stmt *rows)
{
	int rc = sqlite3_step(rows);
	int r;

	if (rc == SQLITE_ROW)
		return 1;
	r = rc == SQLITE_DONE ? 0 : db_fail(db, rc);
	db_end(rows);
	return r;
}

void db_end(sqlite3_stmt *rows)
{
	(void)sqlite3_reset(rows);
}

int db_run_args(struct db *db, enum sql id, const struct sql_arg *args,
		size_t n)
{
	sqlite3_stmt *s;
	int r;

	r = db_query_args(db, id, args, n, &s);
	if (r < 0)
		return r;
	r = db_next(db, s);
	if (r > 0)
		db_end(s);
	return r < 0 ? r : 0;
}

int db_get_args(struct db *db, enum sql id, const struct sql_arg *args,
		size_t n, int64_t *ret_v)
{
	sqlite3_stmt *s;
	int r;

	r = db_query_args(db, id, args, n, &s);
	if (r == 0)
		r = db_next(db, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_v = sqlite3_column_int64(s, 0);
	db_end(s);
	return 0;
}

int db_get_text_args(struct db *db, enum sql id, const struct sql_arg *args,
		     size_t n, char **ret_text, size_t *ret_len)
{
	sqlite3_stmt *s;
	size_t len;
	char *copy;
	int r;

	r = db_query_args(db, id, args, n, &s);
	if (r == 0)
		r = db_next(db, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	len = (size_t)sqlite3_column_bytes(s, 0);
	copy = malloc(len + 1);
	if (copy) {
		/* The column of an empty text may be NULL. */
		if (len)
			memcpy(copy, sqlite3_column_text(s, 0), len);
		copy[len] = '\0';
	}
	db_end(s);
	if (!copy)
		return -ENOMEM;
	if (ret_len)
		*ret_len = len;
	*ret_text = copy;
	return 0;
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_changes64(db->sq);
}

bool db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->sq) && !db->reading;
}

int db_script(struct db *db, const char *text)
{
	int rc;

	db_read_anew(db);
	rc = sqlite3_exec(db->sq, text, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc);
}

int db_select(struct db *db, const char *text,
	      int (*fn)(sqlite3_stmt *row, void *arg), void *arg)
{
	sqlite3_stmt *s = NULL;
	int rc, r = 0;

	rc = sqlite3_prepare_v2(db->sq, text, -1, &s, NULL);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(s);
		if (rc == SQLITE_ROW)
			r = fn(s, arg);
		if (r < 0)
			break;
	}
	if (r == 0 && rc != SQLITE_DONE)
		r = db_fail(db, rc);
	(void)sqlite3_finalize(s);
	return r;
}

/* ---- opening -------------------------------------------------------------- */

/* A number that a pragma answers. */
static int pragma_int(struct db *db, const char *text, int *ret_v)
{
	sqlite3_stmt *s = NULL;
	int rc;

	rc = sqlite3_prepare_v2(db->sq, text, -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret_v = sqlite3_column_int(s, 0);
	rc = rc == SQLITE_ROW ? 0 : db_fail(db, rc);
	(void)sqlite3_finalize(s);
	return rc;
}

static int check_whole(struct db *db)
{
	sqlite3_stmt *s = NULL;
	int rc, r;

	rc = sqlite3_prepare_v2(db->sq, "PRAGMA quick_check(1)", -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc != SQLITE_ROW)
		r = db_fail(db, rc);
	else
		r = strcmp((const char *)sqlite3_column_text(s, 0), "ok") ?
			    -EUCLEAN :
			    0;
	(void)sqlite3_finalize(s);
	return r;
}

static int migrate(struct db *db, int from)
{
	int r = 0;

	for (int v = from; v < schema_version && r == 0; v++) {
		char version[96];

		(void)snprintf(version, sizeof(version),
			       "PRAGMA application_id = %d;"
			       "PRAGMA user_version = %d; COMMIT",
			       SCHEMA_APPLICATION_ID, v + 1);
		r = db_script(db, "BEGIN IMMEDIATE");
		if (r == 0)
			r = db_script(db, schema_migrations[v]);
		if (r == 0)
			r = db_script(db, version);
		if (r < 0)
			(void)sqlite3_exec(db->sq, "ROLLBACK", NULL, NULL,
					   NULL);
	}
	return r;
}

static int identify(struct db *db, const char *path, enum db_mode mode,
		    int *ret_version, struct err *e)
{
	int app = 0, version = 0, tables = 0, r;

	r = pragma_int(db, "PRAGMA application_id", &app);
	if (r == 0)
		r = pragma_int(db, "PRAGMA user_version", &version);
	if (r == 0)
		r = pragma_int(db, "SELECT COUNT(*) FROM sqlite_schema",
			       &tables);
	if (r < 0)
		return err_set(e, r, "cannot read the database '%s': %s", path,
			       db->message);
	if (!tables && mode != DB_CREATE)
		return err_set(e, -ENODATA,
			       "database '%s' is empty; make it by "
			       "'fame-librarian register FILE -d %s'",
			       path, path);
	if (tables && app != SCHEMA_APPLICATION_ID)
		return err_set(e, -EINVAL,
			       "'%s' is a database of another program", path);
	if (version > schema_version)
		return err_set(e, -EINVAL,
			       "database '%s' has version %d, this program "
			       "knows %d: use a newer fame-librarian",
			       path, version, schema_version);
	*ret_version = version;
	return 0;
}

static int prepare(struct db *db)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		int rc = sqlite3_prepare_v3(db->sq, sql_texts[i], -1,
					    SQLITE_PREPARE_PERSISTENT,
					    &db->stmts[i], NULL);

		if (rc != SQLITE_OK)
			return db_fail(db, rc);
	}
	return 0;
}

static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA cache_size = -16384;";

static const char reader_settings[] = "PRAGMA query_only = ON;"
				      "PRAGMA trusted_schema = OFF;"
				      "PRAGMA temp_store = MEMORY;";

static int lock(struct db *db, const char *path, enum db_mode mode,
		struct err *e)
{
	int flags = O_RDWR | O_CLOEXEC | (mode == DB_CREATE ? O_CREAT : 0);
	CLEANUP_FD int fd = open(path, flags, 0600);
	struct stat st;

	if (fd < 0 && errno == ENOENT && mode != DB_CREATE)
		return err_set(e, -ENOENT,
			       "there is no database '%s'; make it by "
			       "'fame-librarian register FILE -d %s'",
			       path, path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, -errno, "cannot open the database '%s': %s",
			       path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL,
			       "database '%s' is not a regular file", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, errno == EWOULDBLOCK ? -EBUSY : -errno,
			       errno == EWOULDBLOCK ?
				       "database '%s' is in use by another "
				       "fame-librarian" :
				       "cannot lock the database '%s'",
			       path);
	db->lock_fd = take_fd(&fd);
	return 0;
}

static int set_up(struct db *db, const char *path, enum db_mode mode,
		  struct err *e)
{
	int version = 0, r;

	r = identify(db, path, mode, &version, e);
	if (r < 0)
		return r;
	if (mode == DB_CHECK && version < schema_version)
		return err_set(e, -EINVAL,
			       "database '%s' has version %d, which is older "
			       "than %d: any command that writes brings it up "
			       "to date",
			       path, version, schema_version);
	r = db_script(db, mode == DB_READER ? reader_settings : settings);
	if (r == 0 && mode != DB_READER)
		r = migrate(db, version);
	if (r == 0 && mode != DB_READER)
		r = db_script(db, "PRAGMA foreign_keys = ON");
	if (r == 0 && mode != DB_READER)
		r = check_whole(db);
	if (r == -EUCLEAN)
		return err_set(e, r,
			       "database '%s' is damaged; restore it from a "
			       "copy",
			       path);
	if (r == 0)
		r = prepare(db);
	if (r < 0)
		return err_set(e, r, "cannot use the database '%s': %s", path,
			       db->message);
	return 0;
}

static int open_file(struct db *db, const char *path, enum db_mode mode,
		     struct err *e)
{
	int access = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
	int r;

	if (mode != DB_READER) {
		access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
		r = lock(db, path, mode, e);
		if (r < 0)
			return r;
	}
	r = wal_vfs_register(&db->vfs);
	if (r == SQLITE_OK)
		r = sqlite3_open_v2(path, &db->sq,
				    access | SQLITE_OPEN_EXRESCODE,
				    db->vfs.name);
	if (r != SQLITE_OK)
		return err_set(e, db_errno(r),
			       "cannot open the database '%s': %s", path,
			       db->sq ? sqlite3_errmsg(db->sq) : "no memory");
	/* Readers (a person with sqlite3) may hold up a checkpoint shortly. */
	(void)sqlite3_busy_timeout(db->sq, 2000);
	return set_up(db, path, mode, e);
}

int db_open(const char *path, enum db_mode mode, struct db **ret_db,
	    struct err *e)
{
	struct db *db = calloc(1, sizeof(*db));
	int r;

	if (!db)
		return err_set(e, -ENOMEM, "no memory");
	db->lock_fd = -1;
	r = open_file(db, path, mode, e);
	if (r < 0) {
		(void)db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

int db_settle(struct db *db)
{
	int on = 1;

	(void)sqlite3_file_control(db->sq, "main", SQLITE_FCNTL_PERSIST_WAL,
				   &on);
	/* A limit is needed for it to be emptied at the end. The first commit
	 * of a new log opens its directory, to make the log's name durable.
	 */
	return db_script(db, "PRAGMA journal_size_limit = 67108864;"
			     "BEGIN IMMEDIATE;"
			     "UPDATE globals SET one = one;"
			     "COMMIT");
}

struct db *db_close(struct db *db)
{
	if (!db)
		return NULL;
	for (int i = 0; i < SQL_COUNT; i++)
		(void)sqlite3_finalize(db->stmts[i]);
	(void)sqlite3_close(db->sq);
	if (db->vfs.name[0])
		wal_vfs_unregister(&db->vfs);
	close_fd(&db->lock_fd);
	free(db);
	return NULL;
}
