/* SPDX-License-Identifier: MIT */

/* fsck_rules.c - What holds of every database, as queries
 *
 * A rule is a query for what breaks it, a sentence a row, and a script that
 * puts it right. They are in the order in which one leans on the other: shelves
 * that go leave books behind, books that go leave gaps, shelves that move
 * change the links of directories.
 *
 * A book whose content nobody knows becomes a ZOMBIE, never FREE: it has to be
 * zeroed before anybody gets it. Where that is done by the Librarian it is the
 * last pass, in cmd_fsck.c, after all else is durable. Where the nodes do it,
 * ZOMBIEs may be on shelves with LIBRARIAN_PENDING names; others are given to
 * the nodes at the next start.
 */

#include "fsck_rules.h"

#include "cleanup.h"

/* ---- words of the rules --------------------------------------------------- */

#define NOW "(unixepoch() * 1000000000)"
#define BOOK_SIZE "(SELECT book_size_bytes FROM globals)"
#define STEP                                            \
	"(SELECT CASE mode WHEN 1 THEN book_size_bytes" \
	" ELSE 1 << 33 END FROM globals)"
#define MODE "(SELECT mode << 16 FROM globals)"

#define IS_DIR(s) "(" s ".mode & 61440) = 16384"
#define IS_LINK(s) "(" s ".mode & 61440) = 40960"
#define HAS_BOOKS(s) "(" s ".mode & 61440) NOT IN (16384, 40960)"
#define IS_PENDING(s) s ".name GLOB '.lfs_pending_zero_*'"

#define IS_HELD(s)                                                       \
	"(EXISTS (SELECT 1 FROM opened_shelves o WHERE o.shelf_id = " s  \
	".id) OR EXISTS (SELECT 1 FROM revocations v WHERE v.generation" \
	" = " s ".id))"
#define IS_UNLINKED(s)                                                       \
	"((" s ".parent_id = 2 AND " s ".name GLOB '.lfs_unlinked_*') OR " s \
	".name GLOB '.tmfs_hidden*')"

/* Shelves that meet a condition go; their books have to be zeroed. */
#define DESTROY(condition)                                                   \
	"CREATE TEMP TABLE doomed AS SELECT s.id FROM shelves s"             \
	" WHERE " condition ";"                                              \
	"UPDATE books SET allocated = 2 WHERE id IN (SELECT book_id"         \
	" FROM books_on_shelves WHERE shelf_id IN (SELECT id FROM doomed));" \
	"DELETE FROM books_on_shelves"                                       \
	" WHERE shelf_id IN (SELECT id FROM doomed);"                        \
	"DELETE FROM shelf_xattrs"                                           \
	" WHERE shelf_id IN (SELECT id FROM doomed);"                        \
	"DELETE FROM links WHERE shelf_id IN (SELECT id FROM doomed);"       \
	"DELETE FROM locks WHERE shelf_id IN (SELECT id FROM doomed);"       \
	"DELETE FROM shelves WHERE id IN (SELECT id FROM doomed);"           \
	"DROP TABLE doomed;"

/* Names besides the one in the shelf's row. */
#define OTHER_NAMES(s) \
	"(SELECT COUNT(*) FROM hard_links h WHERE h.shelf_id = " s ".id)"
#define IS_POSSIBLE(name)                                               \
	"(" name " NOT IN ('', '.', '..') AND instr(" name ", '/') = 0" \
	" AND length(CAST(" name " AS BLOB)) <= 255)"

#define WRONG_LINKS(s)                                          \
	"NOT " IS_DIR(s) " AND link_count <> 1 + " OTHER_NAMES( \
		s) " AND NOT (link_count = 0 AND " IS_UNLINKED(s) ")"

/* Locks that cannot be beside one that begins before. */
#define LOCK_CONFLICTS                                                        \
	" FROM (SELECT *, MAX(last) FILTER (WHERE exclusive) OVER before"     \
	"  AS writer, MAX(last) OVER before AS anybody, MAX(last) OVER own"   \
	"  AS itself FROM locks WINDOW before AS (PARTITION BY shelf_id,"     \
	"   kind ORDER BY first, node_id, owner ROWS BETWEEN UNBOUNDED"       \
	"   PRECEDING AND 1 PRECEDING), own AS (PARTITION BY shelf_id, kind," \
	"   node_id, owner ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING"   \
	"   AND 1 PRECEDING)) WHERE writer >= first OR itself >= first"       \
	" OR (exclusive AND anybody >= first)"

