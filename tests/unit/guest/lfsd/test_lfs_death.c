/* SPDX-License-Identifier: MIT */

/* test_lfs_death.c - Daemons and Librarians that die, answers that get lost */

#include "lfs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "dir.h"
#include "hold.h"
#include "json.h"

#include "lossy.h"
#include "world.h"

/* ---- death ----------------------------------------------------------------- */

static void a_new_daemon_adopts_what_is_mapped(void **state)
{
	struct shelf *a = create(A, "a", BOOK), *b = create(A, "b", BOOK);
	uint64_t a_id = a->id, b_id = b->id, handle = a->handle;
	struct node *n = &world.nodes[0];

	(void)state;
	fam_of(n, a_id)->mapped = true;
	node_end(n, false);
	node_start(n, true);
	assert_int_equal(fam_of(n, b_id)->n_books, 0);
	assert_null(shelf_get(&A->table, b_id));
	a = shelf_get(&A->table, a_id);
	assert_int_equal(a->handle, handle);
	shelf_put(&A->table, a);
	/* It is cut by another, though nobody here has opened it. */
	assert_int_equal(lfs_truncate(B, &who, a_id, 0), 0);
	wait_until(fam_of(n, a_id)->n_books == 0);
	wait_until(used_books(B) == 1);
	fam_of(n, a_id)->mapped = false;
}

static void the_librarian_dies(void **state)
{
	struct shelf *a = create(A, "a", BOOK);
	struct shelf_info info;
	uint64_t handle = a->handle;

	(void)state;
	librarian_kill(&world.lib);
	librarian_start(&world.lib);
	assert_int_equal(look(A, "b", &info), -ENOENT);
	wait_until(!__atomic_load_n(&A->unsettled, __ATOMIC_ACQUIRE));
	assert_int_equal(lfs_grow(A, a->id, BOOK + 1), 0);
	assert_int_equal(a->handle, handle);
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.size, BOOK + 1);
	lfs_release(A, a);
}

/* What this node looks at will not change any more, though its counters are
 * those of a Librarian that has just begun.
 */
static void the_board_moves(void **state)
{
	const struct attr_change c = { .what = ATTR_MODE, .mode = 0701 };
	struct shelf_info info;
	uint64_t id;

	(void)state;
	librarian_kill(&world.lib);
	assert_int_equal(ftruncate(world.lib.fam_fd,
				   NODES * BOOKS * BOOK + 2 * BOARD_SIZE),
			 0);
	librarian_start(&world.lib);
	assert_int_equal(look(A, "lost+found", &info), 0);
	id = info.id;
	assert_int_equal(get_attr(A, id, &info), 0);
	assert_int_equal(lfs_set_attr(B, &who, id, &c), 0);
	assert_int_equal(get_attr(A, id, &info), 0);
	assert_int_equal(info.mode & 07777, 0701);
}

/* ---- answers that get lost ------------------------------------------------- */

static int setup_lossy(void **state)
{
	uint16_t port;

	memset(&world, 0, sizeof(world));
	librarian_make(&world.lib);
	proxy.port = world.lib.port;
	proxy.listen_fd = listen_anywhere(&port);
	assert_int_equal(
		pthread_create(&proxy.thread, NULL, proxy_thread, NULL), 0);
	node_start_at(&world.nodes[0], true, port);
	node_start(&world.nodes[1], true);
	*state = &world;
	return 0;
}

static int teardown_lossy(void **state)
{
	node_end(&world.nodes[0], true);
	(void)shutdown(proxy.listen_fd, SHUT_RDWR);
	assert_int_equal(pthread_join(proxy.thread, NULL), 0);
	(void)close(proxy.listen_fd);
	node_end(&world.nodes[1], true);
	node_reset(&world.nodes[0]);
	node_reset(&world.nodes[1]);
	librarian_end(&world.lib);
	(void)state;
	return 0;
}

static size_t handles_of_a(void)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n = 0;

	assert_int_equal(
		client_ask(B->client, NULL, request_list_open(), &reply), 0);
	assert_int_equal(open_infos_parse(reply.value, 1, &opens, &n), 0);
	return n;
}

