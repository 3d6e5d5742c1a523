/* SPDX-License-Identifier: MIT */

/* cluster.h - The directory of a cluster, and who owns it
 *
 * All that a cluster leaves on disk is in this one directory:
 *
 *	lock		held while the cluster runs, by its keepers (keepers.h)
 *	control		the supervisor's socket, only while it runs
 *	doorbell	where programs of the host get doorbells, the same
 *	fam		the shared memory, unless FAME_FAM is elsewhere
 *	librarian.db	the Librarian's metadata
 *	node_fame.ini	its topology
 *	fame.ini	settings of this cluster, if the user has made it; may be
 *			there before the first start, and is never removed
 *	NAME_env.sh	the settings, for a shell (env_script.h)
 *	machine-id	who the nodes are (machine_id.h)
 *	ssh/		keys and configuration for ssh (ssh_keys.h)
 *	temporary	it is of a "run": nothing of it is to outlast that
 *	disks/		what each node has written to its disk, if it has one
 *	log/		supervisor.log, librarian.log, switch.log, NODE.console
 *
 * The lock is the truth: nobody holds it, so the cluster is down, and whatever
 * an earlier one left is swept away. It is a lock of the open file description
 * (fcntl(2)), so it lasts as long as any process that inherited the descriptor,
 * and can be asked for without being taken. Its file is also what tells a
 * cluster's directory from any other: without it nothing is ever touched.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

#define CLUSTER_LOCK "lock"
#define CLUSTER_LOG_DIR "log"
#define CLUSTER_FAM "fam"
#define CLUSTER_DOORBELL "doorbell"
#define CLUSTER_DB "librarian.db"
#define CLUSTER_DISK_DIR "disks"
#define CLUSTER_INI "node_fame.ini"
#define CLUSTER_SETTINGS "fame.ini"
#define CLUSTER_ENV_SUFFIX "_env.sh"
#define CLUSTER_TEMPORARY "temporary"

struct cluster {
	const char *dir;   /* absolute path; borrowed */
	const char *which; /* " --name X": what a hint to the user must repeat;
			    * borrowed, may be ""
			    */
	int dirfd;
	int lock;  /* -1 = not ours */
	bool made; /* the directory was not there before */
	bool new;  /* no cluster was in it */
};

#define CLUSTER_NULL                                 \
	{                                            \
		.which = "", .dirfd = -1, .lock = -1 \
	}

/**
 * cluster_look() - Could cluster_create() do? Changes nothing
 * @dir:	Absolute path
 * @which:	As in struct cluster
 *
 * Return: 0 (probably), -EBUSY or -ENOTEMPTY, said
 */
int cluster_look(const char *dir, const char *which, struct err *e);

/**
 * cluster_create() - Make the directory if need be and take the lock
 * @c:		Result; CLUSTER_NULL before
 * @dir:	Absolute path; must outlive @c
 * @e:		Says why on failure
 *
 * Return: 0, -EBUSY if the cluster runs, -ENOTEMPTY if the directory is used for
 *         something else, or another negative errno
 */
int cluster_create(struct cluster *c, const char *dir, struct err *e);

/**
 * cluster_set_temporary() - Mark a cluster as one that ends with a "run"
 * @c:		Cluster; the lock must be held
 * @on:		Set the mark, or take it away
 *
 * Should nobody be left to remove it, "gc" does, which goes by the mark alone: a
 * name is the user's to choose.
 */
int cluster_set_temporary(const struct cluster *c, bool on);
bool cluster_is_temporary(const struct cluster *c);

/**
 * cluster_open() - Open the directory of a cluster, running or not
 *
 * Return: 0, -ENOENT if there is none
 */
int cluster_open(struct cluster *c, const char *dir, struct err *e);

/* Whether somebody holds the lock; not to be asked by the one who does. */
bool cluster_runs(const struct cluster *c);

/**
 * cluster_try_lock() - Take the lock
 *
 * Return: 0 = ours, so the cluster is down; -EBUSY = it runs
 */
int cluster_try_lock(struct cluster *c);

/* Wait until nobody holds the lock, and take it. */
int cluster_wait_lock(struct cluster *c);

/* Remove what only a running cluster needs; the lock must be ours. */
void cluster_sweep(const struct cluster *c);

/**
 * cluster_undo() - Take back what cluster_create() and others have made since
 * @c:		Cluster; the lock must be ours
 * @fam_made:	Path of the shared memory, if this start has made it; else NULL
 * @e:		Says why on failure
 *
 * What an earlier start has left stays.
 */
int cluster_undo(const struct cluster *c, const char *fam_made, struct err *e);

/**
 * cluster_purge() - Remove all that a cluster keeps between runs
 * @c:		Cluster; the lock must be ours
 * @fam_path:	The shared memory, if it is elsewhere; may be NULL
 * @e:		Says why on failure
 */
int cluster_purge(const struct cluster *c, const char *fam_path, struct err *e);

/* Open a file in log/ for appending; made if need be. */
int cluster_open_log(const struct cluster *c, const char *name, int *ret_fd);

/* A socket in the directory, listening; the control socket, connected. */
int cluster_listen(const struct cluster *c, const char *name, int *ret_fd);
int cluster_connect(const struct cluster *c, int *ret_fd);

void cluster_deinit(struct cluster *c);

#define CLEANUP_CLUSTER __attribute__((cleanup(cluster_deinit)))
