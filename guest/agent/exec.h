/* SPDX-License-Identifier: MIT */

/* exec.h - The commands that run for the host, by channel */
#pragma once

#include <event2/event.h>

#include "frame.h"
#include "port.h"

#define EXEC_CHANNELS_MAX 256

struct exec;

/**
 * exec_new() - No commands yet
 * @base:	Loop
 * @port:	Where output and AGENT_EXIT go; borrowed
 * @ret_e:	To be freed by exec_free()
 */
int exec_new(struct event_base *base, struct port *port, struct exec **ret_e);

/* Kills what runs. */
struct exec *exec_free(struct exec *e);

/* A frame of a channel other than 0. */
void exec_frame(struct exec *e, const struct frame *f);

/* The host has gone: hang up all commands. */
void exec_hang_up(struct exec *e);

/* The port has room again. */
void exec_room(struct exec *e);
