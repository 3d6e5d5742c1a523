/* SPDX-License-Identifier: MIT */

/* lmp_view.c - The Librarian's state as monitoring clients get it */

#include "lmp_view.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "json.h"

/* Older news of a node than this say nothing of it (tm-librarian's limit). */
#define HEARTBEAT_MAX 10

/* As LMP_NODES gives them; texts are the row's. */
enum {
	COLUMN_ID,
	COLUMN_RACK,
	COLUMN_ENCLOSURE,
	COLUMN_NODE,
	COLUMN_COORDINATE,
	COLUMN_SERIAL,
	COLUMN_SOC,
	COLUMN_MAC,
	COLUMN_CERTIFICATE,
};

static const char *text_of(sqlite3_stmt *row, int column)
{
	const char *s = (const char *)sqlite3_column_text(row, column);

	return s ? s : "";
}

static json_int_t number_of(sqlite3_stmt *row, int column)
{
	return sqlite3_column_int64(row, column);
}

/* Takes @value over. */
static int give(json_t *value, json_t **ret_value)
{
	if (!value)
		return -ENOMEM;
	*ret_value = value;
	return 0;
}

typedef int (*node_fn)(struct lmp_view *v, sqlite3_stmt *row, void *arg);

/* Calls @fn for every node, until it returns < 0. */
static int each_node(struct lmp_view *v, node_fn fn, void *arg)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(v->reader.db, SQL_LMP_NODES, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0) {
		r = fn(v, rows, arg);
		if (r < 0) {
			db_end(rows);
			return r;
		}
	}
	return r;
}

const char *lmp_state_name(int64_t allocated)
{
	static const char *const names[] = {
		[BOOK_FREE] = "available",
		[BOOK_INUSE] = "allocated",
		[BOOK_ZOMBIE] = "notready",
		[BOOK_OFFLINE] = "offline",
	};
	_Static_assert(ARRAY_SIZE(names) == BOOK_STATE_COUNT, "a name each");

	return allocated >= 0 && allocated < BOOK_STATE_COUNT ?
		       names[allocated] :
		       "unknown";
}

/* ---- places --------------------------------------------------------------- */

static bool is_within(const char *inner, const char *outer)
{
	size_t n = strlen(outer);

	return !strncmp(inner, outer, n) && (!inner[n] || inner[n] == '/');
}

/* A media controller of a node: its group, and its bytes in that. */
typedef void (*module_fn)(unsigned ig, uint64_t bytes, void *arg);

/* Calls @fn for every one that is within a part of the machine, or seen by a
 * SOC that is.
 *
 * Return: 1, 0 = no part of this node is within, or a negative errno
 */
static int each_module(struct lmp_view *v, sqlite3_stmt *node,
		       const char *coordinate, module_fn fn, void *arg)
{
	bool all = is_within(text_of(node, COLUMN_COORDINATE), coordinate) ||
		   is_within(text_of(node, COLUMN_SOC), coordinate);
	bool found = all;
	sqlite3_stmt *rows;
	int r;

	r = db_query(v->reader.db, SQL_LMP_MODULES, &rows,
		     sql_int(number_of(node, COLUMN_ID)));
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0) {
		if (!all && !is_within(text_of(rows, 0), coordinate))
			continue;
		fn((unsigned)number_of(rows, 2) & LZA_IG_MAX,
		   (uint64_t)number_of(rows, 1), arg);
		found = true;
	}
	return r < 0 ? r : found;
}

/* ---- memory --------------------------------------------------------------- */

struct memory {
	uint64_t n[BOOK_STATE_COUNT]; /* bytes */
};

static json_t *memory_to_json(const struct memory *m)
{
	CLEANUP_JSON json_t *o = json_object();
	uint64_t total = 0;

	for (int i = 0; o && i < BOOK_STATE_COUNT; i++) {
		total += m->n[i];
		if (json_object_set_new(o, lmp_state_name(i),
					json_integer((json_int_t)m->n[i])) < 0)
			return NULL;
	}
	if (!o || json_object_set_new(o, "total",
				      json_integer((json_int_t)total)) < 0)
		return NULL;
	return take_ptr(&o);
}

