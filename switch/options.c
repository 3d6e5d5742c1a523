/* SPDX-License-Identifier: MIT */

/* options.c - The command line of fame-switch */

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"

#define NODE_TEXT_MAX 256U

/* Nodes are added last: what they have to fit may come after them. */
struct reading {
	struct options *o;
	const char *subnet;
	const char *domain;
	uint32_t mtu;
	bool isolated;
	const char *nodes[LAN_NODES_MAX];
	unsigned n_nodes;
};

struct option_def {
	const char *name;
	char letter;	 /* 0 = none */
	const char *arg; /* NULL = none */
	const char *help;
	int (*set)(struct reading *r, const char *value, struct err *e);
};

static int set_node(struct reading *r, const char *value, struct err *e)
{
	if (r->n_nodes == LAN_NODES_MAX)
		return err_set(e, -ENOSPC, "--node \"%s\": more than %u nodes",
			       value, LAN_NODES_MAX);
	r->nodes[r->n_nodes++] = value;
	return 0;
}

static int set_subnet(struct reading *r, const char *value, struct err *e)
{
	(void)e;
	r->subnet = value;
	return 0;
}

static int set_domain(struct reading *r, const char *value, struct err *e)
{
	(void)e;
	r->domain = value;
	return 0;
}

static int set_mtu(struct reading *r, const char *value, struct err *e)
{
	if (parse_u32(value, LAN_MTU_MIN, LAN_MTU_MAX, &r->mtu) < 0)
		return err_set(e, -EINVAL,
			       "--mtu \"%s\": give a number of bytes from %u "
			       "to %u",
			       value, LAN_MTU_MIN, LAN_MTU_MAX);
	return 0;
}

/* Copy a value to take it apart; one that is too long becomes "". */
static void copy(char *to, size_t size, const char *value)
{
	if ((size_t)snprintf(to, size, "%s", value) >= size)
		*to = 0;
}

/* Splits at the first @c; NULL if there is none. */
static char *split(char *s, char c)
{
	s = strchr(s, c);
	if (s)
		*s++ = 0;
	return s;
}

static int set_host_port(struct reading *r, const char *value, struct err *e)
{
	uint32_t port, host_port;
	char text[32], *host;
	int code;

	copy(text, sizeof(text), value);
	host = split(text, ':');
	if (!host || parse_u32(text, 1, UINT16_MAX, &port) < 0 ||
	    parse_u32(host, 1, UINT16_MAX, &host_port) < 0)
		return err_set(e, -EINVAL,
			       "--host-port \"%s\": write it as PORT:PORT, the "
			       "nodes' and the host's, for example 9093:40001",
			       value);
	code = rewrite_add(&r->o->exposed, (uint16_t)port, (uint16_t)host_port);
	if (code == -EEXIST)
		return err_set(e, code,
			       "--host-port \"%s\": one of both ports is given "
			       "twice",
			       value);
	if (code < 0)
		return err_set(e, code, "--host-port \"%s\": more than %u",
			       value, REWRITE_MAX);
	return 0;
}

static int set_isolated(struct reading *r, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	r->isolated = true;
	return 0;
}

static int parse_fd(const char *s, int *ret_fd)
{
	uint32_t fd;

	if (!strcmp(s, "-1")) {
		*ret_fd = -1;
		return 0;
	}
	if (parse_u32(s, 0, INT_MAX, &fd) < 0)
		return -EINVAL;
	*ret_fd = (int)fd;
	return 0;
}

static int set_ready_fd(struct reading *r, const char *value, struct err *e)
{
	if (parse_fd(value, &r->o->ready_fd) < 0)
		return err_set(e, -EINVAL,
			       "--ready-fd \"%s\": give the number of a "
			       "descriptor",
			       value);
	return 0;
}

static int set_owner_fd(struct reading *r, const char *value, struct err *e)
{
	if (parse_fd(value, &r->o->owner_fd) < 0)
		return err_set(e, -EINVAL,
			       "--owner-fd \"%s\": give the number of a "
			       "descriptor",
			       value);
	return 0;
}

static int set_verbose(struct reading *r, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	r->o->verbose = true;
	return 0;
}

static int set_help(struct reading *r, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	r->o->action = OPTIONS_HELP;
	return 0;
}

static int set_version(struct reading *r, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	r->o->action = OPTIONS_VERSION;
	return 0;
}

static const struct option_def defs[] = {
	{ "node", 'n', "FD,NAME,MAC,IP",
	  "a node: the stream socket of its network\n"
	  "device, or -1 while it is down; repeat it",
	  set_node },
	{ "subnet", 0, "ADDRESS/BITS", "addresses [192.168.42.0/24]",
	  set_subnet },
	{ "domain", 0, "NAME", "domain of the nodes' names [fame]",
	  set_domain },
	{ "mtu", 0, "BYTES", "largest packet [1500]", set_mtu },
	{ "host-port", 0, "PORT:PORT",
	  "let nodes reach a port of the host's 127.0.0.1\n"
	  "at a port of torms; repeat it",
	  set_host_port },
	{ "isolated", 0, NULL, "no way out of the LAN", set_isolated },
	{ "owner-fd", 0, "FD",
	  "where a node's port is given (anew): a packet\n"
	  "socket, see proto_switch.h",
	  set_owner_fd },
	{ "ready-fd", 0, "FD", "write a newline there when all is set up",
	  set_ready_fd },
	{ "verbose", 'v', NULL, "say more; counters at the end", set_verbose },
	{ "help", 'h', NULL, "print this", set_help },
	{ "version", 'V', NULL, "print the version", set_version },
};

