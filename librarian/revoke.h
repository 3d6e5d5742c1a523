/* SPDX-License-Identifier: MIT */

/* revoke.h - Taking books off a shelf that other nodes hold
 *
 * Theory of operation
 *
 * A node that holds a shelf may have it mapped, so its books must not become
 * anybody else's before it has let go of them. They move to a shelf without a
 * name (LIBRARIAN_UNLINKED) that all those nodes hold, by handles that nobody
 * has opened: the rest is what happens to every such shelf. When a node
 * acknowledges, or ends, its handle goes; with the last one goes the shelf, and
 * only then are its books ZOMBIEs. All of it is in the database, so it outlives
 * this process.
 *
 * The number of that shelf is the revocation's generation: a later one has a
 * greater number, whichever shelf it is about. The nodes are told by an event
 * on every connection of theirs that wants events, and again when they connect
 * anew; it says what the shelf is then, not what it was.
 *
 * It is offered only where every other holder can be told, and where the
 * Librarian zeroes: a client that cuts a shelf would zero its books too early.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct librarian;
struct session;
struct shelf;

/* Whether all nodes but @node_id that hold a shelf can be told. */
int revoke_is_possible(struct librarian *lib, const struct shelf *s,
		       uint32_t node_id, bool *ret_possible);

/**
 * revoke_cut() - Take the books behind the first @keep off a shelf
 * @lib:	Where revoke_is_possible()
 * @s:		Shelf; its row is the caller's matter
 * @keep:	May be all: the nodes hear of the new size
 * @node_id:	Who asks, and is not told
 * @ret_generation: For revoke_tell()
 */
int revoke_cut(struct librarian *lib, const struct shelf *s, uint64_t keep,
	       uint32_t node_id, int64_t *ret_generation);

/* Tells the nodes; the shelf is as it is to be by now, or gone. */
int revoke_tell(struct librarian *lib, int64_t generation);

/**
 * revoke_destroy() - Remove a shelf that other nodes hold
 *
 * Return: 0; -EBUSY if @node_id holds it itself, or not all can be told
 */
int revoke_destroy(struct librarian *lib, struct shelf *s, uint32_t node_id);

/* Whoever holds a shelf without need, but @node_id, may give it back: it has no
 * name any more.
 */
int revoke_want(struct librarian *lib, const struct shelf *s, uint32_t node_id);

/* Tells a session what its node has still to let go of. */
int revoke_remind(struct librarian *lib, struct session *session);

/* The last node that held a nameless shelf is gone: if it was to let go of these
 * books, whoever waits for that is told.
 */
int revoke_end(struct librarian *lib, const struct shelf *hidden);

/**
 * revoke_ack() - A node has let go
 *
 * Return: 0, also if it had done so before; -ESTALE if the generation is about
 *         another shelf
 */
int revoke_ack(struct librarian *lib, uint32_t node_id, int64_t shelf_id,
	       int64_t generation);
