/* SPDX-License-Identifier: MIT */

/* wal_vfs.c - A file layer for SQLite that writes a commit by one call
 *
 * Whatever is not a write that follows the one before has what is put together
 * written first, so the file is what SQLite takes it for. A write that fails is
 * reported by that call: by the sync, as a rule, which is before the commit.
 */

#include "wal_vfs.h"

#include <stdio.h>
#include <string.h>

#define GATHER_MAX 65536

/* SQLite's own file is behind it, in the same allocation. */
struct wal_file {
	sqlite3_file base;
	sqlite3_file *below;
	sqlite3_int64 offset; /* of what is put together */
	int len;
	char *bytes;
};

static struct wal_file *wal_of(sqlite3_file *f)
{
	return (struct wal_file *)f;
}

static int flush(struct wal_file *w)
{
	int len = w->len;

	w->len = 0;
	return len ? w->below->pMethods->xWrite(w->below, w->bytes, len,
						w->offset) :
		     SQLITE_OK;
}

/* ---- what the log is asked for -------------------------------------------- */

static int on_write(sqlite3_file *f, const void *data, int len,
		    sqlite3_int64 offset)
{
	struct wal_file *w = wal_of(f);
	int rc = SQLITE_OK;

	if (offset != w->offset + w->len || len > GATHER_MAX - w->len)
		rc = flush(w);
	if (rc != SQLITE_OK)
		return rc;
	if (len > GATHER_MAX)
		return w->below->pMethods->xWrite(w->below, data, len, offset);
	if (!w->len)
		w->offset = offset;
	memcpy(w->bytes + w->len, data, (size_t)len);
	w->len += len;
	return SQLITE_OK;
}

static int on_read(sqlite3_file *f, void *data, int len, sqlite3_int64 offset)
{
	struct wal_file *w = wal_of(f);
	int rc = flush(w);

	return rc != SQLITE_OK ?
		       rc :
		       w->below->pMethods->xRead(w->below, data, len, offset);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct wal_file *w = wal_of(f);
	int rc = flush(w);

	return rc != SQLITE_OK ? rc :
				 w->below->pMethods->xTruncate(w->below, size);
}

static int on_sync(sqlite3_file *f, int flags)
{
	struct wal_file *w = wal_of(f);
	int rc = flush(w);

	return rc != SQLITE_OK ? rc :
				 w->below->pMethods->xSync(w->below, flags);
}

static int on_size(sqlite3_file *f, sqlite3_int64 *ret_size)
{
	struct wal_file *w = wal_of(f);
	int rc = flush(w);

	return rc != SQLITE_OK ?
		       rc :
		       w->below->pMethods->xFileSize(w->below, ret_size);
}

static int on_close(sqlite3_file *f)
{
	struct wal_file *w = wal_of(f);
	int rc = flush(w), closed = w->below->pMethods->xClose(w->below);

	sqlite3_free(w->bytes);
	return rc != SQLITE_OK ? rc : closed;
}

/* ---- the rest of what it may be asked for --------------------------------- */

static int on_lock(sqlite3_file *f, int level)
{
	struct wal_file *w = wal_of(f);

	return w->below->pMethods->xLock(w->below, level);
}

static int on_unlock(sqlite3_file *f, int level)
{
	struct wal_file *w = wal_of(f);

	return w->below->pMethods->xUnlock(w->below, level);
}

static int on_is_locked(sqlite3_file *f, int *ret)
{
	struct wal_file *w = wal_of(f);

	return w->below->pMethods->xCheckReservedLock(w->below, ret);
}

static int on_control(sqlite3_file *f, int op, void *arg)
{
	struct wal_file *w = wal_of(f);

	return w->below->pMethods->xFileControl(w->below, op, arg);
}

static int on_sector_size(sqlite3_file *f)
{
	struct wal_file *w = wal_of(f);

	return w->below->pMethods->xSectorSize(w->below);
}

static int on_characteristics(sqlite3_file *f)
{
	struct wal_file *w = wal_of(f);

	return w->below->pMethods->xDeviceCharacteristics(w->below);
}

static const sqlite3_io_methods wal_methods = {
	.iVersion = 1,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_is_locked,
	.xFileControl = on_control,
	.xSectorSize = on_sector_size,
	.xDeviceCharacteristics = on_characteristics,
};

/* ---- opening -------------------------------------------------------------- */

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f,
		   int flags, int *ret_flags)
{
	sqlite3_vfs *below = vfs->pAppData;
	struct wal_file *w = wal_of(f);
	int rc;

	if (!(flags & SQLITE_OPEN_WAL))
		return below->xOpen(below, name, f, flags, ret_flags);
	*w = (struct wal_file){ .below = (sqlite3_file *)(w + 1) };
	w->bytes = sqlite3_malloc(GATHER_MAX);
	if (!w->bytes)
		return SQLITE_NOMEM;
	rc = below->xOpen(below, name, w->below, flags, ret_flags);
	if (rc == SQLITE_OK)
		w->base.pMethods = &wal_methods;
	else
		sqlite3_free(w->bytes);
	return rc;
}

int wal_vfs_register(struct wal_vfs *v)
{
	sqlite3_vfs *below = sqlite3_vfs_find(NULL);

	if (!below)
		return SQLITE_ERROR;
	(void)snprintf(v->name, sizeof(v->name), "wal-%p", (void *)v);
	v->vfs = *below;
	v->vfs.pNext = NULL;
	v->vfs.zName = v->name;
	v->vfs.pAppData = below;
	v->vfs.szOsFile += (int)sizeof(struct wal_file);
	v->vfs.xOpen = on_open;
	return sqlite3_vfs_register(&v->vfs, 0);
}

void wal_vfs_unregister(struct wal_vfs *v)
{
	(void)sqlite3_vfs_unregister(&v->vfs);
}
