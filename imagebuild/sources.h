/* SPDX-License-Identifier: MIT */

/* sources.h - What is ours in an image
 *
 * The sources of the parts that run in a node, which are compiled in the tree,
 * and the files that come with a profile. They are part of an image's key.
 */
#pragma once

#include "err.h"
#include "hash.h"
#include "profile.h"

/* Where the sources are in the tree. */
#define SOURCES_DIR "usr/src/fame"

/* A hash of all of them. */
int sources_key(const struct profile *p, char ret_key[HASH_HEX], struct err *e);

/* Adds those sources that are below one directory: "guest/debian". */
int sources_hash_room(struct hash *h, const char *room, struct err *e);

/* Adds the profile's files. */
int sources_hash_files(struct hash *h, const struct profile *p, struct err *e);

/* Copies the sources to SOURCES_DIR in the tree. */
int sources_copy(int root, struct err *e);

/* Copies the profile's files over the tree. */
int sources_copy_files(int root, const struct profile *p, struct err *e);
