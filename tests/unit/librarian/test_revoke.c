/* SPDX-License-Identifier: MIT */

/* test_revoke.c - Taking books off shelves that other nodes hold
 *
 * Nodes 2 and 3 have sessions that want events; what they would be told is
 * read from the outbox. Node 4 hears nothing.
 */

#include "fixture.h"

#include "lease.h"
#include "shelf.h"

struct world {
	struct fixture f;
	struct session nodes[5]; /* by node */
};

static void connect_nodes(struct world *w)
{
	for (uint32_t i = 1; i <= 4; i++) {
		w->nodes[i] = (struct session){ .node_id = i,
						.hello = true,
						.newline = true,
						.events = i == 2 || i == 3 };
		TAILQ_INSERT_TAIL(&w->f.lib.sessions, &w->nodes[i], link);
	}
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	fixture_make(&w->f, 4, 4);
	fixture_open(&w->f);
	connect_nodes(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	fixture_end(&w->f);
	free(w);
	return 0;
}

/* /a with so many books, held by nodes 1 and 2; its id. */
static int64_t create(struct world *w, uint64_t books)
{
	int64_t id = reply_int(
		ask(&w->f, 1, "{'command':'create_shelf','path':'/a'}"), "id");

	assert_works(&w->f, 1,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':%llu}",
		     (unsigned long long)(books * BOOK));
	assert_works(&w->f, 2, "{'command':'open_shelf','path':'/a'}");
	return id;
}

static int resize(struct world *w, uint32_t node, uint64_t size)
{
	return reply_errno(ask(&w->f, node,
			       "{'command':'resize_shelf','path':'/a',"
			       "'size_bytes':%llu}",
			       (unsigned long long)size));
}

static int ack(struct world *w, uint32_t node, int64_t shelf,
	       int64_t generation)
{
	return reply_errno(ask(&w->f, node,
			       "{'command':'ack','shelf_id':%lld,"
			       "'generation':%lld}",
			       (long long)shelf, (long long)generation));
}

/* The only event, which is for @node: its generation. */
static int64_t told(struct world *w, uint32_t node, uint64_t size)
{
	struct outbox *o = &w->f.lib.outbox;
	int64_t generation;
	json_t *e;

	assert_int_equal(o->n, 1);
	assert_ptr_equal(o->list[0].to, &w->nodes[node]);
	assert_true(o->list[0].must);
	e = o->list[0].body;
	assert_string_equal(json_string_value(json_object_get(e, "event")),
			    "revoke");
	assert_int_equal(json_integer_value(json_object_get(e, "size_bytes")),
			 size);
	assert_int_equal(json_array_size(json_object_get(e, "books")),
			 (size + BOOK - 1) / BOOK);
	generation = json_integer_value(json_object_get(e, "generation"));
	outbox_cut(o, 0);
	return generation;
}

static int64_t *counts(struct world *w)
{
	return w->f.lib.pool.counts.n;
}

static void test_shrink(void **state)
{
	struct world *w = *state;
	int64_t id = create(w, 5), g, h;

	assert_int_equal(resize(w, 1, 2 * BOOK), 0);
	g = told(w, 2, 2 * BOOK);
	/* neither free nor to be zeroed: somebody may still write there */
	assert_int_equal(counts(w)[BOOK_INUSE], 5);
	assert_false(zero_needed(&w->f.lib));
	/* another one before that */
	assert_int_equal(resize(w, 1, BOOK + 5), 0);
	h = told(w, 2, BOOK + 5);
	assert_true(h > g);
	assert_int_equal(ack(w, 2, id + 1, g), ESTALE);
	assert_int_equal(ack(w, 3, id, g), 0); /* was not asked */
	assert_int_equal(counts(w)[BOOK_INUSE], 5);
	assert_int_equal(ack(w, 2, id, g), 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 2);
	assert_int_equal(counts(w)[BOOK_ZOMBIE], 3);
	assert_int_equal(ack(w, 2, id, g), 0); /* its reply was lost */
	assert_int_equal(ack(w, 2, id, h), 0);
	assert_int_equal(ack(w, 2, id, 9999), 0);
	assert_fails(EINVAL, &w->f, 2, "{'command':'ack','shelf_id':4}");
	assert_int_equal(counts(w)[BOOK_INUSE], 2);
	assert_int_equal(w->f.lib.outbox.n, 0);
}

static void test_all_have_to(void **state)
{
	struct world *w = *state;
	int64_t id = create(w, 4), g;

	assert_works(&w->f, 3, "{'command':'open_shelf','path':'/a'}");
	assert_works(&w->f, 3, "{'command':'open_shelf','path':'/a'}");
	assert_int_equal(resize(w, 1, 0), 0);
	assert_int_equal(w->f.lib.outbox.n, 2);
	g = json_integer_value(
		json_object_get(w->f.lib.outbox.list[0].body, "generation"));
	outbox_cut(&w->f.lib.outbox, 0);
	assert_int_equal(ack(w, 3, id, g), 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 4);
	/* dead is as good as acknowledged */
	w->f.session.admin = true;
	assert_works(&w->f, 0, "{'command':'node_down','node_id':2}");
	assert_int_equal(counts(w)[BOOK_INUSE], 0);
	assert_int_equal(counts(w)[BOOK_ZOMBIE], 4);
}

/* The node that cut the shelf waits for an answer that does not come. */
static void test_dead_is_told(void **state)
{
	struct world *w = *state;
	const struct message *m = NULL;
	int64_t g;

	(void)create(w, 4);
	w->nodes[1].events = true;
	w->nodes[1].protocol = 2;
	assert_int_equal(resize(w, 1, 0), 0);
	g = told(w, 2, 0);
	w->f.session.admin = true;
	assert_works(&w->f, 0, "{'command':'node_down','node_id':2}");
	assert_int_equal(w->f.lib.outbox.n, 1);
	m = &w->f.lib.outbox.list[0];
	assert_ptr_equal(m->to, &w->nodes[1]);
	assert_string_equal(
		json_string_value(json_object_get(m->body, "event")),
		"revoked");
	assert_int_equal(
		json_integer_value(json_object_get(m->body, "generation")), g);
}

/* It lets go by closing what it was left with, as after a lost connection. */
static void test_close_is_told(void **state)
{
	struct world *w = *state;
	const struct message *m = NULL;
	CLEANUP_JSON json_t *list = NULL;
	long long handle = 0;
	json_t *v;
	int64_t g;
	size_t i;

	(void)create(w, 4);
	w->nodes[1].events = true;
	w->nodes[1].protocol = 2;
	assert_int_equal(resize(w, 1, 0), 0);
	g = told(w, 2, 0);
	list = reply_value(ask(&w->f, 2, "{'command':'list_open_shelves'}"));
	json_array_foreach(list, i, v)
		if (json_integer_value(json_object_get(v, "shelf_id")) == g)
			handle = json_integer_value(json_object_get(v, "id"));
	assert_true(handle > 0);
	assert_works(&w->f, 2,
		     "{'command':'close_shelf','id':%lld,'open_handle':%lld}",
		     (long long)g, handle);
	assert_int_equal(w->f.lib.outbox.n, 1);
	m = &w->f.lib.outbox.list[0];
	assert_ptr_equal(m->to, &w->nodes[1]);
	assert_int_equal(
		json_integer_value(json_object_get(m->body, "generation")), g);
}

/* One of the holders cannot be told: as ever. */
static void test_deaf(void **state)
{
	struct world *w = *state;

	(void)create(w, 4);
	assert_works(&w->f, 4, "{'command':'open_shelf','path':'/a'}");
	assert_int_equal(resize(w, 1, 0), EMFILE);
	assert_int_equal(w->f.lib.outbox.n, 0);
	/* its connection ends */
	w->f.session.admin = true;
	assert_works(&w->f, 0, "{'command':'node_down','node_id':4}");
	w->f.session.admin = false;
	w->nodes[2].closing = true;
	assert_int_equal(resize(w, 1, 0), EMFILE);
	w->nodes[2].closing = false;
	assert_int_equal(resize(w, 1, 0), 0);
	(void)told(w, 2, 0);
}

static void test_destroy(void **state)
{
	struct world *w = *state;
	int64_t id = create(w, 3), g;
	static const char destroy[] =
		"{'command':'destroy_shelf','path':'/a','revoke':true}";

	assert_fails(EBUSY, &w->f, 1, destroy); /* holds it itself */
	assert_fails(EBUSY, &w->f, 3,
		     "{'command':'destroy_shelf','path':'/a'}");
	assert_fails(EBUSY, &w->f, 3, destroy); /* node 1 is deaf */
	w->nodes[1].events = true;
	assert_works(&w->f, 3, destroy);
	assert_int_equal(w->f.lib.outbox.n, 2);
	assert_true(json_is_true(
		json_object_get(w->f.lib.outbox.list[1].body, "gone")));
	g = json_integer_value(
		json_object_get(w->f.lib.outbox.list[0].body, "generation"));
	assert_fails(ENOENT, &w->f, 1, "{'command':'get_shelf','path':'/a'}");
	assert_int_equal(counts(w)[BOOK_INUSE], 3);
	assert_int_equal(ack(w, 1, id, g), 0);
	assert_int_equal(ack(w, 2, id, g), 0);
	assert_int_equal(counts(w)[BOOK_ZOMBIE], 3);
	/* where nobody holds it there is nobody to tell */
	outbox_cut(&w->f.lib.outbox, 0);
	(void)create(w, 1);
	w->f.session.admin = true;
	assert_works(&w->f, 0, "{'command':'node_down','node_id':1}");
	assert_works(&w->f, 0, "{'command':'node_down','node_id':2}");
	w->f.session.admin = false;
	assert_works(&w->f, 3, destroy);
	assert_int_equal(w->f.lib.outbox.n, 0);
}

/* Whoever fails has told nobody. */
static void test_nothing_is_told_in_vain(void **state)
{
	struct world *w = *state;

	(void)create(w, 3);
	w->f.lib.pool.counts.n[BOOK_INUSE] = 3;
	assert_int_equal(db_script(w->f.lib.db,
				   "CREATE TEMP TRIGGER t BEFORE INSERT ON"
				   " revocations BEGIN"
				   " SELECT RAISE(FAIL, 'no'); END"),
			 0);
	assert_true(resize(w, 1, 0) != 0);
	assert_int_equal(w->f.lib.outbox.n, 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 3);
	assert_int_equal(
		reply_int(ask(&w->f, 1, "{'command':'get_shelf','path':'/a'}"),
			  "size_bytes"),
		3 * BOOK);
}

/* Restarted in between: the node is told again when it is back. */
static void test_restart(void **state)
{
	struct world *w = *state;
	int64_t id = create(w, 5), g;

	assert_int_equal(resize(w, 1, 2 * BOOK), 0);
	g = told(w, 2, 2 * BOOK);
	fixture_close(&w->f);
	fixture_open(&w->f);
	assert_int_equal(counts(w)[BOOK_INUSE], 5);
	w->f.session = (struct session){ 0 };
	TAILQ_INSERT_TAIL(&w->f.lib.sessions, &w->f.session, link);
	assert_works(&w->f, 0, "{'command':'hello','node_id':2,'events':true}");
	assert_int_equal(w->f.lib.outbox.n, 1);
	assert_int_equal(json_integer_value(json_object_get(
				 w->f.lib.outbox.list[0].body, "generation")),
			 g);
	assert_int_equal(ack(w, 0, id, g), 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 2);
	assert_fails(EINVAL, &w->f, 0,
		     "{'command':'hello','node_id':2,'events':1}");
}

/* A node that is silent for too long has let go of everything. */
static void test_lease(void **state)
{
	struct world *w = *state;
	struct node *nodes = w->f.lib.nodes.node;
	int64_t now;

	(void)create(w, 5);
	assert_int_equal(resize(w, 1, 0), 0);
	(void)told(w, 2, 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 5);
	now = nodes[2].alive;
	w->f.lib.lease = 10;
	w->f.lib.started = now - 100;
	nodes[2].alive = now - 9;
	assert_int_equal(lease_check(&w->f.lib, now), 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 5);
	/* the Librarian itself was away */
	nodes[2].alive = 0;
	w->f.lib.started = now - 5;
	assert_int_equal(lease_check(&w->f.lib, now), 0);
	assert_int_equal(counts(w)[BOOK_INUSE], 5);
	w->f.lib.started = now - 100;
	nodes[1].alive = now;
	assert_int_equal(lease_check(&w->f.lib, now), 0);
	assert_int_equal(counts(w)[BOOK_ZOMBIE], 5);
	assert_true(w->nodes[2].closing);
	assert_false(w->nodes[1].closing);
	assert_fails(EBUSY, &w->f, 3,
		     "{'command':'destroy_shelf','path':'/a'}");
	assert_int_equal(lease_check(&w->f.lib, now + 10), 0);
	assert_works(&w->f, 3, "{'command':'destroy_shelf','path':'/a'}");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shrink),
		TEST(test_all_have_to),
		TEST(test_dead_is_told),
		TEST(test_close_is_told),
		TEST(test_deaf),
		TEST(test_destroy),
		TEST(test_nothing_is_told_in_vain),
		TEST(test_restart),
		TEST(test_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
