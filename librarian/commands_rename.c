/* SPDX-License-Identifier: MIT */

/* commands_rename.c - Other names for shelves: by paths, or by directories' numbers */

#include <errno.h>

#include "commands.h"
#include "jread.h"
#include "librarian.h"
#include "shelf.h"

/* tm-librarian's: the time of change becomes now, too. */
static int rename_path(struct call *c)
{
	struct shelf_place place = { 0 };
	struct shelf s = { 0 };
	bool replace;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_place(c, "newpath", &place);
	if (r == 0)
		r = call_flag(c, "replace", &replace);
	if (r == 0)
		r = shelf_rename(c->lib, &s, &place, replace, c->node_id);
	if (r == 0)
		r = shelf_set_times(c->lib, &s, s.atime, shelf_now());
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

static int exchange(struct call *c, struct shelf *s)
{
	struct shelf other;
	int r;

	r = call_entry(c, "newdir_id", "newname", &other);
	return r < 0 ? r : shelf_exchange(c->lib, s, &other);
}

static int move(struct call *c, struct shelf *s,
		const struct shelf_place *place)
{
	bool replace = true, swap = false;
	int r = 0;

	if (jvalue_get(c->args, "replace"))
		r = call_flag(c, "replace", &replace);
	if (r == 0)
		r = call_flag(c, "exchange", &swap);
	if (r < 0)
		return r;
	if (swap)
		return exchange(c, s);
	if (shelf_name_is_unlinked(place->name))
		return call_fail(c, -EPERM, "such names are not for use");
	return shelf_rename(c->lib, s, place, replace, c->node_id);
}

static int rename_entry(struct call *c)
{
	struct shelf_place place = { 0 };
	struct shelf s = { 0 };
	int r;

	r = call_entry(c, "dir_id", "name", &s);
	if (r == 0)
		r = call_place_in(c, "newdir_id", "newname", &place);
	if (r < 0)
		return r;
	call_see_names(c, s.parent_id);
	call_see_names(c, place.parent_id);
	r = move(c, &s, &place);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

int cmd_rename_shelf(struct call *c)
{
	return jvalue_get(c->args, "newdir_id") ? rename_entry(c) :
						  rename_path(c);
}
