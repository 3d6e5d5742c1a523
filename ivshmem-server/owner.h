/* SPDX-License-Identifier: MIT */

/* owner.h - The channel of whoever has started the server (proto_doorbell.h) */
#pragma once

#include "err.h"

struct owner;
struct server;

/**
 * owner_new() - Hear the owner
 * @s:		Server; its loop ends when the owner does
 * @fd:		SOCK_SEQPACKET; taken over, also on failure
 * @ret_o:	For owner_free()
 * @e:		Why not
 */
int owner_new(struct server *s, int fd, struct owner **ret_o, struct err *e);

/* NULL is fine; returns NULL. */
struct owner *owner_free(struct owner *o);
