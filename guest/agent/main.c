/* SPDX-License-Identifier: MIT */

/* main.c - fame-agent: the host's hand in a node */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent.h"
#include "cleanup.h"
#include "connect.h"
#include "hook.h"
#include "log.h"
#include "loop.h"
#include "parse.h"
#include "port_find.h"
#include "proto_agent.h"
#include "service.h"
#include "ssh.h"

#define PORT_TIMEOUT_MS 30000
#define EXIT_USAGE 2

enum option_id {
	OPT_PORT = 1,
	OPT_INTERFACE,
	OPT_LFSD,
	OPT_READY_FILE,
	OPT_CONNECT,
	OPT_HELP,
	OPT_VERSION
};

static const struct {
	enum option_id id;
	const char *name;
	const char *arg; /* NULL: takes none */
	const char *help;
} options[] = {
	{ OPT_PORT, "port", "NAME",
	  "virtio-serial port to serve (" AGENT_PORT_NAME ")" },
	{ OPT_INTERFACE, "interface", "NAME",
	  "network interface that gets the address (eth0)" },
	{ OPT_LFSD, "lfsd", "FILE",
	  "daemon of the file system (" SERVICE_LFSD ")" },
	{ OPT_READY_FILE, "ready-file", "FILE",
	  "init makes it when all services run; the host is told then" },
	{ OPT_CONNECT, "connect", "PORT",
	  "only join standard input and output with a TCP port here" },
	{ OPT_HELP, "help", NULL, "show this text" },
	{ OPT_VERSION, "version", NULL, "show the version" },
};

struct settings {
	const char *port;
	uint32_t connect; /* 0 = serve */
	struct agent_config agent;
};

static void print_help(void)
{
	(void)puts("Usage: fame-agent [OPTION...]\n"
		   "Serve the host of this node over a virtio-serial port.\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		char left[32];

		(void)snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
			       options[i].arg ? "=" : "",
			       options[i].arg ? options[i].arg : "");
		(void)printf("  %-18s %s\n", left, options[i].help);
	}
}

/* Return: 1 = go on; 0 = done; -EINVAL = wrong usage, which was said */
static int parse_options(int argc, char **argv, struct settings *s)
{
	struct option longs[ARRAY_SIZE(options) + 1] = { 0 };
	int id;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		longs[i] = (struct option){ options[i].name,
					    options[i].arg ? 1 : 0, NULL,
					    options[i].id };
	while ((id = getopt_long(argc, argv, "", longs, NULL)) > 0) {
		switch (id) {
		case OPT_PORT:
			s->port = optarg;
			break;
		case OPT_INTERFACE:
			s->agent.interface = optarg;
			break;
		case OPT_LFSD:
			s->agent.lfsd = optarg;
			break;
		case OPT_READY_FILE:
			s->agent.ready_file = optarg;
			break;
		case OPT_CONNECT:
			if (parse_u32(optarg, 1, UINT16_MAX, &s->connect) == 0)
				break;
			log_err("'%s' is no TCP port: give 1 to 65535", optarg);
			return -EINVAL;
		case OPT_HELP:
			print_help();
			return 0;
		case OPT_VERSION:
			(void)puts("fame-agent " FAME_VERSION);
			return 0;
		default:
			return -EINVAL;
		}
	}
	if (optind == argc)
		return 1;
	log_err("\"%s\": no arguments are taken, see --help", argv[optind]);
	return -EINVAL;
}

/* Each command needs four descriptors. */
static void raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

static int serve(const struct settings *s)
{
	CLEANUP_EVENT_BASE struct event_base *base = NULL;
	struct agent *agent = NULL;
	int port, r;

	r = port_find_open(s->port, PORT_TIMEOUT_MS, &port);
	if (r < 0) {
		log_err_errno(r, "\"%s\": cannot open this virtio-serial port",
			      s->port);
		return r;
	}
	base = loop_new();
	if (!base) {
		(void)close(port);
		return -ENOMEM;
	}
	r = loop_stop_on_signals(base);
	if (r == 0)
		r = agent_new(base, port, &s->agent, &agent);
	if (r < 0) {
		log_err_errno(r, "cannot start");
		return r;
	}
	(void)event_base_dispatch(base);
	(void)agent_free(agent);
	return 0;
}

static int join(uint16_t port)
{
	int r = connect_relay(port);

	if (r == -ECONNREFUSED)
		log_err("nothing serves TCP port %u of this node", port);
	else if (r < 0)
		log_err_errno(r, "TCP port %u of this node", port);
	return r;
}

int main(int argc, char **argv)
{
	struct settings s = {
		.port = AGENT_PORT_NAME,
		.agent = { .interface = "eth0",
			   .lfsd = SERVICE_LFSD,
			   .ssh_dir = SSH_DIR,
			   .hook = HOOK },
	};
	int r;

	log_open("fame-agent", LOG_LEVEL_INFO, false);
	r = parse_options(argc, argv, &s);
	if (r < 0)
		return EXIT_USAGE;
	if (r == 0)
		return EXIT_SUCCESS;
	if (s.connect)
		return join((uint16_t)s.connect) < 0 ? EXIT_FAILURE :
						       EXIT_SUCCESS;
	raise_file_limit();
	return serve(&s) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
