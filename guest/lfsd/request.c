/* SPDX-License-Identifier: MIT */

/* request.c - What lfsd asks the Librarian, and what it makes of the answers */

#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "parse.h"
#include "proto_librarian.h"

/* ---- requests -------------------------------------------------------------
 *
 * json_pack() gives NULL when anything in it fails, also for text that is not
 * UTF-8. s: string, I: 64-bit integer, b: boolean.
 */

json_t *request_hello(uint32_t node_id, const char *token, uint32_t protocol,
		      bool events)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:b}", "command", "hello",
			 "node_id", (json_int_t)node_id, "token", token,
			 "protocol", (json_int_t)protocol, "events",
			 (int)events);
}

json_t *request_stats(void)
{
	return json_pack("{s:s}", "command", "get_fs_stats");
}

/* Adds what names the shelf, and consumes @o. */
static json_t *naming(json_t *o, const char *path, uint64_t id)
{
	if (o && path && json_object_set_new(o, "path", json_string(path)) < 0)
		goto fail;
	if (o && id &&
	    json_object_set_new(o, "id", json_integer((json_int_t)id)) < 0)
		goto fail;
	return o;
fail:
	json_decref(o);
	return NULL;
}

json_t *request_get(const char *path, uint64_t id, bool want_books)
{
	return naming(json_pack("{s:s, s:b}", "command", "get_shelf",
				"want_books", (int)want_books),
		      path, id);
}

json_t *request_open(uint64_t id)
{
	return naming(json_pack("{s:s, s:b}", "command", "open_shelf",
				"want_books", 1),
		      NULL, id);
}

json_t *request_create(const char *path, mode_t mode, bool excl)
{
	return naming(json_pack("{s:s, s:I, s:b, s:b}", "command",
				"create_shelf", "mode", (json_int_t)mode,
				"excl", (int)excl, "want_books", 1),
		      path, 0);
}

json_t *request_close(uint64_t id, uint64_t handle)
{
	return naming(json_pack("{s:s, s:I}", "command", "close_shelf",
				"open_handle", (json_int_t)handle),
		      NULL, id);
}

json_t *request_resize(uint64_t id, uint64_t size, bool grow_only)
{
	return naming(json_pack("{s:s, s:I, s:b, s:b, s:b}", "command",
				"resize_shelf", "size_bytes", (json_int_t)size,
				"zero_enabled", 1, "grow_only", (int)grow_only,
				"want_books", 1),
		      NULL, id);
}

json_t *request_destroy(const char *path, uint64_t id)
{
	return naming(json_pack("{s:s}", "command", "destroy_shelf"), path, id);
}

json_t *request_rename(const char *path, uint64_t id, const char *newpath,
		       bool replace)
{
	return naming(json_pack("{s:s, s:s, s:b}", "command", "rename_shelf",
				"newpath", newpath, "replace", (int)replace),
		      path, id);
}

json_t *request_list(uint64_t id)
{
	return naming(json_pack("{s:s}", "command", "list_shelves"), NULL, id);
}

json_t *request_list_open(void)
{
	return json_pack("{s:s}", "command", "list_open_shelves");
}

json_t *request_times(uint64_t id, int64_t mtime)
{
	return naming(json_pack("{s:s, s:I, s:I}", "command", "set_am_time",
				"atime", (json_int_t)mtime, "mtime",
				(json_int_t)mtime),
		      NULL, id);
}

