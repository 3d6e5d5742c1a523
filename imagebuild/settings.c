/* SPDX-License-Identifier: MIT */

/* settings.c - What the environment says */

#include "settings.h"

#include <errno.h>
#include <stdlib.h>

#include "parse.h"
#include "path.h"
#include "profile.h"

/* An empty variable counts as not set. */
static const char *variable(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static int disk_size(uint64_t *ret_size, struct err *e)
{
	const char *text = variable("FAME_VFS_GBYTES");
	uint64_t gbytes = 0;

	if (text && parse_u64(text, 1, PROFILE_DISK_MAX >> 30, &gbytes) < 0)
		return err_set(e, -EINVAL,
			       "FAME_VFS_GBYTES \"%s\" is not possible: give "
			       "1 to %llu",
			       text, PROFILE_DISK_MAX >> 30);
	*ret_size = gbytes << 30;
	return 0;
}

int settings_load(struct settings *ret, struct err *e)
{
	const char *cache = variable("XDG_CACHE_HOME");
	const char *home = variable("HOME");
	int r;

	ret->mirror = variable("FAME_MIRROR");
	ret->proxy = variable("FAME_PROXY");
	r = disk_size(&ret->disk_size, e);
	if (r < 0)
		return r;
	/* The XDG rules: a relative path is to be ignored. */
	if (cache && *cache == '/')
		r = path_format(ret->cache, sizeof(ret->cache), "%s/fame",
				cache);
	else if (home && *home == '/')
		r = path_format(ret->cache, sizeof(ret->cache),
				"%s/.cache/fame", home);
	else
		return err_set(e, -EINVAL,
			       "neither XDG_CACHE_HOME nor HOME is an "
			       "absolute path: set one of them");
	return r < 0 ? err_set(e, r, "the path of the cache is too long") : 0;
}
