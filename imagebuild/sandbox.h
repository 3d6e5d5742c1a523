/* SPDX-License-Identifier: MIT */

/* sandbox.h - Run a program as pretended root inside a tree, unprivileged
 *
 * Theory of operation. Maintainer scripts and compilers want to be root in a
 * system of their own. Both is an illusion that an ordinary user may build:
 *
 *   outer   new user, mount, pid, ipc, uts and network namespace; one uid and
 *	     one gid are mapped to 0, so newuidmap is not needed
 *   init    pid 1 in there: mounts proc, /dev, /tmp and /run, makes the tree
 *	     its root, reaps orphans, and ends with the command. It executes
 *	     nothing, so it drops all that the builder had open, and is not
 *	     dumpable: nobody inside may look into it
 *   command under a seccomp filter: changes of one's own ids succeed without
 *	     effect, as only one exists; changes of files' owners, device nodes
 *	     and capabilities are noted by init (sandbox_record.h)
 *
 * Each process dies with the one above, and all inside with init: nothing
 * survives, however the builder ends. There is no network inside.
 */
#pragma once

#include <stdbool.h>

#include "err.h"

struct sandbox {
	const char *tree;  /* absolute path */
	char *const *argv; /* argv[0]: absolute path inside the tree */
	char *const *env;
	int out;    /* standard output; borrowed */
	int log;    /* standard error; borrowed */
	int owners; /* notes go there (owners.h); borrowed, -1 = nowhere */
	bool interactive; /* standard input and session stay the caller's */
};

/**
 * sandbox_run() - Run a program and wait for it
 * @s:		What
 * @ret_status:	Its exit status, 128 + signal if a signal ended it
 * @e:		Why it did not start, with the way to allow it
 *
 * Return: 0 if it ran, whatever its status; else a negative errno
 */
int sandbox_run(const struct sandbox *s, int *ret_status, struct err *e);

/**
 * sandbox_probe() - Can a sandbox be built here at all?
 * @dir:	Absolute path of an empty directory; gets mount points
 * @e:		Why not, with the way to allow it
 */
int sandbox_probe(const char *dir, struct err *e);

/* What a failure has to do with, in the order of the work. */
enum sandbox_step {
	SANDBOX_NONE,
	SANDBOX_NAMESPACES,
	SANDBOX_IDS,
	SANDBOX_MOUNT,
	SANDBOX_PROC,
	SANDBOX_DEV,
	SANDBOX_ROOT,
	SANDBOX_FILTER,
	SANDBOX_EXEC,
	SANDBOX_STEP_COUNT,
};

/* What the host says about user namespaces; -1 = it has no such setting. */
struct sandbox_facts {
	int max_user_namespaces;
	int unprivileged_userns_clone;
	int apparmor_restrict;
	int seccomp;	/* mode of this process; 2 = a filter is on it */
	int unconfined; /* AppArmor: 0 = this process has a profile */
};

void sandbox_facts_read(struct sandbox_facts *ret);

/**
 * sandbox_mend() - What allows user namespaces where they are forbidden (pure)
 *
 * Return: a command for root ("sysctl ..."), an option for a container
 *         ("--security-opt ..."), or NULL if nothing is known that forbids them
 */
const char *sandbox_mend(const struct sandbox_facts *f);

/**
 * sandbox_explain() - The sentence for a failure (pure)
 * @step: @error:	Where it failed, and the positive errno
 * @f:			What the host says
 * @tree:		For messages about the file system
 *
 * Return: the negative errno
 */
int sandbox_explain(enum sandbox_step step, int error,
		    const struct sandbox_facts *f, const char *tree,
		    struct err *e);
