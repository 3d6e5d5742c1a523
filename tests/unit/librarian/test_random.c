/* SPDX-License-Identifier: MIT */

/* test_random.c - All requests that change something, in any order
 *
 * test_model.c knows what a few of them have to answer; here are all of them,
 * on directories, by nodes that are told of revocations and one that is so only
 * at times, with the FAM and without it. Whatever they answer, it is never that
 * the database is damaged, and between batches it is as fsck wants it.
 */

#include "fixture.h"

#include "fsck_passes.h"
#include "schema.h"
#include "shelf.h"

#define NODES 3U
#define EACH 6U
#define BATCHES 2400U
#define BATCH 6U
#define KEPT 32U /* handles, events that are remembered */

struct kept {
	uint32_t node;
	int64_t shelf;
	int64_t number; /* handle or generation */
};

struct world {
	struct fixture f;
	struct session nodes[NODES + 1];
	uint64_t seed;
	struct kept handles[KEPT];
	struct kept events[KEPT];
	unsigned works; /* requests that did */
	unsigned revoked;
};

/* xorshift: the same run every time. */
static uint32_t pick(struct world *w, uint32_t n)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (uint32_t)(w->seed >> 11) % n;
}

/* ---- requests ------------------------------------------------------------- */

/* Directories have other names than files, mostly. */
static void path_to(struct world *w, const char *last, json_t *rq,
		    const char *key)
{
	static const char *const dirs[] = { "", "", "/d", "/e", "/d/e" };
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s",
		       dirs[pick(w, ARRAY_SIZE(dirs))], last);
	if (!pick(w, 40))
		(void)strcpy(path, "/lost+found");
	(void)json_object_set_new(rq, key, json_string(path));
}

static void add_path(struct world *w, json_t *rq, const char *key)
{
	static const char *const names[] = { "a", "b", "a", "b", "e" };

	path_to(w, names[pick(w, ARRAY_SIZE(names))], rq, key);
}

static void add_dir(struct world *w, json_t *rq, const char *key)
{
	static const char *const names[] = { "d", "e", "d", "e", "a" };

	path_to(w, names[pick(w, ARRAY_SIZE(names))], rq, key);
}

static void add_size(struct world *w, json_t *rq, const char *key)
{
	uint64_t size = pick(w, 3) ? pick(w, 8) * BOOK + pick(w, 2) * 99 : 0;

	(void)json_object_set_new(rq, key, json_integer((json_int_t)size));
}

static void add_policy(struct world *w, json_t *rq, const char *key)
{
	static const char *const policies[] = { "RandomBooks",	 "LocalNode",
						"LocalEnc",	 "Nearest",
						"LZAdescending", "RequestIG" };

	(void)json_object_set_new(
		rq, key, json_string(policies[pick(w, ARRAY_SIZE(policies))]));
	(void)json_object_set_new(rq, "xattr",
				  json_string("user.LFS.AllocationPolicy"));
}

/* The root's names that clients give to what they zero or unlink. */
static void add_special(struct world *w, json_t *rq, const char *key)
{
	const struct kept *k = &w->handles[pick(w, KEPT)];
	char path[64];

	(void)snprintf(path, sizeof(path), "/%s%lld",
		       pick(w, 2) ? LIBRARIAN_PENDING : LIBRARIAN_UNLINKED,
		       (long long)(k->shelf ? k->shelf : 4));
	(void)json_object_set_new(rq, key, json_string(path));
}

static void add_flag(struct world *w, json_t *rq, const char *key)
{
	(void)json_object_set_new(rq, key, json_boolean(pick(w, 2)));
}

static void add_kept(struct world *w, json_t *rq, struct kept *list,
		     const char *shelf, const char *number)
{
	struct kept *k = &list[pick(w, KEPT)];

	(void)json_object_set_new(rq, shelf, json_integer(k->shelf));
	(void)json_object_set_new(rq, number, json_integer(k->number));
	if (k->node)
		(void)json_object_set_new(rq, "context",
					  json_pack("{s:i}", "node_id",
						    (int)k->node));
	*k = (struct kept){ 0 };
}