#define N_DEFS ARRAY_SIZE(defs)

static int add_node(struct options *o, const char *value, struct err *e)
{
	char text[NODE_TEXT_MAX], *name, *mac, *ip;
	int fd, i;

	copy(text, sizeof(text), value);
	name = split(text, ',');
	mac = name ? split(name, ',') : NULL;
	ip = mac ? split(mac, ',') : NULL;
	if (!ip || parse_fd(text, &fd) < 0)
		return err_set(
			e, -EINVAL,
			"--node \"%s\": write it as FD,NAME,MAC,IP, for "
			"example 5,node01,48:50:42:01:01:01,192.168.42.1",
			value);
	for (unsigned k = 0; k < o->lan.n_hosts && fd >= 0; k++)
		if (o->fds[k] == fd)
			return err_set(e, -EEXIST,
				       "--node \"%s\": its descriptor is "
				       "another node's",
				       value);
	i = lan_add(&o->lan, name, mac, ip, e);
	if (i < 0)
		return i;
	o->fds[i] = fd;
	return 0;
}

static int finish(struct reading *r, struct err *e)
{
	struct options *o = r->o;
	int code;

	if (o->action != OPTIONS_RUN)
		return 0;
	code = lan_init(&o->lan, r->subnet, r->domain, e);
	if (code < 0)
		return code;
	o->lan.mtu = r->mtu;
	o->lan.isolated = r->isolated;
	for (unsigned i = 0; i < r->n_nodes; i++) {
		code = add_node(o, r->nodes[i], e);
		if (code < 0)
			return code;
	}
	if (!r->n_nodes)
		return err_set(e, -EINVAL,
			       "no --node is given: try fame-switch --help");
	return 0;
}

/* Tables of getopt_long(); its value is an index in defs plus 1. */
static void make_getopt(struct option *longs, char *letters)
{
	*letters++ = '+';
	*letters++ = ':';
	for (size_t i = 0; i < N_DEFS; i++) {
		longs[i] = (struct option){ defs[i].name,
					    defs[i].arg ? required_argument :
							  no_argument,
					    NULL, (int)i + 1 };
		if (!defs[i].letter)
			continue;
		*letters++ = defs[i].letter;
		if (defs[i].arg)
			*letters++ = ':';
	}
	longs[N_DEFS] = (struct option){ NULL, 0, NULL, 0 };
	*letters = 0;
}

static const struct option_def *find_def(int c)
{
	if (c >= 1 && (size_t)c <= N_DEFS)
		return &defs[c - 1];
	for (size_t i = 0; i < N_DEFS; i++)
		if (defs[i].letter && defs[i].letter == c)
			return &defs[i];
	return NULL;
}

int options_parse(int argc, char *const *argv, struct options *ret_o,
		  struct err *e)
{
	struct options o = { .owner_fd = -1, .ready_fd = -1 };
	struct reading r = { .o = &o,
			     .subnet = "192.168.42.0/24",
			     .domain = "fame",
			     .mtu = 1500 };
	char letters[2 + 2 * N_DEFS + 1];
	struct option longs[N_DEFS + 1];
	int c, code;

	make_getopt(longs, letters);
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_def *def = find_def(c);

		if (!def)
			return err_set(e, -EINVAL,
				       "option \"%s\" is unknown or lacks its "
				       "value: try fame-switch --help",
				       argv[optind - 1]);
		code = def->set(&r, optarg, e);
		if (code < 0)
			return code;
	}
	if (optind < argc)
		return err_set(e, -EINVAL,
			       "argument \"%s\" is too much: try "
			       "fame-switch --help",
			       argv[optind]);
	code = finish(&r, e);
	if (code == 0)
		*ret_o = o;
	return code;
}

void options_help(void)
{
	printf("Usage: fame-switch --node FD,NAME,MAC,IP [OPTION]...\n"
	       "The nodes' network without any privilege: a learning switch "
	       "with DHCP, DNS\nand a way out.\n\n");
	for (size_t i = 0; i < N_DEFS; i++) {
		const struct option_def *d = &defs[i];
		const char *help = d->help;
		int n = printf("  %c%c%s --%s%s%s", d->letter ? '-' : ' ',
			       d->letter ? d->letter : ' ',
			       d->letter ? "," : " ", d->name,
			       d->arg ? " " : "", d->arg ? d->arg : "");

		for (; *help; help++) {
			if (n < 32)
				n += printf("%*s", 32 - n, "");
			(void)putchar(*help);
			if (*help == '\n')
				n = 0;
		}
		(void)putchar('\n');
	}
}
