/* SPDX-License-Identifier: MIT */

/* test_lfs.c - The file system between a model of the Librarian and of fam.ko
 *
 * client_call() and the calls of fam.ko are replaced by models that note in a
 * line of text what they are asked, in order: order is what this is about.
 */

#include "lfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "json.h"
#include "proto_librarian.h"

#include "../../unit.h"

#define BOOK (2U << 20)
#define ROOT 2
#define NODE 1
#define SHELVES 8

/* A shelf at the Librarian; its books are 10 * id, 10 * id + 1, ... */
struct model_shelf {
	bool exists;
	uint64_t id;
	char name[64];
	uint64_t size;
	uint64_t handles[4]; /* of this node */
	bool held_elsewhere;
};

static struct model {
	struct model_shelf shelves[SHELVES];
	uint64_t last_handle;
	bool lists_handles;
	uint64_t hostile_book; /* in the place of the first one */
	char log[1024];
	/* fam.ko: one shelf at a time is enough */
	uint64_t fam_id;
	int fam_fd;
	bool mapped;
	int watching;
	struct lfs *reconnects; /* the next resize finds the connection lost */
} model;

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	size_t n = strlen(model.log);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(model.log + n, sizeof(model.log) - n, fmt, ap);
	va_end(ap);
}

/* Compares with what was noted since the last time. */
static void assert_log(const char *want)
{
	assert_string_equal(model.log, want);
	model.log[0] = '\0';
}

/* ---- the Librarian --------------------------------------------------------- */

static struct model_shelf *model_find(const json_t *o)
{
	const char *path = NULL;
	uint64_t id = 0;

	(void)json_get_u64(o, "id", 1, INT64_MAX, &id);
	(void)json_get_string(o, "path", &path);
	for (int i = 0; i < SHELVES; i++) {
		struct model_shelf *s = &model.shelves[i];

		if (s->exists && (!id || s->id == id) &&
		    (!path || !strcmp(path + 1, s->name)))
			return s;
	}
	return NULL;
}

static struct model_shelf *model_add(uint64_t id, const char *name,
				     uint64_t size)
{
	for (int i = 0; i < SHELVES; i++) {
		struct model_shelf *s = &model.shelves[i];

		if (s->exists)
			continue;
		*s = (struct model_shelf){ .exists = true,
					   .id = id,
					   .size = size };
		strcpy(s->name, name);
		return s;
	}
	fail();
	return NULL;
}

static uint64_t n_books(const struct model_shelf *s)
{
	return (s->size + BOOK - 1) / BOOK;
}

static json_t *to_json(const struct model_shelf *s, uint64_t handle,
		       bool want_books)
{
	json_t *books = json_array();
	json_t *o = json_pack("{s:I,s:i,s:s,s:i,s:i,s:I,s:I,s:i,s:i,s:I}", "id",
			      (json_int_t)s->id, "parent_id", ROOT, "name",
			      s->id == ROOT ? "." : s->name, "mode",
			      s->id == ROOT ? S_IFDIR | 0777 : S_IFREG | 0644,
			      "link_count", 1, "size_bytes",
			      (json_int_t)s->size, "book_count",
			      (json_int_t)n_books(s), "ctime", 1, "mtime", 2,
			      "open_handle", (json_int_t)handle);

	for (uint64_t i = 0; i < n_books(s); i++)
		json_array_append_new(
			books,
			json_integer((json_int_t)(i == 0 && model.hostile_book ?
							  model.hostile_book :
							  10 * s->id + i)));
	if (want_books)
		json_object_set(o, "books", books);
	json_decref(books);
	return o;
}

static uint64_t take_handle(struct model_shelf *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->handles); i++)
		if (!s->handles[i])
			return s->handles[i] = ++model.last_handle;
	fail();
	return 0;
}

static int give_handle(struct model_shelf *s, uint64_t handle)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->handles); i++)
		if (s->handles[i] == handle) {
			s->handles[i] = 0;
			return 0;
		}
	return -EBADF;
}

