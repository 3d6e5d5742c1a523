/* SPDX-License-Identifier: MIT */

/* modules.h - Kernel modules of a tree, with those that they need */
#pragma once

#include <stddef.h>

#include "err.h"
#include "strv.h"

#define MODULE_MAX (64U << 20)

struct module {
	char *name; /* "virtio_net" */
	char *data; /* the .ko file, not compressed */
	size_t len;
};

struct modules {
	struct module *v; /* in an order in which they can be loaded */
	size_t n;
};

/**
 * modules_load() - Collect modules
 * @root:	Tree
 * @kver:	Kernel's version
 * @wanted:	Names; '-' and '_' are the same
 * @ours:	Paths in the tree of modules that are not the kernel's own
 * @ret:	To be given to modules_deinit(), also after a failure
 *
 * A module that is part of the kernel itself needs no loading and is left
 * out.
 */
int modules_load(int root, const char *kver, const struct strv *wanted,
		 const struct strv *ours, struct modules *ret, struct err *e);

void modules_deinit(struct modules *m);

/**
 * module_depends() - Names that a module needs, separated by commas (pure)
 * @data: @len:	The .ko file
 *
 * Return: part of @data; "" if it needs nothing, NULL if it is no module
 */
const char *module_depends(const char *data, size_t len);

/**
 * module_unsigned() - Length of a module without its signature (pure)
 * @data: @len:	The .ko file
 *
 * Return: where the signature begins; @len if there is none that makes sense
 */
size_t module_unsigned(const char *data, size_t len);

/* "a/b/virtio-net.ko.xz" -> "virtio_net"; -EINVAL if it is no module. */
int module_name(const char *path, char *buf, size_t size);
