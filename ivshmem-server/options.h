/* SPDX-License-Identifier: MIT */

/* options.h - The command line: QEMU's ivshmem-server's, and more */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"
#include "server.h"

#define OPTIONS_PEERS_MAX 80U

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* A socket for one client alone, or a connection that is there. */
struct options_peer {
	char path[108];
	int fd; /* -1 = wait at the path */
	uint32_t id;
};

struct options {
	enum options_action action;
	bool foreground;
	bool verbose;
	bool no_seccomp;
	const char *pid_path;	  /* NULL = none */
	const char *socket_path;  /* NULL = none */
	const char *control_path; /* NULL = none */
	int socket_fd;		  /* listens already; -1 = none */
	int owner_fd;		  /* proto_doorbell.h; -1 = none */
	uint32_t first;		  /* number that is given out in turn */
	int ready_fd;		  /* -1 = nobody waits */
	struct memory_conf memory;
	uint32_t vectors;
	uint32_t clients_max;
	/* Reserved: those of --ids, then those of peers. */
	uint32_t ids[SERVER_CLIENTS_MAX + OPTIONS_PEERS_MAX];
	unsigned n_ids, n_in_order;
	struct options_peer peers[OPTIONS_PEERS_MAX];
	unsigned n_peers;
};

/**
 * options_parse() - Read the command line
 * @argc: @argv:	As main() has them; texts are borrowed
 * @ret_o:		Set on success only
 * @e:			Says what is wrong
 *
 * Descriptors are numbers still: nothing is opened or checked.
 *
 * Return: 0, or a negative errno
 */
int options_parse(int argc, char *const *argv, struct options *ret_o,
		  struct err *e);

/* Print the help to standard output. */
void options_help(void);
