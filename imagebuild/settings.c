/* SPDX-License-Identifier: MIT */

/* settings.c - What the environment says */

#include "settings.h"

#include <errno.h>
#include <stdlib.h>

#include "path.h"

/* An empty variable counts as not set. */
static const char *variable(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

int settings_load(struct settings *ret, struct err *e)
{
	const char *cache = variable("XDG_CACHE_HOME");
	const char *home = variable("HOME");
	int r;

	ret->mirror = variable("FAME_MIRROR");
	ret->proxy = variable("FAME_PROXY");
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
