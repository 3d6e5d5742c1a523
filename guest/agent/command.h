/* SPDX-License-Identifier: MIT */

/* command.h - One command that runs for the host, and its streams */
#pragma once

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "exec_request.h"
#include "port.h"

struct command;

/* The command has sent AGENT_EXIT; its owner frees it and forgets it. */
typedef void (*command_over_fn)(struct command *c, void *arg);

/**
 * command_start() - Start a command
 * @base:	Loop
 * @port:	Where its output goes; borrowed
 * @channel:	Of its frames
 * @req:	What to run
 * @over: @arg:	Called once, from the loop
 * @ret_c:	To be freed by command_free()
 * @ret_err:	Why it could not be started; may be NULL
 */
int command_start(struct event_base *base, struct port *port, uint16_t channel,
		  const struct exec_request *req, command_over_fn over,
		  void *arg, struct command **ret_c, struct err *ret_err);

/* Also kills what still runs of it, without a word to the host. */
struct command *command_free(struct command *c);

uint16_t command_channel(const struct command *c);

/**
 * command_stdin() - Bytes for its standard input
 *
 * Return: 0, -ENOMEM, or -EPROTO if they are above the credit given
 */
int command_stdin(struct command *c, const void *data, size_t len);

/* No more bytes will come. */
void command_stdin_eof(struct command *c);

/**
 * command_credit() - The host can take @n more bytes of output
 *
 * Return: 0, or -EPROTO if that is more than it was sent
 */
int command_credit(struct command *c, uint32_t n);

/* Send @sig to its process group. */
void command_signal(struct command *c, int sig);

/* Nobody wants it any more: SIGHUP, a second later SIGKILL. */
void command_hang_up(struct command *c);

/* The port has room again. */
void command_room(struct command *c);