static void how_often_the_librarian_is_asked(void **state)
{
	const struct place p = in_root("new");
	struct shelf_info info;
	struct shelf *s;
	void *value;
	size_t len;

	(void)state;
	lfs_release(A, create(A, "a", 0));
	assert_int_equal(look(A, "b", &info), -ENOENT);
	assert_int_equal(look(A, "c", &info), -ENOENT);
	(void)questions();
	assert_int_equal(look(A, "new", &info), -ENOENT);
	assert_int_equal(questions(), 0);
	s = create(A, "new", 0);
	assert_int_equal(questions(), 1);
	assert_int_equal(look(A, "new", &info), 0);
	assert_int_equal(get_attr(A, A->root_id, &info), 0);
	assert_int_equal(questions(), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(questions(), 0);
	assert_int_equal(lfs_get_xattr(A, &who, s->id, "security.capability",
				       &value, &len),
			 -ENODATA);
	assert_int_equal(questions(), 0);
	assert_int_equal(lfs_grow(A, s->id, 10), 0);
	assert_int_equal(questions(), 1);
	assert_int_equal(lfs_sync(A, &who, s), 0);
	assert_int_equal(lfs_unlock_posix(A, &who, s, 1), 0);
	lfs_release(A, s);
	assert_ptr_equal(open_by_name(A, "new"), s);
	assert_int_equal(lfs_extend(A, s->id), 0);
	lfs_release(A, s);
	assert_int_equal(questions(), 0);
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(questions(), 1); /* with the handle */
	assert_int_equal(handles_of_a(), 1);
	(void)questions();
	assert_int_equal(look(A, "new", &info), -ENOENT);
	assert_int_equal(get_attr(A, A->root_id, &info), 0);
	assert_int_equal(questions(), 0);
}

static void lost_answers_of_opens(void **state)
{
	const struct place p = in_root("a");
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s, *same;

	(void)state;
	lose_next();
	s = create(A, "a", 0);
	wait_until(handles_of_a() == 1);
	assert_int_equal(lfs_grow(A, s->id, BOOK), 0);
	lose_next();
	assert_int_equal(lfs_grow(A, s->id, 2 * BOOK), 0);
	assert_int_equal(s->n_books, 2);
	lose_next();
	assert_int_equal(lfs_append(A, s->id, 10), 2 * BOOK);
	assert_int_equal(lfs_append(A, s->id, 10), 2 * BOOK + 10);
	/* A name that others have made is still refused. */
	lfs_release(B, create(B, "b", 0));
	lose_next();
	assert_int_equal(lfs_create(A, &who, &(struct place){ A->root_id, "b" },
				    &plain, &same, &info),
			 -EEXIST);
	lfs_release(A, s);
	hold_end(A, s->id);
	lose_next();
	s = open_by_name(A, "a");
	wait_until(handles_of_a() == 1);
	lfs_release(A, s);
	lose_next();
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(lfs_unlink(A, &who, &p), -ENOENT);
	wait_until(handles_of_a() == 0);
	wait_until(used_books(B) == 0);
}

static void lost_answers_of_names(void **state)
{
	static const struct new_shelf dir = { S_IFDIR | 0755, 1000, 100, 0 };
	const struct place a = in_root("a"), b = in_root("b"), c = in_root("c");
	struct shelf_info info = { 0 };
	uint64_t a_id, b_id;

	(void)state;
	lose_next();
	assert_int_equal(lfs_mkdir(A, &who, &a, &dir, &info), 0);
	a_id = info.id;
	shelf_info_deinit(&info);
	lose_next();
	assert_int_equal(lfs_mknod(A, &who, &b, &plain, &info), 0);
	b_id = info.id;
	shelf_info_deinit(&info);
	lose_next();
	assert_int_equal(lfs_link(A, &who, b_id, &c, &info), 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_link(A, &who, b_id, &c, &info), -EEXIST);
	lose_next();
	assert_int_equal(lfs_rename(A, &who, &a, &b, RENAME_MODE_EXCHANGE), 0);
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.id, b_id);
	lose_next();
	assert_int_equal(lfs_rename(A, &who, &a, &c, RENAME_MODE_REPLACE), 0);
	lose_next();
	assert_int_equal(lfs_rmdir(A, &who, &b), 0);
	assert_int_equal(lfs_rmdir(A, &who, &b), -ENOENT);
	/* Who is still in it, sees a directory without a name. */
	assert_int_equal(get_attr(A, a_id, &info), 0);
	assert_true(S_ISDIR(info.mode));
	assert_int_equal(info.links, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(a_new_daemon_adopts_what_is_mapped),
		WITH_BOARD(the_librarian_dies),
		WITH_BOARD(the_board_moves),
		cmocka_unit_test_setup_teardown(how_often_the_librarian_is_asked,
						setup_lossy, teardown_lossy),
		cmocka_unit_test_setup_teardown(lost_answers_of_opens,
						setup_lossy, teardown_lossy),
		cmocka_unit_test_setup_teardown(lost_answers_of_names,
						setup_lossy, teardown_lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
