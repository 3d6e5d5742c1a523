/* SPDX-License-Identifier: MIT */

/* disk.h - Make a root disk of a configured tree
 *
 * What a profile's [disk] says is done in this order: command lines run in the
 * tree, units are masked. A tree is kept for the next build, so each of these may
 * meet its own traces.
 */
#pragma once

#include "err.h"
#include "hash.h"
#include "profile.h"
#include "stage.h"

/**
 * disk_fill() - Do what the profile says
 * @s:		The tree, with our parts compiled and @s->kver set
 * @e:		Which line failed
 */
int disk_fill(const struct stage *s, const struct profile *p, struct err *e);

/**
 * disk_write() - Write the tree as ext4
 * @key:	Of the image: the file system's ids come from it
 * @to:		Path of the new file
 */
int disk_write(const struct stage *s, const struct profile *p,
	       const char key[HASH_HEX], const char *to, struct err *e);

/* Adds what leaves traces in a tree besides packages, if it becomes a disk: the
 * command lines, and the scripts of ours that they start.
 */
int disk_hash(const struct profile *p, struct hash *h, struct err *e);
