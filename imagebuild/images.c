/* SPDX-License-Identifier: MIT */

/* images.c - The images in the cache, for commands */

#include "images.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "log.h"
#include "path.h"

static int images_dir(char *buf, size_t size)
{
	struct settings s;
	struct err e = { 0 };
	int r = settings_load(&s, &e);

	if (r == 0)
		r = path_format(buf, size, "%s/images", s.cache);
	if (r < 0)
		log_err("%s", *e.msg ? e.msg :
				       "the path of the cache is too "
				       "long");
	return r;
}

int images_list(struct strv *ret)
{
	char dir[PATH_MAX];
	const struct dirent *f;
	DIR *d;
	int r = images_dir(dir, sizeof(dir));

	if (r < 0)
		return r;
	d = opendir(dir);
	while (d && (f = readdir(d)))
		if (*f->d_name != '.')
			strv_pushf(ret, "%s/%s", dir, f->d_name);
	if (d)
		(void)closedir(d);
	return strv_ok(ret) ? 0 : -ENOMEM;
}

int images_find(const char *which, char *buf, size_t size)
{
	CLEANUP_STRV struct strv list = { 0 };
	int r = images_list(&list);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++) {
		const char *slash = strrchr(list.v[i], '/');

		if (!strcmp(list.v[i], which) || !strcmp(slash + 1, which))
			return path_format(buf, size, "%s", list.v[i]);
	}
	log_err("there is no image \"%s\" in the cache; see \"fame-image "
		"list\"",
		which);
	return -ENOENT;
}
