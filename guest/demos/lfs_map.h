/* SPDX-License-Identifier: MIT */

/* lfs_map.h - lfs-stat --map: all of the memory, a character a book */
#pragma once

#include <stdbool.h>

#include "err.h"

/**
 * lfs_map_print() - Draw which file has which book
 * @root:	Where the file system is mounted
 * @coloured:	For a terminal
 */
int lfs_map_print(const char *root, bool coloured, struct err *e);
