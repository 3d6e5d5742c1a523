/* SPDX-License-Identifier: MIT */

/* netlink.h - Interfaces, addresses and routes, by rtnetlink
 *
 * The few requests that a bridge for nodes takes, so that no program has to be
 * there for them. Indexes are those of interfaces in the socket's network. All
 * return 0 or a negative errno, the kernel's own answer, unless it is said.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

/* Of this process's network namespace. @ret_fd: the caller's */
int netlink_open(int *ret_fd);

/* The index of an interface, 0 = there is none of that name. */
unsigned netlink_find(int nl, const char *name);

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

/* Let a bridge's port carry frames, or none at all. */
int netlink_set_port(int nl, unsigned index, bool open);

/**
 * netlink_add_filter() - Ask a program about what comes in at an interface
 * @index:	Interface
 * @ops: @n:	Program, which returns TC_ACT_*
 *
 * Return: 0; -ENOENT or -EOPNOTSUPP if the kernel has no such filters
 */
int netlink_add_filter(int nl, unsigned index, const struct sock_filter *ops,
		       unsigned n);

/* How many frames such a filter has dropped. */
int netlink_get_drops(int nl, unsigned index, uint32_t *ret_n);
