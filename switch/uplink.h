/* SPDX-License-Identifier: MIT */

/* uplink.h - The way out: libslirp, which turns packets into sockets
 *
 * It has the gateway's address, which it takes for the host's loopback, and its
 * name server's, which it takes for the host's resolver. Its own DHCP is off.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hosts.h"
#include "pollset.h"

struct uplink;

/* A frame for the nodes; borrowed. Must not call uplink_*(), but for handing
 * in the answer to an ARP request.
 */
typedef void (*uplink_output_fn)(void *arg, const uint8_t *frame, size_t len);

/**
 * uplink_new() - Start one
 * @lan:	Addresses and MTU
 * @output: @arg:	Where its frames go
 *
 * Return: NULL if libslirp refuses or there is no memory
 */
struct uplink *uplink_new(const struct lan *lan, uplink_output_fn output,
			  void *arg);

/* Ends all its connections. NULL is fine. */
void uplink_free(struct uplink *u);

/* A frame from a node. */
void uplink_input(struct uplink *u, const uint8_t *frame, size_t len);

/**
 * uplink_fill() - Add its descriptors to the turn
 * @s:			Kept until uplink_dispatch()
 * @timeout_ms:		Made shorter if need be; -1 = for ever
 */
void uplink_fill(struct uplink *u, struct pollset *s, int *timeout_ms);

/* Do what is due. @failed: poll(2) failed, there is nothing in the set. */
void uplink_dispatch(struct uplink *u, struct pollset *s, bool failed);
