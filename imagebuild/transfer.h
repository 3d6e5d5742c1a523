/* SPDX-License-Identifier: MIT */

/* transfer.h - An image as one file, for a cache elsewhere
 *
 * A tar archive, compressed by zstd, with the image's files, and "requests":
 * what the image is an answer to, so that a build finds it where it comes to
 * without asking a mirror. Holes of a disk stay holes.
 *
 * An archive is believed as little as a package: of the names that an image
 * has, each once and as a regular file of a sane size, and all of it compared
 * with the description before it gets its name in the cache. That tells what is
 * damaged, not who made it.
 */
#pragma once

#include <stddef.h>

#include "err.h"
#include "hash.h"

/**
 * image_export() - Write an archive
 * @cache:	Where requests are
 * @dir:	The image
 * @to:		Path of the file; replaced as a whole
 */
int image_export(const char *cache, const char *dir, const char *to,
		 struct err *e);

/**
 * image_import() - Read an archive into the cache
 * @cache:	Of store_init()
 * @dir:	A directory of store_build_begin()
 * @from:	Path of the file
 * @ret_key:	The image's
 *
 * Return: 0, -EBADMSG (damaged, or no such archive: nothing is taken), ...
 */
int image_import(const char *cache, const char *dir, const char *from,
		 char ret_key[HASH_HEX], struct err *e);
