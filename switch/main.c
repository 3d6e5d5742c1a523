/* SPDX-License-Identifier: MIT */

/* main.c - fame-switch: the nodes' network without any privilege */

#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "router.h"
#include "sandbox.h"
#include "server.h"
#include "stdfds.h"

#define EXIT_USAGE 2

static int run(const struct options *o)
{
	struct server *s;
	struct err e = { .msg = "" };
	int r = server_new(o, &e, &s);

	if (r == 0 && !o->no_seccomp)
		r = sandbox_enter(false, &e);
	if (r < 0) {
		log_err("%s", e.msg);
		return EXIT_FAILURE;
	}
	r = loop_ready(o->ready_fd);
	if (r < 0)
		log_warn_errno(r, "nobody hears that all is set up");
	r = server_run(s);
	if (r < 0)
		log_err_errno(r, "cannot wait for frames");
	if (o->verbose)
		server_log_counters(s);
	server_free(s);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Somebody else switches, in the kernel; what is left is the way out. */
static int run_bridge(const struct options *o)
{
	struct bridge b;
	int r;

	if (o->only_try)
		return bridge_try(o) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (bridge_start(o, &b) < 0)
		return EXIT_FAILURE;
	r = router_run(o, &b);
	bridge_deinit(&b);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct err e = { .msg = "" };
	struct options o;

	stdfds_open();
	log_open("fame-switch", LOG_LEVEL_INFO, false);
	if (options_parse(argc, argv, &o, &e) < 0) {
		log_err("%s", e.msg);
		return EXIT_USAGE;
	}
	switch (o.action) {
	case OPTIONS_HELP:
		options_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		(void)puts("fame-switch " FAME_VERSION);
		return EXIT_SUCCESS;
	case OPTIONS_RUN:
		break;
	}
	log_open("fame-switch", o.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		 !o.only_try);
	return o.bridge ? run_bridge(&o) : run(&o);
}
