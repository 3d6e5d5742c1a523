/* SPDX-License-Identifier: MIT */

/* cmd_show.c - fame-image show, manifest */

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "cmd.h"
#include "image.h"
#include "images.h"
#include "json.h"
#include "log.h"
#include "manifest.h"
#include "path.h"

static const char *text(const json_t *o, const char *key)
{
	const char *s = "";

	(void)json_get_string(o, key, &s);
	return s;
}

static void show_files(const json_t *list)
{
	const json_t *f;
	size_t i;

	json_array_foreach(list, i, f) {
		uint64_t size = 0;

		(void)json_get_u64(f, "size", 0, INT64_MAX, &size);
		(void)printf("file     %-12s %11" PRIu64 "  %s\n",
			     text(f, "name"), size, text(f, "sha256"));
	}
}

static void show_packages(const json_t *list)
{
	const json_t *p;
	size_t i;

	json_array_foreach(list, i, p)
		(void)printf("package  %s %s %s\n", text(p, "name"),
			     text(p, "version"), text(p, "architecture"));
}

static void show(const json_t *o)
{
	(void)printf("profile  %s\nsuite    %s\nkernel   %s\n",
		     text(o, "profile"), text(o, "suite"), text(o, "kernel"));
	if (*text(o, "append"))
		(void)printf("append   %s\n", text(o, "append"));
	show_files(json_object_get(o, "files"));
	show_packages(json_object_get(o, "packages"));
}

/* The description of the image that the user means; NULL = told. */
static json_t *load(char **args, size_t n, int64_t *ret_made)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct stat st;
	json_t *o;

	if (!n) {
		log_err("which image? See \"fame-image list\"");
		return NULL;
	}
	if (images_find(args[0], dir, sizeof(dir)) < 0)
		return NULL;
	if (path_format(path, sizeof(path), "%s/" IMAGE_JSON, dir) < 0 ||
	    stat(path, &st) < 0 ||
	    json_load_object(AT_FDCWD, path, IMAGE_JSON_MAX, &o) < 0) {
		log_err("\"%s/" IMAGE_JSON "\" is damaged: build the image "
			"again with \"fame-image build --force\"",
			dir);
		return NULL;
	}
	*ret_made = st.st_mtime;
	return o;
}

static int run_show(char **args, size_t n, void *options)
{
	int64_t made;
	CLEANUP_JSON json_t *o = load(args, n, &made);

	(void)options;
	if (!o)
		return n ? 1 : 2;
	show(o);
	return 0;
}

const struct command cmd_show = {
	.name = "show",
	.args = "DIR|KEY",
	.help = "Print what an image is made of",
	.args_max = 1,
	.run = run_show,
};

static int run_manifest(char **args, size_t n, void *options)
{
	int64_t made = 0;
	CLEANUP_JSON json_t *o = load(args, n, &made);
	CLEANUP_JSON json_t *doc = o ? manifest_spdx(o, made) : NULL;

	(void)options;
	if (!o)
		return n ? 1 : 2;
	if (!doc || json_dumpf(doc, stdout, JSON_INDENT(1)) < 0 ||
	    putchar('\n') < 0) {
		log_err("\"%s\" cannot be described: build it again with "
			"\"fame-image build --force\"",
			args[0]);
		return 1;
	}
	return 0;
}

const struct command cmd_manifest = {
	.name = "manifest",
	.args = "DIR|KEY",
	.help = "Print an image's packages as an SPDX document",
	.args_max = 1,
	.run = run_manifest,
};
