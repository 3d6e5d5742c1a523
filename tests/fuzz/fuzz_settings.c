/* SPDX-License-Identifier: MIT */

/* fuzz_settings.c - A file fame.ini
 *
 * room: launcher
 */

#include <stdlib.h>
#include <string.h>

#include "settings_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* It is good, or one line says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	char *text = strndup((const char *)data, size);
	struct err e = { "" };

	if (!text)
		return 0;
	if (settings_parse(&s, "fame.ini", text, ORIGIN_CLUSTER, &e) < 0 &&
	    strncmp(e.msg, "fame.ini:", 9) != 0)
		abort();
	free(text);
	return 0;
}
