/* SPDX-License-Identifier: MIT */

/* board.c - The Librarian's side of the board (proto_board.h) */

#include "board.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "librarian.h"
#include "proto_board.h"

/* As long as a node takes for a round trip, about. */
#define ADDITIONS 20000U

static void count(struct board *b, uint32_t slot)
{
	if (b)
		(void)__atomic_add_fetch(&b->slots[slot], 1, __ATOMIC_RELEASE);
}

/* Where it is; 0 = there is no room for it. */
static int find_place(const struct librarian *lib, int fam_fd,
		      uint64_t *ret_offset)
{
	uint64_t books = lib->pool.books * lib->pool.book_size;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct stat st;

	if (fstat(fam_fd, &st) < 0)
		return -errno;
	*ret_offset = (uint64_t)st.st_size >= books + BOARD_SIZE &&
				      !((uint64_t)st.st_size % page) ?
			      (uint64_t)st.st_size - BOARD_SIZE :
			      0;
	return 0;
}

int board_start(struct librarian *lib, int fam_fd, struct err *e)
{
	uint64_t offset = 0;
	struct board *b;
	void *at;
	int r;

	if (fam_fd < 0)
		return 0;
	r = find_place(lib, fam_fd, &offset);
	if (r < 0)
		return err_set(e, r, "cannot examine the FAM: %s",
			       strerror(-r));
	if (!offset)
		return 0;
	at = mmap(NULL, BOARD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fam_fd,
		  (off_t)offset);
	if (at == MAP_FAILED)
		return err_set(e, -errno, "cannot map the end of the FAM: %s",
			       strerror(errno));
	b = at;
	b->magic = BOARD_MAGIC;
	b->version = BOARD_VERSION;
	b->slot_count = BOARD_SLOTS;
	for (uint32_t i = 0; i < BOARD_SLOTS; i++)
		count(b, i);
	lib->board = (struct board_map){ .board = b, .offset = offset };
	return 0;
}

void board_deinit(struct board_map *map)
{
	if (map->board)
		(void)munmap(map->board, BOARD_SIZE);
	*map = (struct board_map){ 0 };
}

/* ---- counting ------------------------------------------------------------- */

void board_count_shelf(struct librarian *lib, int64_t id)
{
	count(lib->board.board, board_shelf_slot(id));
}

void board_count_names(struct librarian *lib, int64_t dir_id)
{
	count(lib->board.board, board_names_slot(dir_id));
}

static int64_t gen(const struct board *b, uint32_t slot)
{
	return b ? (int64_t)board_read(b, slot) : 0;
}

int64_t board_gen(const struct librarian *lib, int64_t id)
{
	return gen(lib->board.board, board_shelf_slot(id));
}

int64_t board_names_gen(const struct librarian *lib, int64_t dir_id)
{
	return gen(lib->board.board, board_names_slot(dir_id));
}

/* ---- the test at mount ---------------------------------------------------- */

int board_check(struct librarian *lib, uint32_t node_id, uint64_t nonce,
		uint64_t *ret_added)
{
	struct board *b = lib->board.board;
	struct board_node *line;

	if (!b)
		return -ENODEV;
	line = &b->nodes[node_id - 1];
	if (__atomic_load_n(&line->nonce, __ATOMIC_ACQUIRE) != nonce)
		return -EIO;
	__atomic_store_n(&line->nonce, ~nonce, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < ADDITIONS; i++)
		(void)__atomic_add_fetch(&line->word, 1, __ATOMIC_RELAXED);
	*ret_added = ADDITIONS;
	return 0;
}
