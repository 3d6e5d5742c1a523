/* SPDX-License-Identifier: MIT */

/* serve.h - What "fame-librarian serve" was told */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "librarian.h"
#include "server.h"

struct serve_conf {
	struct librarian_conf librarian;
	struct server_conf server;
	const char *listen;
	uint16_t port;
	char lmp_address[64]; /* empty: no monitoring */
	uint16_t lmp_port;
	int lmp_fd; /* a socket that listens already; -1 = none */
	const char *fam;
	int ready_fd;
	bool auth_given;
	bool lmp_given;
	bool resume;
	bool no_seccomp;
	bool verbose;
};

/**
 * serve_parse() - Command line and environment
 * @argc: @argv:	Subcommand first
 * @ret_conf:		Owns its descriptors
 * @e:			What is wrong
 *
 * Return: 0, OPTABLE_HELP, which is printed, or -EINVAL
 */
int serve_parse(int argc, char **argv, struct serve_conf *ret_conf,
		struct err *e);
