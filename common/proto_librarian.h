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
 * after each reply. The reply's value: {"protocol": 1, "version":
 * LIBRARIAN_VERSION}. Wrong token: EACCES, and the connection is closed.
 *
 * The administrator's connection (inherited by the Librarian, never on the
 * network) needs no hello and has these commands besides:
 *   set_token  {node_id, token}   this node says hello with this token; an
 *                                 older token of the node stops to be good
 *   node_down  {node_id}          the node has ended for certain: its open
 *                                 handles are closed, its connections dropped
 */
#pragma once

#include <stdint.h>

#define LIBRARIAN_VERSION "LIBRARIAN 0.997" /* what tm-librarian answers */
#define LIBRARIAN_PROTOCOL 1
#define LIBRARIAN_PORT 9093

/* The largest request, and how deep it may be nested. */
#define LIBRARIAN_REQUEST_MAX (1U << 20)
#define LIBRARIAN_DEPTH_MAX 32

#define LIBRARIAN_NODES_MAX 80
#define LIBRARIAN_NAME_MAX 255

#define LIBRARIAN_BOOK_MIN (2ULL << 20)
#define LIBRARIAN_BOOK_MAX (8ULL << 30)
#define LIBRARIAN_BOOKS_PER_IG_MAX 8192U

/* Shelf that was unlinked while the node had it open: LIBRARIAN_UNLINKED
 * followed by its id. It is destroyed when the node lets go of it or ends.
 */
#define LIBRARIAN_UNLINKED ".lfs_unlinked_"

/* The address of a book (LZA): bits 0-32 offset, 33-45 number of the book in
 * its interleave group, 46-52 the group.
 */
#define LZA_BOOK_SHIFT 33
#define LZA_IG_SHIFT 46
#define LZA_IG_MAX 127U

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
