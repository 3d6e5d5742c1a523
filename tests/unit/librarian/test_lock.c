/* SPDX-License-Identifier: MIT */

/* test_lock.c - Locks between nodes: ranges, owners, waiting */

#include "fixture.h"

#include "fsck_passes.h"
#include "lock.h"
#include "shelf.h"

#define BYTES 24 /* that the model has */

struct world {
	struct fixture f;
	struct session nodes[3];
	int64_t id;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	fixture_make(&w->f, 2, 4);
	fixture_open(&w->f);
	w->f.session.protocol = 2;
	for (uint32_t i = 1; i <= 2; i++) {
		w->nodes[i] = (struct session){ .node_id = i,
						.hello = true,
						.protocol = 2,
						.events = true };
		TAILQ_INSERT_TAIL(&w->f.lib.sessions, &w->nodes[i], link);
	}
	w->id = reply_int(
		ask(&w->f, 1, "{'command':'create_shelf','path':'/a'}"), "id");
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct fsck_report report = { 0 };
	struct world *w = *state;

	assert_int_equal(fsck_look(w->f.lib.db, &report), 0);
	assert_int_equal(report.wrong, 0);
	fixture_end(&w->f);
	free(w);
	return 0;
}

/* Range, type and all else as text: "'type':'read','start':0,'end':9". */
static int lock(struct world *w, uint32_t node, const char *owner,
		const char *more)
{
	return reply_errno(ask(&w->f, node,
			       "{'command':'lock','id':%lld,'kind':'posix',"
			       "'owner':'%s','pid':%u,%s}",
			       (long long)w->id, owner, 100 + node, more));
}

static int copy_text(sqlite3_stmt *row, void *text)
{
	const char *all = (const char *)sqlite3_column_text(row, 0);

	(void)strcpy(text, all ? all : "");
	return 0;
}

/* Everybody's locks as "node owner first-last type; ". */
static char *locks(struct world *w, char *text)
{
	static const char query[] =
		"SELECT group_concat(printf('%d%s %d-%s%s', node_id, owner,"
		" first, iif(last = 9223372036854775807, '', last),"
		" iif(exclusive, 'w', 'r')), ' ') FROM (SELECT * FROM locks"
		" ORDER BY node_id, owner, first)";

	*text = '\0';
	assert_int_equal(db_select(w->f.lib.db, query, copy_text, text), 0);
	return text;
}

/* ---- ranges --------------------------------------------------------------- */

static void test_split_and_merge(void **state)
{
	static const struct {
		const char *range;
		const char *then;
	} steps[] = {
		{ "'type':'read','start':10,'end':19", "1x 10-19r" },
		{ "'type':'read','start':20,'end':29", "1x 10-29r" },
		{ "'type':'read','start':0,'end':9", "1x 0-29r" },
		{ "'type':'unlock','start':10,'end':19", "1x 0-9r 1x 20-29r" },
		{ "'type':'unlock','start':12,'end':17", "1x 0-9r 1x 20-29r" },
		{ "'type':'write','start':5,'end':24",
		  "1x 0-4r 1x 5-24w 1x 25-29r" },
		{ "'type':'read','start':10,'end':12",
		  "1x 0-4r 1x 5-9w 1x 10-12r 1x 13-24w 1x 25-29r" },
		{ "'type':'read','start':3,'end':40", "1x 0-40r" },
		{ "'type':'write','start':100", "1x 0-40r 1x 100-w" },
		{ "'type':'read','start':41,'end':99", "1x 0-99r 1x 100-w" },
		{ "'type':'unlock','start':200", "1x 0-99r 1x 100-199w" },
		{ "'type':'write','start':200,'end':9223372036854775807",
		  "1x 0-99r 1x 100-w" },
		{ "'type':'unlock','start':0,'end':0", "1x 1-99r 1x 100-w" },
		{ "'type':'write'", "1x 0-w" },
		{ "'type':'unlock','start':9223372036854775807",
		  "1x 0-9223372036854775806w" },
		{ "'type':'unlock'", "" },
	};
	struct world *w = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_int_equal(lock(w, 1, "x", steps[i].range), 0);
		assert_string_equal(locks(w, text), steps[i].then);
	}
}

