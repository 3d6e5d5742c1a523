/* SPDX-License-Identifier: MIT */

/* profile.h - What an image is made of: an INI file
 *
 *	[image]
 *	suites = trixie trixie-updates trixie-security
 *
 *	[packages]
 *	base = essential		essential | required
 *	kernel = linux-image-cloud-amd64
 *	install = gcc make ...
 *	provide = virtual names that the builder itself stands for
 *	exclude = /usr/share/doc ...	patterns of what is not unpacked
 *
 *	[initramfs]
 *	overlay = tiny/root		below guest/, copied as it is
 *	applets = /bin/busybox		gets links for all that it can do
 *	modules = failover ... fam	loaded in this order, with what they need
 *	copy = FROM TO			one file of the tree; may be repeated
 *
 * Lists are separated by spaces; a key that is repeated, and a line that
 * begins with spaces, go on with the list.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "err.h"
#include "strv.h"

#define PROFILE_MAX (64U << 10)

struct profile {
	char name[64];
	char *text;
	struct strv suites;
	bool required;
	char *kernel;
	struct strv install;
	struct strv provide;
	struct strv exclude;
	char *overlay; /* NULL = none */
	char *applets; /* NULL = none */
	struct strv modules;
	struct strv copy; /* pairs: from, to */
};

/**
 * profile_parse() - Read a profile's text
 * @name:	For messages and the image's description
 * @text:	Terminated; copied
 * @ret:	To be given to profile_deinit(), also after a failure
 * @e:		Which line is wrong
 */
int profile_parse(const char *name, const char *text, struct profile *ret,
		  struct err *e);

/**
 * profile_load() - Find and read a profile
 * @name:	Name of one of ours, or a path (it has a slash)
 */
int profile_load(const char *name, struct profile *ret, struct err *e);

void profile_deinit(struct profile *p);
