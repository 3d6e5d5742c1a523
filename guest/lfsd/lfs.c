/* SPDX-License-Identifier: MIT */

/* lfs.c - The operations of the file system */

#include "lfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "json.h"
#include "log.h"
#include "proto_librarian.h"

/* ---- asking ---------------------------------------------------------------- */

static int parse_shelf(const struct lfs *lfs, const json_t *value,
		       struct shelf_info *ret_info)
{
	int r = shelf_info_parse(value, lfs->max_book, ret_info);

	if (r != -EPROTO)
		return r;
	log_err("the Librarian's description of a shelf is invalid");
	return -EIO;
}

/* A request whose answer is a shelf */
static int ask(struct lfs *lfs, const struct caller *who, json_t *request,
	       struct shelf_info *ret_info)
{
	CLEANUP_JSON json_t *value = NULL;
	int r = client_call(lfs->client, who, request, &value);

	return r < 0 ? r : parse_shelf(lfs, value, ret_info);
}

int lfs_get(struct lfs *lfs, const struct caller *who, const char *path,
	    uint64_t id, bool want_books, struct shelf_info *ret_info)
{
	return ask(lfs, who, request_get(path, id, want_books), ret_info);
}

/* Names that only the Librarian may give */
static bool is_reserved(const struct lfs *lfs, uint64_t parent_id,
			const char *name)
{
	return parent_id == lfs->root_id &&
	       !strncmp(name, LIBRARIAN_UNLINKED, strlen(LIBRARIAN_UNLINKED));
}

static int path_of(const struct lfs *lfs, uint64_t parent_id, const char *name,
		   char **ret_path)
{
	return shelf_path(&lfs->table, lfs->root_id, parent_id, name, ret_path);
}

static int get_by_name(struct lfs *lfs, const struct caller *who,
		       uint64_t parent_id, const char *name,
		       struct shelf_info *ret_info)
{
	CLEANUP_FREE char *path = NULL;
	int r;

	if (strlen(name) > LIBRARIAN_NAME_MAX)
		return -ENAMETOOLONG;
	if (is_reserved(lfs, parent_id, name))
		return -ENOENT;
	r = path_of(lfs, parent_id, name, &path);
	return r < 0 ? r : lfs_get(lfs, who, path, 0, false, ret_info);
}

/* What is said of a shelf goes to the table, and to fam.ko if it is held. */
static int learn(struct lfs *lfs, struct shelf_info *info, struct shelf **ret_s)
{
	struct shelf *s;
	int r;

	r = shelf_learn(&lfs->table, info, &s);
	if (r == 0 && s->handle)
		r = hold_update(lfs, s, info);
	if (r == 0)
		*ret_s = s;
	return r;
}

/* ---- names ----------------------------------------------------------------- */

int lfs_lookup(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name, struct shelf **ret_s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	r = get_by_name(lfs, who, parent_id, name, &info);
	if (r == 0)
		r = learn(lfs, &info, ret_s);
	if (r == 0)
		(*ret_s)->lookups++;
	return r;
}

void lfs_forget(struct lfs *lfs, uint64_t id, uint64_t n)
{
	struct shelf *s = shelf_find(&lfs->table, id);

	if (!s)
		return;
	s->lookups -= n < s->lookups ? n : s->lookups;
	shelf_put(&lfs->table, s);
}

int lfs_list(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct shelf_info **ret_infos, size_t *ret_n)
{
	CLEANUP_JSON json_t *value = NULL;
	struct shelf_info *infos;
	size_t n, kept = 0;
	int r;

	r = client_call(lfs->client, who, request_list(id), &value);
	if (r == 0)
		r = shelf_infos_parse(value, lfs->max_book, &infos, &n);
	if (r != 0)
		return r == -EPROTO ? -EIO : r;
	for (size_t i = 0; i < n; i++) {
		struct shelf_info *info = &infos[i];

		if (!strcmp(info->name, ".") || !strcmp(info->name, "..") ||
		    is_reserved(lfs, id, info->name))
			shelf_info_deinit(info);
		else
			infos[kept++] = *info;
	}
	*ret_infos = infos;
	*ret_n = kept;
	return 0;
}

