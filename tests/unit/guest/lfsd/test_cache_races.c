/* SPDX-License-Identifier: MIT */

/* test_cache_races.c - No answer is old, whoever changes what meanwhile */

#include <pthread.h>

#include "cache_fixture.h"

/*
 * A Librarian with two directories that share a counter, and some names in
 * each. A name has a version that grows; with each fourth it is not there, with
 * the others it leads to the shelf of that number. A shelf, one per name, has
 * the version as its size. "acked" is what somebody has been told.
 */
#define NAMES 6
#define ROUNDS 20000
#define NODES 4

struct truth {
	pthread_mutex_t lock;
	struct board *board;
	struct cache *cache; /* of one node */
	uint64_t dirs[2];
	uint64_t version[2][NAMES];
	uint64_t acked[2][NAMES];
	int wrong, hits; /* atomic */
};

static const char *const letters[NAMES] = { "a", "b", "c", "d", "e", "f" };

static uint64_t leads_to(uint64_t version)
{
	return version % 4 ? version : 0;
}

static uint64_t id_of(int d, int i)
{
	return 1000 + (uint64_t)(d * NAMES + i);
}

/* As the Librarian does: the counters move before anybody is told. */
static void truth_change(struct truth *t, int d, int i, bool own)
{
	uint32_t slot = board_names_slot((int64_t)t->dirs[d]);
	struct cache_change c = { .dir_id = t->dirs[d], .name = letters[i] };
	uint64_t v;

	pthread_mutex_lock(&t->lock);
	v = __atomic_add_fetch(&t->version[d][i], 1, __ATOMIC_RELAXED);
	c.after = bump(t->board, slot);
	c.before = c.after - 1;
	(void)bump(t->board, board_shelf_slot((int64_t)id_of(d, i)));
	pthread_mutex_unlock(&t->lock);
	c.id = leads_to(v);
	if (own)
		cache_change_names(t->cache, &c, 1);
	/* The greatest that was told */
	for (uint64_t a = 0; a < v;)
		if (__atomic_compare_exchange_n(&t->acked[d][i], &a, v, false,
						__ATOMIC_RELEASE,
						__ATOMIC_ACQUIRE))
			break;
}

static void truth_list(struct truth *t, int d)
{
	struct shelf_info infos[NAMES] = { 0 };
	char names[NAMES][2];
	size_t n = 0;
	uint64_t gen;

	pthread_mutex_lock(&t->lock);
	for (int i = 0; i < NAMES; i++) {
		if (!leads_to(t->version[d][i]))
			continue;
		strcpy(names[n], letters[i]);
		infos[n].name = names[n];
		infos[n].id = t->version[d][i];
		n++;
	}
	gen = board_read(t->board, board_names_slot((int64_t)t->dirs[d]));
	pthread_mutex_unlock(&t->lock);
	cache_put_listing(t->cache, t->dirs[d], infos, n, false, gen);
}

static void truth_get(struct truth *t, int d, int i)
{
	struct shelf_info info = { .id = id_of(d, i) };
	uint64_t names_gen, gen, v;

	pthread_mutex_lock(&t->lock);
	v = t->version[d][i];
	names_gen = board_read(t->board, board_names_slot((int64_t)t->dirs[d]));
	gen = board_read(t->board, board_shelf_slot((int64_t)info.id));
	pthread_mutex_unlock(&t->lock);
	info.size = v;
	cache_put_shelf(t->cache, &info, gen);
	cache_put_name(t->cache, t->dirs[d], letters[i], leads_to(v),
		       names_gen);
}

static void note(int *n)
{
	(void)__atomic_add_fetch(n, 1, __ATOMIC_RELAXED);
}

/* Was it so at any time between what was told before and now? */
static bool is_right(struct truth *t, int d, int i, uint64_t from, uint64_t id)
{
	uint64_t to = __atomic_load_n(&t->version[d][i], __ATOMIC_ACQUIRE);

	if (id)
		return id >= from && id <= to;
	for (; from <= to; from++)
		if (!leads_to(from))
			return true;
	return false;
}

static void truth_check(struct truth *t, int d, int i)
{
	uint64_t from = __atomic_load_n(&t->acked[d][i], __ATOMIC_ACQUIRE);
	struct shelf_info info;
	bool list = false;
	uint64_t id = 0;

	if (cache_get_name(t->cache, t->dirs[d], letters[i], &id, &list) !=
	    CACHE_UNKNOWN) {
		note(&t->hits);
		if (!is_right(t, d, i, from, id))
			note(&t->wrong);
	} else if (list) {
		truth_list(t, d);
	}
	from = __atomic_load_n(&t->acked[d][i], __ATOMIC_ACQUIRE);
	if (!cache_get_shelf(t->cache, id_of(d, i), &info))
		truth_get(t, d, i);
	else if (info.size < from)
		note(&t->wrong);
	else
		note(&t->hits);
}

struct player {
	pthread_t thread;
	struct truth *truth;
	uint32_t seed;
};

static void *play(void *arg)
{
	struct player *p = arg;
	struct truth *t = p->truth;

	for (int n = 0; n < ROUNDS; n++) {
		int d, i, what;

		p->seed = p->seed * 1664525U + 1013904223U;
		d = (int)(p->seed >> 31);
		i = (int)(p->seed >> 16 & 0x7fff) % NAMES;
		what = (int)(p->seed >> 8 & 63);
		if (what < 2)
			truth_change(t, d, i, what);
		else
			truth_check(t, d, i);
	}
	return NULL;
}

static void no_answer_is_ever_old(void **state)
{
	struct fixture *f = *state;
	struct truth t = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.board = f->board,
		.cache = f->cache,
		.dirs = { 2, colliding(board_names_slot, 2) },
	};
	struct player players[NODES];

	for (int i = 0; i < NODES; i++) {
		players[i] = (struct player){ .truth = &t };
		players[i].seed = 12345U * (uint32_t)(i + 1);
		assert_int_equal(pthread_create(&players[i].thread, NULL, play,
						&players[i]),
				 0);
	}
	for (int i = 0; i < NODES; i++)
		assert_int_equal(pthread_join(players[i].thread, NULL), 0);
	assert_int_equal(t.wrong, 0);
	assert_true(t.hits > ROUNDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_answer_is_ever_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
