/* SPDX-License-Identifier: MIT */

/* cmd_shell.c - fame-image shell: the tree that an image would be written of */

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "guard.h"
#include "settings.h"

struct job {
	const struct settings *settings;
	const struct build_options *options;
	char **command;
};

static int work(const char *dir, void *arg)
{
	const struct job *j = arg;
	struct err e = { 0 };
	struct progress p;
	int r, status;

	progress_init(&p, STDERR_FILENO);
	r = build_enter(j->settings, j->options, dir, &p, j->command, &status,
			&e);
	return r < 0 ? cmd_fail(r, &e) : status;
}

static int run(char **args, size_t n, void *options)
{
	const struct cmd_options *o = options;
	char *bash[] = { (char[]){ "bash" }, NULL };
	struct settings s;
	struct job j = { &s, &o->build, n ? args : bash };
	struct err e = { 0 };
	int r = settings_load(&s, &e);

	return r < 0 ? cmd_fail(r, &e) : guard_run(s.cache, work, &j);
}

static const struct option_def options[] = {
	{ "profile", "NAME|FILE", "of which image; default \"debian\"",
	  offsetof(struct cmd_options, build.profile) },
	{ 0 },
};

const struct command cmd_shell = {
	.name = "shell",
	.args = "[-- COMMAND [ARGUMENT...]]",
	.help = "Open the tree that an image would be written of",
	.options = options,
	.args_max = SIZE_MAX,
	.run = run,
};
