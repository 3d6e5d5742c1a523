/* SPDX-License-Identifier: MIT */

/* shared.h - A file as words that nodes share */
#pragma once

#include <stddef.h>

/* Made if it is not there; known to fam_atomic(3). NULL = failed */
void *shared_map(const char *path, size_t size);