static int load_zombies(struct lmp_view *v, uint64_t *zombies)
{
	sqlite3_stmt *rows;
	int r;

	memset(zombies, 0, (LZA_IG_MAX + 1) * sizeof(*zombies));
	/* Without a limit. */
	r = db_query(v->reader.db, SQL_BOOKS_ZOMBIE, &rows, sql_int(-1));
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0)
		zombies[pool_ig_of(&v->lib->pool,
				   (uint64_t)number_of(rows, 0))]++;
	return r;
}

struct sum {
	const char *coordinate;
	uint64_t part[LZA_IG_MAX + 1]; /* bytes of each group */
	bool found;
};

static void add_part(unsigned ig, uint64_t bytes, void *arg)
{
	struct sum *sum = arg;

	sum->part[ig] += bytes;
}

static int sum_node(struct lmp_view *v, sqlite3_stmt *node, void *arg)
{
	struct sum *sum = arg;
	int r = each_module(v, node, sum->coordinate, add_part, sum);

	sum->found = sum->found || r > 0;
	return r < 0 ? r : 0;
}

/* Adds @part of a group's memory. */
static void add_memory(struct memory *m, const struct pool *p, unsigned ig,
		       uint64_t zombies, uint64_t part)
{
	uint64_t n[BOOK_STATE_COUNT] = { 0 };
	uint64_t whole = p->igs[ig].bytes;

	n[BOOK_FREE] = p->counts.free_in[ig];
	n[BOOK_ZOMBIE] = zombies;
	n[BOOK_INUSE] = p->igs[ig].books - n[BOOK_FREE] - n[BOOK_ZOMBIE];
	for (int i = 0; whole && i < BOOK_STATE_COUNT; i++)
		m->n[i] += (uint64_t)((unsigned __int128)(n[i] * p->book_size) *
				      part / whole);
}

int lmp_view_allocated(struct lmp_view *v, const char *coordinate,
		       json_t **ret_value)
{
	struct sum sum = { .coordinate = coordinate };
	uint64_t zombies[LZA_IG_MAX + 1];
	struct memory memory = { 0 };
	int r;

	r = load_zombies(v, zombies);
	if (r == 0)
		r = each_node(v, sum_node, &sum);
	if (r < 0)
		return r;
	if (!sum.found)
		return -ENOENT;
	for (unsigned ig = 0; ig <= LZA_IG_MAX; ig++)
		add_memory(&memory, &v->lib->pool, ig, zombies[ig],
			   sum.part[ig]);
	return give(json_pack("{s:o}", "memory", memory_to_json(&memory)),
		    ret_value);
}

/* ---- what is held ---------------------------------------------------------- */

struct held {
	const char *coordinate;
	bool node[LIBRARIAN_NODES_MAX + 1];
	bool found;
};

static void ignore_part(unsigned ig, uint64_t bytes, void *arg)
{
	(void)ig;
	(void)bytes;
	(void)arg;
}

static int mark_node(struct lmp_view *v, sqlite3_stmt *node, void *arg)
{
	json_int_t id = number_of(node, COLUMN_ID);
	struct held *held = arg;
	int r;

	r = each_module(v, node, held->coordinate, ignore_part, NULL);
	if (r <= 0)
		return r;
	if (id >= 1 && id <= LIBRARIAN_NODES_MAX)
		held->node[id] = true;
	held->found = true;
	return 0;
}

