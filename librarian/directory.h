/* SPDX-License-Identifier: MIT */

/* directory.h - Directories and symbolic links
 *
 * Both are shelves without books. A directory's link count is 2 and one for
 * each directory in it. As for shelf.h, errors are meant for the client.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct librarian;
struct shelf;
struct shelf_new;
struct shelf_place;

/* Return: 0, or -EEXIST whatever has that name. */
int directory_create(struct librarian *lib, const struct shelf_new *what,
		     struct shelf *ret_s);

/* Return: 0; -ENOTDIR; -ENOTEMPTY; -EBUSY for the root; -EPERM for lost+found. */
int directory_remove(struct librarian *lib, const struct shelf *s);

/* Return: 0, or -EINVAL if directory @s would come to be inside of itself. */
int directory_check_move(struct librarian *lib, const struct shelf *s,
			 const struct shelf_place *place);

/**
 * directory_path() - Where a shelf is
 * @buf: @size:	For the path, from "/" on
 *
 * Return: 0, or -ENAMETOOLONG
 */
int directory_path(struct librarian *lib, const struct shelf *s, char *buf,
		   size_t size);

/* Its size is that of @target. Return: 0, -EEXIST, or -EINVAL, -ENOENT, -ENAMETOOLONG for the target. */
int link_create(struct librarian *lib, const struct shelf_new *what,
		const char *target, struct shelf *ret_s);

/* Where it leads, for free(); -EINVAL if it is no symbolic link. */
int link_target(struct librarian *lib, const struct shelf *s,
		char **ret_target);
