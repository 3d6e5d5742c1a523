/* SPDX-License-Identifier: MIT */

/* guard.h - Who a node may say it is, where the kernel switches
 *
 * The same as switch.c has it: any addresses, but not another node's or torms',
 * neither as Ethernet or IPv4 source nor in ARP; no VLAN 0. A filter at each
 * node's tap, in the kernel's classic language for them, which needs no
 * privilege to be loaded.
 */
#pragma once

#include <linux/filter.h>

#include "hosts.h"

#define GUARD_PROGRAM_MAX 1280U /* for LAN_NODES_MAX; see guard.c */

/**
 * guard_program() - The filter of a node
 * @lan:	All nodes
 * @port:	Its index
 * @ret:	Instructions; it returns TC_ACT_OK or TC_ACT_SHOT
 *
 * Return: how many
 */
unsigned guard_program(const struct lan *lan, unsigned port,
		       struct sock_filter ret[static GUARD_PROGRAM_MAX]);
