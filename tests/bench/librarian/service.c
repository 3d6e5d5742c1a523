/* SPDX-License-Identifier: MIT */

/* service.c - A Librarian of its own, with shelves in it */

#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "figures.h"
#include "file.h"
#include "net.h"
#include "peers.h"
#include "spawn.h"
#include "strv.h"

#define DIRECTORIES 1000

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

static void register_db(const struct service *l, const char *program,
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

/* @n shelves: SERVICE_SMALL of them in the root, the others in directories. */
static void fill(const char *path, unsigned n)
{
	sqlite3 *db = sql_open(path);
	char text[1024];

	sql(db, "BEGIN");
	(void)snprintf(
		text, sizeof(text),
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < %u) INSERT INTO shelves (parent_id, name, "
		"mode, creator_id, ctime, mtime) "
		"SELECT 2, 's' || i, 33279, 1, 0, 0 FROM n",
		SERVICE_SMALL - 1);
	sql(db, text);
	sql(db, "INSERT INTO shelves (id, parent_id, name, mode, creator_id, "
		"link_count, ctime, mtime) VALUES (900, 2, 'full', 16895, 1, "
		"2, 0, 0), (901, 2, 'new', 16895, 1, 2, 0, 0)");
	sql(db, "INSERT INTO shelves (parent_id, name, mode, creator_id, "
		"ctime, mtime) SELECT 900, name, 33279, 1, 0, 0 FROM shelves "
		"WHERE parent_id = 2 AND mode = 33279");
	if (n > SERVICE_SMALL) {
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

static void serve(struct service *l, const char *program)
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

void service_start(struct service *l, const char *bindir, const char *dir,
		   const char *name, unsigned shelves)
{
	char program[4096];

	(void)snprintf(program, sizeof(program), "%s/fame-librarian", bindir);
	(void)snprintf(l->db, sizeof(l->db), "%s/%s.db", dir, name);
	register_db(l, program, dir);
	fill(l->db, shelves);
	serve(l, program);
}

void service_stop(const struct service *l)
{
	(void)kill(l->pid, SIGTERM);
	if (spawn_wait(l->pid) != 0)
		die("the Librarian has not ended well");
}
