/* SPDX-License-Identifier: MIT */

/* region.h - Which memory is registered, and what locks its file */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct file_lock;

/**
 * region_find() - The region that has all of these bytes
 * @address: @size:	Bytes
 * @ret_lock:		How its file is locked, or NULL; may be NULL
 *
 * Safe in threads and signal handlers.
 *
 * Return: 0, -EFAULT (none has), -EINVAL (@address is no multiple of @size)
 */
int region_find(const void *address, size_t size, struct file_lock **ret_lock);

/* Does not return if region_find() fails. */
void region_check(const void *address, size_t size);

/* A line on standard error, and SIGSEGV, as a wild pointer would have it. */
__attribute__((noreturn)) void region_die(const void *address, const char *why);
