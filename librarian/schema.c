/* SPDX-License-Identifier: MIT */

/* schema.c - Tables of the Librarian's database, and how older ones grow
 *
 * What the tables themselves guarantee, whatever the code above does:
 *  - a book is on one shelf at most (UNIQUE book_id), once;
 *  - a name exists once in a directory;
 *  - no shelf goes while books or open handles still refer to it.
 *
 * books.draw is a random number, drawn anew whenever a book becomes free. The
 * free books of a group in the order of that number are a shuffled deck:
 * policies that choose at random cut it somewhere and take from there, by index.
 *
 * shelves.stale_tail: the last book may hold old bytes behind the end of the
 * shelf (it was cut inside that book). They are zeroed before the shelf grows.
 *
 * shelves: ctime is when it was made, as tm-librarian has it, in seconds; atime,
 * mtime and changed (POSIX's ctime) are in nanoseconds. spare_books of its books
 * are behind its end, on purpose. A symbolic link's size is that of its target. parent_id and name are one name of it; all
 * others are in hard_links. A name is in one of the two tables only, which is
 * for the code to see to. Names are bytes, whatever SQLite thinks of them.
 *
 * globals.zeroed_in names the memory whose free books are known to be zero.
 *
 * A new shelf that is open costs three pages of the log: of shelves, of its
 * index by name, and of opened_shelves. So handles have no other index and no
 * number of their own table, and what every shelf has is in its row. numbers
 * (see numbers.h) is written now and then, and so is a directory (shelf.c).
 */

#include "schema.h"

#include "cleanup.h"

static const char version_1[] =
	"CREATE TABLE globals ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" book_size_bytes INTEGER NOT NULL,"
	" default_policy TEXT NOT NULL,"
	" zeroed_in TEXT NOT NULL DEFAULT '');"

	"CREATE TABLE nodes ("
	" node_id INTEGER PRIMARY KEY,"
	" ig INTEGER NOT NULL UNIQUE,"
	" books INTEGER NOT NULL,"
	" hostname TEXT NOT NULL);"

	"CREATE TABLE books ("
	" id INTEGER PRIMARY KEY,"
	" intlv_group INTEGER NOT NULL,"
	" book_num INTEGER NOT NULL,"
	" allocated INTEGER NOT NULL DEFAULT 0"
	"  CHECK (allocated BETWEEN 0 AND 3),"
	" attributes INTEGER NOT NULL DEFAULT 0,"
	" draw INTEGER NOT NULL);"
	"CREATE INDEX books_drawn ON books (draw) WHERE allocated = 0;"
	"CREATE INDEX books_free ON books (id) WHERE allocated = 0;"
	"CREATE INDEX books_zombie ON books (id) WHERE allocated = 2;"

	"CREATE TABLE shelves ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" parent_id INTEGER NOT NULL REFERENCES shelves (id),"
	" name TEXT NOT NULL,"
	" mode INTEGER NOT NULL,"
	" creator_id INTEGER NOT NULL,"
	" size_bytes INTEGER NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),"
	" book_count INTEGER NOT NULL DEFAULT 0 CHECK (book_count >= 0),"
	" link_count INTEGER NOT NULL DEFAULT 1,"
	" ctime INTEGER NOT NULL,"
	" mtime INTEGER NOT NULL,"
	" stale_tail INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (parent_id, name));"
	"INSERT INTO shelves"
	" (id, parent_id, name, mode, creator_id, link_count, ctime, mtime)"
	" VALUES (2, 2, '.', 16895, 0, 2, unixepoch(), unixepoch());"
	/* 3 is kept for lost+found */
	"UPDATE sqlite_sequence SET seq = 3 WHERE name = 'shelves';"

	"CREATE TABLE books_on_shelves ("
	" shelf_id INTEGER NOT NULL REFERENCES shelves (id),"
	" seq_num INTEGER NOT NULL,"
	" book_id INTEGER NOT NULL UNIQUE REFERENCES books (id),"
	" PRIMARY KEY (shelf_id, seq_num)) WITHOUT ROWID;"

	"CREATE TABLE opened_shelves ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" shelf_id INTEGER NOT NULL REFERENCES shelves (id),"
	" node_id INTEGER NOT NULL REFERENCES nodes (node_id),"
	" pid INTEGER NOT NULL);"
	"CREATE INDEX opened_by_shelf ON opened_shelves (shelf_id, node_id);"
	"CREATE INDEX opened_by_node ON opened_shelves (node_id);"

	"CREATE TABLE shelf_xattrs ("
	" shelf_id INTEGER NOT NULL REFERENCES shelves (id) ON DELETE CASCADE,"
	" xattr TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY (shelf_id, xattr)) WITHOUT ROWID;";

/* Where nodes and their memory are in the machine, and physical addresses.
 *
 * ranges: runs of books whose ids follow each other, at a distance of
 * 1 << LZA_BOOK_SHIFT, or of a book's size if globals.mode is BII_PHYSICAL.
 * Nodes of a database from before are those of FAME's flat rack.
 */
