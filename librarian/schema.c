/* SPDX-License-Identifier: MIT */

/* schema.c - Tables of the Librarian's database, and how older ones grow
 *
 * What the tables themselves guarantee, whatever the code above does:
 *  - a book is on one shelf at most (UNIQUE book_id), once;
 *  - a name exists once in a directory;
 *  - no shelf goes while books or open handles still refer to it.
 *
 * books.draw is a random number, drawn anew whenever a book becomes free. The
 * free books in the order of that number are a shuffled deck: RandomBooks cuts
 * it somewhere and takes from there, by index.
 *
 * shelves.stale_tail: the last book may hold old bytes behind the end of the
 * shelf (it was cut inside that book). They are zeroed before the shelf grows.
 *
 * globals.zeroed_in names the memory whose free books are known to be zero.
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

const char *const schema_migrations[] = {
	version_1,
};
const int schema_version = ARRAY_SIZE(schema_migrations);
