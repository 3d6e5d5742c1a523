/* SPDX-License-Identifier: MIT */

/* report.h - What "run" leaves for a CI system
 *
 * In the directory that --report names, made if need be:
 *
 *	junit.xml	a test suite of the steps: "up", the command, "down"
 *			("keep", where that failed)
 *	status.json	the cluster's status document behind the command
 *	logs.tar.gz	the cluster's logs, under log/
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

struct report_step {
	const char *name;
	double seconds;
	const char *failure; /* one line; NULL = it went well */
};

/**
 * report_junit() - Write the steps in JUnit's XML
 * @f:		Where to
 * @steps: @n:	In their order
 *
 * Control characters, which XML cannot have, become "?", and what is no UTF-8
 * U+FFFD.
 */
void report_junit(FILE *f, const struct report_step *steps, size_t n);

/**
 * report_write() - Write junit.xml
 * @dir:	Directory
 */
int report_write(const char *dir, const struct report_step *steps, size_t n,
		 struct err *e);

/**
 * report_cluster() - Write what only a cluster that is there can give
 * @dir:	Directory
 * @cluster:	Directory of the cluster, open
 * @status:	Status document; NULL = there is none
 */
int report_cluster(const char *dir, int cluster, const json_t *status,
		   struct err *e);
