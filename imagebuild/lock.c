/* SPDX-License-Identifier: MIT */

/* lock.c - Only the packages of an image that was built before (the design:
 * lock.h)
 */

#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cleanup.h"
#include "image.h"
#include "json.h"

#define WAY_OUT \
	"set FAME_MIRROR to a mirror as it was then, or leave --locked out"

static int not_a_lock(const char *path, const char *why, struct err *e)
{
	return err_set(e, -EBADMSG,
		       "\"%s\" does not say packages (%s): give the image.json "
		       "of an image",
		       path, why);
}

static const struct package *find(const struct package *const *set, size_t n,
				  const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(set[i]->name, name))
			return set[i];
	return NULL;
}

static int check_one(const char *path, const json_t *item,
		     const struct package *const *set, size_t n, struct err *e)
{
	const char *name, *version, *sha256;
	const struct package *p;

	if (json_get_string(item, "name", &name) < 0 ||
	    json_get_string(item, "version", &version) < 0 ||
	    json_get_string(item, "sha256", &sha256) < 0)
		return not_a_lock(path, "one has no name, version or sha256",
				  e);
	p = find(set, n, name);
	if (!p)
		return err_set(e, -ESTALE,
			       "package \"%s\" of \"%s\" is not among those of "
			       "the mirror: " WAY_OUT,
			       name, path);
	if (strcmp(p->sha256, sha256) != 0)
		return err_set(e, -ESTALE,
			       "package \"%s\" is %s in \"%s\", and the mirror "
			       "has %s%s: " WAY_OUT,
			       name, version, path,
			       strcmp(p->version, version) != 0 ? "" :
								  "another ",
			       p->version);
	return 0;
}

int lock_check(const char *path, const struct package *const *set, size_t n,
	       struct err *e)
{
	CLEANUP_JSON json_t *o = NULL;
	const json_t *list, *item;
	size_t i;
	int r = json_load_object(AT_FDCWD, path, IMAGE_JSON_MAX, &o);

	if (r < 0)
		return not_a_lock(path, strerror(-r), e);
	list = json_object_get(o, "packages");
	if (!json_is_array(list))
		return not_a_lock(path, "it has no list of them", e);
	json_array_foreach(list, i, item) {
		r = check_one(path, item, set, n, e);
		if (r < 0)
			return r;
	}
	for (i = 0; i < n; i++)
		if (!image_lists(list, set[i]->name))
			return err_set(e, -ESTALE,
				       "the mirror adds package \"%s\", which "
				       "\"%s\" does not have: " WAY_OUT,
				       set[i]->name, path);
	return 0;
}