/* The range that a book b would be in is the last one that begins before. */
#define JOIN_RANGE                                                  \
	" LEFT JOIN ranges r ON r.first_id = (SELECT MAX(first_id)" \
	" FROM ranges WHERE first_id <= b.id)"
#define NOT_IN_RANGE                                                 \
	"(r.first_id IS NULL OR (b.id - r.first_id) % " STEP " <> 0" \
	" OR (b.id - r.first_id) / " STEP " >= r.books)"
#define ON_SHELF(b) \
	"EXISTS (SELECT 1 FROM books_on_shelves p WHERE p.book_id = " b ".id)"

/* Every book that ranges with too few have to have, as r and i. */
#define MISSING_BOOKS                                                   \
	" FROM (SELECT * FROM ranges r WHERE books <> (SELECT COUNT(*)" \
	"   FROM books WHERE id BETWEEN r.first_id"                     \
	"   AND r.first_id + (r.books - 1) * " STEP ")) r"              \
	" JOIN number n ON n.i < r.books"                               \
	" WHERE r.first_id + n.i * " STEP " NOT IN (SELECT id FROM books)"
#define NUMBERS                                            \
	"WITH RECURSIVE number (i) AS (SELECT 0 UNION ALL" \
	" SELECT i + 1 FROM number WHERE i < 8191) "

/* The directories that the root leads to; of all else, the parent is asked. */
#define TREE                                                      \
	"WITH RECURSIVE tree (id) AS (SELECT 2 UNION SELECT s.id" \
	" FROM tree t JOIN shelves s ON s.parent_id = t.id"       \
	" WHERE " IS_DIR("s") ") "
#define LOST(s) IS_DIR(s) " AND " s ".id NOT IN (SELECT id FROM tree)"
#define BAD_PARENT(s)                                        \
	s ".id <> 2 AND NOT EXISTS (SELECT 1 FROM shelves d" \
	  " WHERE d.id = " s ".parent_id AND " IS_DIR("d") ")"
#define MOVE_TO_LOST                                                       \
	"UPDATE shelves SET parent_id = 3, name = substr(name, 1, 60)"     \
	" || '_' || id || CASE WHEN EXISTS (SELECT 1 FROM shelves x WHERE" \
	"  x.parent_id = 3 AND x.name = substr(shelves.name, 1, 60)"       \
	"  || '_' || shelves.id) THEN hex(randomblob(8)) ELSE '' END"
#define SUBDIRS(s)                                                     \
	"(SELECT COUNT(*) FROM shelves c WHERE c.parent_id = " s ".id" \
	" AND c.id <> " s ".id AND " IS_DIR("c") ")"

#define SEQUENCE                                                       \
	" FROM books_on_shelves GROUP BY shelf_id HAVING MIN(seq_num)" \
	" <> 1 OR MAX(seq_num) <> COUNT(*)"
#define BOOKS_ON(s)                                                            \
	"(SELECT COUNT(*) FROM books_on_shelves p WHERE p.shelf_id = " s ".id" \
	")"

#define TARGET_SIZE "length(CAST(l.target AS BLOB))"

/* Of the shelf itself. */
#define BOOKS_NEEDED \
	"((size_bytes + " BOOK_SIZE " - 1) / " BOOK_SIZE " + spare_books)"

/* ---- the rules ------------------------------------------------------------ */

