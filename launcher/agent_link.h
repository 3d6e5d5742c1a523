/* SPDX-License-Identifier: MIT */

/* agent_link.h - The host's end of a node's agent port (proto_agent.h)
 *
 * Passes frames between the agent and users of its channels. Streams are on
 * credit that the users give (frame.h), so nothing piles up here. The agent is
 * a guest's program and may be hostile: only frames that it may send are passed
 * on, within their limits; for anything else it is cut off.
 */
#pragma once

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

struct agent_link;

struct agent_link_ops {
	void (*hello)(void *arg);
	void (*ready)(void *arg);
	/* @text: one printable line */
	void (*failed)(void *arg, const char *text);
	/* It does not keep to the protocol; nothing is heard of it any more. */
	void (*broken)(void *arg);
};

/* The user of a channel. After AGENT_EXIT, or gone(), the channel is closed. */
struct agent_user {
	/* AGENT_STDOUT, AGENT_STDERR, AGENT_CREDIT or AGENT_EXIT */
	void (*frame)(void *arg, uint8_t type, const void *data, size_t len);
	/* The agent that ran the command is no more. */
	void (*gone)(void *arg);
	void *arg;
};

/**
 * agent_link_new() - Take over the host's end of the port
 * @base:	Loop
 * @fd:		Stream socket; owned by the link, also on failure
 * @ops: @arg:	Told about channel 0; @ops is borrowed for ever
 * @ret:	The link
 */
int agent_link_new(struct event_base *base, int fd,
		   const struct agent_link_ops *ops, void *arg,
		   struct agent_link **ret);

/* Tells users that the port is gone. Returns NULL; NULL is fine. */
struct agent_link *agent_link_free(struct agent_link *l);

/* AGENT_IDENTITY with this JSON text; -ENOBUFS if the agent does not read. */
int agent_link_identity(struct agent_link *l, const char *json);

/* AGENT_POWEROFF */
void agent_link_poweroff(struct agent_link *l);

/**
 * agent_link_exec() - Start a command
 * @l:			Link
 * @json: @len:		Payload of AGENT_EXEC
 * @user:		Told about the channel; copied
 * @ret_channel:	Number of the channel
 *
 * Return: 0, -EAGAIN if too many commands run in the node, -EHOSTDOWN if its
 *         agent was cut off, -EMSGSIZE, -ENOMEM
 */
int agent_link_exec(struct agent_link *l, const char *json, size_t len,
		    const struct agent_user *user, uint16_t *ret_channel);

/**
 * agent_link_send() - Pass a frame of a channel's user on to the node
 *
 * Return: 0, or -EPROTO if users may not send that
 */
int agent_link_send(struct agent_link *l, uint16_t channel, uint8_t type,
		    const void *data, size_t len);

/* The user is gone: hang the command up, and forget its output. */
void agent_link_detach(struct agent_link *l, uint16_t channel);
