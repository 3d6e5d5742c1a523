/* SPDX-License-Identifier: MIT */

/* replay.c - A fuzzer's corpus as a test: no fuzzer needed, any compiler
 *
 * Linked with a fuzzer in the place of libFuzzer. The corpus is the folder of
 * its name in tests/fuzz/corpus; every file there is one TAP line.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"

#define INPUT_MAX (16U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void one(const char *dir, const char *name, int number)
{
	CLEANUP_FREE char *text = NULL;
	char path[4096];
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	r = file_read(AT_FDCWD, path, INPUT_MAX, &text, &len);
	if (r == 0)
		(void)LLVMFuzzerTestOneInput((const uint8_t *)text, len);
	/* What it finds wrong ends the program. */
	printf("%sok %d - %s\n", r < 0 ? "not " : "", number, name);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	struct dirent **files = NULL;
	char dir[512];
	int n;

	(void)argc;
	name = strstr(name ? name : argv[0], "fuzz_");
	(void)snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s",
		       name ? name : "");
	n = scandir(dir, &files, not_hidden, alphasort);
	if (n < 0) {
		printf("1..0 # SKIP no corpus\n");
		return EXIT_SUCCESS;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		one(dir, files[i]->d_name, i + 1);
		free(files[i]);
	}
	free(files);
	return EXIT_SUCCESS;
}
