/* SPDX-License-Identifier: MIT */

/* sql.h - Every statement that the Librarian runs while it serves
 *
 * One list, so that the enum and the text cannot come apart. They are prepared
 * once, when the database is opened. The schema is in schema.c.
 */
#pragma once

#define SHELF_COLUMNS                                                     \
	"id, parent_id, name, mode, size_bytes, book_count, link_count, " \
	"creator_id, ctime, mtime, stale_tail"

/* clang-format off */
#define SQL_STATEMENTS(X)						       \
	/* transactions */						       \
	X(BEGIN, "BEGIN IMMEDIATE")					       \
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
	X(NODES, "SELECT node_id, ig, books, hostname FROM nodes ORDER BY ig") \
	X(COUNT_SHELVES, "SELECT COUNT(*) FROM shelves WHERE id > ?1")	       \
	X(GLOBALS_INSERT, "INSERT INTO globals (one, book_size_bytes, "	       \
	  "default_policy) VALUES (1, ?1, ?2)")				       \
	X(NODE_INSERT, "INSERT INTO nodes (node_id, ig, books, hostname) "     \
	  "VALUES (?1, ?2, ?3, ?4)")					       \
	X(BOOK_INSERT, "INSERT INTO books (id, intlv_group, book_num, draw) "  \
	  "VALUES (?1, ?2, ?3, random())")				       \
	/* books: states and who holds them */				       \
	X(COUNT_STATE, "SELECT COUNT(*) FROM books WHERE allocated = ?1")      \
	X(BOOK_TAKE, "UPDATE books SET allocated = 1 "			       \
	  "WHERE id = ?1 AND allocated = 0")				       \
	X(BOOK_PUT, "INSERT INTO books_on_shelves (shelf_id, seq_num, book_id) "\
	  "VALUES (?1, ?2, ?3)")					       \
	X(BOOKS_ZOMBIFY, "UPDATE books SET allocated = 2 "		       \
	  "WHERE allocated = 1 AND id IN (SELECT book_id "		       \
	  "FROM books_on_shelves WHERE shelf_id = ?1 AND seq_num > ?2)")       \
	X(BOOKS_CUT, "DELETE FROM books_on_shelves "			       \
	  "WHERE shelf_id = ?1 AND seq_num > ?2")			       \
	X(BOOKS_EXTENT, "SELECT COUNT(*) FROM books WHERE id <= "	       \
	  "(SELECT MAX(id) FROM books WHERE allocated > ?1)")		       \
	X(BOOKS_ZOMBIE, "SELECT id FROM books WHERE allocated = 2 "	       \
	  "ORDER BY id LIMIT ?1")					       \
	X(BOOKS_FREE, "SELECT id FROM books WHERE allocated = 0 ORDER BY id")  \
	X(BOOKS_RELEASE, "UPDATE books SET allocated = 0, draw = random() "    \
	  "WHERE id BETWEEN ?1 AND ?2 AND allocated = 2")		       \
	X(BOOKS_OF_SHELF, "SELECT b.id, b.intlv_group, b.book_num, "	       \
	  "b.allocated, b.attributes FROM books_on_shelves s "		       \
	  "JOIN books b ON b.id = s.book_id "				       \
	  "WHERE s.shelf_id = ?1 ORDER BY s.seq_num")			       \
	X(IDS_OF_SHELF, "SELECT book_id FROM books_on_shelves "		       \
	  "WHERE shelf_id = ?1 ORDER BY seq_num")			       \
	X(BOOK_AT, "SELECT book_id FROM books_on_shelves "		       \
	  "WHERE shelf_id = ?1 AND seq_num = ?2")			       \
	/* books: choosing */						       \
	X(DRAW_FROM, "SELECT id FROM books WHERE allocated = 0 "	       \
	  "AND draw >= ?1 ORDER BY draw LIMIT ?2")			       \
	X(DRAW_BELOW, "SELECT id FROM books WHERE allocated = 0 "	       \
	  "AND draw < ?1 ORDER BY draw LIMIT ?2")			       \
	X(FREE_BETWEEN, "SELECT id FROM books WHERE allocated = 0 "	       \
	  "AND id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3")		       \
	/* shelves */							       \
	X(SHELF_BY_ID, "SELECT " SHELF_COLUMNS " FROM shelves WHERE id = ?1")  \
	X(SHELF_BY_NAME, "SELECT " SHELF_COLUMNS " FROM shelves "	       \
	  "WHERE parent_id = ?1 AND name = ?2")				       \
	X(SHELVES_IN, "SELECT " SHELF_COLUMNS " FROM shelves "		       \
	  "WHERE parent_id = ?1 AND id <> ?1 ORDER BY name")		       \
	X(SHELF_INSERT, "INSERT INTO shelves (parent_id, name, mode, "	       \
	  "creator_id, ctime, mtime) VALUES (?1, ?2, ?3, ?4, ?5, ?5)")	       \
	X(SHELF_SIZE, "UPDATE shelves SET size_bytes = ?2, book_count = ?3, "  \
	  "stale_tail = ?4, mtime = ?5 WHERE id = ?1")			       \
	X(SHELF_NAME, "UPDATE shelves SET parent_id = ?2, name = ?3, "	       \
	  "mtime = ?4 WHERE id = ?1")					       \
	X(SHELF_TIME, "UPDATE shelves SET mtime = ?2 WHERE id = ?1")	       \
	X(SHELF_DELETE, "DELETE FROM shelves WHERE id = ?1")		       \
	X(UNLINKED_UNHELD, "SELECT id FROM shelves s WHERE parent_id = ?1 "    \
	  "AND name >= ?2 AND name < ?3 AND NOT EXISTS "		       \
	  "(SELECT 1 FROM opened_shelves o WHERE o.shelf_id = s.id)")	       \
	/* handles */							       \
	X(OPEN_INSERT, "INSERT INTO opened_shelves (shelf_id, node_id, pid) "  \
	  "VALUES (?1, ?2, ?3)")					       \
	X(OPEN_DELETE, "DELETE FROM opened_shelves "			       \
	  "WHERE id = ?1 AND shelf_id = ?2 AND node_id = ?3")		       \
	X(OPENS, "SELECT COUNT(*) FROM opened_shelves WHERE shelf_id = ?1")    \
	X(OPENS_ELSEWHERE, "SELECT COUNT(*) FROM opened_shelves "	       \
	  "WHERE shelf_id = ?1 AND node_id <> ?2")			       \
	X(OPENS_ALL, "SELECT id, shelf_id, node_id, pid FROM opened_shelves "  \
	  "ORDER BY id")						       \
	X(OPENS_OF_NODE_DELETE, "DELETE FROM opened_shelves "		       \
	  "WHERE node_id = ?1")						       \
	X(OPENS_DELETE, "DELETE FROM opened_shelves")			       \
	/* attributes */						       \
	X(XATTR_GET, "SELECT value FROM shelf_xattrs "			       \
	  "WHERE shelf_id = ?1 AND xattr = ?2")				       \
	X(XATTR_SET, "INSERT INTO shelf_xattrs (shelf_id, xattr, value) "      \
	  "VALUES (?1, ?2, ?3) ON CONFLICT (shelf_id, xattr) "		       \
	  "DO UPDATE SET value = excluded.value")			       \
	X(XATTR_LIST, "SELECT xattr FROM shelf_xattrs WHERE shelf_id = ?1 "    \
	  "ORDER BY xattr")						       \
	X(XATTR_DELETE, "DELETE FROM shelf_xattrs "			       \
	  "WHERE shelf_id = ?1 AND xattr = ?2")
/* clang-format on */

#define SQL_ENUM(name, text) SQL_##name,
enum sql {
	SQL_STATEMENTS(SQL_ENUM) SQL_COUNT
};
#undef SQL_ENUM
