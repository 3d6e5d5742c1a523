/* SPDX-License-Identifier: MIT */

/* vectors.h - The descriptors that ring one peer, shared by who sends them
 *
 * A peer may leave while others have not been told of it yet: what is queued
 * for them keeps its descriptors alive.
 */
#pragma once

/* QEMU's device decodes eight bits of a doorbell's vector. */
#define VECTORS_MAX 256U

struct vectors {
	unsigned refs;
	unsigned n;
	int fds[]; /* owned */
};

/**
 * vectors_new() - As many new eventfds
 * @n:		1..VECTORS_MAX
 * @ret_v:	With one reference, for vectors_unref()
 *
 * Return: 0, -EMFILE, -ENFILE or -ENOMEM
 */
int vectors_new(unsigned n, struct vectors **ret_v);

/* None yet, and room for @n. */
int vectors_empty(unsigned n, struct vectors **ret_v);

/* One descriptor, which is taken over, also on failure. */
int vectors_wrap(int fd, struct vectors **ret_v);

struct vectors *vectors_ref(struct vectors *v);

/* NULL is fine; returns NULL. The last one closes them. */
struct vectors *vectors_unref(struct vectors *v);