static bool is_held(const struct model_shelf *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->handles); i++)
		if (s->handles[i])
			return true;
	return s->held_elsewhere;
}

static int do_resize(struct model_shelf *s, const json_t *o)
{
	bool grow_only = false;
	uint64_t size;

	assert_int_equal(json_get_u64(o, "size_bytes", 0, INT64_MAX, &size), 0);
	(void)json_get_bool(o, "grow_only", &grow_only);
	note("resize %d to %d%s; ", (int)s->id, (int)size,
	     grow_only ? " at least" : "");
	if (size < s->size && s->held_elsewhere && !grow_only)
		return -EMFILE;
	if (!grow_only || size > s->size)
		s->size = size;
	return 0;
}

static json_t *list_handles(void)
{
	json_t *a = json_array();

	for (int i = 0; i < SHELVES; i++)
		for (size_t h = 0; h < 4; h++)
			if (model.shelves[i].handles[h])
				json_array_append_new(
					a,
					json_pack(
						"{s:I,s:I,s:i}", "id",
						(json_int_t)model.shelves[i]
							.handles[h],
						"shelf_id",
						(json_int_t)model.shelves[i].id,
						"node_id", NODE));
	return a;
}

/* Commands of one shelf that exists */
static int on_shelf(const char *cmd, struct model_shelf *s, const json_t *o,
		    json_t **ret_value)
{
	uint64_t handle = 0;
	bool want = false;
	const char *name;
	int r = 0;

	(void)json_get_bool(o, "want_books", &want);
	if (!strcmp(cmd, "open_shelf") || !strcmp(cmd, "create_shelf")) {
		handle = take_handle(s);
		note("open %d as %d; ", (int)s->id, (int)handle);
	} else if (!strcmp(cmd, "close_shelf")) {
		assert_int_equal(json_get_u64(o, "open_handle", 1, INT64_MAX,
					      &handle),
				 0);
		note("close %d of %d; ", (int)handle, (int)s->id);
		r = give_handle(s, handle);
		handle = 0;
	} else if (!strcmp(cmd, "resize_shelf")) {
		r = do_resize(s, o);
	} else if (!strcmp(cmd, "destroy_shelf")) {
		if (is_held(s))
			return -EBUSY;
		note("destroy %d; ", (int)s->id);
		s->exists = false;
	} else if (!strcmp(cmd, "rename_shelf")) {
		assert_int_equal(json_get_string(o, "newpath", &name), 0);
		strcpy(s->name, name + 1);
		note("rename %d to %s; ", (int)s->id, s->name);
	}
	if (r == 0)
		*ret_value = to_json(s, handle, want);
	return r;
}

int client_call(struct client *c, const struct caller *who, json_t *request,
		json_t **ret_value)
{
	CLEANUP_JSON json_t *o = request;
	struct model_shelf *s;
	const char *cmd;

	(void)c;
	(void)who;
	assert_non_null(o);
	assert_int_equal(json_get_string(o, "command", &cmd), 0);
	if (!strcmp(cmd, "get_fs_stats")) {
		*ret_value = json_pack("{s:i,s:i,s:i}", "book_size_bytes", BOOK,
				       "books_total", 100, "books_used", 0);
		return 0;
	}
	if (!strcmp(cmd, "list_open_shelves")) {
		*ret_value = model.lists_handles ? list_handles() : NULL;
		return model.lists_handles ? 0 : -ENOSYS;
	}
	if (model.reconnects && !strcmp(cmd, "resize_shelf")) {
		struct lfs *lfs = model.reconnects;

		model.reconnects = NULL;
		lfs_restore(lfs);
	}
	s = model_find(o);
	if (!s && !strcmp(cmd, "create_shelf"))
		s = model_add(50, "new", 0);
	return s ? on_shelf(cmd, s, o, ret_value) : -ENOENT;
}

int client_ask(struct client *c, const struct caller *who, json_t *request,
	       struct reply *ret_reply)
{
	struct reply reply = { 0 };
	int r = client_call(c, who, request, &reply.value);

