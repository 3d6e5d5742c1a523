/* SPDX-License-Identifier: MIT */

/* profile.h - What an image is made of: an INI file
 *
 *	[image]
 *	include = NAME|FILE		what another profile says holds here, too
 *	suites = trixie trixie-updates trixie-security
 *	files = DIR ...			all files below are put over the tree
 *					before "copy" and "run" see it (files.h)
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
 *	[disk]				the tree becomes the nodes' disk
 *	size = 6G			of a node's disk, in blocks of 4096 bytes;
 *					without it there is none
 *	run = COMMAND LINE		by the tree's shell, as its root
 *	mask = UNIT ...			systemd is never to start them
 *
 *	[boot]
 *	append = WORD ...		for the kernel's command line
 *
 * Lists are separated by spaces; a key that is repeated, and a line that
 * begins with spaces, go on with the list. "run" is a list of whole lines. A ";"
 * behind a space begins a comment, there too.
 *
 * "include" comes first; lists are added to, single values replaced. A name
 * without a slash means NAME.ini in ${XDG_CONFIG_HOME:-~/.config}/fame/profiles,
 * else one of ours; one with a slash is a path from the including file. That of
 * "files" is always a path from the file that says it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "strv.h"

#define PROFILE_MAX (64U << 10)
/* Characters of a line; how deep profiles include each other. */
#define PROFILE_LINE_MAX 198
#define PROFILE_DEPTH_MAX 8
/* Size of a disk; it has whole blocks. */
#define PROFILE_DISK_UNIT 4096U
#define PROFILE_DISK_MIN (64ULL << 20)
#define PROFILE_DISK_MAX (1ULL << 40)

struct profile {
	char name[64];
	char *text; /* with those that it includes */
	struct strv suites;
	struct strv files; /* paths of directories */
	bool required;
	char *kernel;
	struct strv install;
	struct strv provide;
	struct strv exclude;
	char *overlay; /* NULL = none */
	char *applets; /* NULL = none */
	struct strv modules;
	struct strv copy;   /* pairs: from, to */
	uint64_t disk_size; /* bytes; 0 = the image has no disk */
	struct strv run;    /* command lines */
	struct strv mask;
	struct strv append;
};

/**
 * profile_parse() - Read a profile's text; paths in it begin here
 * @name:	For messages and the image's description
 * @text:	Terminated; copied
 * @ret:	To be given to profile_deinit(), also after a failure
 * @e:		Which line is wrong
 */
int profile_parse(const char *name, const char *text, struct profile *ret,
		  struct err *e);

/**
 * profile_load() - Find and read a profile
 * @name:	Name of the user's or one of ours, or a path (it has a slash)
 */
int profile_load(const char *name, struct profile *ret, struct err *e);

void profile_deinit(struct profile *p);
