/* SPDX-License-Identifier: MIT */

/* commands_list.c - What is in a directory
 *
 * tm-librarian's clients get all of it, with "." and ".."; those of protocol 2
 * get as much as they ask for, from a name on.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "commands.h"
#include "jread.h"
#include "jwrite.h"
#include "librarian.h"
#include "shelf.h"

#define PAGE_MAX 1000

struct listing {
	struct call *call;
	int64_t left; /* so many fit */
	bool more;    /* than that */
};

static void write_as(struct call *c, struct shelf *s, const char *name)
{
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	call_write_shelf(c, s, 0);
}

static int write_visible(const struct shelf *s, void *arg)
{
	struct listing *l = arg;

	if (shelf_name_is_unlinked(s->name))
		return 0;
	l->more = !l->left;
	if (l->more)
		return 1;
	l->left--;
	call_write_shelf(l->call, s, 0);
	return l->call->out->error;
}

static int list_all(struct listing *l, struct shelf *dir)
{
	struct call *c = l->call;
	struct shelf parent;
	int r;

	r = shelf_by_id(c->lib, dir->parent_id, &parent);
	if (r < 0)
		return r;
	jwrite_open(c->out, '[');
	write_as(c, dir, ".");
	write_as(c, &parent, "..");
	r = shelf_each(c->lib, dir->id, write_visible, l);
	jwrite_close(c->out, ']');
	return r;
}

static int write_page(struct listing *l, int64_t dir_id, const char *after)
{
	struct jwrite *w = l->call->out;
	int r;

	jwrite_open(w, '{');
	jwrite_key(w, "entries");
	jwrite_open(w, '[');
	r = shelf_each_after(l->call->lib, dir_id, after, write_visible, l);
	jwrite_close(w, ']');
	jwrite_key(w, "more");
	jwrite_json(w, json_boolean(l->more));
	if (l->call->lib->board.board) {
		jwrite_key(w, "names_gen");
		jwrite_int(w, board_names_gen(l->call->lib, dir_id));
	}
	jwrite_close(w, '}');
	return r < 0 ? r : 0;
}

static int list_page(struct listing *l, const struct shelf *dir)
{
	char after[CALL_BYTES_SIZE(LIBRARIAN_NAME_MAX)] = "";
	struct call *c = l->call;
	int r = 0;

	if (jvalue_get(c->args, "after") || jvalue_get(c->args, "after_b64"))
		r = call_bytes(c, "after", LIBRARIAN_NAME_MAX, after);
	if (r == 0)
		r = call_number(c, "limit", 1, PAGE_MAX, PAGE_MAX, &l->left);
	return r < 0 ? r : write_page(l, dir->id, after);
}

int cmd_list_shelves(struct call *c)
{
	struct listing l = { .call = c, .left = INT64_MAX };
	struct shelf dir;
	int r;

	r = call_shelf(c, &dir);
	if (r < 0)
		return r;
	if (!S_ISDIR(dir.mode))
		return -ENOTDIR;
	return call_is_posix(c) ? list_page(&l, &dir) : list_all(&l, &dir);
}