	reply.whole = reply.value;
	*ret_reply = reply;
	return r;
}

/* ---- fam.ko ---------------------------------------------------------------- */

int fam_dev_shelf(const struct fam_dev *fam, uint64_t id, bool existing,
		  int *ret_fd)
{
	(void)fam;
	if (existing && model.fam_id != id)
		return -ENOENT;
	model.fam_id = id;
	*ret_fd = memfd_create("shelf", MFD_CLOEXEC);
	return 0;
}

int fam_shelf_set(int fd, uint64_t size, unsigned shift, const uint32_t *books,
		  uint32_t n)
{
	assert_int_equal(shift, 21);
	note("set %d with %d books", (int)size, (int)n);
	if (n)
		note(" from %d", (int)books[0]);
	note("; ");
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

int fam_shelf_state(int fd, struct fam_state *ret_state)
{
	(void)fd;
	*ret_state = (struct fam_state){ 777, model.mapped };
	return 0;
}

static int watch(void *arg, struct shelf *s)
{
	(void)arg;
	s->watch = &model;
	model.watching++;
	return 0;
}

static void unwatch(void *arg, struct shelf *s)
{
	(void)arg;
	s->watch = NULL;
	model.watching--;
}

/* ---- tests ----------------------------------------------------------------- */

struct fixture {
	struct lfs lfs;
	struct caller who;
};

static int start(struct fixture *f)
{
	struct err e = { "" };

	f->lfs = (struct lfs){ .fam = { .fd = -1, .size = 100ULL * BOOK },
			       .hooks = { watch, unwatch, NULL } };
	return lfs_start(&f->lfs, NODE, &e);
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&model, 0, sizeof(model));
	model_add(ROOT, "", 0);
	model_add(5, "a", 3 * BOOK);
	if (start(&f) < 0)
		return -1;
	model.log[0] = '\0';
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	lfs_stop(&f->lfs);
	assert_int_equal(model.watching, 0);
	return 0;
}

static struct shelf *open_a(struct fixture *f)
{
	struct shelf *s;

	assert_int_equal(lfs_lookup(&f->lfs, &f->who, ROOT, "a", &s), 0);
	assert_int_equal(lfs_open(&f->lfs, &f->who, s->id, &s), 0);
	return s;
}

static void one_handle_for_all_opens(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	assert_log("open 5 as 1; set 6291456 with 3 books from 50; ");
	assert_ptr_equal(open_a(f), s);
	assert_log("");
	lfs_release(&f->lfs, s);
	assert_log("");
	lfs_release(&f->lfs, s);
	/* Nothing may be reachable when the handle goes. */
	assert_log("set 6291456 with 0 books; close 1 of 5; ");
	assert_non_null(shelf_find(&f->lfs.table, 5));
	lfs_forget(&f->lfs, 5, 2);
	assert_null(shelf_find(&f->lfs.table, 5));
}

static void a_mapping_keeps_the_handle(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.log[0] = '\0';
	model.mapped = true;
	lfs_release(&f->lfs, s);
	lfs_forget(&f->lfs, 5, 1);
	assert_log("");
	assert_int_equal(model.watching, 1);
	lfs_unmapped(&f->lfs, s); /* a false alarm */
	assert_log("");
	model.mapped = false;
	lfs_unmapped(&f->lfs, s);
	assert_log("set 6291456 with 0 books; close 1 of 5; ");
	assert_null(shelf_find(&f->lfs.table, 5));
}

static void opened_again_while_mapped(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.mapped = true;
	lfs_release(&f->lfs, s);
	model.log[0] = '\0';
	assert_ptr_equal(open_a(f), s);
	assert_log("");
	model.mapped = false;
	lfs_unmapped(&f->lfs, s);
	assert_log(""); /* it is open */
	lfs_release(&f->lfs, s);
	assert_log("set 6291456 with 0 books; close 1 of 5; ");
}

