/* SPDX-License-Identifier: MIT */

/* options.h - Command line of lfsd */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

/* Texts are borrowed from argv. */
struct options {
	char address[64]; /* of the Librarian, in numbers */
	uint16_t port;
	uint32_t node_id;
	int token_fd;
	int ready_fd; /* -1 = nobody waits */
	bool verbose;
	bool version;
	const char *mountpoint;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/**
 * options_parse() - Read the command line
 * @argc: @argv:	As main() got them
 * @ret_opt:		Set if the result is OPTIONS_RUN
 * @e:			What is wrong
 *
 * Return: an enum options_result, or -EINVAL
 */
int options_parse(int argc, char *argv[], struct options *ret_opt,
		  struct err *e);

/* Usage and all options. */
void options_help(FILE *f);
