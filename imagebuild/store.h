/* SPDX-License-Identifier: MIT */

/* store.h - The cache: what builds leave for each other
 *
 *	deb/SHA256.deb		packages as the archive signs them
 *	index/SHA256.xz		lists of packages, the same
 *	requests/KEY		what was asked for; holds the key of an image
 *	images/KEY/		an image, never changed once it is there
 *	trees/KEY.BOOT/		the last build's configured tree, in "root"
 *	log/			logs of builds that failed
 *	tmp/build.XXXXXX/	a build that is under way, locked by it
 *
 * Theory of operation. All that has a name outside of tmp/ is whole: it was
 * renamed there. Builds share no other state, so they need no lock against
 * each other; the worst of two at once is that work is done twice. A build
 * holds a flock on its directory below tmp/, which ends with its last
 * process; a directory whose lock can be had is left over from a build that
 * died, and the next one removes it. The lock on tmp/ itself closes the gap
 * between making a directory and locking it.
 *
 * A configured tree is kept, so that a change of our own sources costs only
 * the compiler. A build takes it away by renaming it into its own directory,
 * so no two ever have it, and gives it back if it succeeds. It is not made
 * durable as images are, and so its name ends with the host's boot id: after
 * a crash nobody knows it any more. There is at most one.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "hash.h"

struct store_build {
	char path[PATH_MAX]; /* absolute; "" = none */
	int lock;	     /* holds the directory while open */
};

/* Make the cache's directories. */
int store_init(const char *cache, struct err *e);

/**
 * store_build_begin() - Sweep what dead builds left, make a directory
 * @ret:	To be given to store_build_end()
 */
int store_build_begin(const char *cache, struct store_build *ret,
		      struct err *e);

/**
 * store_quiet() - Keep builds from beginning
 * @ret_fd:	For as long as it is open
 *
 * Return: 0, or -EBUSY if one is under way
 */
int store_quiet(const char *cache, int *ret_fd);

/* Remove the directory; idempotent. */
void store_build_end(struct store_build *b);

/* The image's key that a request has led to; -ENOENT if there was none. */
int store_request_get(const char *cache, const char *request,
		      char ret_key[HASH_HEX]);
int store_request_put(const char *cache, const char *request, const char *key);

/**
 * store_requests_of() - All requests that have led to an image
 * @key:	The image's
 * @ret_text:	One a line, sorted; free() it
 */
int store_requests_of(const char *cache, const char *key, char **ret_text);

/**
 * store_publish() - Make a finished image appear under its key, durably
 * @from:	Directory of the image, on the cache's file system
 * @key:	Its key
 *
 * Replaces an image of that key as a whole; what it replaces goes to @from.
 */
int store_publish(const char *cache, const char *from, const char *key);

/* Remove an image: it is gone at once, and as a whole. */
int store_unpublish(const char *cache, const char *key, struct err *e);

/* Take a kept tree away to @to; -ENOENT: there is none of that key. */
int store_tree_take(const char *cache, const char *key, const char *to);

/**
 * store_tree_keep() - Keep a tree for the next build
 * @from:	The tree
 * @trash:	Directory for the trees that it replaces
 */
int store_tree_keep(const char *cache, const char *key, const char *from,
		    const char *trash);

/* Bytes that are free for this user. */
int store_free_bytes(const char *cache, uint64_t *ret_bytes);