/* What is cut off must be out of reach before the Librarian hears of it. */
static void cut_here_before_there(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.log[0] = '\0';
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, BOOK), 0);
	assert_log("set 2097152 with 1 books from 50; resize 5 to 2097152; ");
	assert_int_equal(s->size, BOOK);
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, BOOK + 1), 0);
	assert_log("resize 5 to 2097153; set 2097153 with 2 books from 50; ");
	lfs_release(&f->lfs, s);
}

static void a_refused_cut_is_undone(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.shelves[1].held_elsewhere = true;
	model.log[0] = '\0';
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, 100), -EMFILE);
	assert_log("set 100 with 1 books from 50; resize 5 to 100; "
		   "set 6291456 with 3 books from 50; ");
	assert_int_equal(s->size, 3 * BOOK);
	lfs_release(&f->lfs, s);
}

static void growth_elsewhere_is_seen(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);
	char buf[4];

	model.log[0] = '\0';
	model.shelves[1].size = 4 * BOOK;
	assert_int_equal(lfs_read(&f->lfs, &f->who, s, buf, 4, 4 * BOOK - 4),
			 4);
	assert_log("set 8388608 with 4 books from 50; ");
	/* Within what is known nobody is asked. */
	model.shelves[1].size = 5 * BOOK;
	assert_int_equal(lfs_read(&f->lfs, &f->who, s, buf, 4, 0), 4);
	assert_log("");
	lfs_release(&f->lfs, s);
}

static void a_write_grows(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);
	char buf[4] = "";

	model.log[0] = '\0';
	assert_int_equal(lfs_write(&f->lfs, &f->who, s, "data", 4, 0), 4);
	assert_log("");
	assert_int_equal(
		lfs_write(&f->lfs, &f->who, s, "data", 4, 3 * BOOK + 10), 4);
	assert_log("resize 5 to 6291470 at least; "
		   "set 6291470 with 4 books from 50; ");
	assert_int_equal(lfs_read(&f->lfs, &f->who, s, buf, 4, 3 * BOOK + 10),
			 4);
	assert_memory_equal(buf, "data", 4);
	assert_int_equal(lfs_write(&f->lfs, &f->who, s, "x", 1, INT64_MAX),
			 -EFBIG);
	lfs_release(&f->lfs, s);
}

static void appending_asks_for_the_end(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);
	char buf[4] = "";

	model.shelves[1].size = 3 * BOOK + 5; /* by another node */
	model.log[0] = '\0';
	assert_int_equal(lfs_append(&f->lfs, &f->who, s, "end", 3), 3);
	assert_log("set 6291461 with 4 books from 50; "
		   "resize 5 to 6291464 at least; "
		   "set 6291464 with 4 books from 50; ");
	assert_int_equal(lfs_read(&f->lfs, &f->who, s, buf, 3, 3 * BOOK + 5),
			 3);
	assert_memory_equal(buf, "end", 3);
	lfs_release(&f->lfs, s);
}

static void unlink_destroys_or_hides(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.log[0] = '\0';
	assert_int_equal(lfs_unlink(&f->lfs, &f->who, ROOT, "a"), 0);
	assert_log("rename 5 to .lfs_unlinked_5; ");
	assert_int_equal(lfs_getattr(&f->lfs, &f->who, 5, &s), 0);
	assert_int_equal(lfs_lookup(&f->lfs, &f->who, ROOT, "a", &s), -ENOENT);
	lfs_release(&f->lfs, s);
	model.log[0] = '\0';
	model_add(6, "b", 0);
	assert_int_equal(lfs_unlink(&f->lfs, &f->who, ROOT, "b"), 0);
	assert_log("destroy 6; ");
	assert_int_equal(lfs_unlink(&f->lfs, &f->who, ROOT, "b"), -ENOENT);
}

