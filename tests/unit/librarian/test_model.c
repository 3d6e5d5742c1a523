/* SPDX-License-Identifier: MIT */

/* test_model.c - Random requests against a model, and the books' invariants
 *
 * The model knows shelves by name, their sizes and who holds them. After each
 * batch the reply of every request is compared with what the model expects,
 * and the database is asked whether it is consistent.
 */

#include "fixture.h"

#include <sqlite3.h>

#define NODES 3U
#define BOOKS 30U
#define SHELVES 6U
#define STEPS 3000U
#define BATCH 8U

struct shelf_model {
	bool exists;
	int64_t id;
	uint64_t size;
	unsigned opens[NODES + 1]; /* by node */
	int64_t handle[NODES + 1]; /* the latest */
};

struct model {
	struct shelf_model shelves[SHELVES];
	uint64_t seed;
};

/* xorshift: the same run every time. */
static uint32_t pick(struct model *m, uint32_t n)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return (uint32_t)(m->seed >> 11) % n;
}

static uint64_t books_of(uint64_t size)
{
	return (size + BOOK - 1) / BOOK;
}

static uint64_t books_used(const struct model *m)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SHELVES; i++)
		n += books_of(m->shelves[i].size);
	return n;
}

static unsigned opens(const struct shelf_model *s, uint32_t but)
{
	unsigned n = 0;

	for (uint32_t i = 1; i <= NODES; i++)
		n += i == but ? 0 : s->opens[i];
	return n;
}

/* ---- one request each: what is to be expected, and the text of it --------- */

struct step {
	char text[256];
	uint32_t node;
	int error; /* expected */
	unsigned shelf;
	bool opens; /* the reply has id and handle */
};

static void step_create(struct model *m, struct step *st)
{
	struct shelf_model *s = &m->shelves[st->shelf];

	(void)snprintf(st->text, sizeof(st->text),
		       "{'command':'create_shelf','path':'/s%u'}", st->shelf);
	s->exists = true;
	s->opens[st->node]++;
	st->opens = true;
}

static void step_close(struct model *m, struct step *st)
{
	struct shelf_model *s = &m->shelves[st->shelf];

	(void)snprintf(st->text, sizeof(st->text),
		       "{'command':'close_shelf','id':%lld,'open_handle':%lld}",
		       (long long)(s->id ? s->id : 1),
		       (long long)(s->handle[st->node] ? s->handle[st->node] :
							 1));
	if (!s->exists) {
		st->error = ENOENT;
	} else if (!s->handle[st->node]) {
		st->error = EBADF;
	} else {
		s->opens[st->node]--;
		s->handle[st->node] = 0; /* older ones stay open for ever */
	}
}

static void step_resize(struct model *m, struct step *st)
{
	struct shelf_model *s = &m->shelves[st->shelf];
	uint64_t size = pick(m, 4) ? pick(m, 12) * BOOK + pick(m, 3) * 777 : 0;
	uint64_t others = books_used(m) - books_of(s->size);

	(void)snprintf(st->text, sizeof(st->text),
		       "{'command':'resize_shelf','path':'/s%u',"
		       "'size_bytes':%llu}",
		       st->shelf, (unsigned long long)size);
	if (!s->exists)
		st->error = ENOENT;
	else if (size < s->size && opens(s, st->node))
		st->error = EMFILE;
	else if (others + books_of(size) > BOOKS)
		st->error = ENOSPC;
	else
		s->size = size;
}

static void step_destroy(struct model *m, struct step *st)
{
	struct shelf_model *s = &m->shelves[st->shelf];

	(void)snprintf(st->text, sizeof(st->text),
		       "{'command':'destroy_shelf','path':'/s%u'}", st->shelf);
	if (!s->exists)
		st->error = ENOENT;
	else if (opens(s, 0))
		st->error = EBUSY;
	else
		*s = (struct shelf_model){ 0 };
}

static void step_get(struct model *m, struct step *st)
{
	(void)snprintf(st->text, sizeof(st->text),
		       "{'command':'get_shelf','path':'/s%u'}", st->shelf);
	st->error = m->shelves[st->shelf].exists ? 0 : ENOENT;
}

/* Its handles are gone, with those that were never closed. */
static void step_node_down(struct model *m, struct step *st)
{
	(void)snprintf(st->text, sizeof(st->text),
		       "{'command':'node_down','node_id':%u}", st->node);
	for (unsigned i = 0; i < SHELVES; i++) {
		m->shelves[i].opens[st->node] = 0;
		m->shelves[i].handle[st->node] = 0;
	}
}

static void (*const step_fns[])(struct model *m, struct step *st) = {
	step_create,  step_close, step_resize, step_resize,
	step_destroy, step_get,	  step_close,  step_node_down,
};

/* ---- consistency ---------------------------------------------------------- */

