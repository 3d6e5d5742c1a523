/* SPDX-License-Identifier: MIT */

/* manifest.h - What an image is made of, as others' tools want it: SPDX 2.3 */
#pragma once

#include <jansson.h>
#include <stdint.h>

/**
 * manifest_spdx() - Compose the document
 * @image:	What image.json says
 * @created:	Seconds since 1970
 *
 * Return: NULL if @image is not as it should be, or there is no memory
 */
json_t *manifest_spdx(const json_t *image, int64_t created);
