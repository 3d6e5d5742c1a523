/* SPDX-License-Identifier: MIT */

/* proto_librarian.h - What the Librarian and its clients have in common
 *
 * The protocol is tm-librarian's: JSON objects one after the other on TCP,
 * without separators:
 *
 *   request  {"command": c, "context": {...}, parameters}
 *   reply    {"value": ..., "context": that of the request}
 *   error    {"errmsg": text, "errno": n, "context": that of the request}
 *
 * context: {"node_id": n, "seq": n, "uid", "gid", "pid", "tid", "umask",
 * "physloc": "r:e:n"}. What a client puts there comes back unchanged.
 *
 * Extensions. A client that begins with
 *   {"command": "hello", "node_id": n, "token": hex, "protocol": 1}
 * is that node from then on, whatever its contexts say, and gets a newline
 * after each reply, that to hello included. The reply's value: {"protocol": 1,
 * "version": LIBRARIAN_VERSION}. Wrong token: EACCES, and the connection is
 * closed. Requests may be sent without waiting; replies come in order.
 *
 * A client whose hello has "events": true (the reply's value then, too) is told
 * things without having asked, between replies, never within one; others that
 * have said hello are not. An object with neither "value" nor "errno" is such:
 *   {"OOBmsg": msg}   send_OOB of another client; all that have not said hello
 *                     hear it as well, as from tm-librarian
 *   {"event": "revoke", "shelf_id": id, "generation": n, "gone": false,
 *    "size_bytes": n, "books": [n, ...]}
 *                     another node has cut this shelf, or (gone) destroyed it;
 *                     it has this size and these books (as by want_books) now.
 *                     Mappings of whatever else it had are to be dropped, then
 *   {"command": "ack", "shelf_id": id, "generation": n}
 *                     is to be sent by the node, over any connection, even if it
 *                     does not hold the shelf any more; it may be repeated
 * Until all nodes that held the shelf have acknowledged, or ended, nobody gets
 * the books that were taken off. What is not acknowledged is told again after
 * the next hello. Generations grow: an event is outdated by one of the same
 * shelf with a greater number, but both are acknowledged.
 *
 * Parameters that tm-librarian does not have; absent, all is as there:
 *   id            instead of "path": the shelf, wherever it is named now. With
 *                 both, ESTALE if the path leads to another shelf
 *   want_books    create_shelf, open_shelf, get_shelf, resize_shelf: true = the
 *                 value is the shelf with a key "books": [n, ...], the numbers
 *                 of its books in the FAM file, in order (byte = n *
 *                 book_size_bytes)
 *   excl          create_shelf: true = EEXIST instead of opening what exists
 *   grow_only     resize_shelf: true = a shelf that is larger stays as it is
 *   revoke        destroy_shelf: true = also if other nodes hold it, all of
 *                 which can be told by an event; their handles are gone then
 *   replace       rename_shelf: true = a shelf that has the new path goes in
 *                 the same step, or becomes an unlinked one if it is open
 *
 * A node holds a shelf from open_shelf (create_shelf) to close_shelf with the
 * reply's "open_handle". While another node holds it that has no connection for
 * events, a shelf does not shrink (EMFILE); for a client without hello, another
 * process of its node is in the way as well (context.pid). While any node holds
 * it, a shelf is not destroyed (EBUSY). A file that is
 * deleted while it is held is renamed to "/" LIBRARIAN_UNLINKED and its id;
 * its last close_shelf, by whichever node, destroys it (the rename itself, if
 * nobody holds it any more). So a handle is to be kept until the last mapping
 * has gone, and nothing is to be done after it.
 *
 * Protocol 2. A client whose hello has "protocol": 2 (or more) speaks this
 * version as well; the reply says 2, and where the board is (proto_board.h), by
 * which it learns of changes without asking: "board": {"offset": byte in the
 * FAM, "size": bytes}, or null without one. Commands of it:
 *   check_memory  {nonce}      the node has written this number into its line of
 *                              the board: {"added": n}, which is what was added
 *                              to the line's word. EIO: it is not there, so
 *                              the node's memory is another one; ENODEV: there
 *                              is no board
 *
 * The administrator's connection (inherited by the Librarian, never on the
 * network) needs no hello and has these commands besides:
 *   set_token  {node_id, token}   this node says hello with this token; an
 *                                 older token of the node stops to be good
 *   node_down  {node_id}          the node has ended for certain: its open
 *                                 handles are closed, its connections dropped,
 *                                 its token is good no more
 *   self_check {}                 {"count": n, "problems": [text, ...]}: what
 *                                 fame-librarian fsck would complain of. With
 *                                 --auth none also for clients of this machine
 * Closing that connection ends the Librarian.
 */
#pragma once

#include <stdint.h>

#define LIBRARIAN_VERSION "LIBRARIAN 0.997" /* what tm-librarian answers */
#define LIBRARIAN_PROTOCOL 1
#define LIBRARIAN_PROTOCOL_POSIX 2 /* with all that is below "Protocol 2" */
#define LIBRARIAN_PORT 9093

/* The largest request, and how deep it may be nested. */
#define LIBRARIAN_REQUEST_MAX (1U << 20)
#define LIBRARIAN_DEPTH_MAX 32

#define LIBRARIAN_NODES_MAX 80
#define LIBRARIAN_NAME_MAX 255

#define LIBRARIAN_BOOK_MIN (2ULL << 20)
#define LIBRARIAN_BOOK_MAX (8ULL << 30)
#define LIBRARIAN_BOOKS_PER_IG_MAX 8192U

/* Shelf that was unlinked while a node had it open: LIBRARIAN_UNLINKED
 * followed by its id. It is destroyed when the last node lets go of it or ends.
 */
#define LIBRARIAN_UNLINKED ".lfs_unlinked_"

/* Without the FAM, nodes zero books: a shelf with such a name is to be zeroed,
 * cut to 0 and destroyed by one of them, as tm-librarian's clients do.
 */
#define LIBRARIAN_PENDING ".lfs_pending_zero_"

/* The address of a book (LZA): bits 0-32 offset, 33-45 number of the book in
 * its interleave group, 46-52 the group.
 */
#define LZA_BOOK_SHIFT 33
#define LZA_IG_SHIFT 46
#define LZA_IG_MAX 127U

/* How ids of books are to be read: as such addresses, or as physical ones. A
 * book's intlv_group is the group and, from this bit on, that mode.
 */
#define BII_SHIFT 16
#define BII_LZA 0U
#define BII_PHYSICAL 1U

static inline uint64_t lza_make(unsigned ig, unsigned book)
{
	return (uint64_t)ig << LZA_IG_SHIFT | (uint64_t)book << LZA_BOOK_SHIFT;
}

static inline unsigned lza_ig(uint64_t lza)
{
	return (unsigned)(lza >> LZA_IG_SHIFT) & LZA_IG_MAX;
}

static inline unsigned lza_book(uint64_t lza)
{
	return (unsigned)(lza >> LZA_BOOK_SHIFT) &
	       (LIBRARIAN_BOOKS_PER_IG_MAX - 1);
}
