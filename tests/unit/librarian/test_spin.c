/* SPDX-License-Identifier: MIT */

/* test_spin.c - Work that is found without the loop, and the loop's own */

#include "../unit.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "loop.h"
#include "spin.h"

struct world {
	struct event_base *base;
	struct event *readable;
	int fds[2];
	uint64_t work;
	unsigned heard;	  /* bytes, by the loop */
	unsigned poked;	  /* pokes that found work */
	unsigned to_find; /* by pokes */
	unsigned end_at;  /* bytes */
};

static void on_readable(int fd, short what, void *arg)
{
	struct world *w = arg;
	char c;

	(void)what;
	assert_int_equal(read(fd, &c, 1), 1);
	w->work++;
	if (++w->heard == w->end_at)
		(void)event_base_loopbreak(w->base);
}

static void poke(void *arg)
{
	struct world *w = arg;

	if (!w->to_find)
		return;
	w->to_find--;
	w->poked++;
	w->work++;
}

static void poke_and_end(void *arg)
{
	struct world *w = arg;

	poke(w);
	if (w->poked == 1)
		(void)event_base_loopexit(w->base, NULL);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->base = loop_new();
	assert_non_null(w->base);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, w->fds), 0);
	w->readable = event_new(w->base, w->fds[0], EV_READ | EV_PERSIST,
				on_readable, w);
	assert_int_equal(event_add(w->readable, NULL), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	event_free(w->readable);
	event_base_free(w->base);
	(void)close(w->fds[0]);
	(void)close(w->fds[1]);
	free(w);
	return 0;
}

static void run(struct world *w, void (*fn)(void *arg))
{
	assert_int_equal(
		spin_dispatch(w->base, &(struct spin){ &w->work, fn, w }), 0);
}

/* Whoever always has work does not keep the loop from its own. */
static void test_fair(void **state)
{
	struct world *w = *state;

	w->to_find = UINT32_MAX;
	w->end_at = 5;
	assert_int_equal(write(w->fds[1], "12345", 5), 5);
	run(w, poke);
	assert_int_equal(w->heard, 5);
	assert_true(w->poked > 0);
}

/* It looks behind work only, and no more often than it finds some. */
static void test_found(void **state)
{
	struct world *w = *state;

	w->to_find = 3;
	w->end_at = 2;
	assert_int_equal(write(w->fds[1], "12", 2), 2);
	run(w, poke);
	assert_int_equal(w->poked, 3);
	assert_int_equal(w->to_find, 0);
}

static void test_end_of_a_poke(void **state)
{
	struct world *w = *state;

	w->to_find = 1;
	assert_int_equal(write(w->fds[1], "1", 1), 1);
	run(w, poke_and_end);
	assert_int_equal(w->poked, 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fair),
		TEST(test_found),
		TEST(test_end_of_a_poke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