static void test_conflicts(void **state)
{
	struct world *w = *state;
	char text[256];

	assert_int_equal(lock(w, 1, "x", "'type':'read','end':9"), 0);
	assert_int_equal(lock(w, 1, "y", "'type':'read','end':9"), 0);
	assert_int_equal(lock(w, 2, "x", "'type':'read','end':9"), 0);
	assert_int_equal(lock(w, 2, "x", "'type':'write','end':9"), EAGAIN);
	assert_int_equal(lock(w, 2, "x", "'type':'write','start':9"), EAGAIN);
	assert_int_equal(lock(w, 2, "x", "'type':'write','start':10"), 0);
	assert_int_equal(lock(w, 1, "x", "'type':'read','start':10"), EAGAIN);
	/* what was refused has changed nothing */
	assert_string_equal(locks(w, text), "1x 0-9r 1y 0-9r 2x 0-9r 2x 10-w");
	/* flock is another world */
	assert_works(&w->f, 1,
		     "{'command':'lock','id':%lld,'kind':'flock','owner':'x',"
		     "'type':'write'}",
		     (long long)w->id);
	assert_fails(EAGAIN, &w->f, 2,
		     "{'command':'lock','id':%lld,'kind':'flock','owner':'x',"
		     "'type':'read','start':50,'end':60}",
		     (long long)w->id);
}

static void test_test_lock(void **state)
{
	struct world *w = *state;
	json_t *v;

	assert_int_equal(lock(w, 2, "o", "'type':'write','start':5,'end':7"),
			 0);
	v = reply_value(ask(&w->f, 1,
			    "{'command':'test_lock','id':%lld,'kind':'posix',"
			    "'owner':'o','type':'read'}",
			    (long long)w->id));
	assert_string_equal(json_string_value(json_object_get(v, "type")),
			    "write");
	assert_int_equal(json_integer_value(json_object_get(v, "start")), 5);
	assert_int_equal(json_integer_value(json_object_get(v, "end")), 7);
	assert_int_equal(json_integer_value(json_object_get(v, "pid")), 102);
	assert_int_equal(json_integer_value(json_object_get(v, "node_id")), 2);
	json_decref(v);
	v = reply_value(ask(&w->f, 1,
			    "{'command':'test_lock','id':%lld,'kind':'posix',"
			    "'owner':'o','type':'write','start':8}",
			    (long long)w->id));
	assert_string_equal(json_string_value(json_object_get(v, "type")),
			    "unlock");
	assert_int_equal(json_object_size(v), 1);
	json_decref(v);
	assert_fails(EINVAL, &w->f, 1,
		     "{'command':'test_lock','id':%lld,'kind':'posix',"
		     "'owner':'o','type':'unlock'}",
		     (long long)w->id);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"'type':'read','start':-1",
		"'type':'read','start':5,'end':4",
		"'type':'shared'",
		"'type':1",
		"'type':'read','wait':1",
		"'type':'read','pid':-1",
		"'type':'read','owner':''",
		"'type':'read','kind':'lease'",
		"'type':'read','owner':'0123456789012345678901234567890123456"
		"7890123456789012345678901234'",
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(lock(w, 1, "x", bad[i]), EINVAL);
	assert_int_equal(lock(w, 1, "x", "'type':'read','id':99"), ENOENT);
}

static void test_too_many(void **state)
{
	struct world *w = *state;

	assert_int_equal(
		db_script(w->f.lib.db,
			  "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL"
			  " SELECT i + 1 FROM n WHERE i < 16382)"
			  " INSERT INTO locks SELECT id, 0, 1, 'x', 4 * i,"
			  " 4 * i + 2, 0, 0 FROM n, shelves WHERE name = 'a'"),
		0);
	assert_int_equal(lock(w, 2, "x", "'type':'read','end':0"), 0);
	assert_int_equal(lock(w, 2, "x", "'type':'read','start':9,'end':9"),
			 ENOLCK);
	/* splitting needs one more, too; a whole one goes */
	assert_int_equal(lock(w, 1, "x", "'type':'unlock','start':1,'end':1"),
			 ENOLCK);
	assert_int_equal(lock(w, 1, "x", "'type':'unlock','start':0,'end':3"),
			 0);
}

/* ---- ends ----------------------------------------------------------------- */

static void test_ends(void **state)
{
	struct world *w = *state;
	char text[256];

	assert_int_equal(lock(w, 1, "x", "'type':'read'"), 0);
	assert_int_equal(lock(w, 1, "y", "'type':'read'"), 0);
	assert_int_equal(lock(w, 2, "x", "'type':'read'"), 0);
	assert_works(&w->f, 1, "{'command':'unlock_all','owner':'x'}");
	assert_string_equal(locks(w, text), "1y 0-r 2x 0-r");
	assert_works(&w->f, 2, "{'command':'unlock_all'}");
	assert_string_equal(locks(w, text), "1y 0-r");
	/* they outlive this process, and not their node */
	fixture_close(&w->f);
	fixture_open(&w->f);
	assert_string_equal(locks(w, text), "1y 0-r");
	w->f.session.admin = true;
	assert_works(&w->f, 0, "{'command':'node_down','node_id':1}");
	assert_string_equal(locks(w, text), "");
	w->f.session.admin = false;
	assert_int_equal(lock(w, 2, "x", "'type':'write'"), 0);
	assert_works(&w->f, 2, "{'command':'unlink','dir_id':2,'name':'a'}");
	assert_string_equal(locks(w, text), "");
	assert_int_equal(lock(w, 2, "x", "'type':'write'"), ENOENT);
}