/* Somebody holds it: it loses its name and goes with the last handle. */
static int hide(struct lfs *lfs, const struct caller *who, const char *path,
		uint64_t id)
{
	char hidden[sizeof("/" LIBRARIAN_UNLINKED) + 20];
	CLEANUP_JSON json_t *value = NULL;

	(void)snprintf(hidden, sizeof(hidden), "/" LIBRARIAN_UNLINKED "%llu",
		       (unsigned long long)id);
	return client_call(lfs->client, who,
			   request_rename(path, id, hidden, false), &value);
}

static int destroy(struct lfs *lfs, const struct caller *who, const char *path,
		   uint64_t id)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(lfs->client, who, request_destroy(path, id), &reply);
	if (r == -ENOENT && reply.resent)
		return 0; /* the first attempt worked, its answer was lost */
	return r;
}

int lfs_unlink(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_FREE char *path = NULL;
	int r;

	r = get_by_name(lfs, who, parent_id, name, &info);
	if (r == 0 && S_ISDIR(info.mode))
		r = -EISDIR;
	if (r == 0)
		r = path_of(lfs, parent_id, name, &path);
	if (r < 0)
		return r;
	r = destroy(lfs, who, path, info.id);
	if (r == -EBUSY)
		r = hide(lfs, who, path, info.id);
	return r;
}

int lfs_rename(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name, uint64_t newparent_id, const char *newname,
	       bool replace)
{
	CLEANUP_FREE char *path = NULL, *newpath = NULL;
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	struct shelf *s;
	int r;

	if (is_reserved(lfs, newparent_id, newname))
		return -EPERM;
	r = get_by_name(lfs, who, parent_id, name, &info);
	if (r == 0)
		r = path_of(lfs, parent_id, name, &path);
	if (r == 0)
		r = path_of(lfs, newparent_id, newname, &newpath);
	if (r == 0)
		r = client_ask(lfs->client, who,
			       request_rename(path, info.id, newpath, replace),
			       &reply);
	if (r == -ENOENT && reply.resent)
		r = 0;
	s = shelf_find(&lfs->table, info.id);
	if (r == 0 && s)
		r = shelf_set_place(s, newparent_id, newname);
	return r;
}

/* ---- attributes ------------------------------------------------------------ */

int lfs_getattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		struct shelf **ret_s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	r = lfs_get(lfs, who, NULL, id, false, &info);
	if (r == 0)
		r = learn(lfs, &info, ret_s);
	return r == -ENOENT ? -ESTALE : r;
}

static int resize(struct lfs *lfs, const struct caller *who, uint64_t id,
		  uint64_t size, bool grow_only)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s;
	int r;

	r = ask(lfs, who, request_resize(id, size, grow_only), &info);
	return r < 0 ? r : learn(lfs, &info, &s);
}

int lfs_resize(struct lfs *lfs, const struct caller *who, uint64_t id,
	       uint64_t size)
{
	struct shelf *s;
	int r, back;

	if (size > INT64_MAX)
		return -EFBIG;
	r = lfs_getattr(lfs, who, id, &s);
	if (r != 0 || size == s->size)
		return r;
	if (!s->handle || size > s->size)
		return resize(lfs, who, id, size, false);
	/* First here, then there: nobody maps what the Librarian gives away */
	r = hold_cut(lfs, s, size);
	if (r < 0)
		return r;
	/* Nor after a new connection, on which it describes the shelf uncut. */
	s->cut = size;
	r = resize(lfs, who, id, size, false);
	s->cut = UINT64_MAX;
	if (r < 0) {
		back = lfs_getattr(lfs, who, id, &s);
		if (back < 0)
			log_warn_errno(back,
				       "shelf %llu stays cut on this node",
				       (unsigned long long)id);
	}
	return r;
}

int lfs_allocate(struct lfs *lfs, const struct caller *who, uint64_t id,
		 uint64_t size)
{
	return size > INT64_MAX ? -EFBIG : resize(lfs, who, id, size, true);
}

