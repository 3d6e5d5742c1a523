/* SPDX-License-Identifier: MIT */

/* ssh_config.h - What ssh clients of the host have to know: pure texts */
#pragma once

#include "cluster.h"
#include "ssh_keys.h"
#include "topology.h"

struct ssh_config {
	const char *program; /* fame-run's path */
	const char *dir;     /* of the cluster */
	const char *user;    /* to log in as by default */
};

/**
 * ssh_config_text() - The configuration of all nodes, for ssh -F or an Include
 * @t:	Nodes
 * @c:	Paths may have any characters but line ends
 *
 * ssh gets to a node by "fame-run exec", which needs neither a route nor a
 * port of the host.
 *
 * Return: text to free(), NULL = no memory
 */
char *ssh_config_text(const struct topology *t, const struct ssh_config *c);

/* Text of known_hosts, the same way. */
char *ssh_config_known_hosts(const struct topology *t,
			     const struct ssh_keys *k);

/**
 * ssh_config_write() - Write both into the cluster's directory
 * @user:	As in struct ssh_config
 * @e:		Says why on failure
 */
int ssh_config_write(const struct cluster *c, const struct topology *t,
		     const struct ssh_keys *k, const char *user, struct err *e);
