/* SPDX-License-Identifier: MIT */

/* test_lfs_books.c - Shelves that are held, their sizes and bytes */

#include "lfs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "dir.h"
#include "hold.h"
#include "json.h"

#include "world.h"

/* ---- holding --------------------------------------------------------------- */

static void one_handle_for_all_opens(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	uint64_t handle = s->handle;
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);

	(void)state;
	assert_int_equal(f->n_books, 3);
	assert_ptr_equal(open_by_name(A, "a"), s);
	assert_int_equal(s->handle, handle);
	lfs_release(A, s);
	lfs_release(A, s);
	/* It stays held a little longer... */
	assert_int_equal(s->handle, handle);
	assert_ptr_equal(open_by_name(A, "a"), s);
	assert_int_equal(s->handle, handle);
	lfs_release(A, s);
	/* ... unless somebody wants it, and then nothing is reachable. */
	hold_end(A, f->id);
	assert_int_equal(f->n_books, 0);
	assert_null(shelf_get(&A->table, f->id));
}

static void a_mapping_keeps_the_handle(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	struct node *n = &world.nodes[0];
	struct fam_shelf *f = fam_of(n, s->id);
	const struct place p = in_root("a");

	(void)state;
	f->mapped = true;
	lfs_release(A, s);
	assert_int_equal(n->watching, 1);
	assert_int_equal(lfs_unlink(B, &who, &p), 0);
	assert_int_equal(used_books(B), 3);
	lfs_unmapped(A, f->id); /* a false alarm */
	assert_int_equal(n->watching, 1);
	assert_int_equal(f->n_books, 3);
	wait_until(__atomic_load_n(&s->wanted, __ATOMIC_ACQUIRE));
	f->mapped = false;
	lfs_unmapped(A, f->id);
	assert_int_equal(n->watching, 0);
	assert_int_equal(f->n_books, 0);
	wait_until(used_books(B) == 0);
}

static void unlinked_by_another_node(void **state)
{
	const struct place p = in_root("a");
	struct shelf_info info;
	struct shelf *s;

	(void)state;
	lfs_release(A, create(A, "a", BOOK));
	assert_int_equal(used_books(B), 1);
	assert_int_equal(lfs_unlink(B, &who, &p), 0);
	wait_until(used_books(B) == 0); /* given back because it is wanted */
	s = create(A, "a", BOOK);
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(info.links, 0);
	assert_int_equal(used_books(A), 1);
	lfs_release(A, s);
	wait_until(used_books(A) == 0);
}

/* Only with the last name goes the handle. */
static void another_name_keeps_the_handle(void **state)
{
	const struct place p = in_root("a"), q = in_root("b");
	struct shelf *s = create(A, "a", BOOK);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);
	uint64_t handle = s->handle;
	struct shelf_info info;

	(void)state;
	assert_int_equal(lfs_link(A, &who, s->id, &q, &info), 0);
	shelf_info_deinit(&info);
	lfs_release(A, s);
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(s->handle, handle);
	assert_int_equal(f->n_books, 1);
	assert_int_equal(lfs_unlink(A, &who, &q), 0);
	assert_null(shelf_get(&A->table, f->id));
	assert_int_equal(f->n_books, 0);
	wait_until(used_books(B) == 0);
}

static void without_a_name(void **state)
{
	const struct place nameless = { A->root_id, NULL };
	const struct place p = in_root("named");
	struct shelf_info info;
	struct shelf *s;

	(void)state;
	assert_int_equal(lfs_create(A, &who, &nameless, &plain, &s, &info), 0);
	assert_int_equal(info.links, 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_allocate(A, &who, s, 1, false), 0);
	lfs_release(A, s);
	wait_until(used_books(A) == 0);
	assert_int_equal(lfs_create(A, &who, &nameless, &plain, &s, &info), 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_link(A, &who, s->id, &p, &info), 0);
	shelf_info_deinit(&info);
	lfs_release(A, s);
	assert_int_equal(look(B, "named", &info), 0);
	assert_int_equal(info.links, 1);
}

/* ---- sizes ----------------------------------------------------------------- */

/* What is cut off must be out of reach before the Librarian hears of it. */
static void still_whole_there(struct node *n, const struct fam_shelf *f,
			      uint64_t size)
{
	struct shelf_info info;

	(void)n;
	assert_true(size < f->size);
	assert_int_equal(
		lfs_ask_shelf(B, &who, request_get(f->id, false), &info), 0);
	assert_int_equal(info.size, f->size);
	shelf_info_deinit(&info);
}

static void cut_here_before_there(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	struct node *n = &world.nodes[0];
	struct fam_shelf *f = fam_of(n, s->id);

	(void)state;
	n->on_set = still_whole_there;
	assert_int_equal(lfs_truncate(A, &who, s->id, BOOK + 1), 0);
	n->on_set = NULL;
	assert_int_equal(f->size, BOOK + 1);
	assert_int_equal(f->n_books, 2);
	wait_until(used_books(B) == 2);
	assert_int_equal(lfs_truncate(A, &who, s->id, INT64_MAX), -EFBIG);
	assert_int_equal(lfs_truncate(A, &who, s->id, 1ULL << 63), -EFBIG);
	assert_int_equal(lfs_truncate(A, &who, s->id, 1ULL << 40), -EFBIG);
	assert_int_equal(f->size, BOOK + 1);
	lfs_release(A, s);
}

