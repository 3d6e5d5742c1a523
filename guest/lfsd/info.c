/* SPDX-License-Identifier: MIT */

/* info.c - What the Librarian's answers say */

#include "info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "cleanup.h"
#include "jget.h"
#include "parse.h"
#include "proto_librarian.h"

/* ---- bytes ----------------------------------------------------------------- */

int bytes_parse(const struct jvalue *value, const char *key,
		const char *key_b64, void **ret_data, size_t *ret_len)
{
	CLEANUP_FREE char *data = NULL;
	const char *text = NULL;
	bool coded = false;
	size_t len;
	int r = jget_text(value, key, &text);

	if (r == -ENOENT) {
		r = jget_text(value, key_b64, &text);
		coded = true;
	}
	if (r < 0)
		return r == -ENOENT ? r : -EPROTO;
	len = strlen(text);
	data = malloc(len + 1);
	if (!data)
		return -ENOMEM;
	if (!coded)
		memcpy(data, text, len);
	else if (base64_decode(text, len, data, &len) < 0)
		return -EPROTO;
	data[len] = '\0';
	*ret_data = take_ptr(&data);
	*ret_len = len;
	return 0;
}

/* A name that may become a directory entry */
static bool name_is_good(const char *name, size_t len)
{
	return len > 0 && len <= LIBRARIAN_NAME_MAX && strlen(name) == len &&
	       !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* The root directory and what was unlinked have no name to speak of. */
static int parse_name(const struct jvalue *value, struct shelf_info *info)
{
	void *name = NULL;
	size_t len;
	int r = bytes_parse(value, "name", "name_b64", &name, &len);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (name_is_good(name, len))
		info->name = name;
	else
		free(name);
	return 0;
}

/* ---- shelves --------------------------------------------------------------- */

int books_parse(const struct jvalue *list, uint64_t max_book,
		uint32_t **ret_books, uint32_t *ret_n)
{
	CLEANUP_FREE uint32_t *books = NULL;
	uint32_t n;

	/* All in it are numbers, or the first that is none is found. */
	if (!jvalue_is(list, JVALUE_ARRAY) || list->n > max_book)
		return -EPROTO;
	n = list->n;
	if (n)
		books = calloc(n, sizeof(*books));
	if (n && !books)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const struct jvalue *v = &list[1 + i];

		if (v->type != JVALUE_INT || v->integer < 0 ||
		    (uint64_t)v->integer >= max_book)
			return -EPROTO;
		books[i] = (uint32_t)v->integer;
	}
	*ret_books = take_ptr(&books);
	*ret_n = n;
	return 0;
}

struct field {
	const char *key;
	size_t offset;
};

#define FIELD(name, member)                               \
	{                                                 \
		name, offsetof(struct shelf_info, member) \
	}

static const struct field fields_u32[] = {
	FIELD("mode", mode), FIELD("link_count", links),
	FIELD("uid", uid),   FIELD("gid", gid),
	FIELD("rdev", rdev), FIELD("book_count", n_books),
};

static const struct field fields_i64[] = {
	FIELD("atime_ns", atime_ns),
	FIELD("mtime_ns", mtime_ns),
	FIELD("ctime_ns", ctime_ns),
};

static int parse_required(const struct jvalue *value, struct shelf_info *info)
{
	char *base = (char *)info;
	int r;

	r = jget_u64(value, "id", 1, INT64_MAX, &info->id);
	if (r == 0)
		r = jget_u64(value, "parent_id", 0, INT64_MAX,
			     &info->parent_id);
	if (r == 0)
		r = jget_u64(value, "size_bytes", 0, INT64_MAX, &info->size);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fields_u32); i++)
		r = jget_u32(value, fields_u32[i].key, 0, UINT32_MAX,
			     (uint32_t *)(base + fields_u32[i].offset));
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fields_i64); i++)
		r = jget_i64(value, fields_i64[i].key,
			     (int64_t *)(base + fields_i64[i].offset));
	return r < 0 || info->mode > 0177777 ? -EPROTO : 0;
}

