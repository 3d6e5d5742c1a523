/* SPDX-License-Identifier: MIT */

/* dpkgdb.h - The database of dpkg in a tree that we have unpacked
 *
 * dpkg then finds packages that are "unpacked" and configures them as usual.
 */
#pragma once

#include <stddef.h>

#include "deb.h"
#include "err.h"
#include "strv.h"

/**
 * dpkgdb_init() - Directories, merged /usr and an empty database
 * @root:	The tree, empty
 */
int dpkgdb_init(int root);

/**
 * dpkgdb_add() - Write an unpacked package's files of the database
 * @root:	The tree
 * @d:		The package
 * @ret_status:	Its paragraph for the status file; free() it
 *
 * Different packages may be added by several threads.
 *
 * Return: 0, -EBADMSG (its control file makes no sense), ...
 */
int dpkgdb_add(int root, const struct deb *d, char **ret_status);

/**
 * dpkgdb_finish() - Write the status file
 * @status: @n:	Paragraphs
 * @provided:	Virtual names that a package of the builder's own, which has no
 *		files, provides: what needs them can be configured
 */
int dpkgdb_finish(int root, char *const *status, size_t n,
		  const struct strv *provided);

/**
 * dpkgdb_status() - Make the paragraph (pure)
 * @control:	Text of the control file
 * @conffiles:	Text of the conffiles file; NULL = none
 *
 * Return: the text, to be freed; NULL = no memory
 */
char *dpkgdb_status(const char *control, const char *conffiles);