static int64_t number(sqlite3 *sq, const char *sql)
{
	sqlite3_stmt *s;
	int64_t v;

	assert_int_equal(sqlite3_prepare_v2(sq, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return v;
}

/* Every one of these is to be 0. */
static const char *const wrongs[] = {
	/* in use and on no shelf, or on one and not in use */
	"SELECT COUNT(*) FROM books b LEFT JOIN books_on_shelves s"
	" ON s.book_id = b.id WHERE (b.allocated = 1) <> (s.book_id NOTNULL)",
	"SELECT COUNT(*) - COUNT(DISTINCT book_id) FROM books_on_shelves",
	/* the numbers of a shelf's books are 1, 2, 3, ... */
	"SELECT COUNT(*) FROM shelves s WHERE book_count <> (SELECT COUNT(*)"
	" FROM books_on_shelves b WHERE b.shelf_id = s.id AND b.seq_num"
	" BETWEEN 1 AND s.book_count)",
	"SELECT COUNT(*) FROM shelves WHERE book_count <>"
	" (size_bytes + 2097151) / 2097152",
	"SELECT COUNT(*) FROM books WHERE allocated NOT IN (0, 1, 2)",
	"SELECT COUNT(*) FROM shelf_xattrs WHERE shelf_id NOT IN"
	" (SELECT id FROM shelves)",
	"SELECT COUNT(*) FROM pragma_foreign_key_check",
};

static void check(struct fixture *f, sqlite3 *sq, const struct model *m)
{
	const struct pool_counts *c = &f->lib.pool.counts;

	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++)
		if (number(sq, wrongs[i]))
			fail_msg("not consistent: %s", wrongs[i]);
	assert_int_equal(c->n[BOOK_INUSE], books_used(m));
	assert_int_equal(c->n[BOOK_FREE] + c->n[BOOK_INUSE] + c->n[BOOK_ZOMBIE],
			 BOOKS);
	assert_int_equal(
		number(sq, "SELECT COUNT(*) FROM books WHERE allocated = 0"),
		c->n[BOOK_FREE]);
	assert_int_equal(
		number(sq, "SELECT COUNT(*) FROM books WHERE allocated = 2"),
		c->n[BOOK_ZOMBIE]);
}

/* ---- running -------------------------------------------------------------- */

static void run_batch(struct fixture *f, struct model *m)
{
	struct step steps[BATCH];
	struct request rqs[BATCH];
	unsigned n = 1 + pick(m, BATCH);
	unsigned used = 0; /* shelves that a step of the batch opens */

	memset(steps, 0, sizeof(steps));
	for (unsigned i = 0; i < n; i++) {
		struct step *st = &steps[i];
		unsigned what = pick(m, ARRAY_SIZE(step_fns));
		json_t *o;

		do {
			st->shelf = pick(m, SHELVES);
			/* its id is not known before the batch has run */
		} while (step_fns[what] == step_close &&
			 used & 1U << st->shelf && used != (1U << SHELVES) - 1);
		if (step_fns[what] == step_close && used & 1U << st->shelf)
			what = 5;
		st->node = 1 + pick(m, NODES);
		step_fns[what](m, st);
		used |= st->opens ? 1U << st->shelf : 0;
		o = quoted(st->text);
		(void)json_object_set_new(o, "context",
					  json_pack("{s:i}", "node_id",
						    (int)st->node));
		rqs[i] = request_of(f, o);
	}
	batch_run(&f->lib, rqs, n);
	for (unsigned i = 0; i < n; i++) {
		struct shelf_model *s = &m->shelves[steps[i].shelf];
		int e = reply_errno(reply_of(&rqs[i]));

		if (e != steps[i].error)
			fail_msg("%s (node %u): errno %d, expected %d",
				 steps[i].text, steps[i].node, e,
				 steps[i].error);
		if (steps[i].opens && s->exists) {
			s->id = reply_int(reply_of(&rqs[i]), "id");
			if (s->opens[steps[i].node])
				s->handle[steps[i].node] = reply_int(
					reply_of(&rqs[i]), "open_handle");
		}
		request_deinit(&rqs[i]);
	}
}

static void test_random_requests(void **state)
{
	struct model m = { .seed = 88172645463325252ULL };
	struct fixture f;
	sqlite3 *sq;

	(void)state;
	fixture_make(&f, NODES, BOOKS / NODES);
	fixture_open(&f);
	f.session.admin = true;
	assert_int_equal(sqlite3_open(f.db, &sq), SQLITE_OK);
	for (unsigned i = 0; i < STEPS / BATCH; i++) {
		run_batch(&f, &m);
		if (!pick(&m, 3))
			assert_int_equal(zero_some(&f.lib), 0);
		check(&f, sq, &m);
	}
	(void)sqlite3_close(sq);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
