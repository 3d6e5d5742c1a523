/* SPDX-License-Identifier: MIT */

/* proto_board.h - The board: what has changed, told in the memory itself
 *
 * Theory of operation
 *
 * A node that asks the Librarian keeps the answer. To use it again it has to
 * know that it still holds; asking costs a round trip, a time-out shows what is
 * old. But node and Librarian share memory. So the last MiB of the FAM, behind
 * all books, holds counters, which nodes read and only the Librarian writes. It
 * increments those of all that a command changes before it answers the command.
 * Whatever was acknowledged to anybody is therefore seen by the next look of
 * any node, at the cost of a load.
 *
 * There are fewer counters than shelves: several shelves share one. That causes
 * a needless question now and then, never a wrong answer. A counter tells only
 * by being different that something has changed; its value means nothing. A
 * Librarian that starts increments all of them: it answers for nothing that
 * another has said.
 *
 * Slots by what they tell of:
 *   board_shelf_slot(id)       a shelf: attributes, size, books, links, extended
 *                              attributes, whether it exists; of a directory,
 *                              its own
 *   board_names_slot(dir_id)   the names in a directory, and what they lead to
 *
 * In replies of the Librarian (proto_librarian.h), "gen" and "names_gen" are
 * the values of the two when the reply was made. It holds as long as the slot
 * has that value.
 *
 * Every node has a line of its own, for the test at mount that its memory is
 * the cluster's: it writes a random nonce, and asks the Librarian by the
 * command check_memory to compare it. The Librarian writes the complement, and
 * both add to one word at the same time; no addition may be lost.
 *
 * Little-endian, as are all hosts and nodes. A board is there if the FAM is
 * larger than its books by BOARD_SIZE at least, and the Librarian has the FAM.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "proto_librarian.h"

#define BOARD_SIZE (1ULL << 20)		  /* kept behind the books */
#define BOARD_MAGIC 0x4452414f424d4146ULL /* "FAMBOARD" */
#define BOARD_VERSION 1U
#define BOARD_SLOT_BITS 16
#define BOARD_SLOTS (1U << BOARD_SLOT_BITS)
#define BOARD_SLOTS_OFFSET 16384U

/**
 * struct board_node - A node's line of the cache
 * @nonce:	What the node has written, then its complement
 * @word:	Node and Librarian add to it
 */
struct board_node {
	uint64_t nonce;
	uint64_t word;
	uint64_t unused[6];
};

/**
 * struct board - All of it
 * @magic:	BOARD_MAGIC
 * @version:	BOARD_VERSION
 * @slot_count:	BOARD_SLOTS
 * @nodes:	Of node n: [n - 1]
 * @slots:	Counters; for nodes to be read only
 */
struct board {
	uint64_t magic;
	uint32_t version;
	uint32_t slot_count;
	uint64_t unused[6];
	struct board_node nodes[LIBRARIAN_NODES_MAX];
	uint8_t reserved[BOARD_SLOTS_OFFSET - 64 * (1 + LIBRARIAN_NODES_MAX)];
	uint64_t slots[BOARD_SLOTS];
};

_Static_assert(sizeof(struct board_node) == 64, "a line of the cache");
_Static_assert(offsetof(struct board, slots) == BOARD_SLOTS_OFFSET, "layout");
_Static_assert(sizeof(struct board) <= BOARD_SIZE, "layout");

/* Multiplicative: numbers that follow each other spread over all slots. */
static inline uint32_t board_hash(uint64_t v)
{
	return (uint32_t)((v * 0x9e3779b97f4a7c15ULL) >>
			  (64 - BOARD_SLOT_BITS));
}

/**
 * board_shelf_slot() - Where changes of a shelf are counted
 * @id:		Shelf
 *
 * Return: below BOARD_SLOTS
 */
static inline uint32_t board_shelf_slot(int64_t id)
{
	return board_hash((uint64_t)id);
}

/**
 * board_names_slot() - Where changes of the names in a directory are counted
 * @dir_id:	Directory
 *
 * Return: below BOARD_SLOTS
 */
static inline uint32_t board_names_slot(int64_t dir_id)
{
	/* Another order, so that few shelves share one with their directory. */
	return board_hash(((uint64_t)dir_id ^ 0x5bf03635ULL) << 1);
}

/**
 * board_read() - A counter's value
 * @b:		Board, mapped
 * @slot:	Below BOARD_SLOTS
 *
 * What the Librarian has acknowledged before it is seen after it.
 */
static inline uint64_t board_read(const struct board *b, uint32_t slot)
{
	return __atomic_load_n(&b->slots[slot], __ATOMIC_ACQUIRE);
}
