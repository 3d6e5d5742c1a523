/* SPDX-License-Identifier: MIT */

/* exec_request.h - What is to be run: the contents of AGENT_EXEC */
#pragma once

#include <stddef.h>

#include "err.h"
#include "strv.h"

#define EXEC_REQUEST_STRINGS_MAX 4096U /* arguments, and variables */

struct exec_request {
	struct strv argv; /* at least one */
	struct strv env;  /* whole environment, NAME=value */
	char *cwd;	  /* absolute */
};

/**
 * exec_request_parse() - Read and check the payload of AGENT_EXEC
 * @text: @len:	JSON
 * @hostname:	For HOSTNAME in the environment
 * @ret_req:	Set on success only; to be freed by exec_request_deinit()
 * @ret_err:	What is wrong; may be NULL
 *
 * The variables of the request come on top of a default environment: PATH,
 * HOME, USER, LOGNAME, SHELL, TERM and HOSTNAME.
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOMEM
 */
int exec_request_parse(const char *text, size_t len, const char *hostname,
		       struct exec_request *ret_req, struct err *ret_err);

/* Idempotent. */
void exec_request_deinit(struct exec_request *req);

#define CLEANUP_EXEC_REQUEST __attribute__((cleanup(exec_request_deinit)))

/**
 * exec_request_parse_signal() - Read and check the payload of AGENT_SIGNAL
 *
 * Return: the signal, or -EINVAL
 */
int exec_request_parse_signal(const char *text, size_t len);
