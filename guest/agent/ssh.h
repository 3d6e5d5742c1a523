/* SPDX-License-Identifier: MIT */

/* ssh.h - Giving a node its ssh keys
 *
 * They are in SSH_DIR, on a tmpfs: neither an image nor a template nor a disk
 * holds any. The servers' and clients' configurations of our profiles name
 * these files:
 *
 *	host_key		of this node, in OpenSSH's format
 *	host_key.dropbear	the same for dropbear
 *	authorized_keys		whoever has the cluster's key may log in
 *	id, id_dropbear		the cluster's key
 *	known_hosts		public keys of all nodes
 */
#pragma once

#include "err.h"
#include "identity.h"

#define SSH_DIR "/run/fame/ssh"

/**
 * ssh_apply() - Write the files
 * @id:		Whose user, if there is one, owns the cluster's key
 * @dir:	Absolute path; made if need be
 * @ret_err:	Says why on failure
 *
 * Without keys in @id: nothing is done.
 */
int ssh_apply(const struct identity *id, const char *dir, struct err *ret_err);

/* Text of known_hosts; free() it. NULL = no memory */
char *ssh_known_hosts(const struct identity *id);

/**
 * ssh_to_dropbear() - An ed25519 key in the format that dropbear reads
 * @text:	OpenSSH's, not encrypted
 * @ret_data:	SSH_DROPBEAR_SIZE bytes
 *
 * Return: 0, -EINVAL
 */
#define SSH_DROPBEAR_SIZE 83U
int ssh_to_dropbear(const char *text,
		    unsigned char ret_data[static SSH_DROPBEAR_SIZE]);
