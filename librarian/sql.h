/* SPDX-License-Identifier: MIT */

/* sql.h - Every statement that the Librarian runs while it serves
 *
 * One list, so that the enum and the text cannot come apart. They are prepared
 * once, when the database is opened. The schema is in schema.c.
 */
#pragma once

/* What is the same by whichever name it is found. */
#define SHELF_SELF                                                   \
	"mode, size_bytes, book_count, link_count, creator_id, "     \
	"ctime, mtime, stale_tail, atime, changed, uid, gid, rdev, " \
	"spare_books"
#define SHELF_COLUMNS "id, parent_id, name, " SHELF_SELF ", 0"
#define LINKED_COLUMNS "s.id, h.parent_id, h.name, " SHELF_SELF ", 1"
#define BOOK_COLUMNS \
	"b.id, b.intlv_group, b.book_num, b.allocated, b.attributes"

/* clang-format off */
#define SQL_STATEMENTS(X)						       \
	/* transactions */						       \
	X(BEGIN, "BEGIN IMMEDIATE")					       \
	X(BEGIN_READ, "BEGIN")						       \
	X(COMMIT, "COMMIT")						       \
	X(ROLLBACK, "ROLLBACK")						       \
	X(SAVEPOINT, "SAVEPOINT request")				       \
	X(RELEASE, "RELEASE request")					       \
	X(ROLLBACK_TO, "ROLLBACK TO request")				       \
	/* the machine */						       \
	X(GET_BOOK_SIZE, "SELECT book_size_bytes FROM globals")		       \
	X(GET_POLICY, "SELECT default_policy FROM globals")		       \
	X(SET_POLICY, "UPDATE globals SET default_policy = ?1")		       \
	X(GET_ZEROED_IN, "SELECT zeroed_in FROM globals")		       \
	X(SET_ZEROED_IN, "UPDATE globals SET zeroed_in = ?1")		       \
	X(GET_MODE, "SELECT mode FROM globals")				       \
	X(NODES, "SELECT node_id, 0, 0 FROM nodes")			       \
	X(MODULES, "SELECT node_id, ig, bytes FROM modules")		       \
	X(RANGES, "SELECT first_id, ig, books FROM ranges ORDER BY first_id")  \
	X(NEXT_SHELF, "SELECT MAX(shelf, (SELECT COALESCE(MAX(id), 0) + 1 "    \
	  "FROM shelves)) FROM numbers")				       \
	X(NEXT_HANDLE, "SELECT MAX(handle, (SELECT COALESCE(MAX(id), 0) + 1 "  \
	  "FROM opened_shelves)) FROM numbers")				       \
	X(RESERVE_SHELVES, "UPDATE numbers SET shelf = ?1 WHERE one = 1")      \
	X(RESERVE_HANDLES, "UPDATE numbers SET handle = ?1 WHERE one = 1")     \
	X(COUNT_SHELVES, "SELECT COUNT(*) FROM shelves WHERE id > ?1")	       \
	X(COUNT_NAMES, "SELECT COUNT(*) FROM hard_links")		       \
	X(GLOBALS_INSERT, "INSERT INTO globals (one, book_size_bytes, "	       \
	  "default_policy) VALUES (1, ?1, ?2)")				       \
	X(GLOBALS_MACHINE, "UPDATE globals SET mode = ?1, domain = ?2")	       \
	X(NODE_INSERT, "INSERT INTO nodes (node_id, hostname) "	       \
	  "VALUES (?1, ?2)")						       \
	X(NODE_DESCRIBE, "UPDATE nodes SET hostname = ?2, rack = ?3, "	       \
	  "enclosure = ?4, node = ?5, coordinate = ?6, serial = ?7, "	       \
	  "soc = ?8, mac = ?9, certificate = ?10 WHERE node_id = ?1")	       \
	X(RANGE_INSERT, "INSERT INTO ranges (first_id, ig, books) "	       \
	  "VALUES (?1, ?2, ?3)")					       \
	X(MODULES_DELETE, "DELETE FROM modules")			       \
	X(MODULE_INSERT, "INSERT INTO modules (node_id, ordinal, bytes, "      \
	  "raw_cid, coordinate, ig) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")	       \
	X(BOOK_INSERT, "INSERT INTO books (id, intlv_group, book_num, draw) "  \
	  "VALUES (?1, ?2, ?3, random())")				       \
	/* books: states and who holds them */				       \
	X(COUNT_STATE, "SELECT COUNT(*) FROM books WHERE allocated = ?1")      \
	X(COUNT_FREE_IN, "SELECT intlv_group & 65535, COUNT(*), 0 FROM books " \
	  "WHERE allocated = 0 GROUP BY intlv_group")			       \
	X(BOOK_TAKE, "UPDATE books SET allocated = 1 "			       \
	  "WHERE id = ?1 AND allocated = 0")				       \
	X(BOOK_PUT, "INSERT INTO books_on_shelves (shelf_id, seq_num, book_id) "\
	  "VALUES (?1, ?2, ?3)")					       \
	X(BOOKS_ZOMBIFY, "UPDATE books SET allocated = 2 "		       \
	  "WHERE allocated = 1 AND id IN (SELECT book_id "		       \
	  "FROM books_on_shelves WHERE shelf_id = ?1 AND seq_num > ?2)")       \
	X(BOOKS_CUT, "DELETE FROM books_on_shelves "			       \
	  "WHERE shelf_id = ?1 AND seq_num > ?2")			       \
	X(BOOKS_MOVE, "UPDATE books_on_shelves SET shelf_id = ?3, "	       \
	  "seq_num = seq_num - ?2 WHERE shelf_id = ?1 AND seq_num > ?2")       \
	X(BOOKS_ZEROED, "UPDATE books SET allocated = 0, draw = random() "     \
	  "WHERE allocated = 2 AND id IN (SELECT book_id "		       \
	  "FROM books_on_shelves WHERE shelf_id = ?1)")			       \
	X(ZOMBIES_EMPTY, "UPDATE shelves SET size_bytes = 0, book_count = 0 "  \
	  "WHERE id IN (SELECT s.shelf_id FROM books b "		       \
	  "JOIN books_on_shelves s ON s.book_id = b.id "		       \
	  "WHERE b.allocated = 2)")					       \
	X(ZOMBIES_OFF, "DELETE FROM books_on_shelves WHERE book_id IN "	       \
	  "(SELECT id FROM books WHERE allocated = 2)")			       \
	X(PENDING_EMPTY, "DELETE FROM shelves WHERE parent_id = ?1 "	       \
	  "AND name >= ?2 AND name < ?3 AND size_bytes = 0 "		       \
	  "AND (mode & 61440) = 32768 AND NOT EXISTS (SELECT 1 "	       \
	  "FROM opened_shelves o WHERE o.shelf_id = shelves.id)")	       \
	X(ORPHAN, "SELECT id FROM books b WHERE allocated = 2 AND NOT EXISTS " \
	  "(SELECT 1 FROM books_on_shelves s WHERE s.book_id = b.id) LIMIT 1") \
	X(ORPHANS_PUT, "INSERT INTO books_on_shelves (shelf_id, seq_num, "     \
	  "book_id) SELECT ?1, ROW_NUMBER() OVER (ORDER BY id), id "	       \
	  "FROM books b WHERE allocated = 2 AND NOT EXISTS "		       \
	  "(SELECT 1 FROM books_on_shelves s WHERE s.book_id = b.id)")	       \
	X(BOOKS_EXTENT, "SELECT COUNT(*) FROM books WHERE id <= "	       \
	  "(SELECT MAX(id) FROM books WHERE allocated > ?1)")		       \
	X(BOOKS_ZOMBIE, "SELECT id FROM books WHERE allocated = 2 "	       \
	  "ORDER BY id LIMIT ?1")					       \
	X(BOOKS_FREE, "SELECT id FROM books WHERE allocated = 0 ORDER BY id")  \
	X(BOOKS_RELEASE, "UPDATE books SET allocated = 0, draw = random() "    \
	  "WHERE id BETWEEN ?1 AND ?2 AND allocated = 2")		       \
	X(BOOKS_OF_SHELF, "SELECT " BOOK_COLUMNS " FROM books_on_shelves s "   \
	  "JOIN books b ON b.id = s.book_id "				       \
	  "WHERE s.shelf_id = ?1 ORDER BY s.seq_num")			       \
	X(IDS_OF_SHELF, "SELECT book_id FROM books_on_shelves "		       \
	  "WHERE shelf_id = ?1 ORDER BY seq_num")			       \
	X(BOOK_AT, "SELECT book_id FROM books_on_shelves "		       \
	  "WHERE shelf_id = ?1 AND seq_num = ?2")			       \
	/* books: choosing */						       \
	X(DRAW_FROM, "SELECT id FROM books WHERE allocated = 0 "	       \
	  "AND intlv_group = ?1 AND draw >= ?2 ORDER BY draw LIMIT ?3")	       \
	X(DRAW_BELOW, "SELECT id FROM books WHERE allocated = 0 "	       \
	  "AND intlv_group = ?1 AND draw < ?2 ORDER BY draw LIMIT ?3")	       \
	X(FREE_IN, "SELECT id FROM books WHERE allocated = 0 "		       \
	  "AND intlv_group = ?1 ORDER BY id LIMIT ?2")			       \
	X(FREE_UP, "SELECT id FROM books WHERE allocated = 0 "		       \
	  "ORDER BY id LIMIT ?1")					       \
	X(FREE_DOWN, "SELECT id FROM books WHERE allocated = 0 "	       \
	  "ORDER BY id DESC LIMIT ?1")					       \
	/* books: as clients see them */				       \
	X(BOOK_GET, "SELECT " BOOK_COLUMNS " FROM books b WHERE id = ?1")      \
	X(BOOKS_ALL, "SELECT " BOOK_COLUMNS " FROM books b ORDER BY id")       \
	X(BOOKS_IN, "SELECT " BOOK_COLUMNS " FROM books b "		       \
	  "WHERE intlv_group = ?1 ORDER BY id")				       \
	X(BOOKS_INFO, "SELECT b.id, b.allocated, b.attributes, "	       \
	  "b.intlv_group, p.shelf_id, p.seq_num, s.creator_id, s.size_bytes, " \
	  "s.book_count, s.ctime, s.mtime / 1000000000, s.name FROM books b "	       \
	  "LEFT JOIN books_on_shelves p ON p.book_id = b.id "		       \
	  "LEFT JOIN shelves s ON s.id = p.shelf_id "			       \
	  "WHERE b.intlv_group = ?1 ORDER BY b.id")			       \
	/* shelves */							       \
	X(SHELF_BY_ID, "SELECT " SHELF_COLUMNS " FROM shelves WHERE id = ?1")  \
	X(SHELF_BY_NAME, "SELECT " SHELF_COLUMNS " FROM shelves "	       \
	  "WHERE parent_id = ?1 AND name = ?2")				       \
	X(SHELVES_IN, "SELECT " SHELF_COLUMNS " FROM shelves "		       \
	  "WHERE parent_id = ?1 AND name > ?2 AND id <> ?1 "		       \
	  "UNION ALL SELECT " LINKED_COLUMNS " FROM hard_links h "	       \
	  "JOIN shelves s ON s.id = h.shelf_id "			       \
	  "WHERE h.parent_id = ?1 AND h.name > ?2 ORDER BY 3")		       \
	X(SHELF_INSERT, "INSERT INTO shelves (id, parent_id, name, mode, "     \
	  "link_count, creator_id, ctime, mtime, atime, changed, uid, gid, "   \
	  "rdev, policy) "						       \
	  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8, ?9, ?10, ?11, "     \
	  "iif(?12, (SELECT default_policy FROM globals WHERE one = 1), NULL))")\
	X(SHELF_TOUCH, "UPDATE shelves SET link_count = link_count + ?2, "     \
	  "mtime = ?3, changed = ?3 WHERE id = ?1 "			       \
	  "AND (?2 <> 0 OR mtime NOT BETWEEN ?4 AND ?3)")		       \
	X(SHELF_POLICY, "SELECT policy FROM shelves WHERE id = ?1")	       \
	X(SHELF_SET_POLICY, "UPDATE shelves SET policy = ?2 WHERE id = ?1")    \
	X(SHELF_MODE, "UPDATE shelves SET mode = ?2 WHERE id = ?1")	       \
	X(SHELF_ANY_IN, "SELECT id FROM shelves "			       \
	  "WHERE parent_id = ?1 AND id <> ?1 UNION ALL SELECT shelf_id "       \
	  "FROM hard_links WHERE parent_id = ?1 LIMIT 1")		       \
	X(SHELF_PARENT, "SELECT parent_id FROM shelves WHERE id = ?1")	       \
	X(SHELF_SIZE, "UPDATE shelves SET size_bytes = ?2, book_count = ?3, "  \
	  "spare_books = ?4, stale_tail = ?5, mtime = ?6, changed = ?6 "       \
	  "WHERE id = ?1")						       \
	X(SHELF_SPARE, "UPDATE shelves SET book_count = ?2, "		       \
	  "spare_books = ?3, changed = ?4 WHERE id = ?1")		       \
	X(SHELF_NAME, "UPDATE shelves SET parent_id = ?2, name = ?3, "	       \
	  "link_count = ?4, changed = ?5 WHERE id = ?1")			       \
	X(SHELF_TIMES, "UPDATE shelves SET atime = ?2, mtime = ?3, "	       \
	  "changed = ?4 WHERE id = ?1")					       \
	X(SHELF_RIGHTS, "UPDATE shelves SET mode = ?2, uid = ?3, gid = ?4 "    \
	  "WHERE id = ?1")						       \
	X(SHELF_LINKS, "UPDATE shelves SET link_count = ?2, changed = ?3 "     \
	  "WHERE id = ?1")						       \
	X(SHELF_CHANGED, "UPDATE shelves SET changed = ?2 WHERE id = ?1")      \
	X(SHELF_DELETE, "DELETE FROM shelves WHERE id = ?1")		       \
	/* additional names */						       \
	X(NAME_ADD, "INSERT INTO hard_links (parent_id, name, shelf_id) "      \
	  "VALUES (?1, ?2, ?3)")					       \
	X(NAME_FIND, "SELECT " LINKED_COLUMNS " FROM hard_links h "	       \
	  "JOIN shelves s ON s.id = h.shelf_id "			       \
	  "WHERE h.parent_id = ?1 AND h.name = ?2")			       \
	X(NAME_ANY_OF, "SELECT parent_id, name FROM hard_links "	       \
	  "WHERE shelf_id = ?1 LIMIT 1")				       \
	X(NAME_DELETE, "DELETE FROM hard_links "			       \
	  "WHERE parent_id = ?1 AND name = ?2")				       \
	/* symbolic links */						       \
	X(LINK_SET, "INSERT INTO links (shelf_id, target) VALUES (?1, ?2)")    \
	X(LINK_GET, "SELECT target FROM links WHERE shelf_id = ?1")	       \
	X(UNLINKED_UNHELD, "SELECT id FROM shelves s WHERE parent_id = ?1 "    \
	  "AND name >= ?2 AND name < ?3 AND NOT EXISTS "		       \
	  "(SELECT 1 FROM opened_shelves o WHERE o.shelf_id = s.id)")	       \
	/* handles */							       \
	X(OPEN_INSERT, "INSERT INTO opened_shelves (id, shelf_id, node_id, "   \
	  "pid) VALUES (?1, ?2, ?3, ?4)")				       \
	X(OPEN_DELETE, "DELETE FROM opened_shelves "			       \
	  "WHERE id = ?1 AND shelf_id = ?2 AND node_id = ?3")		       \
	X(APPENDED, "SELECT append_offset FROM opened_shelves "	       \
	  "WHERE shelf_id = ?1 AND node_id = ?2 AND id = ?3 "		       \
	  "AND append_token = ?4")					       \
	X(APPEND_NOTE, "UPDATE opened_shelves SET append_token = ?4, "	       \
	  "append_offset = ?5 "						       \
	  "WHERE shelf_id = ?1 AND node_id = ?2 AND id = ?3")		       \
	X(OPENS, "SELECT COUNT(*) FROM opened_shelves WHERE shelf_id = ?1")    \
	X(OPENS_ELSEWHERE, "SELECT COUNT(*) FROM opened_shelves "	       \
	  "WHERE shelf_id = ?1 AND node_id <> ?2")			       \
	X(OPENS_BY_OTHERS, "SELECT COUNT(*) FROM opened_shelves "	       \
	  "WHERE shelf_id = ?1 AND (node_id <> ?2 OR pid <> ?3)")	       \
	X(OPENS_ALL, "SELECT id, shelf_id, node_id, pid FROM opened_shelves "  \
	  "ORDER BY shelf_id, node_id, id")				       \
	X(OPENS_OF_NODE_DELETE, "DELETE FROM opened_shelves "		       \
	  "WHERE node_id = ?1")						       \
	X(HELD_BY_NODE, "SELECT (SELECT COUNT(*) FROM opened_shelves "	       \
	  "WHERE node_id = ?1) + (SELECT COUNT(*) FROM locks "		       \
	  "WHERE node_id = ?1)")					       \
	X(OPENS_OF_SHELF_DELETE, "DELETE FROM opened_shelves "		       \
	  "WHERE shelf_id = ?1")					       \
	X(OPENS_BY_NODE_DELETE, "DELETE FROM opened_shelves "		       \
	  "WHERE shelf_id = ?1 AND node_id = ?2")			       \
	X(OPENS_DELETE, "DELETE FROM opened_shelves")			       \
	/* what nodes have still to let go of */			       \
	X(HOLDERS, "SELECT DISTINCT node_id FROM opened_shelves "	       \
	  "WHERE shelf_id = ?1")					       \
	X(OPEN_FOR_OTHERS, "INSERT INTO opened_shelves (id, shelf_id, "	       \
	  "node_id, pid) SELECT ?4 + node_id, ?1, node_id, 0 "		       \
	  "FROM opened_shelves WHERE shelf_id = ?2 AND node_id <> ?3 "	       \
	  "GROUP BY node_id")						       \
	X(REVOCATION_ADD, "INSERT INTO revocations (generation, shelf_id) "    \
	  "VALUES (?1, ?2)")						       \
	X(REVOCATION_OF, "SELECT shelf_id FROM revocations "		       \
	  "WHERE generation = ?1")					       \
	X(REVOCATIONS_OF_NODE, "SELECT r.generation FROM opened_shelves o "    \
	  "JOIN revocations r ON r.generation = o.shelf_id "		       \
	  "WHERE o.node_id = ?1")					       \
	/* locks */							       \
	X(LOCK_OTHER, "SELECT first, last, exclusive, node_id, owner, pid "    \
	  "FROM locks WHERE shelf_id = ?1 AND kind = ?2 AND first <= ?4 "      \
	  "AND last >= ?3 AND (exclusive OR ?5) "			       \
	  "AND NOT (node_id = ?6 AND owner = ?7) "			       \
	  "ORDER BY node_id, owner, first LIMIT 1")			       \
	X(LOCK_OWN, "SELECT first, last, exclusive, node_id, owner, pid "      \
	  "FROM locks WHERE shelf_id = ?1 AND kind = ?2 AND node_id = ?3 "     \
	  "AND owner = ?4 AND first <= ?8 AND last >= ?7 "		       \
	  "AND (exclusive = ?9 OR (first <= ?6 AND last >= ?5)) LIMIT 1")      \
	X(LOCK_INSERT, "INSERT INTO locks (shelf_id, kind, node_id, owner, "   \
	  "first, last, exclusive, pid) "				       \
	  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")			       \
	X(LOCK_DELETE, "DELETE FROM locks WHERE shelf_id = ?1 AND kind = ?2 "  \
	  "AND node_id = ?3 AND owner = ?4 AND first = ?5")		       \
	X(LOCK_COUNT, "SELECT COUNT(*) FROM locks WHERE shelf_id = ?1")	       \
	X(LOCKS_OF_NODE_DELETE, "DELETE FROM locks WHERE node_id = ?1")	       \
	X(LOCKS_OF_OWNER_DELETE, "DELETE FROM locks "			       \
	  "WHERE node_id = ?1 AND owner = ?2")				       \
	X(LOCKS_DELETE, "DELETE FROM locks")				       \
	/* attributes */						       \
	X(XATTR_GET, "SELECT value FROM shelf_xattrs "			       \
	  "WHERE shelf_id = ?1 AND xattr = ?2")				       \
	X(XATTR_SET, "INSERT INTO shelf_xattrs (shelf_id, xattr, value) "      \
	  "VALUES (?1, ?2, ?3) ON CONFLICT (shelf_id, xattr) "		       \
	  "DO UPDATE SET value = excluded.value")			       \
	X(XATTR_IS_THERE, "SELECT COUNT(*) FROM shelf_xattrs "		       \
	  "WHERE shelf_id = ?1 AND xattr = ?2")				       \
	X(XATTR_LIST, "SELECT xattr FROM shelf_xattrs WHERE shelf_id = ?1 "    \
	  "ORDER BY xattr")						       \
	X(XATTR_DELETE, "DELETE FROM shelf_xattrs "			       \
	  "WHERE shelf_id = ?1 AND xattr = ?2")				       \
	/* monitoring, see lmp.h */					       \
	X(LMP_NODES, "SELECT node_id, rack, enclosure, node, "	       \
	  "coordinate, serial, soc, mac, certificate FROM nodes "	       \
	  "ORDER BY node_id")						       \
	X(LMP_MODULES, "SELECT coordinate, bytes, ig FROM modules "	       \
	  "WHERE node_id = ?1 ORDER BY ordinal")			       \
	X(LMP_MODULES_IN, "SELECT coordinate, bytes, ig FROM modules "	       \
	  "WHERE ig = ?1 ORDER BY node_id, ordinal")			       \
	X(LMP_FIRST, "SELECT MIN(first_id), SUM(books) FROM ranges "	       \
	  "WHERE ig = ?1")						       \
	X(LMP_HELD, "SELECT o.shelf_id, o.node_id, s.book_count "     \
	  "FROM opened_shelves o JOIN shelves s ON s.id = o.shelf_id "	       \
	  "ORDER BY o.shelf_id")					       \
	X(LMP_HOLDERS, "SELECT n.soc FROM opened_shelves o "	       \
	  "JOIN nodes n ON n.node_id = o.node_id WHERE o.shelf_id = ?1 "       \
	  "ORDER BY o.node_id")						       \
	X(LMP_BOOKS, "SELECT b.id, b.allocated, b.intlv_group & 65535, "       \
	  "s.shelf_id, s.seq_num FROM books b "				       \
	  "LEFT JOIN books_on_shelves s ON s.book_id = b.id "		       \
	  "WHERE b.id > ?1 ORDER BY b.id LIMIT ?2")			       \
	X(LMP_BOOKS_IN, "SELECT b.id, b.allocated, b.intlv_group & 65535, "    \
	  "s.shelf_id, s.seq_num FROM books b "				       \
	  "LEFT JOIN books_on_shelves s ON s.book_id = b.id "		       \
	  "WHERE b.id > ?1 AND b.intlv_group = ?3 "			       \
	  "ORDER BY b.id LIMIT ?2")
/* clang-format on */

#define SQL_ENUM(name, text) SQL_##name,
enum sql {
	SQL_STATEMENTS(SQL_ENUM) SQL_COUNT
};
#undef SQL_ENUM
