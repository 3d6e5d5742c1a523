/* SPDX-License-Identifier: MIT */

/* build.h - Build an image, from the mirror to the cache
 *
 * Theory of operation. A request (profile, our sources, mirror) that has been
 * answered before is answered from the cache, without the network. Else the
 * steps are:
 *
 *  1. index      signed lists of packages (catalog.h); resolve() says which
 *		  packages; these give the image's key: it may exist already
 *  2. download   what the cache lacks, while what is there is unpacked
 *  3. configure  maintainer scripts in the sandbox
 *  4. compile    our parts, by the tree's compiler, in the sandbox
 *  5. fill	  what a profile with a disk does to the tree (disk.h)
 *  6. write      vmlinux, initramfs, disk, image.json; then one rename
 *
 * All that is under way is in one directory, of which nothing stays.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "profile.h"
#include "progress.h"
#include "settings.h"
#include "store.h"

struct build_options {
	const char *profile; /* name or path */
	const char *locked;  /* an image.json (lock.h); NULL = any packages */
	bool refresh;	     /* ask the mirror again */
	bool force;	     /* build even what is there */
};

/**
 * build_cached() - Answer a request from the cache
 * @ret_dir:	The image's directory; PATH_MAX long
 *
 * Return: 0, -ENOENT (it must be built), -EBADMSG (the image is damaged), ...
 */
int build_cached(const struct settings *s, const struct build_options *o,
		 char *ret_dir, struct err *e);

/* What a build probably takes of the cache. */
uint64_t build_typical_bytes(const struct profile *p);

/**
 * build_run() - Build
 * @s: @o:	What
 * @dir:	A directory of store_build_begin()
 * @p:		Progress
 * @ret_dir:	The image's directory; PATH_MAX long
 */
int build_run(const struct settings *s, const struct build_options *o,
	      const char *dir, struct progress *p, char *ret_dir,
	      struct err *e);

/**
 * build_enter() - Run a program in the tree that an image would be written of
 * @command:	A name in the tree's PATH, or a path, and its arguments; it has
 *		our standard streams
 * @ret_status:	Its exit status
 *
 * All that a build does before it writes is done; if a command line of the
 * profile fails, that is told, and the program finds what it has left. The tree
 * is not kept: what is changed in it gets into no image.
 */
int build_enter(const struct settings *s, const struct build_options *o,
		const char *dir, struct progress *p, char *const *command,
		int *ret_status, struct err *e);
