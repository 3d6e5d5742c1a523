/* SPDX-License-Identifier: MIT */

/* stage.h - Work that is done by programs of the tree, inside of it */
#pragma once

#include <stdint.h>

#include "err.h"
#include "strv.h"

struct stage {
	const char *tree; /* absolute path */
	int root;	  /* the same, open */
	int log;	  /* what the programs say goes to this file */
	int owners;	  /* notes about files, see owners.h; -1 = nowhere */
	int64_t epoch;	  /* SOURCE_DATE_EPOCH: of the newest package's file */
	const char *kver; /* version of its kernel; NULL = not yet known */
	const struct strv *line_env; /* more for stage_line(); NULL = none */
};

/* Text of the script that configures a tree; free() it. */
int stage_script(char **ret_text);

/* Run all maintainer scripts: dpkg's whole configuration. */
int stage_configure(const struct stage *s, struct err *e);

/**
 * stage_compile() - Compile our own parts
 * @s:		With @s->kver set: its headers are in the tree
 *
 * The results are in SOURCES_DIR/out; what was there before is gone.
 */
int stage_compile(const struct stage *s, struct err *e);

/* Run a line by the tree's shell. */
int stage_line(const struct stage *s, const char *line, struct err *e);

/**
 * stage_command() - Run a program on our standard streams, for the user
 * @command:	Its name, searched in the tree's PATH, and its arguments
 * @ret_status:	Its exit status
 */
int stage_command(const struct stage *s, char *const *command, int *ret_status,
		  struct err *e);

/**
 * stage_output() - What a program prints, as text
 * @argv:	argv[0] is an absolute path inside the tree
 * @ret_text:	free() it
 */
int stage_output(const struct stage *s, char *const *argv, char **ret_text,
		 struct err *e);
