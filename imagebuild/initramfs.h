/* SPDX-License-Identifier: MIT */

/* initramfs.h - Compose a profile's initramfs from a configured tree */
#pragma once

#include "err.h"
#include "profile.h"
#include "stage.h"

/**
 * initramfs_build() - Write it
 * @s:		The tree, with our parts compiled
 * @p:		Profile
 * @kver:	Kernel's version
 * @to:		Path of the new file
 */
int initramfs_build(const struct stage *s, const struct profile *p,
		    const char *kver, const char *to, struct err *e);
