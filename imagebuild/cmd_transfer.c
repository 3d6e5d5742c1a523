/* SPDX-License-Identifier: MIT */

/* cmd_transfer.c - fame-image export, import */

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd.h"
#include "images.h"
#include "log.h"
#include "settings.h"
#include "store.h"
#include "tar.h"
#include "transfer.h"

static int run_export(char **args, size_t n, void *options)
{
	const struct cmd_options *o = options;
	struct settings s;
	struct err e = { 0 };
	char dir[PATH_MAX];
	int r;

	if (n < 2) {
		log_err("which image, and to which file? See \"fame-image help "
			"export\"");
		return 2;
	}
	if (images_find(args[0], dir, sizeof(dir)) < 0)
		return 1;
	r = settings_load(&s, &e);
	if (r == 0)
		r = o->tar ? tar_export(dir, args[1], &e) :
			     image_export(s.cache, dir, args[1], &e);
	return r < 0 ? cmd_fail(r, &e) : 0;
}

static const struct option_def export_options[] = {
	{ "tar", NULL, "only the files of its disk, as a tar; .gz, .xz, .zst",
	  offsetof(struct cmd_options, tar) },
	{ 0 },
};

const struct command cmd_export = {
	.name = "export",
	.args = "DIR|KEY FILE",
	.help = "Write an image to one file, for \"import\" elsewhere",
	.options = export_options,
	.args_max = 2,
	.run = run_export,
};

static int import_into(const struct settings *s, const char *from,
		       struct err *e)
{
	struct store_build b;
	char key[HASH_HEX];
	int r = store_init(s->cache, e);

	if (r == 0)
		r = store_build_begin(s->cache, &b, e);
	if (r < 0)
		return r;
	r = image_import(s->cache, b.path, from, key, e);
	store_build_end(&b);
	if (r == 0)
		(void)printf("%s/images/%s\n", s->cache, key);
	return r;
}

static int run_import(char **args, size_t n, void *options)
{
	struct settings s;
	struct err e = { 0 };
	int r;

	(void)options;
	if (!n) {
		log_err("which file? See \"fame-image help import\"");
		return 2;
	}
	r = settings_load(&s, &e);
	if (r == 0)
		r = import_into(&s, args[0], &e);
	return r < 0 ? cmd_fail(r, &e) : 0;
}

const struct command cmd_import = {
	.name = "import",
	.args = "FILE",
	.help = "Take an exported image into the cache; print its directory",
	.args_max = 1,
	.run = run_import,
};
