/* SPDX-License-Identifier: MIT */

/* netlink.h - Interfaces, addresses and routes, by rtnetlink
 *
 * The few requests that a bridge for nodes takes, so that no program has to be
 * there for them. All return 0 or a negative errno: the kernel's own answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of this process's network namespace. @ret_fd: the caller's */
int netlink_open(int *ret_fd);

/* A bridge that forwards from the first frame on; no spanning tree. */
int netlink_add_bridge(int nl, const char *name);

/* What is set when an interface comes up. */
struct netlink_link {
	unsigned index;
	unsigned mtu;	 /* 0 = as it is */
	unsigned master; /* index of its bridge; 0 = none */
	bool forward;	 /* pass on what is for others (IPv4) */
};

int netlink_set_up(int nl, const struct netlink_link *l);

/* @ip: host byte order, as everywhere below; @bits: of the network */
int netlink_add_address(int nl, unsigned index, uint32_t ip, unsigned bits);

/* Straight to an interface. @src: of what is sent from here */
int netlink_add_route(int nl, unsigned index, uint32_t dst, unsigned bits,
		      uint32_t src);