/* Absent or null where there is none. */
static int parse_handle(const struct jvalue *value, struct shelf_info *info)
{
	const struct jvalue *v = jvalue_get(value, "open_handle");

	if (!v || v->type == JVALUE_NULL)
		return 0;
	if (v->type != JVALUE_INT)
		return -EPROTO;
	if (v->integer > 0)
		info->handle = (uint64_t)v->integer;
	return 0;
}

static int parse_books(const struct jvalue *value, uint64_t max_book,
		       struct shelf_info *info)
{
	const struct jvalue *books = jvalue_get(value, "books");
	uint32_t n;
	int r;

	if (!books || books->type == JVALUE_NULL)
		return 0;
	r = books_parse(books, max_book, &info->books, &n);
	if (r < 0)
		return r;
	info->has_books = true;
	return n == info->n_books ? 0 : -EPROTO;
}

static int parse_info(const struct jvalue *value, uint64_t max_book,
		      struct shelf_info *info)
{
	int r = parse_required(value, info);

	if (r == 0)
		r = parse_name(value, info);
	if (r == 0)
		r = parse_handle(value, info);
	if (r == 0)
		r = parse_books(value, max_book, info);
	if (r == 0 && jvalue_get(value, "gen")) {
		info->has_gen = true;
		r = jget_u64(value, "gen", 0, INT64_MAX, &info->gen);
	}
	if (r == 0 && jvalue_get(value, "revocation"))
		r = jget_u64(value, "revocation", 1, INT64_MAX,
			     &info->revocation);
	return r < 0 && r != -ENOMEM ? -EPROTO : r;
}

int shelf_info_parse(const struct jvalue *value, uint64_t max_book,
		     struct shelf_info *ret_info)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r = parse_info(value, max_book, &info);

	if (r < 0)
		return r;
	*ret_info = info;
	info = (struct shelf_info){ 0 };
	return 0;
}

void shelf_info_deinit(struct shelf_info *info)
{
	free(info->name);
	free(info->books);
	*info = (struct shelf_info){ 0 };
}

/* ---- names ----------------------------------------------------------------- */

static int parse_entries(const struct jvalue *entries, uint64_t max_book,
			 struct listing *l)
{
	size_t n = jvalue_count(entries);

	l->infos = calloc(n ? n : 1, sizeof(*l->infos));
	if (!l->infos)
		return -ENOMEM;
	for (const struct jvalue *v = entries + 1; l->n < n;
	     v = jvalue_next(v), l->n++) {
		struct shelf_info *info = &l->infos[l->n];
		int r = shelf_info_parse(v, max_book, info);

		if (r < 0)
			return r;
		if (!info->name) {
			shelf_info_deinit(info);
			return -EPROTO;
		}
	}
	return 0;
}

int listing_parse(const struct jvalue *value, uint64_t max_book,
		  struct listing *ret_listing)
{
	const struct jvalue *entries = jvalue_get(value, "entries");
	struct listing l = { 0 };
	int r;

	if (!jvalue_is(entries, JVALUE_ARRAY) ||
	    jget_bool(value, "more", &l.more) < 0)
		return -EPROTO;
	l.has_gen = jget_u64(value, "names_gen", 0, INT64_MAX, &l.names_gen) ==
		    0;
	r = parse_entries(entries, max_book, &l);
	if (r < 0)
		listing_deinit(&l);
	else
		*ret_listing = l;
	return r;
}

void listing_deinit(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		shelf_info_deinit(&l->infos[i]);
	free(l->infos);
	*l = (struct listing){ 0 };
}