int request_set_context(json_t *request, uint64_t seq, const struct caller *who)
{
	json_t *context;

	context = who ? json_pack("{s:I, s:I}", "seq", (json_int_t)seq, "pid",
				  (json_int_t)who->pid) :
			json_pack("{s:I}", "seq", (json_int_t)seq);
	if (!context || json_object_set_new(request, "context", context) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- replies ------------------------------------------------------------- */

static int parse_book(const json_t *v, uint64_t max_book, uint32_t *ret_book)
{
	json_int_t book = json_integer_value(v);

	if (!json_is_integer(v) || book < 0 || (uint64_t)book >= max_book)
		return -EPROTO;
	*ret_book = (uint32_t)book;
	return 0;
}

int books_parse(const json_t *list, uint64_t max_book, uint32_t **ret_books,
		uint32_t *ret_n)
{
	const size_t n = json_array_size(list);
	CLEANUP_FREE uint32_t *books = NULL;
	int r = 0;

	if (!json_is_array(list) || n > max_book)
		return -EPROTO;
	if (n)
		books = calloc(n, sizeof(*books));
	if (n && !books)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = parse_book(json_array_get(list, i), max_book, &books[i]);
	if (r < 0)
		return r;
	*ret_books = take_ptr(&books);
	*ret_n = (uint32_t)n;
	return 0;
}

/* A name that may become a directory entry */
static bool name_is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= LIBRARIAN_NAME_MAX && !strchr(name, '/');
}

static int parse_times(const json_t *value, struct shelf_info *info)
{
	int r = json_get_i64(value, "ctime", &info->ctime);

	return r < 0 ? r : json_get_i64(value, "mtime", &info->mtime);
}

static int parse_required(const json_t *value, struct shelf_info *info)
{
	const char *name = "";
	int r;

	r = json_get_u64(value, "id", 1, INT64_MAX, &info->id);
	if (r == 0)
		r = json_get_u64(value, "parent_id", 1, INT64_MAX,
				 &info->parent_id);
	if (r == 0)
		r = json_get_u32(value, "mode", 0, 0177777, &info->mode);
	if (r == 0)
		r = json_get_u32(value, "link_count", 0, UINT32_MAX,
				 &info->links);
	if (r == 0)
		r = json_get_u64(value, "size_bytes", 0, INT64_MAX,
				 &info->size);
	if (r == 0)
		r = json_get_u32(value, "book_count", 0, UINT32_MAX,
				 &info->n_books);
	if (r == 0)
		r = parse_times(value, info);
	if (r == 0)
		r = json_get_string(value, "name", &name);
	if (r < 0 || !name_is_good(name))
		return -EPROTO;
	info->name = strdup(name);
	return info->name ? 0 : -ENOMEM;
}

/* The handle: absent or null where there is none; old Librarians send -1. */
static int parse_handle(const json_t *value, struct shelf_info *info)
{
	const json_t *v = json_object_get(value, "open_handle");

	if (!v || json_is_null(v))
		return 0;
	if (!json_is_integer(v))
		return -EPROTO;
	if (json_integer_value(v) > 0)
		info->handle = (uint64_t)json_integer_value(v);
	return 0;
}

static int parse_info(const json_t *value, uint64_t max_book,
		      struct shelf_info *info)
{
	const json_t *books;
	uint32_t count;
	int r;

	r = parse_required(value, info);
	if (r == 0)
		r = parse_handle(value, info);
	if (r != 0)
		return r;
	books = json_object_get(value, "books");
	if (!books || json_is_null(books))
		return 0;
	count = info->n_books;
	r = books_parse(books, max_book, &info->books, &info->n_books);
	info->has_books = r == 0;
	if (r == 0 && count != info->n_books)
		r = -EPROTO;
	return r;
}

int shelf_info_parse(const json_t *value, uint64_t max_book,
		     struct shelf_info *ret_info)
{
	struct shelf_info info = { 0 };
	int r = parse_info(value, max_book, &info);

	if (r != 0)
		shelf_info_deinit(&info);
	else
		*ret_info = info;
	return r;
}

void shelf_info_deinit(struct shelf_info *info)
{
	free(info->name);
	free(info->books);
	*info = (struct shelf_info){ 0 };
}

int shelf_infos_parse(const json_t *value, uint64_t max_book,
		      struct shelf_info **ret_infos, size_t *ret_n)
{
	size_t n = json_array_size(value);
	struct shelf_info *infos;

	if (!json_is_array(value))
		return -EPROTO;
	infos = calloc(n ? n : 1, sizeof(*infos));
	if (!infos)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = shelf_info_parse(json_array_get(value, i), max_book,
					 &infos[i]);

		if (r < 0) {
			shelf_infos_free(infos, i);
			return r;
		}
	}
	*ret_infos = infos;
	*ret_n = n;
	return 0;
}

void shelf_infos_free(struct shelf_info *infos, size_t n)
{
	if (!infos)
		return;
	for (size_t i = 0; i < n; i++)
		shelf_info_deinit(&infos[i]);
	free(infos);
}

int fs_stats_parse(const json_t *value, struct fs_stats *ret_stats)
{
	struct fs_stats s;

	if (json_get_u64(value, "book_size_bytes", LIBRARIAN_BOOK_MIN,
			 LIBRARIAN_BOOK_MAX, &s.book_size) < 0 ||
	    !is_power_of_2(s.book_size))
		return -EPROTO;
	if (json_get_u64(value, "books_total", 0, UINT32_MAX, &s.books_total) <
		    0 ||
	    json_get_u64(value, "books_used", 0, s.books_total, &s.books_used) <
		    0)
		return -EPROTO;
	*ret_stats = s;
	return 0;
}

/* The handles of @node_id; -EPROTO if any is invalid. */
static int parse_opens(const json_t *value, uint32_t node_id,
		       struct open_info *opens, size_t *ret_n)
{
	size_t n = json_array_size(value), found = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(value, i);
		struct open_info *o = &opens[found];
		uint32_t node;

		if (json_get_u32(v, "node_id", 0, UINT32_MAX, &node) < 0 ||
		    json_get_u64(v, "id", 1, INT64_MAX, &o->handle) < 0 ||
		    json_get_u64(v, "shelf_id", 1, INT64_MAX, &o->shelf_id) < 0)
			return -EPROTO;
		if (node == node_id)
			found++;
	}
	*ret_n = found;
	return 0;
}

int open_infos_parse(const json_t *value, uint32_t node_id,
		     struct open_info **ret_opens, size_t *ret_n)
{
	size_t n = json_array_size(value);
	struct open_info *opens;
	int r;

	if (!json_is_array(value))
		return -EPROTO;
	opens = calloc(n ? n : 1, sizeof(*opens));
	if (!opens)
		return -ENOMEM;
	r = parse_opens(value, node_id, opens, ret_n);
	if (r != 0)
		free(opens);
	else
		*ret_opens = opens;
	return r;
}
