/* SPDX-License-Identifier: MIT */

/* checkup.h - What was looked at on this host, and what mends it
 *
 * A row for each thing. As a document:
 *
 * {"schema": 1, "good": no result is "problem",
 *  "image": directory of the image, if one was looked for and is there,
 *  "checks": [{"name", "result": "ok"|"note"|"problem", "text",
 *              "mend": command line or advice; absent = none is known}]}
 *
 * A note is something that works, but less well than it could; a problem is
 * something that will make commands fail. Keys may be added; none changes its
 * meaning within a schema.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "json.h"

#define CHECKUP_SCHEMA 1
#define CHECKUP_ROWS_MAX 32

enum checkup_result {
	CHECKUP_OK,
	CHECKUP_NOTE,
	CHECKUP_PROBLEM,
	CHECKUP_RESULT_COUNT,
};

struct checkup_row {
	char name[32];
	enum checkup_result result;
	char text[1024]; /* one line */
	char mend[512];	 /* "" = nothing that we know */
};

struct checkup {
	struct checkup_row rows[CHECKUP_ROWS_MAX];
	size_t n;
	char image[PATH_MAX]; /* "" = none */
};

/**
 * checkup_add() - A new row
 *
 * Return: the row, all but its name empty, result CHECKUP_OK; with too many,
 *         the last one again
 */
struct checkup_row *checkup_add(struct checkup *c, const char *name);

/* Say what was found. */
__attribute__((format(printf, 3, 4))) void
checkup_say(struct checkup_row *row, enum checkup_result result,
	    const char *fmt, ...);

/* Say what mends it. */
__attribute__((format(printf, 2, 3))) void checkup_mend(struct checkup_row *row,
							const char *fmt, ...);

/* Nothing in it is a problem. */
bool checkup_good(const struct checkup *c);

/* The document; NULL = no memory */
json_t *checkup_document(const struct checkup *c);

/**
 * checkup_append() - Take over the rows of another program's document
 *
 * Return: 0, or -EINVAL if it is no such document; then @c is as it was
 */
int checkup_append(struct checkup *c, const json_t *document);

/**
 * checkup_print() - Show it on standard output
 * @as_json:	As the document in one line, else as a table for people
 *
 * Return: 0 or -ENOMEM
 */
int checkup_print(const struct checkup *c, bool as_json);
