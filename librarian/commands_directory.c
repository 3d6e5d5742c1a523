/* SPDX-License-Identifier: MIT */

/* commands_directory.c - Commands about directories and symbolic links */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "directory.h"
#include "json.h"
#include "librarian.h"
#include "schema.h"
#include "shelf.h"

int cmd_mkdir(struct call *c)
{
	struct shelf_new what = { 0 };
	struct shelf s;
	int r;

	r = call_new(c, S_IFDIR, false, &what);
	if (r < 0)
		return r;
	call_see_names(c, what.place.parent_id);
	r = directory_create(c->lib, &what, &s);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

int cmd_rmdir(struct call *c)
{
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r < 0)
		return r;
	call_see_names(c, s.parent_id);
	r = directory_remove(c->lib, &s);
	if (r == -EPERM && call_is_posix(c))
		return -EBUSY;
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

int cmd_symlink(struct call *c)
{
	char target[CALL_BYTES_SIZE(SHELF_PATH_MAX)];
	struct shelf_new what = { 0 };
	struct shelf s;
	int r;

	r = call_new(c, S_IFLNK, false, &what);
	if (r == 0)
		r = call_bytes(c, "target", SHELF_PATH_MAX, target);
	if (r < 0)
		return r;
	call_see_names(c, what.place.parent_id);
	r = link_create(c->lib, &what, target, &s);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

int cmd_readlink(struct call *c)
{
	CLEANUP_FREE char *target = NULL;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = link_target(c->lib, &s, &target);
	return r < 0 ? r : call_return_bytes(c, "target", target);
}

int cmd_get_shelf_path(struct call *c)
{
	char name[CALL_BYTES_SIZE(LIBRARIAN_NAME_MAX)];
	struct shelf_place place = { 0 };
	char path[SHELF_PATH_MAX + 1];
	struct shelf s;
	int r;

	r = call_bytes(c, "name", LIBRARIAN_NAME_MAX, name);
	if (r == 0)
		r = call_number(c, "parent_id", 1, INT64_MAX, 0,
				&place.parent_id);
	if (r < 0)
		return r;
	memcpy(place.name, name, strlen(name) + 1);
	r = shelf_by_name(c->lib, &place, &s);
	if (r == 0)
		r = directory_path(c->lib, &s, path, sizeof(path));
	return r < 0 ? r : call_return_bytes(c, "path", path);
}
