/* SPDX-License-Identifier: MIT */

/* fuzz_image_names.c - Names of members of packages and archives; kernels
 *
 * room: imagebuild
 */

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpio.h"
#include "dpkgdb.h"
#include "kernel.h"
#include "modules.h"
#include "tree.h"

/* A normal name is what it says: below the root, and normal already. */
static void check_name(const char *name)
{
	char normal[PATH_MAX], again[PATH_MAX];

	if (tree_name(name, normal, sizeof(normal)) < 0)
		return;
	if (*normal == '/' || strstr(normal, "//") ||
	    !strncmp(normal, "../", 3) || strstr(normal, "/../") ||
	    !strcmp(normal, ".."))
		abort();
	if (*normal && (tree_name(normal, again, sizeof(again)) < 0 ||
			strcmp(normal, again)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), buf[64];
	struct cpio c = { 0 };
	size_t at, len;

	memcpy(text, data, size);
	text[size] = '\0';
	check_name(text);
	(void)module_name(text, buf, sizeof(buf));
	(void)module_depends(text, size);
	(void)kernel_payload(text, size, &at, &len);
	free(dpkgdb_status(text, text));
	for (char *s = text; s < text + size; s += strlen(s) + 1)
		(void)cpio_add_link(&c, s, "target");
	cpio_deinit(&c);
	free(text);
	return 0;
}
