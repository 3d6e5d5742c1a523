/* SPDX-License-Identifier: MIT */

/* fuzz_librarian.c - Requests of any kind to a real database
 *
 * room: librarian
 *
 * The input is a stream of requests. Each gets a reply that says either value
 * or errno; afterwards no book is lost and none is on two shelves.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "batch.h"
#include "jstream.h"
#include "librarian.h"
#include "register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BOOKS 12
#define REQUESTS_MAX 32U

static void remove_files(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[96];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
}

static void open_librarian(struct librarian *lib)
{
	static const char ini[] = "[global]\nnode_count=3\nbook_size_bytes=2M\n"
				  "nvm_size_per_node=4B\n";
	struct librarian_conf conf = { .auth = AUTH_NONE };
	enum register_result result;
	struct topology t;
	struct err e = { "" };
	char path[64];
	struct db *db;
	int fd;

	/* In memory: syncs cost nothing. */
	(void)snprintf(path, sizeof(path), "/dev/shm/fuzz-librarian-%d",
		       (int)getpid());
	remove_files(path);
	assert(db_open(path, DB_CREATE, &db, &e) == 0);
	assert(topology_parse_ini(ini, "x", &t, &e) == 0);
	assert(register_topology(db, &t, false, &result, &e) == 0);
	(void)db_close(db);
	fd = memfd_create("fam", MFD_CLOEXEC);
	assert(ftruncate(fd, (BOOKS * 2LL + 1) << 20) == 0);
	conf.db_path = path;
	conf.fam_fd = fd;
	assert(librarian_init(lib, &conf, &e) == 0);
	remove_files(path); /* they live on as long as we do */
}

static void check(struct librarian *lib)
{
	const struct pool_counts *c = &lib->pool.counts;
	int64_t n;

	assert(db_get(lib->db, SQL_COUNT_SHELVES, &n, sql_int(0)) == 0);
	assert(n == c->shelves);
	assert(!db_in_transaction(lib->db));
	assert(c->n[BOOK_FREE] >= 0 && c->n[BOOK_INUSE] >= 0 &&
	       c->n[BOOK_ZOMBIE] >= 0);
	assert(c->n[BOOK_FREE] + c->n[BOOK_INUSE] + c->n[BOOK_ZOMBIE] == BOOKS);
	for (int s = 0; s < BOOK_STATE_COUNT; s++) {
		assert(db_get(lib->db, SQL_COUNT_STATE, &n, sql_int(s)) == 0);
		assert(n == c->n[s]);
	}
}

static void run(struct librarian *lib, struct request *rqs, size_t n)
{
	batch_run(lib, rqs, n);
	for (size_t i = 0; i < n; i++) {
		json_t *r;

		while (rqs[i].later && dispatch_go_on(lib, &rqs[i]))
			;
		r = json_loadb(rqs[i].reply.text, rqs[i].reply.len,
			       JSON_ALLOW_NUL, NULL);
		assert(r || rqs[i].session->closing);
		assert(!r || !json_object_get(r, "value") !=
				     !json_object_get(r, "errno"));
		json_decref(r);
		request_deinit(&rqs[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct librarian lib;
	struct request rqs[REQUESTS_MAX];
	struct session session = { .admin = true };
	struct jstream js;
	size_t n = 0, used, len;

	if (!lib.db)
		open_librarian(&lib);
	jstream_init(&js, LIBRARIAN_REQUEST_MAX, LIBRARIAN_DEPTH_MAX);
	for (size_t at = 0; at < size && n < REQUESTS_MAX; at += used) {
		if (jstream_feed(&js, (const char *)data + at, size - at,
				 &used) != JSTREAM_OBJECT)
			continue;
		rqs[n] = (struct request){ .session = &session };
		len = js.len;
		rqs[n].error = jread_object(jstream_take(&js), len,
					    REQUEST_LIMITS, &rqs[n].body);
		n++;
	}
	jstream_deinit(&js);
	run(&lib, rqs, n);
	(void)zero_some(&lib);
	check(&lib);
	/* All that was made goes, so that an input shows the same again. */
	assert(db_script(lib.db,
			 "BEGIN; DELETE FROM books_on_shelves;"
			 "DELETE FROM opened_shelves; DELETE FROM shelf_xattrs;"
			 "DELETE FROM hard_links; DELETE FROM locks;"
			 "DELETE FROM shelves WHERE id <> 2;"
			 "UPDATE numbers SET shelf = 4, handle = 1;"
			 "UPDATE books SET allocated = 0; COMMIT") == 0);
	lib.pool.counts =
		(struct pool_counts){ .n[BOOK_FREE] = BOOKS, .shelves = 1 };
	lock_wait_deinit(&lib.lock_waits);
	lock_wait_init(&lib.lock_waits);
	assert(numbers_load(lib.db, &lib.numbers) == 0);
	return 0;
}
