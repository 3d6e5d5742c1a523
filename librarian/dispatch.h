/* SPDX-License-Identifier: MIT */

/* dispatch.h - From a request to its command, and from its result to a reply */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jread.h"
#include "jwrite.h"
#include "proto_librarian.h"

struct check;
struct command;
struct librarian;
struct session;

/* The request is to be run anew after zero_all(); see book.h. */
#define DISPATCH_NEEDS_ZEROING 1

#define REPLY_MAX (128U << 20)

/* Of what a client sends. */
#define REQUEST_LIMITS \
	(&(const struct jread_limits){ 65536, LIBRARIAN_DEPTH_MAX })

/* A request as it came from its client. */
struct request {
	struct session *session; /* NULL: the client has gone */
	struct jread body;	 /* an object; empty: it is none, see @error */
	int error;		 /* negative errno for the reply without body */
	struct jwrite reply;	 /* an object; empty = send nothing */
	bool failed;		 /* so says the reply */
	struct check *later;	 /* there is none yet: dispatch_go_on() */
	uint64_t arrived;	 /* metrics_now_us() */
	/* set by dispatch_writes(); NULL = none that we know */
	const struct command *command;
};

/* Finds out what is wanted. Return: whether it may change the database, so
 * needs a transaction.
 */
bool dispatch_writes(struct request *rq);

/* A number below METRICS_COMMANDS_MAX for its command, or that; and its name. */
size_t dispatch_number(const struct request *rq);
const char *dispatch_name(size_t number);

/* It was answered at @now, by metrics_now_us(). */
void dispatch_count(struct librarian *lib, const struct request *rq,
		    uint64_t now);

/**
 * dispatch_run() - Run a request and set its reply
 * @lib:	In a transaction if dispatch_writes(), which was called before
 * @rq:		Request
 * @alone:	It has the transaction for itself, so no savepoint: the caller
 *		rolls it back if @rq has failed or needs zeroing
 *
 * A command that fails has changed nothing, but see @alone.
 *
 * Return: 0 or DISPATCH_NEEDS_ZEROING; without memory for a reply, there is
 *         none and the session is closing
 */
int dispatch_run(struct librarian *lib, struct request *rq, bool alone);

/* Goes on with a request that takes long. Return: false = there is its reply */
bool dispatch_go_on(struct librarian *lib, struct request *rq);

/* Makes the reply an error, whatever it was. */
void dispatch_fail(struct request *rq, int error, const char *why);

/* Drops body, reply, and what is not done yet. */
void request_deinit(struct request *rq);
