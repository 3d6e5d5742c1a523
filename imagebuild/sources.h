/* SPDX-License-Identifier: MIT */

/* sources.h - Our own sources of the parts that run in a node
 *
 * They are part of an image's key and are compiled in the image's tree.
 */
#pragma once

#include "err.h"
#include "hash.h"
#include "strv.h"

/* Where they are in the tree. */
#define SOURCES_DIR "usr/src/fame"

/**
 * sources_list() - Names of all source files below a directory
 * @dirfd:	Taken over; a negative errno is returned
 * @ret:	Relative names of files and links, sorted; hidden files and
 *		what compilers leave are not among them
 */
int sources_list(int dirfd, struct strv *ret);

/* A hash of names, contents and modes of all our sources. */
int sources_key(char ret_key[HASH_HEX], struct err *e);

/* Adds those below one directory: "guest/debian". */
int sources_hash_room(struct hash *h, const char *room, struct err *e);

/* Copies them to SOURCES_DIR in the tree. */
int sources_copy(int root, struct err *e);