static void add_handle(struct world *w, json_t *rq, const char *key)
{
	(void)key;
	add_kept(w, rq, w->handles, "id", "open_handle");
}

static void add_event(struct world *w, json_t *rq, const char *key)
{
	(void)key;
	add_kept(w, rq, w->events, "shelf_id", "generation");
}

static void add_node(struct world *w, json_t *rq, const char *key)
{
	(void)json_object_set_new(rq, key, json_integer(1 + pick(w, NODES)));
}

/* ---- requests of protocol 2 ----------------------------------------------- */

static int64_t id_of(struct world *w, const char *path)
{
	struct shelf s;

	return shelf_walk(&w->f.lib, path, &s) < 0 ? 4 : s.id;
}

static void add_number(json_t *rq, const char *key, int64_t v)
{
	(void)json_object_set_new(rq, key, json_integer(v));
}

static int64_t pick_dir(struct world *w)
{
	static const char *const dirs[] = { "/", "/", "/d", "/e", "/d/e" };

	return id_of(w, dirs[pick(w, ARRAY_SIZE(dirs))]);
}

static void pick_name(struct world *w, json_t *rq, const char *key)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };

	(void)json_object_set_new(
		rq, key, json_string(names[pick(w, ARRAY_SIZE(names))]));
}

static void add_entry(struct world *w, json_t *rq, const char *key)
{
	(void)key;
	add_number(rq, "dir_id", pick_dir(w));
	pick_name(w, rq, "name");
}

static void add_new_entry(struct world *w, json_t *rq, const char *key)
{
	(void)key;
	add_number(rq, "newdir_id", pick_dir(w));
	pick_name(w, rq, "newname");
}

/* What somebody holds, or what has a name. */
static void add_id(struct world *w, json_t *rq, const char *key)
{
	static const char *const paths[] = { "/a", "/b",   "/c",
					     "/d", "/d/a", "/d/e/b" };
	const struct kept *k = &w->handles[pick(w, KEPT)];

	add_number(rq, key,
		   pick(w, 2) && k->shelf ?
			   k->shelf :
			   id_of(w, paths[pick(w, ARRAY_SIZE(paths))]));
}

static void add_lock(struct world *w, json_t *rq, const char *key)
{
	static const char *const types[] = { "read", "write", "unlock",
					     "cancel" };
	static const char *const owners[] = { "x", "y" };
	uint32_t start = pick(w, 20);

	(void)json_object_set_new(rq, "kind",
				  json_string(pick(w, 4) ? "posix" : "flock"));
	(void)json_object_set_new(rq, "owner", json_string(owners[pick(w, 2)]));
	(void)json_object_set_new(rq, key, json_string(types[pick(w, 4)]));
	add_number(rq, "start", start);
	add_number(rq, "end", start + pick(w, 20));
	add_flag(w, rq, "wait");
}

static void add_true(struct world *w, json_t *rq, const char *key)
{
	(void)w;
	(void)json_object_set_new(rq, key, json_true());
}

static void add_nothing(struct world *w, json_t *rq, const char *key)
{
	(void)w;
	(void)rq;
	(void)key;
}

static void add_dir_id(struct world *w, json_t *rq, const char *key)
{
	add_number(rq, key, pick_dir(w));
}

static void add_target(struct world *w, json_t *rq, const char *key)
{
	(void)w;
	(void)json_object_set_new(rq, key, json_string("a/b"));
}

struct kind {
	const char *command;
	unsigned weight;
	struct {
		const char *key;
		void (*add)(struct world *w, json_t *rq, const char *key);
	} parts[4];
};

