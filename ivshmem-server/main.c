/* SPDX-License-Identifier: MIT */

/* main.c - ivshmem-server: doorbells and a shared memory for QEMU's guests */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "daemon.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "run.h"
#include "stdfds.h"

#define EXIT_USAGE 2

/* Everything that can fail does before the parent says that all is well. */
static int start(struct options *o, struct run *r, struct err *e)
{
	int ready_fd = -1, code;

	if (!o->foreground) {
		code = daemon_fork(&ready_fd, e);
		if (code < 0)
			return code;
	}
	code = run_init(r, o, e);
	if (code < 0) {
		close_fd(&ready_fd);
		return code;
	}
	(void)loop_ready(ready_fd);
	code = loop_ready(o->ready_fd);
	if (code < 0)
		log_warn_errno(code, "nobody hears that all is set up");
	return 0;
}

static int run(struct options *o)
{
	struct err e = { .msg = "" };
	struct run r = { 0 };
	int code = start(o, &r, &e);

	if (code < 0) {
		log_err("%s", e.msg);
		return EXIT_FAILURE;
	}
	code = run_loop(&r);
	run_deinit(&r);
	return code < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct err e = { .msg = "" };
	struct options o;

	stdfds_open();
	log_open("ivshmem-server", LOG_LEVEL_INFO, false);
	if (options_parse(argc, argv, &o, &e) < 0) {
		log_err("%s", e.msg);
		return EXIT_USAGE;
	}
	switch (o.action) {
	case OPTIONS_HELP:
		options_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		(void)puts("ivshmem-server " FAME_VERSION);
		return EXIT_SUCCESS;
	case OPTIONS_RUN:
		break;
	}
	log_open("ivshmem-server", o.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		 true);
	return run(&o);
}
