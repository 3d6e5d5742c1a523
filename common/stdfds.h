/* SPDX-License-Identifier: MIT */

/* stdfds.h - Standard input, output and errors are open, whoever started us
 *
 * A program that is started with one of them closed would otherwise get that
 * number for the next thing it opens, and read or write it by mistake. To be
 * called first thing in main().
 */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static inline void stdfds_open(void)
{
	int fd;

	/* The lowest free number is given out, so this fills the gaps. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		_exit(EXIT_FAILURE);
	(void)close(fd);
}