static const struct kind kinds[] = {
	{ "create_shelf", 12, { { "path", add_path } } },
	{ "open_shelf", 12, { { "path", add_path } } },
	{ "close_shelf", 24, { { "id", add_handle } } },
	{ "resize_shelf",
	  24,
	  { { "path", add_path }, { "size_bytes", add_size } } },
	{ "resize_shelf",
	  4,
	  { { "path", add_special }, { "size_bytes", add_size } } },
	{ "destroy_shelf", 6, { { "path", add_path }, { "revoke", add_flag } } },
	{ "destroy_shelf", 4, { { "path", add_special } } },
	{ "rename_shelf",
	  8,
	  { { "path", add_path },
	    { "newpath", add_path },
	    { "replace", add_flag } } },
	{ "rename_shelf",
	  4,
	  { { "path", add_path }, { "newpath", add_special } } },
	{ "mkdir", 8, { { "path", add_dir } } },
	{ "rmdir", 5, { { "path", add_dir } } },
	{ "rename_shelf",
	  5,
	  { { "path", add_dir },
	    { "newpath", add_dir },
	    { "replace", add_flag } } },
	{ "symlink", 3, { { "path", add_path }, { "target", add_target } } },
	{ "set_xattr", 5, { { "path", add_path }, { "value", add_policy } } },
	{ "set_am_time", 1, { { "path", add_path } } },
	{ "create_shelf", 6, { { "", add_entry }, { "open", add_flag } } },
	{ "create_shelf",
	  3,
	  { { "tmpfile", add_true }, { "dir_id", add_dir_id } } },
	{ "open_shelf", 6, { { "id", add_id } } },
	{ "link", 14, { { "id", add_id }, { "", add_entry } } },
	{ "unlink", 12, { { "", add_entry } } },
	{ "rename_shelf",
	  10,
	  { { "", add_entry },
	    { "", add_new_entry },
	    { "replace", add_flag },
	    { "exchange", add_flag } } },
	{ "resize_shelf",
	  8,
	  { { "id", add_id },
	    { "size_bytes", add_size },
	    { "keep_size", add_true } } },
	{ "append", 6, { { "id", add_id }, { "len", add_size } } },
	{ "lock", 10, { { "id", add_id }, { "type", add_lock } } },
	{ "unlock_all", 1, { { "", add_nothing } } },
	{ "set_attr", 2, { { "id", add_id }, { "uid", add_size } } },
	{ "mkdir", 3, { { "", add_entry } } },
	{ "rmdir", 2, { { "", add_entry } } },
	{ "ack", 8, { { "shelf_id", add_event } } },
	{ "node_down", 1, { { "node_id", add_node } } },
};

static const struct kind *pick_kind(struct world *w)
{
	unsigned sum = 0, at;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		sum += kinds[i].weight;
	at = pick(w, sum);
	for (size_t i = 0;; i++) {
		if (at < kinds[i].weight)
			return &kinds[i];
		at -= kinds[i].weight;
	}
}

static json_t *make_request(struct world *w)
{
	const struct kind *kind = pick_kind(w);
	json_t *rq = json_pack("{s:s, s:{s:i}}", "command", kind->command,
			       "context", "node_id", (int)(1 + pick(w, NODES)));

	for (size_t i = 0; i < 4 && kind->parts[i].key; i++)
		kind->parts[i].add(w, rq, kind->parts[i].key);
	return rq;
}

/* ---- what comes of it ----------------------------------------------------- */

static void keep(struct world *w, struct kept *list, struct kept k)
{
	list[pick(w, KEPT)] = k;
}

static void take_reply(struct world *w, const struct request *rq)
{
	CLEANUP_JSON json_t *reply = reply_of(rq);
	const json_t *v = json_object_get(reply, "value");
	const json_t *handle = json_object_get(v, "open_handle");
	int64_t e = json_integer_value(json_object_get(reply, "errno"));

	if (e == EIO || e == EUCLEAN || e == ENOMEM)
		fail_msg("'%s': errno %d",
			 jvalue_text(jvalue_get(rq->body.values, "command")),
			 (int)e);
	w->works += v != NULL;
	if (json_is_integer(handle))
		keep(w, w->handles,
		     (struct kept){
			     (uint32_t)jvalue_get(jvalue_get(rq->body.values,
							     "context"),
						  "node_id")
				     ->integer,
			     json_integer_value(json_object_get(v, "id")),
			     json_integer_value(handle) });
}

static void take_events(struct world *w)
{
	struct outbox *o = &w->f.lib.outbox;

	for (size_t i = 0; i < o->n; i++) {
		const json_t *event = json_object_get(o->list[i].body, "event");

		if (strcmp(json_string_value(event), "revoke") != 0)
			continue;
		w->revoked++;
		keep(w, w->events,
		     (struct kept){ o->list[i].to->node_id,
				    json_integer_value(json_object_get(
					    o->list[i].body, "shelf_id")),
				    json_integer_value(json_object_get(
					    o->list[i].body, "generation")) });
	}
	outbox_cut(o, 0);
}

