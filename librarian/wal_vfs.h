/* SPDX-License-Identifier: MIT */

/* wal_vfs.h - A file layer for SQLite that writes a commit by one call
 *
 * SQLite writes each page of its log by two calls, for a frame's header and for
 * the page: six for a new shelf, more for those that share a commit. They
 * follow each other in the file and nobody reads them before they are synced,
 * so they are put together, and written before the sync.
 */
#pragma once

#include <sqlite3.h>

/* Known to SQLite by its name, which is its own as long as it lives. */
struct wal_vfs {
	sqlite3_vfs vfs;
	char name[32];
};

/**
 * wal_vfs_register() - Make one known to SQLite
 * @v:		Uninitialised; for sqlite3_open_v2(), which takes its name
 *
 * All but the log is left to SQLite's own layer. Return: SQLite's
 */
int wal_vfs_register(struct wal_vfs *v);

/* After all that was opened with it has been closed. */
void wal_vfs_unregister(struct wal_vfs *v);
