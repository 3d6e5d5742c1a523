/* SPDX-License-Identifier: MIT */

/* main.c - fame-image: build the images that nodes boot */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "cleanup.h"
#include "cmd.h"
#include "log.h"
#include "stdfds.h"

static const struct command *const commands[] = {
	&cmd_build,  &cmd_shell, &cmd_check,	&cmd_verify,
	&cmd_list,   &cmd_show,	 &cmd_manifest, &cmd_export,
	&cmd_import, &cmd_rm,	 &cmd_gc,
};

static void print_help(void)
{
	(void)printf("usage: fame-image COMMAND [options]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)printf("  %-8s %s\n", commands[i]->name,
			     commands[i]->help);
	(void)printf("  %-8s %s\n  %-8s %s\n\n", "help",
		     "Print this, or a command's options", "version",
		     "Print the version");
	(void)printf("Environment:\n"
		     "  FAME_MIRROR     Debian mirror: http://, https://, "
		     "file:// or a directory;\n"
		     "                  a second word: its security archive\n"
		     "  FAME_PROXY      proxy for downloads, \"none\" for "
		     "none\n"
		     "  FAME_VFS_GBYTES size of nodes' disks, if the profile "
		     "has one\n"
		     "  XDG_CACHE_HOME  where \"fame/\" with packages and "
		     "images is\n");
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int help(const char *name)
{
	const struct command *c = name ? find(name) : NULL;

	if (c)
		options_help(c);
	else
		print_help();
	return 0;
}

static int dispatch(int argc, char **argv)
{
	const char *profile = getenv("FAME_PROFILE");
	struct cmd_options o = {
		.build.profile = profile && *profile ? profile : "debian",
	};
	const struct command *c = find(argv[0]);
	char **args;
	size_t n;
	int r;

	if (!c) {
		log_err("there is no command \"%s\"; see \"fame-image help\"",
			argv[0]);
		return 2;
	}
	r = options_parse(c, argc, argv, &o, &args, &n);
	if (r)
		return r < 0 ? 2 : 0;
	return c->run(args, n, &o);
}

int main(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : NULL;
	int status;

	stdfds_open();
	log_open("fame-image",
		 getenv("FAME_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		 false);
	if (!first) {
		print_help();
		return 2;
	}
	if (!strcmp(first, "help") || !strcmp(first, "--help") ||
	    !strcmp(first, "-h"))
		return help(argc > 2 ? argv[2] : NULL);
	if (!strcmp(first, "version") || !strcmp(first, "--version")) {
		(void)printf("fame-image %s\n", FAME_VERSION);
		return 0;
	}
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	status = dispatch(argc - 1, argv + 1);
	curl_global_cleanup();
	return status;
}
