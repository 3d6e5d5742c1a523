/* SPDX-License-Identifier: MIT */

/* image.h - A finished image: its key, its description, its integrity
 *
 * images/KEY/ holds "vmlinux", "initramfs", "image.json" and, if nodes have a
 * disk, "root.ext4":
 *
 *	{"schema": 1, "key": KEY, "profile": name, "suite": name, "kernel": version,
 *	 "append": for the kernel's command line,
 *	 "root": {"file": "root.ext4", "size": bytes}, if there is one,
 *	 "files": [{"name", "size", "sha256", "sparse": true: see
 *	            hash_sparse_fd()}, ...],
 *	 "packages": [{"name", "version", "architecture", "sha256"}, ...]}
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "err.h"
#include "hash.h"
#include "index.h"
#include "profile.h"
#include "source.h"

#define IMAGE_SCHEMA 1
#define IMAGE_JSON "image.json"
#define IMAGE_JSON_MAX (4U << 20)
#define IMAGE_VMLINUX "vmlinux"
#define IMAGE_INITRAMFS "initramfs"
#define IMAGE_ROOT "root.ext4"

/* Raised when the builder makes something else of the same inputs. */
#define IMAGE_FORMAT "3"

/* Key of what was asked for: profile, our sources (sources_key()), mirror. */
int image_request_key(const struct profile *p, const char *sources,
		      const struct source *s, char ret_key[HASH_HEX]);

/* Key of what an image is made of: profile, our sources, packages; a disk also
 * knows the mirror.
 */
int image_key(const struct profile *p, const char *sources,
	      const struct source *s, const struct package *const *set,
	      size_t n, char ret_key[HASH_HEX]);

/* Key of a configured tree: packages, and what is done with them. */
int image_tree_key(const struct profile *p, const struct package *const *set,
		   size_t n, char ret_key[HASH_HEX], struct err *e);

/**
 * image_describe() - Write image.json for the files in a directory
 * @dir:	Has vmlinux, initramfs and, if the profile says so, root.ext4
 */
int image_describe(const char *dir, const char *key, const struct profile *p,
		   const char *kver, const struct package *const *set, size_t n,
		   struct err *e);

/* The key that an image's description says. */
int image_read_key(const char *dir, char ret_key[HASH_HEX], struct err *e);

/**
 * image_verify() - Compare an image's files with its description
 * @dir:	The image
 * @whole:	Else only the size of a disk is looked at: there is too much
 *		of it to be read at each start
 *
 * Return: 0, -ENOENT (there is no image), -EBADMSG (a file differs: the
 *         sentence names it), ...
 */
int image_verify(const char *dir, bool whole, struct err *e);

/* Whether a list of a description, of files or packages, has that name. */
bool image_lists(const json_t *list, const char *name);
