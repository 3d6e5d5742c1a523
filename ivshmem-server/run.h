/* SPDX-License-Identifier: MIT */

/* run.h - The whole server: memory, sockets, clients */
#pragma once

#include "acceptor.h"
#include "options.h"
#include "server.h"

struct run {
	struct event_base *base;
	int memory_fd;
	struct server server;
	/* The common one, the control's, and those of single clients. */
	struct run_socket {
		struct run *run;
		struct acceptor *acceptor;
		const char *path; /* removed at the end; NULL = nothing is */
		uint32_t id;
	} sockets[2 + OPTIONS_PEERS_MAX];
	unsigned n_sockets;
	struct owner *owner;  /* NULL = none */
	const char *pid_path; /* written, to be removed; NULL = none */
};

/**
 * run_init() - Set everything up
 * @r:	All 0
 * @o:	What is wanted; borrowed
 * @e:	Why not; @r needs no deinit then
 */
int run_init(struct run *r, const struct options *o, struct err *e);

/* Until a signal ends it. */
int run_loop(struct run *r);

void run_deinit(struct run *r);
