/* SPDX-License-Identifier: MIT */

/* sources.c - What is ours in an image */

#include "sources.h"

#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "files.h"
#include "path.h"
#include "selfdir.h"

static const char *const rooms[] = { "guest", "common", "docs/man" };

static int find_room(const char *room, char dir[PATH_MAX], struct err *e)
{
	int r = selfdir_data(room, dir, PATH_MAX);

	return r < 0 ? err_set(e, r,
			       "cannot find our sources \"%s\": %s; is the "
			       "installation complete?",
			       room, strerror(-r)) :
		       0;
}

int sources_hash_room(struct hash *h, const char *room, struct err *e)
{
	char dir[PATH_MAX];
	int r = find_room(room, dir, e);

	return r < 0 ? r :
		       files_hash(&(struct files){ dir, room, false }, h, e);
}

int sources_hash_files(struct hash *h, const struct profile *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->files.n && r == 0; i++)
		r = files_hash(&(struct files){ p->files.v[i], "", true }, h,
			       e);
	return r;
}

int sources_key(const struct profile *p, char ret_key[HASH_HEX], struct err *e)
{
	CLEANUP_HASH struct hash h;
	int r = 0;

	hash_init(&h);
	for (size_t i = 0; i < ARRAY_SIZE(rooms) && r == 0; i++)
		r = sources_hash_room(&h, rooms[i], e);
	if (r == 0)
		r = sources_hash_files(&h, p, e);
	return r < 0 ? r : hash_final(&h, ret_key);
}

int sources_copy(int root, struct err *e)
{
	char dir[PATH_MAX], as[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rooms) && r == 0; i++) {
		r = find_room(rooms[i], dir, e);
		if (r == 0)
			r = path_format(as, sizeof(as), SOURCES_DIR "/%s",
					rooms[i]);
		if (r == 0)
			r = files_copy(&(struct files){ dir, as, false }, root,
				       e);
	}
	return r;
}

int sources_copy_files(int root, const struct profile *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->files.n && r == 0; i++)
		r = files_copy(&(struct files){ p->files.v[i], "", true }, root,
			       e);
	return r;
}
