/* SPDX-License-Identifier: MIT */

/* deb.h - Unpack a package into a tree
 *
 * A package is an ar archive of three members: debian-binary, control.tar.*
 * and data.tar.*; libarchive reads all layers. Files go to their final names,
 * conffiles too. A member that tries to leave the tree, a device or a size
 * beyond reason is refused by name.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "err.h"
#include "strv.h"

/* The most that one package may hold, and that a member of control.tar may. */
#define DEB_DATA_MAX (8ULL << 30)
#define DEB_CONTROL_MAX (16U << 20)
#define DEB_MEMBERS_MAX 1000000U

/* A file of control.tar. */
struct deb_control {
	char *name; /* "postinst" */
	char *data; /* terminated */
	size_t len;
	mode_t mode;
};

struct deb {
	struct deb_control *control;
	size_t n_control;
	struct strv list; /* absolute names of all members, "/." first */
	int64_t newest;	  /* mtime of its newest file that was unpacked */
};

/* Where packages go; all borrowed. */
struct deb_target {
	int root;   /* the tree */
	int owners; /* notes of owners other than root go there: owners.h */
	/* Patterns of absolute names that are left out, with all that is below
	 * them; may be NULL
	 */
	const struct strv *exclude;
};

/**
 * deb_unpack() - Unpack one package
 * @t:		Where to
 * @path:	The file
 * @name:	How messages call it
 * @ret:	What control.tar said; to be given to deb_deinit(), also after
 *		a failure
 * @e:		Why not
 *
 * Return: 0, -EPERM (it tries something it must not), -EBADMSG (damaged),
 *         -ENOSPC, ...
 */
int deb_unpack(const struct deb_target *t, const char *path, const char *name,
	       struct deb *ret, struct err *e);

/* A file of control.tar; NULL = it has none of that name. */
const struct deb_control *deb_control_get(const struct deb *d,
					  const char *name);

void deb_deinit(struct deb *d);
