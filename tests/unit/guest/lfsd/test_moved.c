/* SPDX-License-Identifier: MIT */

/* test_moved.c - When the kernel is made to look at a directory's new place */

#include "moved.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lfs.h"

#include "../../unit.h"

static struct {
	sem_t asked, go;
	struct place place;
	char name[16];
	struct moved *finds; /* and what */
	uint64_t id;
} path;

/* Instead of the Librarian; its answer is waited for. And instead of the kernel,
 * which looks the name up then.
 */
int lfs_path(struct lfs *lfs, const struct place *p, char **ret_path)
{
	(void)lfs;
	path.place = *p;
	(void)snprintf(path.name, sizeof(path.name), "%s", p->name);
	(void)sem_post(&path.asked);
	(void)sem_wait(&path.go);
	if (path.finds)
		moved_meet(path.finds, path.id, path.place.dir_id, path.name,
			   gettid());
	*ret_path = strdup("/");
	return *ret_path ? 0 : -ENOMEM;
}

static int set_up(void **state)
{
	struct moved *m = malloc(sizeof(*m));

	assert_non_null(m);
	(void)sem_init(&path.asked, 0, 0);
	(void)sem_init(&path.go, 0, 0);
	moved_init(m, NULL, "/tmp");
	assert_int_equal(moved_start(m), 0);
	path.finds = NULL;
	*state = m;
	return 0;
}

static int tear_down(void **state)
{
	moved_stop(*state);
	moved_stop(*state);
	free(*state);
	return 0;
}

static bool is_looking(struct moved *m)
{
	return __atomic_load_n(&m->pid, __ATOMIC_ACQUIRE) != 0;
}

/* The look that is under way ends, and does what the kernel would. */
static void end_look(struct moved *m, uint64_t id, pid_t pid)
{
	path.finds = id ? m : NULL;
	path.id = id;
	(void)sem_post(&path.go);
	moved_wait(m, pid);
	assert_false(is_looking(m));
}

static void a_moved_directory_is_looked_at(void **state)
{
	struct moved *m = *state;

	moved_meet(m, 7, 2, "x", 100);
	moved_meet(m, 7, 3, "y", 100);
	(void)sem_wait(&path.asked);
	assert_int_equal(path.place.dir_id, 3);
	assert_string_equal(path.name, "y");
	moved_wait(m, 101); /* not its matter */
	assert_true(is_looking(m));
	end_look(m, 7, 100);
	/* now it is known to be there */
	moved_meet(m, 7, 3, "z", 100);
	assert_false(is_looking(m));
}

static void a_look_that_failed_is_made_again(void **state)
{
	struct moved *m = *state;

	moved_meet(m, 7, 2, "x", 100);
	for (int i = 0; i < 2; i++) {
		moved_meet(m, 7, 3, "y", 100);
		(void)sem_wait(&path.asked);
		end_look(m, 0, 100);
	}
	moved_meet(m, 7, 3, "y", 100);
	(void)sem_wait(&path.asked);
	end_look(m, 7, 100);
	moved_meet(m, 7, 3, "y", 100);
	assert_false(is_looking(m));
}

/* One at a time: the other comes at its next occasion. */
static void two_have_moved(void **state)
{
	struct moved *m = *state;

	moved_meet(m, 7, 2, "x", 100);
	moved_meet(m, 8, 2, "y", 101);
	moved_meet(m, 7, 3, "x", 100);
	(void)sem_wait(&path.asked);
	moved_meet(m, 8, 4, "y", 101);
	end_look(m, 7, 100);
	moved_meet(m, 8, 4, "y", 101);
	(void)sem_wait(&path.asked);
	assert_int_equal(path.place.dir_id, 4);
	end_look(m, 8, 101);
}

static void what_the_kernel_knows_is_not(void **state)
{
	struct moved *m = *state;

	moved_meet(m, 7, 2, "x", 100);
	moved_meet(m, 7, 2, "y", 100);
	moved_note(m, 7, 3); /* moved here */
	moved_meet(m, 7, 3, "x", 100);
	moved_meet(m, 7 + MOVED_KNOWN, 4, "x", 100); /* in its place */
	moved_meet(m, 7, 5, "x", 100);
	assert_false(is_looking(m));
	moved_wait(m, 100);
	moved_wait(m, 0);
}

static void who_looks_does_not_wait_for_itself(void **state)
{
	struct moved *m = *state;
	pid_t self;

	moved_meet(m, 7, 2, "x", 100);
	moved_meet(m, 7, 3, "x", 100);
	(void)sem_wait(&path.asked);
	(void)pthread_mutex_lock(&m->lock);
	self = m->self;
	(void)pthread_mutex_unlock(&m->lock);
	moved_meet(m, 8, 2, "y", 100);
	moved_meet(m, 8, 3, "y", self);
	moved_wait(m, self);
	assert_true(is_looking(m));
	end_look(m, 7, 100);
	assert_int_equal(sem_trywait(&path.asked), -1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_moved_directory_is_looked_at),
		TEST(a_look_that_failed_is_made_again),
		TEST(two_have_moved),
		TEST(what_the_kernel_knows_is_not),
		TEST(who_looks_does_not_wait_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
