/* SPDX-License-Identifier: MIT */

/* world.h - Two nodes between a real Librarian and a model of fam.ko
 *
 * Each has a connection and a cache of its own, both share a FAM file with its
 * board. The model notes what fam.ko is told, and what the Librarian has at that
 * moment where order matters.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>

#include "board.h"
#include "cache.h"
#include "events.h"
#include "lfs.h"
#include "proto_librarian.h"

#include "librarian.h"

/* ---- fam.ko ------------------------------------------------------------------ */

#define SHELVES 16

/* What the model has of a shelf on one node; the descriptor is a file. */
struct fam_shelf {
	uint64_t id;
	int fd;
	uint64_t size;
	uint32_t n_books;
	uint32_t books[NODES * BOOKS];
	bool mapped;
	int64_t mtime_ns;
	unsigned sets;
};

struct node {
	struct lfs lfs;
	struct board *board;
	struct fam_shelf shelves[SHELVES];
	int backings;
	int watching;
	unsigned unlocked;
	/* Called at each change of the list */
	void (*on_set)(struct node *n, const struct fam_shelf *f,
		       uint64_t size);
};

UNUSED static struct world {
	struct librarian lib;
	struct node nodes[NODES];
} world;

UNUSED static struct node *node_of(const struct fam_dev *fam)
{
	for (int i = 0; i < NODES; i++)
		if (&world.nodes[i].lfs.fam == fam)
			return &world.nodes[i];
	fail();
	return NULL;
}

UNUSED static struct fam_shelf *fam_of(struct node *n, uint64_t id)
{
	for (int i = 0; i < SHELVES; i++)
		if (n->shelves[i].id == id)
			return &n->shelves[i];
	return NULL;
}

/* By the number of the file, which descriptors of it share */
UNUSED static struct fam_shelf *fam_by_fd(int fd, struct node **ret_node)
{
	struct stat a, b;

	assert_int_equal(fstat(fd, &a), 0);
	for (int i = 0; i < NODES * SHELVES; i++) {
		struct node *n = &world.nodes[i / SHELVES];
		struct fam_shelf *f = &n->shelves[i % SHELVES];

		if (!f->id || fstat(f->fd, &b) < 0 || a.st_ino != b.st_ino)
			continue;
		*ret_node = n;
		return f;
	}
	fail();
	return NULL;
}

int fam_dev_shelf(const struct fam_dev *fam, uint64_t id, bool existing,
		  int *ret_fd)
{
	struct node *n = node_of(fam);
	struct fam_shelf *f = fam_of(n, id);

	if (!f && existing)
		return -ENOENT;
	if (!f) {
		f = fam_of(n, 0);
		assert_non_null(f);
		*f = (struct fam_shelf){ .id = id };
		f->fd = memfd_create("shelf", MFD_CLOEXEC);
	}
	*ret_fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	return *ret_fd < 0 ? -errno : 0;
}

