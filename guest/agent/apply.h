/* SPDX-License-Identifier: MIT */

/* apply.h - Making the system be what an identity says, but for the network */
#pragma once

#include "err.h"
#include "identity.h"

/**
 * apply_identity() - Random seed, clock, host name, /etc/hosts and resolv.conf
 *
 * In this order: a restored node has the random numbers of its template until
 * the first step is done.
 *
 * Return: 0, or a negative errno and what failed in @ret_err
 */
int apply_identity(const struct identity *id, struct err *ret_err);

/* The text of /etc/hosts; NULL = no memory. free() it. */
char *apply_hosts_text(const struct identity *id);

/* The text of /etc/resolv.conf; NULL = no memory. free() it. */
char *apply_resolv_text(const struct identity *id);
