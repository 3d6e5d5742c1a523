/* SPDX-License-Identifier: MIT */

/* shell_link.h - A connection to a Librarian, one request at a time
 *
 * As tm-librarian's clients have it: objects without anything between them,
 * and no hello unless there is a token.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "err.h"

struct shell_link;

struct shell_link_conf {
	const char *host; /* name or address; with ":PORT" behind, if one likes */
	uint32_t node_id;
	const char *token; /* NULL = no hello */
	/* The Librarian says something unasked. */
	void (*event)(const json_t *message, void *arg);
	void *arg;
};

int shell_link_open(const struct shell_link_conf *conf,
		    struct shell_link **ret_link, struct err *e);

/* NULL is fine; returns NULL. */
struct shell_link *shell_link_close(struct shell_link *l);

/**
 * shell_link_call() - Ask, and wait for the reply
 * @request:	Gets a context if it has none
 * @ret_reply:	Whole, an error as well
 * @e:		What has broken the connection
 */
int shell_link_call(struct shell_link *l, json_t *request, json_t **ret_reply,
		    struct err *e);