int fam_shelf_set(int fd, uint64_t size, unsigned shift, const uint32_t *books,
		  uint32_t n_books)
{
	struct node *n;
	struct fam_shelf *f = fam_by_fd(fd, &n);

	assert_int_equal(shift, 21);
	assert_true(n_books <= NODES * BOOKS);
	assert_true(n_books == 0 || size <= n_books * BOOK);
	if (n->on_set)
		n->on_set(n, f, size);
	f->size = size;
	f->n_books = n_books;
	f->sets++;
	if (n_books)
		memcpy(f->books, books, n_books * sizeof(*books));
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

int fam_shelf_state(int fd, bool clear, struct fam_state *ret_state)
{
	struct node *n;
	struct fam_shelf *f = fam_by_fd(fd, &n);

	*ret_state = (struct fam_state){ f->size, f->mapped, f->mtime_ns };
	if (clear)
		f->mtime_ns = 0;
	return 0;
}

/* ---- nodes -------------------------------------------------------------------- */

UNUSED static int backing_open(void *arg, int fd)
{
	struct node *n = arg;

	(void)fd;
	return ++n->backings;
}

UNUSED static void backing_close(void *arg, int backing)
{
	(void)arg;
	assert_true(backing > 0);
}

UNUSED static int watch(void *arg, const struct shelf *s)
{
	struct node *n = arg;

	n->watching += !s->watched;
	return 0;
}

UNUSED static void unwatch(void *arg, const struct shelf *s)
{
	struct node *n = arg;

	(void)s;
	n->watching--;
}

UNUSED static void unlocked(void *arg, uint64_t shelf_id)
{
	struct node *n = arg;

	(void)shelf_id;
	__atomic_add_fetch(&n->unlocked, 1, __ATOMIC_RELEASE);
}

UNUSED static void node_start_at(struct node *n, bool with_board, uint16_t port)
{
	const struct events_conf events = { lfs_event, lfs_due, &n->lfs };
	const uint32_t id = (uint32_t)(n - world.nodes) + 1;
	struct client_conf conf = {
		.address = "127.0.0.1",
		.port = port,
		.node_id = id,
		.token = "",
		.stop_fd = -1,
		.protocol = LIBRARIAN_PROTOCOL_POSIX,
		.patience_ms = 10000,
		.restore = lfs_restore,
		.arg = &n->lfs,
		.event = events_push,
	};
	struct client_hello h;
	struct err e = { "" };

	lfs_init(&n->lfs);
	n->lfs.fam =
		(struct fam_dev){ .fd = world.lib.fam_fd,
				  .base = 1ULL << 32,
				  .size = NODES * BOOKS * BOOK + BOARD_SIZE };
	n->lfs.hooks = (struct lfs_hooks){ backing_open, backing_close, watch,
					   unwatch,	 unlocked,	n };
	assert_int_equal(events_new(&events, &n->lfs.events), 0);
	conf.event_arg = n->lfs.events;
	if (client_new(&conf, &n->lfs.client, &e) < 0)
		fail_msg("%s", e.msg);
	h = client_get_hello(n->lfs.client);
	assert_int_equal(h.protocol, 2);
	assert_int_equal(h.board_size, BOARD_SIZE);
	if (with_board &&
	    board_open(n->lfs.fam.fd, h.board_offset, h.board_size,
		       n->lfs.fam.size, &n->board, &e) < 0)
		fail_msg("%s", e.msg);
	n->lfs.board = n->board;
	n->lfs.board_offset = h.board_offset;
	assert_int_equal(cache_new(n->board, &(struct cache_conf){ 0 },
				   &n->lfs.cache),
			 0);
	if (lfs_start(&n->lfs, id, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(events_start(n->lfs.events), 0);
}

UNUSED static void node_start(struct node *n, bool with_board)
{
	node_start_at(n, with_board, world.lib.port);
}

/* @clean: it gives its handles back; else it is killed. */
UNUSED static void node_end(struct node *n, bool clean)
{
	events_stop(n->lfs.events);
	if (clean)
		lfs_stop(&n->lfs);
	n->lfs.client = client_free(n->lfs.client);
	n->lfs.events = events_free(n->lfs.events);
	lfs_deinit(&n->lfs);
	n->lfs.cache = cache_free(n->lfs.cache);
	n->board = board_close(n->board);
}

UNUSED static void node_reset(struct node *n)
{
	for (int i = 0; i < SHELVES; i++)
		if (n->shelves[i].id)
			(void)close(n->shelves[i].fd);
	memset(n, 0, sizeof(*n));
}

UNUSED static int setup_world(void **state)
{
	memset(&world, 0, sizeof(world));
	librarian_make(&world.lib);
	for (int i = 0; i < NODES; i++)
		node_start(&world.nodes[i], true);
	*state = &world;
	return 0;
}

UNUSED static int teardown_world(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++) {
		node_end(&world.nodes[i], true);
		node_reset(&world.nodes[i]);
	}
	librarian_end(&world.lib);
	return 0;
}

/* ---- for the tests ------------------------------------------------------------ */

UNUSED static const struct caller who = { .uid = 1000,
					  .gid = 100,
					  .pid = 4711 };
UNUSED static const struct new_shelf plain = { S_IFREG | 0644, 1000, 100, 0 };

#define A (&world.nodes[0].lfs)
#define B (&world.nodes[1].lfs)

UNUSED static struct place in_root(const char *name)
{
	return (struct place){ A->root_id, name };
}

UNUSED static struct shelf *create(struct lfs *lfs, const char *name,
				   uint64_t size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	const struct place p = in_root(name);
	struct shelf *s;

	assert_int_equal(lfs_create(lfs, &who, &p, &plain, &s, &info), 0);
	if (size)
		assert_int_equal(lfs_allocate(lfs, &who, s, size, false), 0);
	return s;
}

UNUSED static int look(struct lfs *lfs, const char *name,
		       struct shelf_info *ret_info)
{
	const struct place p = in_root(name);
	int r = lfs_lookup(lfs, &who, &p, ret_info);

	if (r == 0) {
		free(ret_info->name);
		ret_info->name = NULL;
	}
	return r;
}

UNUSED static int get_attr(struct lfs *lfs, uint64_t id,
			   struct shelf_info *ret_info)
{
	int r = lfs_getattr(lfs, &who, id, ret_info);

	if (r == 0) {
		free(ret_info->name);
		ret_info->name = NULL;
	}
	return r;
}

UNUSED static struct shelf *open_by_name(struct lfs *lfs, const char *name)
{
	struct shelf_info info;
	struct shelf *s;

	assert_int_equal(look(lfs, name, &info), 0);
	assert_int_equal(lfs_open(lfs, &who, info.id, &s), 0);
	return s;
}

UNUSED static uint64_t used_books(struct lfs *lfs)
{
	struct fs_stats stats;

	assert_int_equal(lfs_stats(lfs, &who, &stats), 0);
	return stats.books_used;
}

/* Events arrive when they do. */
#define wait_until(condition)                          \
	do {                                           \
		for (int i_ = 0; !(condition); i_++) { \
			assert_true(i_ < 5000);        \
			(void)poll(NULL, 0, 1);        \
		}                                      \
	} while (0)

/* The same without a board: everybody is asked each time. */
UNUSED static int setup_without_board(void **state)
{
	memset(&world, 0, sizeof(world));
	librarian_make(&world.lib);
	for (int i = 0; i < NODES; i++)
		node_start(&world.nodes[i], false);
	*state = &world;
	return 0;
}

#define WITH_BOARD(test) \
	cmocka_unit_test_setup_teardown(test, setup_world, teardown_world)
#define WITHOUT_BOARD(test)                                        \
	{                                                          \
#test "_without_board", test, setup_without_board, \
			teardown_world, NULL                       \
	}
