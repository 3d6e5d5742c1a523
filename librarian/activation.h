/* SPDX-License-Identifier: MIT */

/* activation.h - Started by a service manager: its sockets, and its wish to
 * know when we work
 *
 * The protocols of systemd's sd_listen_fds(3) and sd_notify(3), which others
 * speak as well; they are too small for a library.
 */
#pragma once

#include "err.h"

struct activation {
	int listen_fd; /* for clients; -1 = none */
	int lmp_fd;    /* named "lmp" (FileDescriptorName=); -1 = none */
};

/**
 * activation_take() - Take over the sockets that were passed
 * @ret_a:	The caller's descriptors, close-on-exec
 * @e:		What is wrong with them
 *
 * Return: 0, also if there are none; -EINVAL
 */
int activation_take(struct activation *ret_a, struct err *e);

/**
 * activation_notify_open() - Be able to tell the service manager that we work
 * @ret_fd:	-1 = nobody wants to know
 */
int activation_notify_open(int *ret_fd);

/* Tells it. -1 is fine; closed. */
int activation_notify_ready(int fd);
