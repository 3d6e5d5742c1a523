/* SPDX-License-Identifier: MIT */

/* cmd_images.c - fame-image verify, list, gc, rm */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "gc.h"
#include "image.h"
#include "images.h"
#include "json.h"
#include "log.h"
#include "path.h"
#include "settings.h"
#include "store.h"
#include "strv.h"

/* ---- verify ---- */

static int verify_one(const char *dir)
{
	struct err e = { 0 };
	int r = image_verify(dir, true, &e);

	if (r < 0)
		return cmd_fail(r, &e);
	(void)printf("%s: good\n", dir);
	return 0;
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

/* ---- gc ---- */

static int run_gc(char **args, size_t n, void *options)
{
	struct settings s;
	struct err e = { 0 };
	uint64_t bytes = 0;
	int r;

	(void)args;
	(void)n;
	(void)options;
	r = settings_load(&s, &e);
	if (r == 0)
		r = store_init(s.cache, &e);
	if (r == 0)
		r = gc_run(s.cache, &bytes, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	log_info("%" PRIu64 " MB are free again", bytes / 1000000);
	return 0;
}

const struct command cmd_gc = {
	.name = "gc",
	.args = "",
	.help = "Remove from the cache what none of its images needs",
	.run = run_gc,
};

/* ---- rm ---- */

static int run_rm(char **args, size_t n, void *options)
{
	char dir[PATH_MAX];
	struct settings s;
	struct err e = { 0 };
	int r;

	(void)options;
	if (!n) {
		log_err("which image? See \"fame-image list\"");
		return 2;
	}
	if (images_find(args[0], dir, sizeof(dir)) < 0)
		return 1;
	r = settings_load(&s, &e);
	if (r == 0)
		r = store_init(s.cache, &e);
	if (r == 0)
		r = store_unpublish(s.cache, strrchr(dir, '/') + 1, &e);
	return r < 0 ? cmd_fail(r, &e) : 0;
}

const struct command cmd_rm = {
	.name = "rm",
	.args = "DIR|KEY",
	.help = "Remove an image from the cache",
	.args_max = 1,
	.run = run_rm,
};
