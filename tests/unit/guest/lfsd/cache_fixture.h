/* SPDX-License-Identifier: MIT */

/* cache_fixture.h - A cache, and a board that says what a test wants
 */
#pragma once

#include "cache.h"

#include "../../unit.h"

struct fixture {
	struct board *board;
	struct cache *cache;
};

UNUSED static int set_up(void **state)
{
	static struct fixture f;
	const struct cache_conf conf = { .shelves = 64, .names = 100 };

	f.board = calloc(1, sizeof(*f.board));
	assert_non_null(f.board);
	assert_int_equal(cache_new(f.board, &conf, &f.cache), 0);
	*state = &f;
	return 0;
}

UNUSED static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->cache = cache_free(f->cache);
	free(f->board);
	return 0;
}

UNUSED static uint64_t bump(struct board *b, uint32_t slot)
{
	return __atomic_add_fetch(&b->slots[slot], 1, __ATOMIC_RELEASE);
}

UNUSED static uint64_t change_names(struct fixture *f, uint64_t dir)
{
	return bump(f->board, board_names_slot((int64_t)dir));
}

/* An answer with what it leads to: 0 = absent, UNKNOWN, or LIST = unknown, and
 * to be listed
 */
#define UNKNOWN UINT64_MAX
#define LIST (UINT64_MAX - 1)

UNUSED static uint64_t look(struct fixture *f, uint64_t dir, const char *name)
{
	uint64_t id = UNKNOWN;
	bool list = false;

	switch (cache_get_name(f->cache, dir, name, &id, &list)) {
	case CACHE_PRESENT:
		assert_true(id && id != UNKNOWN);
		return id;
	case CACHE_ABSENT:
		return 0;
	case CACHE_UNKNOWN:
		break;
	}
	assert_int_equal(id, UNKNOWN);
	return list ? LIST : UNKNOWN;
}

/* The next number whose slot is that of @id */
UNUSED static uint64_t colliding(uint32_t (*slot)(int64_t id), uint64_t id)
{
	uint64_t other = id + 1;

	while (slot((int64_t)other) != slot((int64_t)id))
		other++;
	return other;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