/* A gen stands beside the value, or in it. */
static int get_gen(const struct jvalue *whole, const char *key,
		   uint64_t *ret_gen)
{
	const struct jvalue *value = jvalue_get(whole, "value");

	if (jget_u64(whole, key, 0, INT64_MAX, ret_gen) == 0)
		return 0;
	return jget_u64(value, key, 0, INT64_MAX, ret_gen) == 0 ? 0 : -ENOENT;
}

int names_gen_parse(const struct jvalue *whole, uint64_t *ret_gen)
{
	return get_gen(whole, "names_gen", ret_gen);
}

int names_change_parse(const struct jvalue *whole,
		       struct names_change *ret_change)
{
	struct names_change c = { 0 };

	if (get_gen(whole, "names_gen_before", &c.before) < 0 ||
	    get_gen(whole, "names_gen", &c.after) < 0)
		return -ENOENT;
	if (get_gen(whole, "newnames_gen_before", &c.new_before) < 0 ||
	    get_gen(whole, "newnames_gen", &c.new_after) < 0) {
		c.new_before = c.before;
		c.new_after = c.after;
	}
	*ret_change = c;
	return 0;
}

/* ---- the rest -------------------------------------------------------------- */

int fs_stats_parse(const struct jvalue *value, struct fs_stats *ret_stats)
{
	struct fs_stats s = { 0 };

	if (jget_u64(value, "book_size_bytes", LIBRARIAN_BOOK_MIN,
		     LIBRARIAN_BOOK_MAX, &s.book_size) < 0 ||
	    !is_power_of_2(s.book_size))
		return -EPROTO;
	if (jget_u64(value, "books_total", 0, UINT32_MAX, &s.books_total) < 0 ||
	    jget_u64(value, "books_used", 0, s.books_total, &s.books_used) < 0)
		return -EPROTO;
	(void)jget_u64(value, "shelves", 0, INT64_MAX, &s.shelves);
	*ret_stats = s;
	return 0;
}

/* The handles of @node_id; -EPROTO if any is invalid. */
static int parse_opens(const struct jvalue *list, uint32_t node_id,
		       struct open_info *opens, size_t *ret_n)
{
	const struct jvalue *end = jvalue_end(list);
	size_t found = 0;

	for (const struct jvalue *v = list + 1; v < end; v = jvalue_next(v)) {
		struct open_info *o = &opens[found];
		uint32_t node;

		if (jget_u32(v, "node_id", 0, UINT32_MAX, &node) < 0 ||
		    jget_u64(v, "id", 1, INT64_MAX, &o->handle) < 0 ||
		    jget_u64(v, "shelf_id", 1, INT64_MAX, &o->shelf_id) < 0)
			return -EPROTO;
		if (node == node_id)
			found++;
	}
	*ret_n = found;
	return 0;
}

int open_infos_parse(const struct jvalue *value, uint32_t node_id,
		     struct open_info **ret_opens, size_t *ret_n)
{
	struct open_info *opens;
	size_t n;
	int r;

	if (!jvalue_is(value, JVALUE_ARRAY))
		return -EPROTO;
	n = jvalue_count(value);
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

int lock_info_parse(const struct jvalue *value, struct lock_info *ret_info)
{
	struct lock_info l = { .taken = true };
	const char *type;

	if (jget_text(value, "type", &type) < 0)
		return -EPROTO;
	if (!strcmp(type, "unlock")) {
		*ret_info = (struct lock_info){ 0 };
		return 0;
	}
	l.write = !strcmp(type, "write");
	if (!l.write && strcmp(type, "read") != 0)
		return -EPROTO;
	if (jget_u64(value, "start", 0, INT64_MAX, &l.start) < 0 ||
	    jget_u64(value, "end", l.start, INT64_MAX, &l.end) < 0 ||
	    jget_u32(value, "pid", 0, UINT32_MAX, &l.pid) < 0 ||
	    jget_u32(value, "node_id", 0, UINT32_MAX, &l.node_id) < 0)
		return -EPROTO;
	*ret_info = l;
	return 0;
}
