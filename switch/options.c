/* SPDX-License-Identifier: MIT */

/* options.c - The command line of fame-switch */

#include "options.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "optable.h"
#include "parse.h"

#define NODE_TEXT_MAX 256U

/* Nodes are added last: what they have to fit may come after them. */
struct reading {
	struct options o;
	const char *subnet;
	const char *domain;
	uint32_t mtu;
	bool isolated;
	const char *nodes[LAN_NODES_MAX];
	unsigned n_nodes;
};

static int set_node(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct reading *r = to;

	(void)def;
	if (r->n_nodes == LAN_NODES_MAX)
		return err_set(e, -ENOSPC, "--node \"%s\": more than %u nodes",
			       value, LAN_NODES_MAX);
	r->nodes[r->n_nodes++] = value;
	return 0;
}

static int set_mtu(void *to, const struct option_def *def, const char *value,
		   struct err *e)
{
	struct reading *r = to;

	(void)def;
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

static int set_host_port(void *to, const struct option_def *def,
			 const char *value, struct err *e)
{
	struct reading *r = to;
	uint32_t port, host_port;
	char text[32], *host;
	int code;

	(void)def;
	copy(text, sizeof(text), value);
	host = split(text, ':');
	if (!host || parse_u32(text, 1, UINT16_MAX, &port) < 0 ||
	    parse_u32(host, 1, UINT16_MAX, &host_port) < 0)
		return err_set(e, -EINVAL,
			       "--host-port \"%s\": write it as PORT:PORT, the "
			       "nodes' and the host's, for example 9093:40001",
			       value);
	code = rewrite_add(&r->o.exposed, (uint16_t)port, (uint16_t)host_port);
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

static int set_bridge(void *to, const struct option_def *def, const char *value,
		      struct err *e)
{
	struct reading *r = to;
	size_t n = strlen(value);

	(void)def;
	if (!n || n >= IFNAMSIZ || strpbrk(value, "/: \t\n%"))
		return err_set(e, -EINVAL,
			       "--bridge \"%s\": an interface's name has 1 to "
			       "%d letters and digits",
			       value, IFNAMSIZ - 1);
	r->o.bridge = value;
	return 0;
}

static int set_listen(void *to, const struct option_def *def, const char *value,
		      struct err *e)
{
	struct reading *r = to;
	uint32_t port;

	(void)def;
	if (parse_u32(value, 1, UINT16_MAX, &port) < 0)
		return err_set(e, -EINVAL,
			       "--listen \"%s\": give the number of a port",
			       value);
	r->o.listen = (uint16_t)port;
	return 0;
}

static int set_version(void *to, const struct option_def *def,
		       const char *value, struct err *e)
{
	struct reading *r = to;

	(void)def;
	(void)value;
	(void)e;
	r->o.action = OPTIONS_VERSION;
	return 0;
}

#define AT(field) offsetof(struct reading, field)

static const struct option_def defs[] = {
	{ "node", 'n', "FD,NAME,MAC,IP",
	  "a node: the stream socket of its network\n"
	  "device, or -1 while it is down; repeat it",
	  set_node, 0 },
	{ "subnet", 0, "ADDRESS/BITS", "addresses [192.168.42.0/24]",
	  option_set_text, AT(subnet) },
	{ "domain", 0, "NAME", "domain of the nodes' names [fame]",
	  option_set_text, AT(domain) },
	{ "mtu", 0, "BYTES", "largest packet [1500]", set_mtu, 0 },
	{ "host-port", 0, "PORT:PORT",
	  "let nodes reach a port of the host's 127.0.0.1\n"
	  "at a port of torms; repeat it",
	  set_host_port, 0 },
	{ "isolated", 0, NULL, "no way out of the LAN", option_set_flag,
	  AT(isolated) },
	{ "owner-fd", 0, "FD",
	  "where a node's port is given (anew): a packet\n"
	  "socket, see proto_switch.h",
	  option_set_fd, AT(o.owner_fd) },
	{ "bridge", 0, "NAME",
	  "leave it to the kernel: a bridge in a network of\n"
	  "its own; the owner is given the nodes' taps",
	  set_bridge, 0 },
	{ "listen", 0, "PORT",
	  "with --bridge: give the owner a socket that\n"
	  "listens at a TCP port of torms",
	  set_listen, 0 },
	{ "try", 0, NULL,
	  "with --bridge: take it down again and say whether\n"
	  "it can be made",
	  option_set_flag, AT(o.only_try) },
	{ "ready-fd", 0, "FD", "write a newline there when all is set up",
	  option_set_fd, AT(o.ready_fd) },
	{ "no-seccomp", 0, NULL, "no filter of system calls, for debuggers",
	  option_set_flag, AT(o.no_seccomp) },
	{ "verbose", 'v', NULL, "say more; counters at the end",
	  option_set_flag, AT(o.verbose) },
	{ "version", 'V', NULL, "print the version", set_version, 0 },
};

static const struct option_table table = {
	.program = "fame-switch",
	.args = "--node FD,NAME,MAC,IP [OPTION]...",
	.intro = "The nodes' network without any privilege: a learning switch "
		 "with DHCP, DNS\nand a way out.",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

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
	struct options *o = &r->o;
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
	if (!o->bridge && (o->only_try || o->listen))
		return err_set(e, -EINVAL,
			       "--try and --listen need --bridge: try "
			       "fame-switch --help");
	if (!r->n_nodes)
		return err_set(e, -EINVAL,
			       "no --node is given: try fame-switch --help");
	return 0;
}

int options_parse(int argc, char *const *argv, struct options *ret_o,
		  struct err *e)
{
	struct reading r = { .o = { .owner_fd = -1, .ready_fd = -1 },
			     .subnet = "192.168.42.0/24",
			     .domain = "fame",
			     .mtu = 1500 };
	int first, code;

	code = optable_parse(&table, argc, argv, &r, &first, e);
	if (code == OPTABLE_HELP)
		r.o.action = OPTIONS_HELP;
	if (code < 0)
		return code;
	if (first < argc && r.o.action == OPTIONS_RUN)
		return err_set(e, -EINVAL,
			       "argument '%s' is too much: see 'fame-switch "
			       "--help'",
			       argv[first]);
	code = finish(&r, e);
	if (code == 0)
		*ret_o = r.o;
	return code;
}

void options_help(void)
{
	optable_help(&table, stdout);
}
