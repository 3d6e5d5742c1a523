/* SPDX-License-Identifier: MIT */

/* tar.h - The root file system of an image as a tar
 *
 * For containers, chroots and other virtual machines: all names of the disk but
 * lost+found, in their order, with owners, modes, times, links, devices and
 * extended attributes (as pax headers). The same disk gives the same bytes.
 */
#pragma once

#include "err.h"

/**
 * tar_export() - Write it
 * @image:	Directory of an image that has a disk
 * @to:		The file, which is replaced as a whole; a name that ends in .gz,
 *		.xz or .zst is compressed
 * @e:		Why not, with the way out
 */
int tar_export(const char *image, const char *to, struct err *e);
