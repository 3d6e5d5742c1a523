/* SPDX-License-Identifier: MIT */

/* shell.h - The interactive client: lines in, requests out
 *
 * A line is one of the protocol's commands with its parameters (see
 * shell_request.h), a JSON object that is sent as it is, or one of the shell's
 * own verbs, which "help" lists. $NODE is the node's number, $i counts
 * the turns of "loop", "set" makes variables; any other $NAME is the field of
 * that name in the last reply that had it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "shell_link.h"
#include "strv.h"

#define SHELL_HISTORY_MAX 1000U
#define SHELL_SCRIPT_DEPTH 8U
#define SHELL_LINE_MAX 65536U

struct shell {
	struct shell_link *link; /* borrowed */
	uint32_t node_id;
	FILE *out;
	FILE *err;
	bool verbose; /* requests are shown, too */
	bool quit;
	json_t *reply;	     /* the last one, whole; NULL = none yet */
	json_t *vars;	     /* texts by name */
	json_t *fields;	     /* what replies have had, by name */
	struct strv history; /* the last lines */
	size_t remembered;   /* so many have been added to it */
	unsigned depth;	     /* of scripts and loops */
};

/**
 * shell_init() - Ready for lines
 * @link:	Connection
 * @node_id:	Whom it acts for
 * @out: @err:	Where results and failures go
 */
int shell_init(struct shell *sh, struct shell_link *link, uint32_t node_id,
	       FILE *out, FILE *err);

void shell_deinit(struct shell *sh);

/* Whether it is a verb of the shell's own. */
bool shell_has_verb(const char *name);

/* The i-th of them; NULL = there are no more. */
const char *shell_verb_at(size_t i);

/**
 * shell_run_words() - Run one command
 * @words: @n:	Variables in them are replaced
 *
 * Return: 0; -EREMOTEIO if the Librarian has refused; another negative errno.
 *         What went wrong was printed.
 */
int shell_run_words(struct shell *sh, char *const *words, size_t n);

/* The same for a line. */
int shell_run_line(struct shell *sh, const char *line);

/* The same for one that was typed: it may be one of the history, and becomes
 * its last.
 */
int shell_run_typed(struct shell *sh, const char *typed);

/* Adds a line to the history, unless it is empty. */
void shell_remember(struct shell *sh, const char *line);

/**
 * shell_run_file() - Run lines until the end
 * @in:		Lines
 * @prompt:	Printed before each; NULL: it is a script, and the first line
 *		that fails ends it
 *
 * Return: that of the line that has failed, or 0
 */
int shell_run_file(struct shell *sh, FILE *in, const char *prompt);