/* {"shelves", "books"} that these nodes hold; each shelf once. */
static int count_held(struct lmp_view *v, const bool *node, json_t **ret_value)
{
	json_int_t shelves = 0, books = 0, last = 0;
	sqlite3_stmt *rows;
	int r;

	r = db_query(v->reader.db, SQL_LMP_HELD, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0) {
		json_int_t shelf = number_of(rows, 0), id = number_of(rows, 1);

		if (shelf == last || id < 1 || id > LIBRARIAN_NODES_MAX ||
		    !node[id])
			continue;
		last = shelf;
		shelves++;
		books += number_of(rows, 2);
	}
	if (r < 0)
		return r;
	return give(json_pack("{s:I, s:I}", "shelves", shelves, "books", books),
		    ret_value);
}

int lmp_view_active(struct lmp_view *v, const char *coordinate,
		    json_t **ret_value)
{
	struct held held = { .coordinate = coordinate };
	json_t *count = NULL;
	int r;

	r = each_node(v, mark_node, &held);
	if (r < 0)
		return r;
	if (!held.found)
		return -ENOENT;
	r = count_held(v, held.node, &count);
	return r < 0 ? r : give(json_pack("{s:o}", "active", count), ret_value);
}

/* ---- the machine ---------------------------------------------------------- */

static bool is_connected(const struct librarian *lib, uint32_t node)
{
	const struct session *s;

	for (s = TAILQ_FIRST(&lib->sessions); s; s = TAILQ_NEXT(s, link))
		if (s->node_id == node && !s->closing)
			return true;
	return false;
}

struct machine {
	json_int_t total, active, offline, indeterminate, cpu;
	json_int_t modules, modules_active;
};

/* A node that is connected lives, whether it sends heartbeats or not. */
static int judge_node(struct lmp_view *v, sqlite3_stmt *row, void *arg)
{
	json_int_t id = number_of(row, COLUMN_ID);
	struct machine *m = arg;
	const struct node *n;
	sqlite3_stmt *rows;
	bool connected;
	int r;

	if (id < 1 || id > LIBRARIAN_NODES_MAX)
		return -EUCLEAN;
	n = &v->lib->nodes.node[id];
	connected = is_connected(v->lib, (uint32_t)id);
	m->total++;
	if (connected || (n->status == NODE_ACTIVE &&
			  time(NULL) - n->heartbeat <= HEARTBEAT_MAX)) {
		m->active++;
		m->cpu += n->cpu_percent;
	} else if (n->status == NODE_ACTIVE) {
		m->indeterminate++;
	} else {
		m->offline++;
	}
	r = db_query(v->reader.db, SQL_LMP_MODULES, &rows, sql_int(id));
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0) {
		m->modules++;
		m->modules_active += connected || n->mc_status == NODE_ACTIVE;
	}
	return r;
}

static json_t *global_to_json(const struct lmp_view *v, const struct machine *m,
			      json_t *active)
{
	const struct pool *p = &v->lib->pool;
	struct memory memory;

	for (int i = 0; i < BOOK_STATE_COUNT; i++)
		memory.n[i] = (uint64_t)p->counts.n[i] * p->book_size;
	return json_pack(
		"{s:o, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:o}",
		"memory", memory_to_json(&memory), "socs", "total", m->total,
		"active", m->active, "offline", m->offline, "indeterminate",
		m->indeterminate, "cpu_percent",
		m->active ? m->cpu / m->active : 0, "pools", "total",
		m->modules, "active", m->modules_active, "offline",
		m->modules - m->modules_active, "active", active);
}

int lmp_view_global(struct lmp_view *v, json_t **ret_value)
{
	bool everybody[LIBRARIAN_NODES_MAX + 1];
	struct machine m = { 0 };
	json_t *active = NULL;
	int r;

	memset(everybody, true, sizeof(everybody));
	r = each_node(v, judge_node, &m);
	if (r == 0)
		r = count_held(v, everybody, &active);
	return r < 0 ? r : give(global_to_json(v, &m, active), ret_value);
}