static void on_finding(const char *pass, const char *text, bool done, void *arg)
{
	(void)done;
	(void)arg;
	if (strcmp(pass, "unlinks") != 0)
		print_message("%s: %s\n", pass, text);
}

static void check(struct world *w)
{
	struct fsck_report report = { .found = on_finding };
	struct librarian *lib = &w->f.lib;
	struct pool pool;
	struct err e = { 0 };
	int64_t id;

	assert_int_equal(fsck_look(lib->db, &report), 0);
	assert_int_equal(report.wrong, 0);
	/* what is counted is what there is */
	assert_int_equal(pool_load(lib->db, &pool, &e), 0);
	assert_memory_equal(&pool.counts, &lib->pool.counts,
			    sizeof(pool.counts));
	/* what has no name is held by somebody */
	assert_int_equal(db_get(lib->db, SQL_UNLINKED_UNHELD, &id,
				sql_int(SCHEMA_ROOT),
				sql_text(LIBRARIAN_UNLINKED),
				sql_text(LIBRARIAN_UNLINKED "~")),
			 -ENOENT);
	/* a ZOMBIE is where whoever zeroes will find it */
	if (!zero_here(&lib->zero))
		assert_int_equal(db_get(lib->db, SQL_ORPHAN, &id), -ENOENT);
}

static void run_batch(struct world *w)
{
	struct request rqs[BATCH];
	unsigned n = 1 + pick(w, BATCH);

	w->f.session.protocol = pick(w, 2) ? LIBRARIAN_PROTOCOL_POSIX : 0;
	for (unsigned i = 0; i < n; i++)
		rqs[i] = request_of(&w->f, make_request(w));
	batch_run(&w->f.lib, rqs, n);
	for (unsigned i = 0; i < n; i++) {
		take_reply(w, &rqs[i]);
		request_deinit(&rqs[i]);
	}
	take_events(w);
	/* Nodes that went down start again. */
	for (uint32_t i = 1; i <= NODES; i++)
		w->nodes[i].closing = false;
	w->nodes[3].events = pick(w, 4);
}

static void connect_nodes(struct world *w)
{
	TAILQ_INIT(&w->f.lib.sessions);
	for (uint32_t i = 1; i <= NODES; i++) {
		w->nodes[i] = (struct session){ .node_id = i,
						.hello = true,
						.protocol = 2,
						.events = i != 3 };
		TAILQ_INSERT_TAIL(&w->f.lib.sessions, &w->nodes[i], link);
	}
}

static void run(bool fam, unsigned *ret_revoked)
{
	struct world *w = calloc(1, sizeof(*w));

	w->seed = fam ? 1181783497276652981ULL : 88172645463325252ULL;
	fixture_make(&w->f, NODES, EACH);
	if (!fam)
		w->f.conf.fam_fd = -1;
	fixture_open(&w->f);
	w->f.session.admin = true;
	connect_nodes(w);
	for (unsigned i = 0; i < BATCHES; i++) {
		run_batch(w);
		if (!pick(w, 3))
			assert_int_equal(zero_all(&w->f.lib), 0);
		if (!(i % 3))
			check(w);
		if (!pick(w, 100)) {
			fixture_close(&w->f);
			fixture_open(&w->f);
			connect_nodes(w);
		}
	}
	assert_true(w->works > BATCHES / 2);
	print_message("%u worked, %u revocations\n", w->works, w->revoked);
	*ret_revoked = w->revoked;
	fixture_end(&w->f);
	free(w);
}

static void test_with_fam(void **state)
{
	unsigned revoked;

	(void)state;
	run(true, &revoked);
	assert_true(revoked > 10);
}

static void test_without_fam(void **state)
{
	unsigned revoked;

	(void)state;
	run(false, &revoked);
	assert_int_equal(revoked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_with_fam),
		cmocka_unit_test(test_without_fam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
