/* SPDX-License-Identifier: MIT */

/* ssh_keys.h - Keys of a cluster for ssh
 *
 * Made by ssh-keygen at the first start, kept in the cluster's directory:
 *
 *	ssh/id, ssh/id.pub	whoever has it may log in to the nodes
 *	ssh/NODE, ssh/NODE.pub	the node's host key
 *	ssh/known_hosts		what the clients of the host believe
 *	ssh/config		how they get to the nodes
 *
 * Nodes are told by their agents; both sides know each other beforehand, so
 * nobody is ever asked.
 */
#pragma once

#include "cluster.h"
#include "err.h"
#include "topology.h"

#define SSH_KEYS_DIR "ssh"
#define SSH_KEYS_CONFIG SSH_KEYS_DIR "/config"

/* OpenSSH's texts */
struct ssh_key {
	char *private;
	char *public; /* one line, without its end */
};

struct ssh_keys {
	struct ssh_key cluster;
	struct ssh_key node[TOPOLOGY_NODES_MAX + 1]; /* by number; from 1 */
};

/**
 * ssh_keys_get() - Read the keys, and make those that are not there
 * @c:		Cluster; its lock is ours
 * @t:		Its nodes
 * @ret:	To be given to ssh_keys_deinit(), also after a failure
 * @e:		Says why on failure
 *
 * Return: 0, -ENOENT if there is no ssh-keygen, or another negative errno
 */
int ssh_keys_get(const struct cluster *c, const struct topology *t,
		 struct ssh_keys *ret, struct err *e);

static inline bool ssh_keys_given(const struct ssh_keys *k)
{
	return k->cluster.private;
}

void ssh_keys_deinit(struct ssh_keys *k);
