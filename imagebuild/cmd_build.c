/* SPDX-License-Identifier: MIT */

/* cmd_build.c - fame-image build */

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "cmd.h"
#include "guard.h"
#include "log.h"

struct job {
	const struct settings *settings;
	const struct cmd_options *options;
};

static int print_path(const char *dir)
{
	if (printf("%s\n", dir) < 0 || fflush(stdout) != 0) {
		log_err_errno(errno, "cannot print the image's path");
		return 1;
	}
	return 0;
}

static int work(const char *dir, void *arg)
{
	const struct job *j = arg;
	struct err e = { 0 };
	struct progress p;
	char image[PATH_MAX];
	int r;

	progress_init(&p, STDERR_FILENO);
	r = build_run(j->settings, &j->options->build, dir, &p, image, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	log_info("image ready after %u.%u s",
		 (unsigned int)(progress_elapsed(&p) / 1000),
		 (unsigned int)(progress_elapsed(&p) / 100 % 10));
	return print_path(image);
}

static int run(char **args, size_t n, void *options)
{
	const struct build_options *o =
		&((const struct cmd_options *)options)->build;
	char image[PATH_MAX];
	struct settings s;
	struct job j = { &s, options };
	struct err e = { 0 };
	int r;

	(void)args;
	(void)n;
	r = settings_load(&s, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	if (!o->force && !o->refresh && !o->locked) {
		r = build_cached(&s, o, image, &e);
		if (r == 0)
			return print_path(image);
		if (r != -ENOENT)
			return cmd_fail(r, &e);
	}
	return guard_run(s.cache, work, &j);
}

static const struct option_def options[] = {
	{ "profile", "NAME|FILE", "what to build; default \"debian\"",
	  offsetof(struct cmd_options, build.profile) },
	{ "refresh", NULL, "ask the mirror for newer packages",
	  offsetof(struct cmd_options, build.refresh) },
	{ "locked", "FILE", "only the packages of this image.json",
	  offsetof(struct cmd_options, build.locked) },
	{ "force", NULL, "build also what is in the cache",
	  offsetof(struct cmd_options, build.force) },
	{ 0 },
};

const struct command cmd_build = {
	.name = "build",
	.args = "",
	.help = "Build an image, or find it in the cache; print its directory",
	.options = options,
	.run = run,
};