static void cut_by_another_node(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);

	(void)state;
	assert_int_equal(lfs_truncate(B, &who, s->id, 1), 0);
	/* Nobody sees anything else from now on. */
	assert_int_equal(f->n_books, 1);
	assert_int_equal(f->size, 1);
	/* Acknowledged: its books are free. */
	wait_until(used_books(B) == 1);
	lfs_release(A, s);
}

static void growth_elsewhere_is_found_at_the_end(void **state)
{
	struct shelf *a = create(A, "a", BOOK), *b = open_by_name(B, "a");
	struct fam_shelf *f = fam_of(&world.nodes[1], a->id);
	unsigned sets;

	(void)state;
	assert_int_equal(lfs_grow(A, a->id, BOOK + 5), 0);
	assert_int_equal(f->size, BOOK);
	assert_int_equal(lfs_extend(B, a->id), 0);
	assert_int_equal(f->size, BOOK + 5);
	assert_int_equal(f->n_books, 2);
	/* Nothing new: fam.ko is not told. */
	sets = f->sets;
	assert_int_equal(lfs_extend(B, a->id), 0);
	assert_int_equal(lfs_grow(B, a->id, BOOK), 0);
	assert_int_equal(f->sets, sets);
	assert_int_equal(lfs_grow(B, a->id, 1ULL << 63), -EFBIG);
	assert_int_equal(lfs_grow(B, a->id, 1ULL << 40), -ENOSPC);
	assert_int_equal(lfs_grow(B, 999, 1), -EIO);
	assert_int_equal(lfs_extend(B, 999), 0);
	lfs_release(A, a);
	lfs_release(B, b);
}

static void appends_do_not_meet(void **state)
{
	struct shelf *a = create(A, "a", 3), *b = open_by_name(B, "a");

	(void)state;
	assert_int_equal(lfs_append(A, a->id, 10), 3);
	assert_int_equal(lfs_append(B, a->id, 5), 13);
	assert_int_equal(lfs_append(A, a->id, 1), 18);
	assert_int_equal(a->size, 19);
	assert_int_equal(lfs_append(A, 999, 1), -EIO);
	lfs_release(A, a);
	lfs_release(B, b);
}

static void room_without_size(void **state)
{
	struct shelf *s = create(A, "a", 1);
	struct shelf_info info;

	(void)state;
	assert_int_equal(lfs_allocate(A, &who, s, 3 * BOOK, true), 0);
	assert_int_equal(s->size, 1);
	assert_int_equal(s->n_books, 3);
	assert_int_equal(get_attr(B, s->id, &info), 0);
	assert_int_equal(info.size, 1);
	assert_int_equal(info.n_books, 3);
	assert_int_equal(lfs_allocate(A, &who, s, 2 * BOOK, false), 0);
	assert_int_equal(s->size, 2 * BOOK);
	assert_int_equal(lfs_truncate(A, &who, s->id, 2 * BOOK - 1), 0);
	assert_int_equal(s->n_books, 2);
	lfs_release(A, s);
}

static void zeros_and_copies(void **state)
{
	struct shelf *a = create(A, "a", 100), *b = create(A, "b", 0);
	char buf[100];
	uint64_t addr;

	(void)state;
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(pwrite(a->fd, buf, 100, 0), 100);
	assert_int_equal(lfs_zero(A, &who, a, 10, 5), 0);
	assert_int_equal(lfs_zero(A, &who, a, 95, INT64_MAX), 0);
	assert_int_equal(pread(a->fd, buf, 100, 0), 100);
	assert_int_equal(buf[9] + buf[15], 2 * 'x');
	assert_int_equal(buf[10] + buf[14] + buf[95] + buf[99], 0);
	assert_int_equal(a->size, 100);
	assert_int_equal(lfs_copy(A, &who, a, 90, b, 3, 50), 10);
	assert_int_equal(b->size, 13);
	assert_int_equal(pread(b->fd, buf, 100, 0), 13);
	assert_memory_equal(buf, "\0\0\0xxxxx\0\0\0\0\0", 13);
	assert_int_equal(lfs_copy(A, &who, a, 100, b, 0, 50), 0);
	assert_int_equal(lfs_phys(A, &who, a, 99, &addr), 0);
	assert_int_equal(addr, (1ULL << 32) + a->books[0] * BOOK + 99);
	assert_int_equal(lfs_phys(A, &who, a, 100, &addr), -ENXIO);
	lfs_release(A, a);
	lfs_release(A, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(one_handle_for_all_opens),
		WITH_BOARD(a_mapping_keeps_the_handle),
		WITH_BOARD(unlinked_by_another_node),
		WITH_BOARD(another_name_keeps_the_handle),
		WITH_BOARD(without_a_name),
		WITH_BOARD(cut_here_before_there),
		WITH_BOARD(cut_by_another_node),
		WITH_BOARD(growth_elsewhere_is_found_at_the_end),
		WITHOUT_BOARD(growth_elsewhere_is_found_at_the_end),
		WITH_BOARD(appends_do_not_meet),
		WITH_BOARD(room_without_size),
		WITH_BOARD(zeros_and_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