int lfs_set_mtime(struct lfs *lfs, const struct caller *who, uint64_t id,
		  int64_t mtime)
{
	CLEANUP_JSON json_t *value = NULL;
	int r;

	r = client_call(lfs->client, who, request_times(id, mtime), &value);
	return r == -ENOSYS ? -EOPNOTSUPP : r;
}

int lfs_stats(struct lfs *lfs, const struct caller *who,
	      struct fs_stats *ret_stats)
{
	CLEANUP_JSON json_t *value = NULL;
	int r;

	r = client_call(lfs->client, who, request_stats(), &value);
	if (r == 0)
		r = fs_stats_parse(value, ret_stats);
	return r == -EPROTO ? -EIO : r;
}

/* ---- open files ------------------------------------------------------------ */

int lfs_open(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct shelf **ret_s)
{
	struct shelf *s = shelf_find(&lfs->table, id);
	int r;

	if (!s)
		return -ESTALE;
	/* Either reply tells all that there is to know. */
	r = s->handle ? lfs_getattr(lfs, who, id, &s) : hold_take(lfs, who, s);
	if (r != 0)
		return r == -ENOENT ? -ESTALE : r;
	s->opens++;
	*ret_s = s;
	return 0;
}

static int create_handle(struct lfs *lfs, struct shelf_info *info,
			 struct shelf **ret_s)
{
	uint64_t handle = info->handle;
	CLEANUP_JSON json_t *value = NULL;
	struct shelf *s;
	bool held;
	int r;

	r = shelf_learn(&lfs->table, info, &s);
	if (r < 0)
		return r;
	held = s->handle;
	r = held ? hold_update(lfs, s, info) : hold_begin(lfs, s, info);
	/* One handle a node is enough. */
	if (held || r < 0)
		(void)client_call(lfs->client, NULL,
				  request_close(s->id, handle), &value);
	if (r == 0)
		*ret_s = s;
	else
		shelf_put(&lfs->table, s);
	return r;
}

int lfs_create(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name, mode_t mode, bool exclusive,
	       struct shelf **ret_s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_FREE char *path = NULL;
	int r;

	if (strlen(name) > LIBRARIAN_NAME_MAX)
		return -ENAMETOOLONG;
	if (is_reserved(lfs, parent_id, name))
		return -EPERM;
	r = path_of(lfs, parent_id, name, &path);
	if (r == 0)
		r = ask(lfs, who, request_create(path, mode, exclusive), &info);
	if (r == 0)
		r = create_handle(lfs, &info, ret_s);
	if (r < 0)
		return r;
	(*ret_s)->lookups++;
	(*ret_s)->opens++;
	return 0;
}

void lfs_release(struct lfs *lfs, struct shelf *s)
{
	s->opens--;
	hold_end(lfs, s);
}

ssize_t lfs_read(struct lfs *lfs, const struct caller *who, struct shelf *s,
		 void *buf, size_t size, off_t off)
{
	ssize_t n;
	int r;

	/* At the end: another node may have moved it. */
	if ((uint64_t)off + size > s->size) {
		r = lfs_getattr(lfs, who, s->id, &s);
		if (r < 0)
			return r;
	}
	n = pread(s->fd, buf, size, off);
	return n < 0 ? -errno : n;
}

static ssize_t write_all_at(int fd, const char *buf, size_t size, off_t off)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n =
			pwrite(fd, buf + done, size - done, off + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return done ? (ssize_t)done : -errno;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t lfs_write(struct lfs *lfs, const struct caller *who, struct shelf *s,
		  const void *buf, size_t size, off_t off)
{
	uint64_t end = (uint64_t)off + size;
	int r;

	if (end > INT64_MAX)
		return -EFBIG;
	if (end > s->size) {
		r = lfs_allocate(lfs, who, s->id, end);
		if (r < 0)
			return r;
	}
	return write_all_at(s->fd, buf, size, off);
}

ssize_t lfs_append(struct lfs *lfs, const struct caller *who, struct shelf *s,
		   const void *buf, size_t size)
{
	int r = lfs_getattr(lfs, who, s->id, &s);

	return r < 0 ? r : lfs_write(lfs, who, s, buf, size, (off_t)s->size);
}
