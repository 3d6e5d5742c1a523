/* SPDX-License-Identifier: MIT */

/* fuzz_image_sources.c - Files of a host that name mirrors; profiles; gpgv
 *
 * room: imagebuild
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gpgv.h"
#include "profile.h"
#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), buf[64];
	struct apt_entries a = { 0 };
	struct profile p;
	struct err e;

	memcpy(text, data, size);
	text[size] = '\0';
	(void)apt_parse_list(text, &a);
	(void)apt_parse_sources(text, &a);
	(void)apt_pick(&a, "trixie");
	apt_entries_deinit(&a);
	(void)debootstrap_parse_mirror(text, buf, sizeof(buf));
	(void)os_release_get(text, "ID", buf, sizeof(buf));
	(void)apt_config_proxy(text, buf, sizeof(buf));
	(void)gpgv_judge(text);
	(void)profile_parse("x", text, &p, &e);
	profile_deinit(&p);
	free(text);
	return 0;
}
