/* SPDX-License-Identifier: MIT */

/* cmd_images.c - fame-image verify, list, rm */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "file.h"
#include "image.h"
#include "json.h"
#include "log.h"
#include "path.h"
#include "settings.h"
#include "strv.h"

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

/* Paths of all images in the cache; no cache is no image. */
static int images_list(struct strv *ret)
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

/* ---- verify ---- */

static int verify_one(const char *dir)
{
	struct err e = { 0 };
	int r = image_verify(dir, true, &e);

	if (r < 0)
		log_err("%s", *e.msg ? e.msg : strerror(-r));
	else
		(void)printf("%s: good\n", dir);
	return r < 0;
}

static int run_verify(char **args, size_t n, void *options)
{
	CLEANUP_STRV struct strv list = { 0 };
	int bad = 0;

	(void)options;
	if (n)
		return verify_one(args[0]);
	if (images_list(&list) < 0)
		return 1;
	for (size_t i = 0; i < list.n; i++)
		bad |= verify_one(list.v[i]);
	return bad;
}

const struct command cmd_verify = {
	.name = "verify",
	.args = "[DIR]",
	.help = "Compare an image, or all in the cache, with its description",
	.args_max = 1,
	.run = run_verify,
};

/* ---- list ---- */

static void print_image(const char *dir)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *profile, *kernel;
	char path[PATH_MAX];

	if (path_format(path, sizeof(path), "%s/" IMAGE_JSON, dir) < 0 ||
	    json_load_object(AT_FDCWD, path, IMAGE_JSON_MAX, &o) < 0 ||
	    json_get_string(o, "profile", &profile) < 0 ||
	    json_get_string(o, "kernel", &kernel) < 0)
		(void)printf("%s  (damaged)\n", dir);
	else
		(void)printf("%s  %s  %s\n", dir, profile, kernel);
}

static int run_list(char **args, size_t n, void *options)
{
	CLEANUP_STRV struct strv list = { 0 };

	(void)args;
	(void)n;
	(void)options;
	if (images_list(&list) < 0)
		return 1;
	for (size_t i = 0; i < list.n; i++)
		print_image(list.v[i]);
	return 0;
}

const struct command cmd_list = {
	.name = "list",
	.args = "",
	.help = "List the images in the cache: directory, profile, kernel",
	.run = run_list,
};

/* ---- rm ---- */

static int run_rm(char **args, size_t n, void *options)
{
	CLEANUP_STRV struct strv list = { 0 };
	const char *slash;
	int r;

	(void)options;
	if (!n) {
		log_err("which image? See \"fame-image list\"");
		return 2;
	}
	if (images_list(&list) < 0)
		return 1;
	for (size_t i = 0; i < list.n; i++) {
		slash = strrchr(list.v[i], '/');
		if (strcmp(list.v[i], args[0]) != 0 &&
		    strcmp(slash + 1, args[0]) != 0)
			continue;
		r = remove_tree(AT_FDCWD, list.v[i]);
		if (r < 0)
			log_err_errno(r, "cannot remove \"%s\"", list.v[i]);
		return r < 0;
	}
	log_err("there is no image \"%s\" in the cache; see \"fame-image "
		"list\"",
		args[0]);
	return 1;
}

const struct command cmd_rm = {
	.name = "rm",
	.args = "DIR|KEY",
	.help = "Remove an image from the cache",
	.args_max = 1,
	.run = run_rm,
};
