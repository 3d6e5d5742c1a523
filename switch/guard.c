/* SPDX-License-Identifier: MIT */

/* guard.c - Who a node may say it is, where the kernel switches
 *
 * What a node says of itself most often, its own addresses, is compared first;
 * then nothing else needs to be. A condition jumps 255 instructions at most, so
 * those that may have to go farther are followed by a jump without one.
 *
 * A load from behind the end of a frame ends the program with 0, which lets it
 * pass: what is too short to hold an address is of use to nobody.
 */

#include "guard.h"

#include <linux/pkt_cls.h>
#include <string.h>

#include "arp.h"

struct program {
	struct sock_filter *ops;
	unsigned n;
};

static void put(struct program *p, uint16_t code, uint32_t k)
{
	p->ops[p->n++] = (struct sock_filter){ .code = code, .k = k };
}

static void load_word(struct program *p, uint32_t at)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, at);
}

static void load_half(struct program *p, uint32_t at)
{
	put(p, BPF_LD | BPF_H | BPF_ABS, at);
}

/* If it is not @k, pass over so many instructions. */
static void unless(struct program *p, uint32_t k, uint8_t pass_over)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, k);
	p->ops[p->n - 1].jf = pass_over;
}

static void end(struct program *p, uint32_t action)
{
	put(p, BPF_RET | BPF_K, action);
}

/* A jump to what comes later, and its target. */
static unsigned jump(struct program *p)
{
	put(p, BPF_JMP | BPF_JA, 0);
	return p->n - 1;
}

static void land(struct program *p, unsigned jump)
{
	p->ops[jump].k = p->n - jump - 1;
}

/* Passes over what follows, two instructions, unless it is that address. */
static void unless_mac(struct program *p, uint32_t at, const uint8_t *mac)
{
	load_word(p, at);
	unless(p, get_be32(mac), 3);
	load_half(p, at + 4);
	unless(p, get_be16(mac + 4), 1);
}

/* 5 instructions for each node, and for torms */
static void check_mac(struct program *p, uint32_t at, const struct lan *lan,
		      unsigned port)
{
	unsigned own;

	unless_mac(p, at, lan->hosts[port].mac);
	own = jump(p);
	for (unsigned i = 0; i < lan->n_hosts; i++)
		if (i != port) {
			unless_mac(p, at, lan->hosts[i].mac);
			end(p, TC_ACT_SHOT);
		}
	unless_mac(p, at, lan->gateway_mac);
	end(p, TC_ACT_SHOT);
	land(p, own);
}

/* 2 instructions for each node, and for torms and its resolver */
static void check_ip(struct program *p, uint32_t at, const struct lan *lan,
		     unsigned port)
{
	const uint32_t host[] = { lan->gateway, lan->nameserver };
	unsigned own;

	load_word(p, at);
	unless(p, lan->hosts[port].ip, 1);
	own = jump(p);
	for (unsigned i = 0; i < lan->n_hosts; i++)
		if (i != port) {
			unless(p, lan->hosts[i].ip, 1);
			end(p, TC_ACT_SHOT);
		}
	for (unsigned i = 0; i < 2; i++) {
		unless(p, host[i], 1);
		end(p, TC_ACT_SHOT);
	}
	land(p, own);
}

/* The kernel has taken the tag off. What is behind the tag of a VLAN is its own
 * affair.
 */
static void check_vlan(struct program *p)
{
	load_word(p, (uint32_t)SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, 0);
	p->ops[p->n - 1].jt = 5;
	load_word(p, (uint32_t)SKF_AD_OFF + SKF_AD_VLAN_TAG);
	put(p, BPF_ALU | BPF_AND | BPF_K, VLAN_ID_BITS);
	unless(p, 0, 1);
	end(p, TC_ACT_SHOT);
	end(p, TC_ACT_OK);
}

unsigned guard_program(const struct lan *lan, unsigned port,
		       struct sock_filter ret[static GUARD_PROGRAM_MAX])
{
	struct program p = { ret, 0 };
	unsigned other;

	check_mac(&p, ETH_SRC, lan, port);
	check_vlan(&p);
	load_half(&p, ETH_TYPE);
	unless(&p, ETHERTYPE_IPV4, 1);
	put(&p, BPF_JMP | BPF_JA, 1);
	other = jump(&p);
	check_ip(&p, ETH_HEADER + IPV4_SRC, lan, port);
	end(&p, TC_ACT_OK);
	land(&p, other);
	unless(&p, ETHERTYPE_ARP, 1);
	put(&p, BPF_JMP | BPF_JA, 1);
	end(&p, TC_ACT_OK);
	check_mac(&p, ETH_HEADER + ARP_SHA, lan, port);
	check_ip(&p, ETH_HEADER + ARP_SPA, lan, port);
	end(&p, TC_ACT_OK);
	return p.n;
}

/* Four lists, as long as they get, and what stands between them */
_Static_assert(2 * 5 * (LAN_NODES_MAX + 1) + 2 * 2 * (LAN_NODES_MAX + 2) + 32 <=
		       GUARD_PROGRAM_MAX,
	       "there is room");