static void reserved_names(void **state)
{
	struct fixture *f = *state;
	struct shelf *s;

	model_add(6, LIBRARIAN_UNLINKED "6", 0);
	assert_int_equal(lfs_lookup(&f->lfs, &f->who, ROOT,
				    LIBRARIAN_UNLINKED "6", &s),
			 -ENOENT);
	assert_int_equal(lfs_unlink(&f->lfs, &f->who, ROOT,
				    LIBRARIAN_UNLINKED "6"),
			 -ENOENT);
	assert_int_equal(lfs_create(&f->lfs, &f->who, ROOT,
				    LIBRARIAN_UNLINKED "7", 0600, false, &s),
			 -EPERM);
	assert_int_equal(lfs_rename(&f->lfs, &f->who, ROOT, "a", ROOT,
				    LIBRARIAN_UNLINKED "5", true),
			 -EPERM);
	assert_log("");
}

static void create_opens(void **state)
{
	struct fixture *f = *state;
	struct shelf *s;

	assert_int_equal(
		lfs_create(&f->lfs, &f->who, ROOT, "new", 0600, true, &s), 0);
	assert_log("open 50 as 1; set 0 with 0 books; ");
	assert_int_equal(s->opens, 1);
	assert_int_equal(s->lookups, 1);
	lfs_release(&f->lfs, s);
}

/* Another node was faster: the name exists, and is open here already. */
static void create_of_a_held_shelf(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f), *again;

	model.log[0] = '\0';
	assert_int_equal(lfs_create(&f->lfs, &f->who, ROOT, "a", 0600, false,
				    &again),
			 0);
	assert_ptr_equal(again, s);
	assert_log("open 5 as 2; close 2 of 5; ");
	assert_int_equal(s->opens, 2);
	lfs_release(&f->lfs, s);
	lfs_release(&f->lfs, s);
}

static void hostile_books(void **state)
{
	struct fixture *f = *state;
	struct shelf *s;

	model.hostile_book = 100; /* the memory has 0..99 */
	assert_int_equal(lfs_lookup(&f->lfs, &f->who, ROOT, "a", &s), 0);
	assert_int_equal(lfs_open(&f->lfs, &f->who, 5, &s), -EIO);
	assert_log("open 5 as 1; ");
}

static void gone_is_stale(void **state)
{
	struct fixture *f = *state;
	struct shelf *s;

	assert_int_equal(lfs_lookup(&f->lfs, &f->who, ROOT, "a", &s), 0);
	model.shelves[1].exists = false;
	assert_int_equal(lfs_getattr(&f->lfs, &f->who, 5, &s), -ESTALE);
	assert_int_equal(lfs_open(&f->lfs, &f->who, 5, &s), -ESTALE);
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, 0), -ESTALE);
}

/* ---- restarts --------------------------------------------------------------- */

static void the_librarian_comes_back(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.log[0] = '\0';
	lfs_restore(&f->lfs);
	assert_log("open 5 as 2; set 6291456 with 3 books from 50; "
		   "close 1 of 5; ");
	/* It has forgotten our handle, and the shelf was cut meanwhile. */
	memset(model.shelves[1].handles, 0, sizeof(model.shelves[1].handles));
	model.shelves[1].size = BOOK;
	lfs_restore(&f->lfs);
	assert_log("open 5 as 3; set 2097152 with 1 books from 50; "
		   "close 2 of 5; ");
	lfs_release(&f->lfs, s);
	assert_log("set 2097152 with 0 books; close 3 of 5; ");
}

/* It had opened for us, and died before it said so. */
static void the_librarian_comes_back_with_more_handles(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.log[0] = '\0';
	model.lists_handles = true;
	(void)take_handle(&model.shelves[1]);
	lfs_restore(&f->lfs);
	assert_log("open 5 as 3; set 6291456 with 3 books from 50; "
		   "close 1 of 5; close 2 of 5; ");
	lfs_release(&f->lfs, s);
	assert_log("set 6291456 with 0 books; close 3 of 5; ");
}

