/* SPDX-License-Identifier: MIT */

/* main.c - lfsd: the Librarian's shelves as files of a node */

#include <stdio.h>
#include <stdlib.h>

#include "fuse/daemon.h"
#include "log.h"
#include "options.h"

int main(int argc, char *argv[])
{
	struct err e = { 0 };
	struct options opt;
	int r;

	log_open("lfsd", LOG_LEVEL_INFO, false);
	r = options_parse(argc, argv, &opt, &e);
	if (r == OPTIONS_HELP) {
		options_help(stdout);
		return 0;
	}
	if (r == OPTIONS_VERSION) {
		puts("lfsd " FAME_VERSION);
		return 0;
	}
	if (r < 0) {
		log_err("%s", e.msg);
		return 2;
	}
	log_open("lfsd", opt.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, true);
	r = daemon_run(&opt, &e);
	if (r < 0) {
		log_err("%s", e.msg);
		return 1;
	}
	return 0;
}
