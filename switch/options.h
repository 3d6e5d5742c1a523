/* SPDX-License-Identifier: MIT */

/* options.h - The command line of fame-switch */
#pragma once

#include <stdbool.h>

#include "hosts.h"
#include "rewrite.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

struct options {
	enum options_action action;
	struct lan lan;
	struct rewrite exposed;
	int fds[LAN_NODES_MAX]; /* of the nodes, by their index; -1 = down */
	int owner_fd;		/* proto_switch.h; -1 = none */
	const char *bridge;	/* its name; NULL = none, we are the switch */
	bool only_try;		/* whether a bridge can be made */
	uint16_t listen;	/* TCP port of torms for the owner; 0 = none */
	int ready_fd;		/* -1 = nobody waits */
	bool no_seccomp;
	bool verbose;
};

/**
 * options_parse() - Read the command line
 * @argc: @argv:	As main() has them
 * @ret_o:		Set on success only
 * @e:			Says what is wrong
 *
 * Descriptors are numbers still: nothing is opened or checked.
 *
 * Return: 0, or a negative errno
 */
int options_parse(int argc, char *const *argv, struct options *ret_o,
		  struct err *e);

/* Print the help to standard output. */
void options_help(void);
