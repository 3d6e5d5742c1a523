/* SPDX-License-Identifier: MIT */

/* lease.c - Handles of nodes that are not heard of any more */

#include "lease.h"

#include <inttypes.h>
#include <time.h>

#include "librarian.h"
#include "log.h"
#include "shelf.h"

int64_t lease_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int release(struct librarian *lib, uint32_t node)
{
	const struct undo before = librarian_mark(lib);
	int r;

	r = db_run(lib->db, SQL_BEGIN);
	if (r == 0)
		r = shelf_node_down(lib, node);
	if (r == 0)
		r = db_run(lib->db, SQL_COMMIT);
	if (r < 0) {
		if (db_in_transaction(lib->db))
			(void)db_run(lib->db, SQL_ROLLBACK);
		librarian_undo(lib, &before);
	}
	lock_wait_tell(lib);
	return r;
}

static int check_node(struct librarian *lib, uint32_t node, int64_t now)
{
	int64_t alive = lib->nodes.node[node].alive, held = 0;
	int r;

	/* Whoever was alive before this process gets the time anew. */
	if (alive < lib->started)
		alive = lib->started;
	if (now - alive < lib->lease || lib->nodes.node[node].released)
		return 0;
	r = db_get(lib->db, SQL_HELD_BY_NODE, &held, sql_int(node));
	if (r == 0)
		lib->nodes.node[node].released = !held;
	if (r < 0 || !held)
		return r;
	r = release(lib, node);
	if (r < 0)
		return r;
	log_warn("node %u was silent for %" PRId64 " s, what it held is "
		 "released",
		 node, now - alive);
	lib->nodes.node[node].status = NODE_OFFLINE;
	librarian_close_sessions(lib, node);
	return 0;
}

int lease_check(struct librarian *lib, int64_t now)
{
	int r = 0;

	for (uint32_t i = 1; i <= LIBRARIAN_NODES_MAX && r == 0; i++)
		if (pool_has_node(&lib->pool, i))
			r = check_node(lib, i, now);
	return r;
}
