/* SPDX-License-Identifier: MIT */

/* bridge.h - The nodes' LAN in the kernel, in a network namespace of its own */
#pragma once

#include <sys/types.h>

#include "options.h"
#include "rewrite.h"

/* A running one. */
struct bridge {
	pid_t pid;   /* dnsmasq */
	int pidfd;   /* readable when it has ended */
	int uplink;  /* IP packets to and from the world */
	int netlink; /* of its network (netlink.h); -1 = not there */
	int sniff;   /* sees its frames (sniff.h); -1 = not allowed */
	int exposed[REWRITE_MAX]; /* listen at torms; -1 = none */
};

#define BRIDGE_TAP_NAME_MAX 16

/* The name of a node's interface; returns @buf. */
const char *bridge_tap_name(unsigned node,
			    char buf[static BRIDGE_TAP_NAME_MAX]);

/**
 * bridge_start() - Make one
 * @o:		Nodes and addresses. With an owner_fd, the owner is given the
 *		descriptors that proto_switch.h tells of
 * @ret_b:	Set on success only; all dies with this process at the latest
 *
 * Call it before signals are blocked. What failed has been logged.
 *
 * Return: 0, or a negative errno
 */
int bridge_start(const struct options *o, struct bridge *ret_b);

/**
 * bridge_try() - Make one, and take it down again
 * @o:		As above; nobody is given anything
 *
 * Return: 0, or a negative errno, logged
 */
int bridge_try(const struct options *o);

void bridge_deinit(struct bridge *b);