/* ---- waiting -------------------------------------------------------------- */

/* Events since the last call that tell a node; others are none. */
static unsigned told(struct world *w, uint32_t node)
{
	struct outbox *o = &w->f.lib.outbox;
	unsigned n = 0;

	for (size_t i = 0; i < o->n; i++) {
		assert_string_equal(json_string_value(json_object_get(
					    o->list[i].body, "event")),
				    "unlocked");
		assert_int_equal(json_integer_value(json_object_get(
					 o->list[i].body, "shelf_id")),
				 w->id);
		n += o->list[i].to == &w->nodes[node];
	}
	assert_int_equal(o->n, n);
	outbox_cut(o, 0);
	return n;
}

static void test_wait(void **state)
{
	static const char waits[] = "'type':'write','end':9,'wait':true";
	struct world *w = *state;

	assert_int_equal(lock(w, 1, "x", "'type':'read'"), 0);
	assert_int_equal(lock(w, 2, "x", waits), EAGAIN);
	/* again is no second one */
	assert_int_equal(lock(w, 2, "x", waits), EAGAIN);
	assert_int_equal(w->f.lib.lock_waits.n, 1);
	/* bytes that nobody waits for */
	assert_int_equal(lock(w, 1, "x", "'type':'unlock','start':10"), 0);
	assert_int_equal(told(w, 2), 0);
	assert_int_equal(lock(w, 1, "x", "'type':'unlock'"), 0);
	assert_int_equal(told(w, 2), 1);
	assert_int_equal(w->f.lib.lock_waits.n, 0);
	assert_int_equal(lock(w, 2, "x", waits), 0);
	/* less than it was */
	assert_int_equal(lock(w, 1, "x", "'type':'read','wait':true"), EAGAIN);
	assert_int_equal(lock(w, 2, "x", "'type':'read','end':9"), 0);
	assert_int_equal(told(w, 1), 1);
	assert_int_equal(lock(w, 1, "x", "'type':'read'"), 0);
	/* whoever does not wait is not told */
	assert_int_equal(lock(w, 2, "y", waits), EAGAIN);
	assert_int_equal(lock(w, 2, "y", "'type':'cancel'"), 0);
	assert_works(&w->f, 1, "{'command':'unlock_all'}");
	assert_int_equal(told(w, 2), 0);
}

static void test_wait_for_node(void **state)
{
	static const char waits[] = "'type':'write','wait':true";
	struct world *w = *state;

	assert_int_equal(lock(w, 1, "x", "'type':'read'"), 0);
	assert_int_equal(lock(w, 2, "x", waits), EAGAIN);
	assert_works(&w->f, 1, "{'command':'unlock_all'}");
	assert_int_equal(told(w, 2), 1);
	assert_int_equal(lock(w, 1, "x", "'type':'read'"), 0);
	assert_int_equal(lock(w, 2, "x", waits), EAGAIN);
	w->f.session.admin = true;
	assert_works(&w->f, 0, "{'command':'node_down','node_id':1}");
	assert_int_equal(told(w, 2), 1);
	/* a node that ends waits no more */
	assert_int_equal(lock(w, 2, "x", "'type':'read'"), 0);
	assert_int_equal(lock(w, 1, "x", waits), EAGAIN);
	assert_works(&w->f, 0, "{'command':'node_down','node_id':1}");
	assert_int_equal(w->f.lib.lock_waits.n, 0);
}

/* What is not durable has not happened. */
static void test_wait_rolled_back(void **state)
{
	struct world *w = *state;
	struct undo before;

	assert_int_equal(lock(w, 1, "x", "'type':'read'"), 0);
	assert_int_equal(lock(w, 2, "x", "'type':'write','wait':true"), EAGAIN);
	before = librarian_mark(&w->f.lib);
	assert_int_equal(db_script(w->f.lib.db, "BEGIN"), 0);
	assert_int_equal(lock_clear_node(&w->f.lib, 1, NULL), 0);
	assert_int_equal(db_script(w->f.lib.db, "ROLLBACK"), 0);
	librarian_undo(&w->f.lib, &before);
	lock_wait_tell(&w->f.lib);
	assert_int_equal(told(w, 2), 0);
	assert_int_equal(w->f.lib.lock_waits.n, 1);
}

