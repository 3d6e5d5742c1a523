/* SPDX-License-Identifier: MIT */

/* control.h - The supervisor's control socket (proto_control.h) */
#pragma once

#include "supervisor.h"

struct control;

/**
 * control_new() - Serve the control socket
 * @s:		Supervisor; its base is there
 * @listener:	Listening socket; owned, also on failure
 */
int control_new(struct supervisor *s, int listener, struct control **ret);

/* Answer those who wait: every node is ready. */
void control_ready(struct control *c);

/* Tell those who wait about the node's new state. */
void control_node_changed(struct control *c, const struct node *n);

/* The node has no machine any more: end what watches its console. */
void control_node_ended(struct control *c, const struct node *n);

/* Answer everybody who still waits: all has ended. Blocks until it is sent. */
void control_ended(struct control *c);

/* Returns NULL; NULL is fine. */
struct control *control_free(struct control *c);