static const char machine[] =
	"ALTER TABLE globals ADD COLUMN mode INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE globals ADD COLUMN domain TEXT NOT NULL DEFAULT '';"

	"ALTER TABLE nodes ADD COLUMN rack INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE nodes ADD COLUMN enclosure INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE nodes ADD COLUMN node INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE nodes ADD COLUMN coordinate TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE nodes ADD COLUMN serial TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE nodes ADD COLUMN soc TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE nodes ADD COLUMN mac TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE nodes ADD COLUMN certificate TEXT NOT NULL DEFAULT '';"
	"UPDATE nodes SET enclosure = (node_id - 1) / 10 + 1,"
	" node = (node_id - 1) % 10 + 1;"
	"UPDATE nodes SET serial = rack || ':' || enclosure || ':' || node,"
	" coordinate = '/MachineVersion/1/Datacenter/FAME/Rack/FAME'"
	" || '/Enclosure/UV/EncNum/' || enclosure || '/Node/' || node,"
	" mac = printf('52:54:42:%02d:%02d:%02d', node_id, node_id, node_id);"
	"UPDATE nodes SET soc = coordinate || '/SocBoard/1/Soc/1';"

	"CREATE TABLE ranges ("
	" first_id INTEGER PRIMARY KEY,"
	" ig INTEGER NOT NULL,"
	" books INTEGER NOT NULL);"
	"INSERT INTO ranges (first_id, ig, books)"
	" SELECT ig << 46, ig, books FROM nodes WHERE books > 0;"

	/* media controllers; bytes need not be whole books */
	"CREATE TABLE modules ("
	" node_id INTEGER NOT NULL,"
	" ordinal INTEGER NOT NULL," /* from 1 */
	" bytes INTEGER NOT NULL,"
	" raw_cid INTEGER NOT NULL,"
	" coordinate TEXT NOT NULL,"
	" PRIMARY KEY (node_id, ordinal)) WITHOUT ROWID;"
	"INSERT INTO modules (node_id, ordinal, bytes, raw_cid, coordinate)"
	" SELECT node_id, value, books * book_size_bytes / 4,"
	"  ((enclosure - 1) << 9) | ((node - 1) << 4) | (7 + value),"
	"  coordinate || '/MemoryBoard/1/MediaController/' || value"
	" FROM nodes, globals, (SELECT 1 AS value UNION SELECT 2"
	"  UNION SELECT 3 UNION SELECT 4);";

/* Directories and symbolic links; free books by their groups; what nodes have
 * still to let go of (see revoke.h).
 *
 * Somebody may have made a lost+found already.
 */
static const char names[] =
	"UPDATE shelves SET name = name || '_' || id"
	" WHERE parent_id = 2 AND name = 'lost+found';"
	"INSERT INTO shelves"
	" (id, parent_id, name, mode, creator_id, link_count, ctime, mtime)"
	" VALUES (3, 2, 'lost+found', 16895, 0, 2, unixepoch(), unixepoch());"
	"UPDATE shelves SET link_count = 3 WHERE id = 2;"

	"CREATE TABLE links ("
	" shelf_id INTEGER PRIMARY KEY REFERENCES shelves (id)"
	"  ON DELETE CASCADE,"
	" target TEXT NOT NULL);"

	"CREATE INDEX books_in ON books (intlv_group, id);"
	"CREATE INDEX books_free_in ON books (intlv_group, id)"
	" WHERE allocated = 0;"
	"CREATE INDEX books_drawn_in ON books (intlv_group, draw)"
	" WHERE allocated = 0;"
	"DROP INDEX books_drawn;"

	/* generation is the shelf that holds the books meanwhile */
	"CREATE TABLE revocations ("
	" generation INTEGER PRIMARY KEY REFERENCES shelves (id)"
	"  ON DELETE CASCADE,"
	" shelf_id INTEGER NOT NULL);";

/* Less to write for a new shelf, see above. shelves.policy: NULL is none of its
 * own. Numbers in numbers are the next that nobody has had.
 */
