/* SPDX-License-Identifier: MIT */

/* request.h - What lfsd asks the Librarian
 *
 * Builders of requests (proto_librarian.h, protocol 2): a new object, or NULL
 * without memory. Nothing here does any input or output. Names and targets of
 * links are any bytes; extended attributes have names of any bytes as well.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "info.h"

/* Whoever an operation is done for: goes into the request's context. */
struct caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

json_t *request_hello(uint32_t node_id, const char *token, uint32_t protocol,
		      bool events);
json_t *request_stats(void);

/* ---- names ----------------------------------------------------------------- */

/**
 * struct place - A name in a directory
 * @dir_id:	Directory
 * @name:	Borrowed
 */
struct place {
	uint64_t dir_id;
	const char *name;
};

/**
 * struct new_shelf - What is to be made
 * @mode:	Type and permissions
 * @uid: @gid:	Whose
 * @rdev:	Of device nodes
 */
struct new_shelf {
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t rdev;
};

json_t *request_lookup(const struct place *p);

/* All but directories and links; never one that exists. The name may be NULL:
 * a shelf without one, which has the group of the directory.
 */
json_t *request_create(const struct place *p, const struct new_shelf *n,
		       bool open);
json_t *request_mkdir(const struct place *p, const struct new_shelf *n);
json_t *request_symlink(const struct place *p, const struct new_shelf *n,
			const char *target);
json_t *request_link(uint64_t id, const struct place *p);

/* @handle: of the shelf that the name should lead to, given back with it; or 0 */
json_t *request_unlink(const struct place *p, uint64_t handle);

json_t *request_rmdir(const struct place *p);

enum rename_mode {
	RENAME_MODE_REPLACE,
	RENAME_MODE_KEEP,
	RENAME_MODE_EXCHANGE,
};

json_t *request_rename(const struct place *from, const struct place *to,
		       enum rename_mode mode);
json_t *request_readlink(uint64_t id);

json_t *request_path(const struct place *p);

/* At most @limit names behind @after, "" = from the first one on */
json_t *request_list(uint64_t id, const char *after, uint32_t limit);

/* ---- shelves --------------------------------------------------------------- */

json_t *request_root(void);
json_t *request_get(uint64_t id, bool want_books);
json_t *request_open(uint64_t id);
json_t *request_close(uint64_t id, uint64_t handle);
json_t *request_list_open(void);
json_t *request_ack(uint64_t id, uint64_t generation);

enum {
	ATTR_MODE = 1 << 0,
	ATTR_UID = 1 << 1,
	ATTR_GID = 1 << 2,
	ATTR_ATIME = 1 << 3,
	ATTR_MTIME = 1 << 4,
	ATTR_ATIME_NOW = 1 << 5,
	ATTR_MTIME_NOW = 1 << 6,
};

/**
 * struct attr_change - Attributes that become others
 * @what:	Which: ATTR_...
 * @mode:	Permissions
 */
struct attr_change {
	unsigned what;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	int64_t atime_ns;
	int64_t mtime_ns;
};

json_t *request_set_attr(uint64_t id, const struct attr_change *c);

enum resize_mode {
	RESIZE_TO, /* exactly */
	RESIZE_AT_LEAST,
	RESIZE_RESERVE, /* books for it, the size stays */
};

json_t *request_resize(uint64_t id, uint64_t size, enum resize_mode mode);

/* Asked again with the same @token, the answer is the same. */
json_t *request_append(uint64_t id, uint64_t len, uint64_t handle,
		       uint64_t token);

/* ---- extended attributes --------------------------------------------------- */

enum xattr_mode {
	XATTR_MODE_ANY,
	XATTR_MODE_CREATE,
	XATTR_MODE_REPLACE,
};

json_t *request_get_xattr(uint64_t id, const char *name);
json_t *request_set_xattr(uint64_t id, const char *name, const void *value,
			  size_t len, enum xattr_mode mode);
json_t *request_list_xattrs(uint64_t id);
json_t *request_remove_xattr(uint64_t id, const char *name);

/* ---- locks ----------------------------------------------------------------- */

enum lock_kind {
	LOCK_KIND_POSIX,
	LOCK_KIND_FLOCK,
};

enum lock_type {
	LOCK_TYPE_READ,
	LOCK_TYPE_WRITE,
	LOCK_TYPE_UNLOCK,
};

/**
 * struct lock - A lock that is asked for
 * @owner:	Of this node
 * @start: @end:	Bytes, both inclusive; INT64_MAX = up to any end
 * @pid:	To be told to others
 */
struct lock {
	uint64_t shelf_id;
	enum lock_kind kind;
	enum lock_type type;
	uint64_t owner;
	uint64_t start;
	uint64_t end;
	uint32_t pid;
};

/* @wait: tell by an event when it may be worth trying again. */
json_t *request_lock(const struct lock *l, bool wait);
json_t *request_test_lock(const struct lock *l);
json_t *request_unlock_all(void);

/**
 * request_set_context() - Say to what the answer belongs
 * @request:	Gets a "context", which comes back with the reply: whatever is
 *		in it is written and read twice
 * @seq:	Of this request
 * @who:	For whom; NULL = for lfsd itself
 *
 * Return: 0 or -ENOMEM
 */
int request_set_context(json_t *request, uint64_t seq,
			const struct caller *who);
