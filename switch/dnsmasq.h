/* SPDX-License-Identifier: MIT */

/* dnsmasq.h - The nodes' addresses and names on a bridge: a pure function
 *
 * dnsmasq gives what dhcp.c and dns.c give elsewhere: each node its own
 * address, all names also of nodes that are down, and the host's resolver for
 * the rest.
 */
#pragma once

#include "hosts.h"
#include "strv.h"

#define DNSMASQ_PROGRAM "dnsmasq"

/**
 * dnsmasq_args() - Build its arguments
 * @lan:	Nodes and addresses
 * @interface:	Where it serves
 * @ret_args:	Emptied before; argv[0] included. Check with strv_ok()
 */
void dnsmasq_args(const struct lan *lan, const char *interface,
		  struct strv *ret_args);