/* [{coordinate, memorySize}], or only the coordinates, of a node or a group. */
static int modules_of(struct lmp_view *v, enum sql which, json_int_t whose,
		      bool sizes, json_t **ret_value)
{
	CLEANUP_JSON json_t *list = json_array();
	sqlite3_stmt *rows;
	int r;

	r = db_query(v->reader.db, which, &rows, sql_int(whose));
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0) {
		json_t *o = sizes ? json_pack("{s:s, s:I}", "coordinate",
					      text_of(rows, 0), "memorySize",
					      number_of(rows, 1)) :
				    json_string(text_of(rows, 0));

		if (json_array_append_new(list, o) < 0) {
			db_end(rows);
			return -ENOMEM;
		}
	}
	return r < 0 ? r : give(take_ptr(&list), ret_value);
}

static json_t *soc_to_json(const struct node *n, sqlite3_stmt *row)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}",
			 "coordinate", text_of(row, COLUMN_SOC),
			 "tlsPublicCertificate",
			 text_of(row, COLUMN_CERTIFICATE), "macAddress",
			 text_of(row, COLUMN_MAC), "cpu_percent",
			 (json_int_t)n->cpu_percent, "rootfs_percent",
			 (json_int_t)n->rootfs_percent, "network_in",
			 (json_int_t)n->network_in, "network_out",
			 (json_int_t)n->network_out, "mem_percent",
			 (json_int_t)n->mem_percent);
}

static int describe_node(struct lmp_view *v, sqlite3_stmt *row, void *arg)
{
	json_int_t id = number_of(row, COLUMN_ID);
	json_t *list = arg, *modules = NULL, *o;
	int r;

	if (id < 1 || id > LIBRARIAN_NODES_MAX)
		return -EUCLEAN;
	r = modules_of(v, SQL_LMP_MODULES, id, true, &modules);
	if (r < 0)
		return r;
	o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "coordinate",
		      text_of(row, COLUMN_COORDINATE), "serialNumber",
		      text_of(row, COLUMN_SERIAL), "node_id", id, "rack_num",
		      number_of(row, COLUMN_RACK), "enc_num",
		      number_of(row, COLUMN_ENCLOSURE), "node_num",
		      number_of(row, COLUMN_NODE), "soc",
		      soc_to_json(&v->lib->nodes.node[id], row),
		      "mediaControllers", modules);
	return json_array_append_new(list, o) < 0 ? -ENOMEM : 0;
}

int lmp_view_nodes(struct lmp_view *v, json_t **ret_value)
{
	CLEANUP_JSON json_t *list = json_array();
	int r;

	if (!list)
		return -ENOMEM;
	r = each_node(v, describe_node, list);
	if (r < 0)
		return r;
	return give(json_pack("{s:O}", "nodes", list), ret_value);
}

static int describe_group(struct lmp_view *v, unsigned ig, json_t *list)
{
	const struct pool *p = &v->lib->pool;
	json_t *modules = NULL, *o;
	int64_t base;
	int r;

	r = db_get(v->reader.db, SQL_LMP_FIRST, &base, sql_int(ig));
	if (r == 0)
		r = modules_of(v, SQL_LMP_MODULES_IN, ig, false, &modules);
	if (r < 0)
		return r;
	o = json_pack("{s:i, s:I, s:I, s:o}", "groupId", (int)ig, "baseAddress",
		      (json_int_t)base, "size", (json_int_t)p->igs[ig].bytes,
		      "mediaControllers", modules);
	return json_array_append_new(list, o) < 0 ? -ENOMEM : 0;
}

int lmp_view_groups(struct lmp_view *v, json_t **ret_value)
{
	CLEANUP_JSON json_t *list = json_array();
	int r = list ? 0 : -ENOMEM;

	for (unsigned ig = 0; ig <= LZA_IG_MAX && r == 0; ig++)
		if (v->lib->pool.igs[ig].books)
			r = describe_group(v, ig, list);
	if (r < 0)
		return r;
	return give(json_pack("{s:O}", "interleaveGroups", list), ret_value);
}
