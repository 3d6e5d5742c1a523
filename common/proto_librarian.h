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
 * Protocol 2: what POSIX wants of a file system
 *
 * A client whose hello has "protocol": 2 (or more) speaks this version as well;
 * the reply says 2, and where the board is (proto_board.h), by which it learns
 * of changes without asking: "board": {"offset": byte in the FAM, "size":
 * bytes}, or null without one. All others get what they always have.
 *
 * Wherever a command takes "path", it takes "id", or "dir_id" and "name" (one
 * name in that directory, no walk). A name is 1 to 255 bytes, any but NUL and
 * '/', and not "." or ".."; one that is no UTF-8 is sent and comes in base64, as
 * "name_b64"; so do "newname", "after" and "target".
 *
 * Shelves have these keys: id, parent_id, name or name_b64, mode (with the
 * type), size_bytes, book_count, link_count, creator_id, uid, gid, rdev,
 * atime_ns, mtime_ns, ctime_ns (since the epoch; a directory's may be up to
 * 10 ms before its last change), open_handle, books if wanted. With a board also gen: how
 * long this holds. A command that changes the names in a directory adds
 * names_gen_before and names_gen, the generations of that directory's names
 * before it and after it (rename_shelf for the other directory
 * newnames_gen_before, newnames_gen); so does get_shelf of a name, for as long
 * it leads there. An ENOENT for a name has names_gen. With "want_dirs": true the
 * reply also tells what became of the directories: "dir", and of rename_shelf the
 * other one as "newdir", shelves as they are now.
 *
 * Permissions are the node's matter. Reading changes no atime.
 *
 *   create_shelf  {dir_id, name, mode, uid, gid, rdev, excl, open}: mode may
 *                 have the type of a FIFO, socket or device. Regular files are
 *                 opened unless open is false, others are not. {dir_id, mode,
 *                 uid, gid, "tmpfile": true}: a file without a name, which goes
 *                 with its last handle unless link gives it one
 *   mkdir, symlink {dir_id, name, mode, uid, gid} and target. In a directory
 *                 with S_ISGID whatever is made has the directory's gid, and a
 *                 directory S_ISGID
 *   readlink      a text, or {"target_b64"}
 *   set_attr      {id, mode, uid, gid, atime_ns, mtime_ns}: those which are
 *                 given (mode without type; times may be "now")
 *   link          {id, dir_id, name}: one more name. EPERM for directories,
 *                 EEXIST, EMLINK
 *   unlink        {dir_id, name, open_handle}: one less. EISDIR. With its last
 *                 name a shelf goes, or lives on with link_count 0 while it is
 *                 held. A handle of the node, if it is of this shelf, is given
 *                 back first
 *   rmdir         {dir_id, name}: ENOTDIR, ENOTEMPTY, EBUSY
 *   rename_shelf  {dir_id, name, newdir_id, newname, replace, exchange}: as
 *                 rename(2). replace is true if absent; EEXIST with false.
 *                 EPERM for lost+found
 *   list_shelves  {id, after, limit}: at most limit (1000) entries behind the
 *                 name after, in the order of the bytes, without "." and "..":
 *                 {"entries": [shelf, ...], "more": bool, "names_gen"}
 *   resize_shelf  {id, size_bytes}: the shelf. ENOSPC; EFBIG if all books
 *                 are not enough and it is no "grow_only". All bytes between
 *                 the old end and the new one are zero. With "keep_size": true
 *                 only the books are there, until the shelf is cut; EOPNOTSUPP
 *                 where nodes zero books
 *   append        {id, len}: makes it larger by len bytes, which begin at the
 *                 reply's "offset" and are nobody else's. With an "open_handle"
 *                 of the node and a "token", a number that is not 0, the same
 *                 token gives the same bytes once more, until another is used
 *   get_xattr     {id, xattr, "b64": true}: {"value_b64"}; ENODATA
 *   set_xattr     {id, xattr, value_b64, flags}: flags "create" (EEXIST) or
 *                 "replace" (ENODATA). A "value" is a text in which each
 *                 character stands for a byte. Names begin with user., trusted.
 *                 or security., others are EOPNOTSUPP; values have at most
 *                 64 KiB (E2BIG)
 *   get_fs_stats  {}: also "shelves", how many there are
 *   check_memory  {nonce}: the node has written this number into its line of
 *                 the board. {"added": n}, which is what was added to the
 *                 line's word. EIO: it is not there, so the node's memory is another
 *                 one; ENODEV: there is no board
 *   lock          {id, kind, owner, type, start, end, pid, wait}: kind "posix"
 *                 or "flock" (always the whole shelf); type "read", "write" or
 *                 "unlock"; end is included, and to the end if absent; owner is
 *                 a text of the node's choice (64 bytes). EAGAIN: another
 *                 owner's is in the way. With wait, the node hears when it may
 *                 ask again; EDEADLK if it would wait for itself. ENOLCK: too
 *                 many. What an owner waits for on a shelf is forgotten with
 *                 its next lock command there; type "cancel" does nothing else
 *   test_lock     the same: {"type": "unlock"}, or {type, start, end, pid,
 *                 node_id} of a lock that is in the way
 *   unlock_all    {owner}: all locks of the node go, or of that owner
 *
 * Locks last until they are unlocked, their node ends or the shelf goes.
 * Waiting does not outlive the Librarian: after each hello, who waits asks
 * again.
 *
 *   {"event": "wanted", "shelf_id": id}
 *                 a shelf that the node holds has lost its last name, by
 *                 another node. If it is held without need, it may be given back
 *   {"event": "revoked", "shelf_id": id, "generation": n}
 *                 all nodes that held the shelf when this one cut it have
 *                 acknowledged: the cut can be seen everywhere. resize_shelf
 *                 has told the number as "revocation", if there are such nodes.
 *                 A node that has ended counts as one that has
 *   {"event": "unlocked", "shelf_id": id}
 *                 an owner that waits for a lock on it may ask again
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
#define LIBRARIAN_PROTOCOL_POSIX 2 /* see there */
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
