/* SPDX-License-Identifier: MIT */

/* service.h - A child that serves the whole cluster: Librarian, switch
 *
 * It says that it works by a newline on a descriptor. Its end before that, or
 * without having been asked for, is told to the owner.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cluster.h"
#include "err.h"
#include "spawn.h"
#include "strv.h"

struct service_ops {
	void (*ready)(void *arg);
	/* @status: as spawn_status(); @asked: after service_stop() */
	void (*ended)(void *arg, int status, bool asked);
};

struct service {
	const char *name; /* of its log; NULL = not started */
	pid_t pid;	  /* 0 = does not run */
	bool ready;
	bool stopping;
	const struct service_ops *ops;
	void *arg;
	int ready_fd;
	struct event *ready_ev;
	struct event *kill_timer;
	struct loop_child *watch;
};

/* Descriptor on which a service says that it works. */
#define SERVICE_FD_READY 3
/* The first one that is free for its other descriptors. */
#define SERVICE_FD_FIRST 4

/**
 * service_start() - Start it
 * @s:		All zero, or ended
 * @base:	Loop
 * @cluster:	Where its log is
 * @name:	Of its log
 * @args:	args[0] is the name of one of our programs
 * @fds: @n:	What it inherits besides the log and SERVICE_FD_READY; borrowed
 * @ops: @arg:	Told
 * @e:		Says why on failure
 */
int service_start(struct service *s, struct event_base *base,
		  const struct cluster *cluster, const char *name,
		  const struct strv *args, const struct spawn_fd *fds, size_t n,
		  const struct service_ops *ops, void *arg, struct err *e);

/* SIGTERM, and SIGKILL later; "ended" is told. Again, or not running: no-op. */
void service_stop(struct service *s);

/* Forget it; it must have ended or die with this process. */
void service_deinit(struct service *s);