static const char lean[] =
	"CREATE TABLE numbers ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" shelf INTEGER NOT NULL,"
	" handle INTEGER NOT NULL);"
	"INSERT INTO numbers (one, shelf, handle) SELECT 1,"
	" (SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence"
	"  WHERE name = 'shelves'),"
	" (SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence"
	"  WHERE name = 'opened_shelves');"

	"CREATE TABLE new_shelves ("
	" id INTEGER PRIMARY KEY,"
	" parent_id INTEGER NOT NULL REFERENCES shelves (id),"
	" name TEXT NOT NULL,"
	" mode INTEGER NOT NULL,"
	" creator_id INTEGER NOT NULL,"
	" size_bytes INTEGER NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),"
	" book_count INTEGER NOT NULL DEFAULT 0 CHECK (book_count >= 0),"
	" link_count INTEGER NOT NULL DEFAULT 1,"
	" ctime INTEGER NOT NULL,"
	" mtime INTEGER NOT NULL,"
	" stale_tail INTEGER NOT NULL DEFAULT 0,"
	" policy TEXT,"
	" UNIQUE (parent_id, name));"
	"INSERT INTO new_shelves SELECT id, parent_id, name, mode, creator_id,"
	" size_bytes, book_count, link_count, ctime, mtime, stale_tail, x.value"
	" FROM shelves LEFT JOIN shelf_xattrs x ON x.shelf_id = id"
	"  AND x.xattr = 'user.LFS.AllocationPolicy';"
	"DROP TABLE shelves;"
	"ALTER TABLE new_shelves RENAME TO shelves;"
	"DELETE FROM shelf_xattrs WHERE xattr = 'user.LFS.AllocationPolicy';"

	"CREATE TABLE new_opened_shelves ("
	" id INTEGER NOT NULL,"
	" shelf_id INTEGER NOT NULL REFERENCES shelves (id),"
	" node_id INTEGER NOT NULL REFERENCES nodes (node_id),"
	" pid INTEGER NOT NULL,"
	" PRIMARY KEY (shelf_id, node_id, id)) WITHOUT ROWID;"
	"INSERT INTO new_opened_shelves (id, shelf_id, node_id, pid)"
	" SELECT id, shelf_id, node_id, pid FROM opened_shelves"
	" ORDER BY shelf_id, node_id, id;"
	"DROP TABLE opened_shelves;"
	"ALTER TABLE new_opened_shelves RENAME TO opened_shelves;";

/* What POSIX knows of a file. Until here, mtime was in seconds; a name that
 * was taken away while the shelf was held counted as a link.
 */
static const char posix[] =
	"ALTER TABLE shelves ADD COLUMN atime INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE shelves ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE shelves ADD COLUMN uid INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE shelves ADD COLUMN gid INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE shelves ADD COLUMN rdev INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE shelves ADD COLUMN spare_books INTEGER NOT NULL DEFAULT 0"
	" CHECK (spare_books >= 0);"
	"UPDATE shelves SET mtime ="
	" MAX(MIN(mtime, 9223372036), -9223372036) * 1000000000;"
	"UPDATE shelves SET atime = mtime, changed = mtime;"
	"UPDATE shelves SET link_count = 0"
	" WHERE parent_id = 2 AND name GLOB '.lfs_unlinked_*';"
	"UPDATE shelves SET size_bytes = (SELECT length(CAST(target AS BLOB))"
	" FROM links WHERE shelf_id = id)"
	" WHERE id IN (SELECT shelf_id FROM links);"

	"CREATE TABLE hard_links ("
	" parent_id INTEGER NOT NULL REFERENCES shelves (id),"
	" name TEXT NOT NULL,"
	" shelf_id INTEGER NOT NULL REFERENCES shelves (id),"
	" PRIMARY KEY (parent_id, name)) WITHOUT ROWID;"
	"CREATE INDEX hard_links_of ON hard_links (shelf_id);"

	"CREATE TABLE locks ("
	" shelf_id INTEGER NOT NULL REFERENCES shelves (id) ON DELETE CASCADE,"
	" kind INTEGER NOT NULL," /* enum lock_kind */
	" node_id INTEGER NOT NULL REFERENCES nodes (node_id),"
	" owner TEXT NOT NULL,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL CHECK (last >= first),"
	" exclusive INTEGER NOT NULL,"
	" pid INTEGER NOT NULL,"
	" PRIMARY KEY (shelf_id, kind, node_id, owner, first)) WITHOUT ROWID;"
	"CREATE INDEX locks_of_node ON locks (node_id, owner);";

/* Interleave groups have media controllers of any nodes; before, a group was a
 * node's.
 */
static const char groups[] =
	"ALTER TABLE modules ADD COLUMN ig INTEGER NOT NULL DEFAULT 0;"
	"UPDATE modules SET ig = (SELECT ig FROM nodes n"
	" WHERE n.node_id = modules.node_id);"
	"CREATE INDEX modules_in ON modules (ig);"

	"CREATE TABLE new_nodes ("
	" node_id INTEGER PRIMARY KEY,"
	" hostname TEXT NOT NULL,"
	" rack INTEGER NOT NULL DEFAULT 1,"
	" enclosure INTEGER NOT NULL DEFAULT 1,"
	" node INTEGER NOT NULL DEFAULT 1,"
	" coordinate TEXT NOT NULL DEFAULT '',"
	" serial TEXT NOT NULL DEFAULT '',"
	" soc TEXT NOT NULL DEFAULT '',"
	" mac TEXT NOT NULL DEFAULT '',"
	" certificate TEXT NOT NULL DEFAULT '');"
	"INSERT INTO new_nodes SELECT node_id, hostname, rack, enclosure, node,"
	" coordinate, serial, soc, mac, certificate FROM nodes;"
	"DROP TABLE nodes;"
	"ALTER TABLE new_nodes RENAME TO nodes;";

/* What the handle's node has appended last: see cmd_append(). */
static const char appends[] =
	"ALTER TABLE opened_shelves"
	" ADD COLUMN append_token INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE opened_shelves"
	" ADD COLUMN append_offset INTEGER NOT NULL DEFAULT 0;";

const char *const schema_migrations[] = {
	version_1, machine, names, lean, posix, groups, appends,
};
const int schema_version = ARRAY_SIZE(schema_migrations);
