/* SPDX-License-Identifier: MIT */

/* main.c - fame-agent: the host's hand in a node */

#include <errno.h>
#include <fcntl.h>
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
#include "optable.h"
#include "parse.h"
#include "port_find.h"
#include "proto_agent.h"
#include "service.h"
#include "ssh.h"

#define PORT_TIMEOUT_MS 30000
#define EXIT_USAGE 2

struct settings {
	const char *port;
	struct connect_to connect; /* port 0 = serve */
	bool version;
	struct agent_config agent;
};

static int set_connect(void *to, const struct option_def *def,
		       const char *value, struct err *e)
{
	struct settings *s = to;
	uint32_t port;

	if (parse_u32(value, 1, UINT16_MAX, &port) < 0)
		return err_set(e, -EINVAL, "--%s '%s': give 1 to 65535",
			       def->name, value);
	s->connect.port = (uint16_t)port;
	return 0;
}

#define AT(field) offsetof(struct settings, field)

static const struct option_def defs[] = {
	{ "port", 0, "NAME",
	  "virtio-serial port to serve [" AGENT_PORT_NAME "]", option_set_text,
	  AT(port) },
	{ "interface", 0, "NAME",
	  "network interface that gets the address [eth0]", option_set_text,
	  AT(agent.interface) },
	{ "lfsd", 0, "FILE", "daemon of the file system [" SERVICE_LFSD "]",
	  option_set_text, AT(agent.lfsd) },
	{ "ready-file", 0, "FILE",
	  "init makes it when all services run; the host is\ntold then",
	  option_set_text, AT(agent.ready_file) },
	{ "connect", 0, "PORT",
	  "only join standard input and output with a TCP\nport here",
	  set_connect, 0 },
	{ "host", 0, "NAME", "with --connect: of that host, as seen from here",
	  option_set_text, AT(connect.host) },
	{ "tell", 0, NULL,
	  "with --connect: first write a byte, 0 or the\nerrno of a failure",
	  option_set_flag, AT(connect.tell) },
	{ "version", 'V', NULL, "print the version", option_set_flag,
	  AT(version) },
};

static const struct option_table table = {
	.program = "fame-agent",
	.args = "[OPTION...]",
	.intro = "Serve the host of this node over a virtio-serial port.",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

/* Return: 1 = go on; 0 = done; -EINVAL = wrong usage, which was said */
static int parse_options(int argc, char **argv, struct settings *s)
{
	struct err e = { "" };
	int first, r;

	r = optable_parse(&table, argc, argv, s, &first, &e);
	if (r == OPTABLE_HELP) {
		optable_help(&table, stdout);
		return 0;
	}
	if (r == 0 && first < argc)
		r = err_set(&e, -EINVAL,
			    "'%s': no arguments are taken, see --help",
			    argv[first]);
	if (r < 0) {
		log_err("%s", e.msg);
		return r;
	}
	if (s->version)
		(void)puts("fame-agent " FAME_VERSION);
	return !s->version;
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

static int join(const struct connect_to *to)
{
	const char *host = to->host ? to->host : "this node";
	int r = connect_relay(to);

	if (r == -ECONNREFUSED)
		log_err("nothing serves TCP port %u of %s", to->port, host);
	else if (r < 0)
		log_err_errno(r, "TCP port %u of %s", to->port, host);
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
	if (s.connect.port)
		return join(&s.connect) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	raise_file_limit();
	return serve(&s) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