const struct fsck_rule fsck_rules[] = {
	/* Without its indexes nothing below can be believed. */
	{ "file", 0,
	  "SELECT integrity_check FROM pragma_integrity_check(20)"
	  " WHERE integrity_check <> 'ok'",
	  "REINDEX;" },

	/* 1: handles */
	{ "handles", 0,
	  "SELECT printf('node %d holds shelf %d, which does not exist',"
	  " node_id, shelf_id) FROM opened_shelves"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves)",
	  "DELETE FROM opened_shelves"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves);" },
	{ "handles", 0,
	  "SELECT printf('shelf %d is held by node %d, which does not exist',"
	  " shelf_id, node_id) FROM opened_shelves"
	  " WHERE node_id NOT IN (SELECT node_id FROM nodes)",
	  "DELETE FROM opened_shelves"
	  " WHERE node_id NOT IN (SELECT node_id FROM nodes);" },
	{ "handles", FSCK_TIDY | FSCK_CLOSE,
	  "SELECT printf('node %d held shelf %d', node_id, shelf_id)"
	  " FROM opened_shelves",
	  "DELETE FROM opened_shelves; DELETE FROM revocations;" },
	{ "locks", 0,
	  "SELECT printf('node %d has locked shelf %d, which does not exist',"
	  " node_id, shelf_id) FROM locks"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves)",
	  "DELETE FROM locks WHERE shelf_id NOT IN (SELECT id FROM shelves);" },
	{ "locks", 0,
	  "SELECT printf('shelf %d is locked by node %d, which does not exist',"
	  " shelf_id, node_id) FROM locks"
	  " WHERE node_id NOT IN (SELECT node_id FROM nodes)",
	  "DELETE FROM locks"
	  " WHERE node_id NOT IN (SELECT node_id FROM nodes);" },
	{ "locks", 0,
	  "SELECT printf('bytes of shelf %d are locked by node %d, but not only"
	  " once', shelf_id, node_id)" LOCK_CONFLICTS,
	  "DELETE FROM locks WHERE (shelf_id, kind, node_id, owner, first) IN"
	  " (SELECT shelf_id, kind, node_id, owner, first" LOCK_CONFLICTS
	  ");" },
	{ "locks", FSCK_TIDY | FSCK_CLOSE,
	  "SELECT printf('node %d had locked shelf %d', node_id, shelf_id)"
	  " FROM locks",
	  "DELETE FROM locks;" },

	/* 2: unlinks that were not finished */
	{ "unlinks", 0,
	  "SELECT printf('shelf %d has a name and has none', id)"
	  " FROM shelves s WHERE " IS_UNLINKED("s") " AND " OTHER_NAMES("s"),
	  "UPDATE shelves SET (parent_id, name) = (SELECT parent_id, name"
	  " FROM hard_links WHERE shelf_id = shelves.id ORDER BY parent_id,"
	  " name LIMIT 1) WHERE " IS_UNLINKED("shelves") " AND " OTHER_NAMES(
		  "shelves") ";"
			     "DELETE FROM hard_links WHERE EXISTS (SELECT 1 "
			     "FROM shelves s"
			     " WHERE s.id = shelf_id AND s.parent_id = "
			     "hard_links.parent_id"
			     " AND s.name = hard_links.name);" },
	{ "unlinks", FSCK_TIDY,
	  "SELECT printf('%s is held by nobody any more', s.name)"
	  " FROM shelves s WHERE " HAS_BOOKS("s") " AND " IS_UNLINKED(
		  "s") " AND NOT " IS_HELD("s"),
	  DESTROY(HAS_BOOKS("s") " AND " IS_UNLINKED("s") " AND NOT " IS_HELD(
		  "s")) },
	{ "unlinks", FSCK_TIDY | FSCK_FAM,
	  "SELECT printf('%s waits for a node to zero it', s.name)"
	  " FROM shelves s WHERE " HAS_BOOKS("s") " AND " IS_PENDING(
		  "s") " AND NOT " IS_HELD("s"),
	  DESTROY(HAS_BOOKS("s") " AND " IS_PENDING("s") " AND NOT " IS_HELD(
		  "s")) },

	/* 3: who owns which book */
	{ "books", 0,
	  "SELECT printf('shelf %d, which does not exist, has book %d',"
	  " shelf_id, book_id) FROM books_on_shelves"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves)",
	  "DELETE FROM books_on_shelves"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves);" },
	{ "books", 0,
	  "SELECT printf('%s, which is no file, has book %d', s.name,"
	  " p.book_id) FROM books_on_shelves p JOIN shelves s"
	  " ON s.id = p.shelf_id WHERE NOT " HAS_BOOKS("s"),
	  "DELETE FROM books_on_shelves WHERE shelf_id IN"
	  " (SELECT id FROM shelves s WHERE NOT " HAS_BOOKS("s") ");" },
	{ "books", 0,
	  "SELECT printf('shelf %d has book %d, which does not exist',"
	  " shelf_id, book_id) FROM books_on_shelves"
	  " WHERE book_id NOT IN (SELECT id FROM books)",
	  "DELETE FROM books_on_shelves"
	  " WHERE book_id NOT IN (SELECT id FROM books);" },
	{ "books", 0,
	  "SELECT printf('book %d is on %d shelves', book_id, COUNT(*))"
	  " FROM books_on_shelves GROUP BY book_id HAVING COUNT(*) > 1",
	  NULL },
	{ "books", 0,
	  "SELECT printf('book %d is no part of the machine, but on a shelf',"
	  " b.id) FROM books b" JOIN_RANGE " WHERE " NOT_IN_RANGE
	  " AND " ON_SHELF("b"),
	  NULL },
	{ "books", 0,
	  "SELECT printf('book %d is no part of the machine', b.id)"
	  " FROM books b" JOIN_RANGE " WHERE " NOT_IN_RANGE
	  " AND NOT " ON_SHELF("b"),
	  "DELETE FROM books WHERE id IN (SELECT b.id FROM books b" JOIN_RANGE
	  " WHERE " NOT_IN_RANGE " AND NOT " ON_SHELF("b") ");" },
	{ "books", 0,
	  NUMBERS "SELECT printf('book %d is missing', r.first_id + n.i * " STEP
		  ")" MISSING_BOOKS,
	  NUMBERS "INSERT INTO books (id, intlv_group, book_num, allocated,"
		  " draw) SELECT r.first_id + n.i * " STEP ", " MODE " | r.ig,"
		  " n.i + (SELECT COALESCE(SUM(books), 0) FROM ranges x"
		  " WHERE x.ig = r.ig AND x.first_id < r.first_id), 2,"
		  " random()" MISSING_BOOKS ";" },
	{ "books", 0,
	  "SELECT printf('book %d is said to be in group %d', b.id,"
	  " b.intlv_group & 65535) FROM books b" JOIN_RANGE
	  " WHERE b.intlv_group <> (" MODE " | r.ig)",
	  "UPDATE books SET intlv_group = g.ig FROM (SELECT b.id, " MODE
	  " | r.ig AS ig FROM books b" JOIN_RANGE ") g"
	  " WHERE g.id = books.id AND intlv_group <> g.ig;" },
	{ "books", 0,
	  "SELECT printf('book %d is on %s, but %s', b.id, s.name,"
	  " CASE b.allocated WHEN 0 THEN 'free' WHEN 2 THEN 'to be zeroed'"
	  " ELSE 'offline' END) FROM books_on_shelves p"
	  " JOIN books b ON b.id = p.book_id JOIN shelves s"
	  " ON s.id = p.shelf_id WHERE b.allocated <> 1"
	  " AND NOT (b.allocated = 2 AND " IS_PENDING("s") ")",
	  "UPDATE books SET allocated = 1 WHERE allocated <> 1 AND id IN"
	  " (SELECT p.book_id FROM books_on_shelves p JOIN shelves s"
	  " ON s.id = p.shelf_id"
	  " WHERE NOT (books.allocated = 2 AND " IS_PENDING("s") "));" },
	{ "books", 0,
	  "SELECT printf('book %d is in use, but on no shelf', b.id)"
	  " FROM books b WHERE allocated = 1 AND NOT " ON_SHELF("b"),
	  "UPDATE books SET allocated = 2"
	  " WHERE allocated = 1 AND NOT " ON_SHELF("books") ";" },
	{ "books", 0,
	  "SELECT printf('the books of shelf %d are not numbered from 1 to"
	  " %d', shelf_id, COUNT(*))" SEQUENCE,
	  "CREATE TEMP TABLE renumbered AS SELECT shelf_id, book_id,"
	  " ROW_NUMBER() OVER (PARTITION BY shelf_id ORDER BY seq_num) AS n"
	  " FROM books_on_shelves WHERE shelf_id IN"
	  " (SELECT shelf_id" SEQUENCE ");"
	  "DELETE FROM books_on_shelves"
	  " WHERE shelf_id IN (SELECT shelf_id FROM renumbered);"
	  "INSERT INTO books_on_shelves (shelf_id, seq_num, book_id)"
	  " SELECT shelf_id, n, book_id FROM renumbered;"
	  "DROP TABLE renumbered;" },
	{ "books", 0,
	  "SELECT printf('%s (shelf %d) has %d books, not %d', name, id,"
	  " " BOOKS_ON("s") ", book_count) FROM shelves s"
			    " WHERE book_count <> " BOOKS_ON("s"),
	  "UPDATE shelves SET book_count = " BOOKS_ON(
		  "shelves") " WHERE book_count <> " BOOKS_ON("shelves") ";" },
	/* Data in books is worth more than a number. */
	{ "books", 0,
	  "SELECT printf('%s (shelf %d) cannot have %d bytes in %d books',"
	  " name, id, size_bytes, book_count) FROM shelves s"
	  " WHERE " HAS_BOOKS("s") " AND book_count <> " BOOKS_NEEDED,
	  "UPDATE shelves SET size_bytes = book_count * " BOOK_SIZE
	  ", spare_books = 0 WHERE " HAS_BOOKS(
		  "shelves") " AND book_count <> " BOOKS_NEEDED ";" },

	/* 4: attributes, and where links lead */
	{ "attributes", 0,
	  "SELECT printf('shelf %d, which does not exist, has %s', shelf_id,"
	  " xattr) FROM shelf_xattrs"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves)",
	  "DELETE FROM shelf_xattrs"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves);" },
	{ "attributes", 0,
	  "SELECT printf('shelf %d has the target of a link, but is none',"
	  " shelf_id) FROM links WHERE shelf_id NOT IN"
	  " (SELECT id FROM shelves s WHERE " IS_LINK("s") ")",
	  "DELETE FROM links WHERE shelf_id NOT IN"
	  " (SELECT id FROM shelves s WHERE " IS_LINK("s") ");" },
	{ "attributes", 0,
	  "SELECT printf('link %s has no target', s.name) FROM shelves s"
	  " WHERE " IS_LINK("s") " AND id NOT IN (SELECT shelf_id FROM links)",
	  "DELETE FROM shelves WHERE " IS_LINK(
		  "shelves") " AND id NOT IN (SELECT shelf_id FROM links);" },

	{ "attributes", 0,
	  "SELECT printf('link %s has a size of %d, its target of %d', s.name,"
	  " s.size_bytes, " TARGET_SIZE ") FROM shelves s"
	  " JOIN links l ON l.shelf_id = s.id"
	  " WHERE " IS_LINK("s") " AND s.size_bytes <> " TARGET_SIZE,
	  "UPDATE shelves SET size_bytes = " TARGET_SIZE
	  " FROM links l WHERE l.shelf_id = shelves.id"
	  " AND " IS_LINK("shelves") " AND size_bytes <> " TARGET_SIZE ";" },

	/* 5: shelves that no directory leads to */
	{ "directories", 0,
	  "SELECT 'there is no root' WHERE NOT EXISTS (SELECT 1"
	  " FROM shelves s WHERE id = 2 AND parent_id = 2 AND " IS_DIR("s") ")",
	  "INSERT OR REPLACE INTO shelves (id, parent_id, name, mode,"
	  " creator_id, link_count, ctime, mtime)"
	  " VALUES (2, 2, '.', 16895, 0, 3, unixepoch(), " NOW ");" },
	{ "directories", 0,
	  "SELECT 'there is no lost+found' WHERE NOT EXISTS (SELECT 1"
	  " FROM shelves s WHERE id = 3 AND parent_id = 2"
	  " AND name = 'lost+found' AND " IS_DIR("s") ")",
	  "UPDATE shelves SET name = name || '_' || id"
	  " WHERE parent_id = 2 AND name = 'lost+found' AND id <> 3;"
	  "INSERT OR REPLACE INTO shelves (id, parent_id, name, mode,"
	  " creator_id, link_count, ctime, mtime) VALUES"
	  " (3, 2, 'lost+found', 16895, 0, 2, unixepoch(), " NOW ");" },
	{ "directories", 0,
	  "SELECT printf('shelf %d has no possible name', id) FROM shelves"
	  " WHERE id <> 2 AND (name IN ('', '.', '..') OR name GLOB '*/*'"
	  " OR length(CAST(name AS BLOB)) > 255)",
	  "UPDATE shelves SET name = printf('shelf_%d_%s', id,"
	  " hex(randomblob(8)))"
	  " WHERE id <> 2 AND (name IN ('', '.', '..') OR name GLOB '*/*'"
	  " OR length(CAST(name AS BLOB)) > 255);" },
	{ "directories", 0,
	  "SELECT printf('%s (shelf %d) is in no directory', s.name, s.id)"
	  " FROM shelves s WHERE " BAD_PARENT("s"),
	  MOVE_TO_LOST " WHERE " BAD_PARENT("shelves") ";" },
	{ "directories", FSCK_REPEAT,
	  TREE
	  "SELECT printf('%s (shelf %d) cannot be reached', name,"
	  " MIN(id)) FROM shelves l WHERE " LOST(
		  "l") " AND NOT EXISTS (SELECT 1 FROM shelves s"
		       "  WHERE " BAD_PARENT("s") ") HAVING MIN(id) NOTNULL",
	  TREE MOVE_TO_LOST " WHERE id = (SELECT MIN(id) FROM shelves l"
			    " WHERE " LOST("l") ");" },

	/* 6: names and links */
	{ "links", 0,
	  "SELECT printf('name %s leads to shelf %d, which does not exist',"
	  " name, shelf_id) FROM hard_links"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves)",
	  "DELETE FROM hard_links"
	  " WHERE shelf_id NOT IN (SELECT id FROM shelves);" },
	{ "links", 0,
	  "SELECT printf('directory %s (shelf %d) is %s as well', s.name, s.id,"
	  " h.name) FROM hard_links h JOIN shelves s ON s.id = h.shelf_id"
	  " WHERE " IS_DIR("s"),
	  "DELETE FROM hard_links WHERE shelf_id IN (SELECT id FROM shelves s"
	  " WHERE " IS_DIR("s") ");" },
	{ "links", 0,
	  "SELECT printf('name %s of shelf %d is in no directory', name,"
	  " shelf_id) FROM hard_links WHERE parent_id NOT IN"
	  " (SELECT id FROM shelves s WHERE " IS_DIR("s") ")",
	  "DELETE FROM hard_links WHERE parent_id NOT IN"
	  " (SELECT id FROM shelves s WHERE " IS_DIR("s") ");" },
	{ "links", 0,
	  "SELECT printf('shelf %d has another name that is not possible',"
	  " shelf_id) FROM hard_links WHERE NOT " IS_POSSIBLE("name"),
	  "DELETE FROM hard_links WHERE NOT " IS_POSSIBLE("name") ";" },
	{ "links", 0,
	  "SELECT printf('%s in directory %d is shelf %d and shelf %d', s.name,"
	  " s.parent_id, s.id, h.shelf_id) FROM hard_links h JOIN shelves s"
	  " ON s.parent_id = h.parent_id AND s.name = h.name",
	  "DELETE FROM hard_links WHERE EXISTS (SELECT 1 FROM shelves s"
	  " WHERE s.parent_id = hard_links.parent_id"
	  " AND s.name = hard_links.name);" },
	{ "links", 0,
	  "SELECT printf('%s (shelf %d) has %d links, not %d', name, id,"
	  " 1 + " OTHER_NAMES("s") ", link_count) FROM shelves s"
				   " WHERE " WRONG_LINKS("s"),
	  "UPDATE shelves SET link_count = 1 + " OTHER_NAMES(
		  "shelves") " WHERE " WRONG_LINKS("shelves") ";" },
	{ "links", 0,
	  "SELECT printf('%s (shelf %d) has %d links, not %d', name, id,"
	  " 2 + " SUBDIRS(
		  "s") ", link_count) FROM shelves s"
		       " WHERE " IS_DIR("s") " AND link_count <> 2 + " SUBDIRS(
			       "s"),
	  "UPDATE shelves SET link_count = 2 + " SUBDIRS(
		  "shelves") " WHERE " IS_DIR("shelves") " AND link_count <> 2 "
							 "+ " SUBDIRS(
								 "shelves") ";" },

	/* What no rule above has thought of. */
	{ "file", FSCK_REST,
	  "SELECT printf('row %d of %s refers to %s, which has no such row',"
	  " rowid, \"table\", parent) FROM pragma_foreign_key_check",
	  NULL },
};
const size_t fsck_n_rules = ARRAY_SIZE(fsck_rules);