/* One node's waiting owners leave room for those of others. */
static void test_many_wait(void **state)
{
	struct world *w = *state;
	char owner[32];

	assert_int_equal(lock(w, 1, "a", "'type':'write'"), 0);
	for (unsigned i = 0; i < LOCK_WAITS_PER_NODE; i++) {
		(void)snprintf(owner, sizeof(owner), "w%u", i);
		assert_int_equal(lock(w, 2, owner,
				      "'type':'write','wait':true"),
				 EAGAIN);
	}
	assert_int_equal(lock(w, 2, "more", "'type':'write','wait':true"),
			 ENOLCK);
	/* one that waits already may say so again */
	assert_int_equal(lock(w, 2, "w7", "'type':'write','wait':true"),
			 EAGAIN);
	assert_int_equal(lock(w, 1, "b", "'type':'write','wait':true"), EAGAIN);
}

static void test_deadlock(void **state)
{
	struct world *w = *state;

	assert_int_equal(lock(w, 1, "x", "'type':'write','end':0"), 0);
	assert_int_equal(lock(w, 2, "y", "'type':'write','start':1,'end':1"),
			 0);
	assert_int_equal(lock(w, 2, "z", "'type':'write','start':2,'end':2"),
			 0);
	assert_int_equal(lock(w, 1, "x",
			      "'type':'write','start':1,'end':1,'wait':true"),
			 EAGAIN);
	assert_int_equal(lock(w, 2, "y",
			      "'type':'write','start':2,'end':2,'wait':true"),
			 EAGAIN);
	assert_int_equal(lock(w, 2, "z", "'type':'read','end':0,'wait':true"),
			 EDEADLK);
	/* not for those who do not wait */
	assert_int_equal(lock(w, 2, "z", "'type':'read','end':0"), EAGAIN);
	assert_int_equal(w->f.lib.lock_waits.n, 2);
}

/* ---- against a model ------------------------------------------------------ */

static uint64_t seed = 88172645463325252ULL;

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

enum {
	FREE,
	READ,
	WRITE
};

/* What each owner has on each byte. */
struct model {
	int bytes[4][BYTES];
};

static bool may_have(const struct model *m, int owner, int first, int last,
		     int type)
{
	for (int o = 0; o < 4; o++)
		for (int i = first; o != owner && i <= last; i++)
			if (type != FREE && m->bytes[o][i] != FREE &&
			    (type == WRITE || m->bytes[o][i] == WRITE))
				return false;
	return true;
}

/* As few rows as there can be. */
static char *model_text(const struct model *m, char *text)
{
	static const char *const names[] = { "1a", "1b", "2a", "2b" };
	char *at = text;

	*at = '\0';
	for (int o = 0; o < 4; o++) {
		for (int i = 0, from; i < BYTES; i++) {
			int type = m->bytes[o][i];

			if (type == FREE)
				continue;
			for (from = i;
			     i + 1 < BYTES && m->bytes[o][i + 1] == type;)
				i++;
			at += sprintf(at, "%s%s %d-%d%c", at > text ? " " : "",
				      names[o], from, i, ".rw"[type]);
		}
	}
	return text;
}

static void test_model(void **state)
{
	static const char *const types[] = { "unlock", "read", "write" };
	struct world *w = *state;
	struct model m = { 0 };
	unsigned refused = 0;

	for (int n = 0; n < 600; n++) {
		int owner = (int)pick(4), type = (int)pick(3);
		int a = (int)pick(BYTES), b = (int)pick(BYTES);
		int first = a < b ? a : b, last = a < b ? b : a;
		bool may = may_have(&m, owner, first, last, type);
		char text[1024], expected[1024], more[96];

		(void)snprintf(more, sizeof(more),
			       "'type':'%s','start':%d,'end':%d", types[type],
			       first, last);
		assert_int_equal(lock(w, 1 + (uint32_t)owner / 2,
				      owner % 2 ? "b" : "a", more),
				 may ? 0 : EAGAIN);
		for (int i = first; may && i <= last; i++)
			m.bytes[owner][i] = type;
		refused += !may;
		assert_string_equal(locks(w, text), model_text(&m, expected));
	}
	assert_true(refused > 60);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_split_and_merge),
		TEST(test_conflicts),
		TEST(test_test_lock),
		TEST(test_bad),
		TEST(test_too_many),
		TEST(test_ends),
		TEST(test_wait),
		TEST(test_wait_for_node),
		TEST(test_wait_rolled_back),
		TEST(test_many_wait),
		TEST(test_deadlock),
		TEST(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