/* It has not cut yet, or just has: in no case does the end come back here. */
static void the_librarian_comes_back_during_a_cut(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);

	model.log[0] = '\0';
	model.reconnects = &f->lfs;
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, BOOK), 0);
	assert_log("set 2097152 with 1 books from 50; open 5 as 2; "
		   "set 2097152 with 1 books from 50; close 1 of 5; "
		   "resize 5 to 2097152; ");
	/* Refused, it does come back; and it may grow again. */
	model.shelves[1].held_elsewhere = true;
	model.reconnects = &f->lfs;
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, 0), -EMFILE);
	assert_log("set 0 with 0 books; open 5 as 3; "
		   "set 0 with 0 books; close 2 of 5; resize 5 to 0; "
		   "set 2097152 with 1 books from 50; ");
	assert_int_equal(lfs_resize(&f->lfs, &f->who, 5, 2 * BOOK), 0);
	assert_log("resize 5 to 4194304; set 4194304 with 2 books from 50; ");
	lfs_release(&f->lfs, s);
}

static void the_librarian_comes_back_without_the_shelf(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = open_a(f);
	char buf[4];

	model.log[0] = '\0';
	model.shelves[1].exists = false;
	lfs_restore(&f->lfs);
	assert_log("set 6291456 with 0 books; ");
	assert_int_equal(lfs_read(&f->lfs, &f->who, s, buf, 4, 3 * BOOK),
			 -ESTALE);
	lfs_release(&f->lfs, s);
	assert_log("");
}

/* A daemon that was killed left handles behind. */
static void adoption(void **state)
{
	struct fixture *f = *state;
	struct shelf *s;

	lfs_stop(&f->lfs);
	model.lists_handles = true;
	model_add(6, "b", BOOK);
	take_handle(&model.shelves[1]);
	take_handle(&model.shelves[2]);
	model.fam_id = 5;
	model.mapped = true;
	model.log[0] = '\0';
	assert_int_equal(start(f), 0);
	assert_log("set 6291456 with 3 books from 50; close 2 of 6; ");
	assert_int_equal(model.watching, 1);
	s = shelf_find(&f->lfs.table, 5);
	assert_non_null(s);
	assert_int_equal(s->handle, 1);
	model.mapped = false;
	lfs_unmapped(&f->lfs, s);
	assert_log("set 6291456 with 0 books; close 1 of 5; ");
	assert_null(shelf_find(&f->lfs.table, 5));
}

/* Known to fam.ko, but not mapped: descriptors of the dead FUSE get nothing. */
static void adoption_of_the_unmapped(void **state)
{
	struct fixture *f = *state;

	lfs_stop(&f->lfs);
	model.lists_handles = true;
	take_handle(&model.shelves[1]);
	model.fam_id = 5;
	model.log[0] = '\0';
	assert_int_equal(start(f), 0);
	assert_log("set 777 with 0 books; close 1 of 5; ");
}

static void the_end_spares_what_is_mapped(void **state)
{
	struct fixture *f = *state;

	(void)open_a(f);
	model.mapped = true;
	model.log[0] = '\0';
	lfs_stop(&f->lfs);
	assert_log("");
}

static void memory_too_small(void **state)
{
	struct lfs lfs = { .fam = { .fd = -1, .size = 99ULL * BOOK } };
	struct err e = { "" };

	(void)state;
	assert_int_equal(lfs_start(&lfs, NODE, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "100 books"));
	shelf_table_deinit(&lfs.table);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_handle_for_all_opens),
		TEST(a_mapping_keeps_the_handle),
		TEST(opened_again_while_mapped),
		TEST(cut_here_before_there),
		TEST(a_refused_cut_is_undone),
		TEST(growth_elsewhere_is_seen),
		TEST(a_write_grows),
		TEST(appending_asks_for_the_end),
		TEST(unlink_destroys_or_hides),
		TEST(reserved_names),
		TEST(create_opens),
		TEST(create_of_a_held_shelf),
		TEST(hostile_books),
		TEST(gone_is_stale),
		TEST(the_librarian_comes_back),
		TEST(the_librarian_comes_back_with_more_handles),
		TEST(the_librarian_comes_back_during_a_cut),
		TEST(the_librarian_comes_back_without_the_shelf),
		TEST(adoption),
		TEST(adoption_of_the_unmapped),
		TEST(the_end_spares_what_is_mapped),
		TEST(memory_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
