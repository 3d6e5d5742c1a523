/* SPDX-License-Identifier: MIT */

/* image.c - The image that the nodes start from */

#include "image.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "selfdir.h"
#include "spawn.h"
#include "strv.h"

/* Its standard output is one line: the directory of the image. */
static int check_line(char *line)
{
	size_t n = strcspn(line, "\n");

	if (*line != '/' || line[n] != '\n' || line[n + 1])
		return -EPROTO;
	line[n] = '\0';
	return 0;
}

static int run(const char *program, const char *profile, char *ret_line,
	       size_t size, struct err *e)
{
	CLEANUP_STRV struct strv args = { 0 };
	int r;

	strv_push(&args, "fame-image");
	strv_push(&args, "build");
	strv_push(&args, "--profile");
	strv_push(&args, profile);
	if (!strv_ok(&args))
		return -ENOMEM;
	r = spawn_output(&(struct spawn){ .file = program,
					  .argv = args.v,
					  .fds = &(struct spawn_fd){ 2, 2 },
					  .n_fds = 1,
					  .death_signal = SIGTERM },
			 STDOUT_FILENO, ret_line, size);
	if (r > 128)
		return err_set(e, -ECHILD,
			       "'fame-image' was ended by signal %d: is there "
			       "enough memory? Try 'fame-image build'",
			       r - 128);
	if (r)
		return r < 0 ? r : IMAGE_SAID;
	return check_line(ret_line);
}

int image_get(const char *profile, struct image *ret_image, struct err *e)
{
	char program[PATH_MAX];
	int r;

	r = selfdir_program("fame-image", program, sizeof(program));
	if (r == 0)
		r = run(program, profile, ret_image->dir,
			sizeof(ret_image->dir), e);
	if (r == IMAGE_SAID || r == -ECHILD)
		return r;
	if (r < 0)
		return err_set(e, r,
			       "program 'fame-image' does not work: %s; build "
			       "it with 'make'",
			       strerror(-r));
	(void)snprintf(ret_image->kernel, sizeof(ret_image->kernel),
		       "%s/vmlinux", ret_image->dir);
	(void)snprintf(ret_image->initramfs, sizeof(ret_image->initramfs),
		       "%s/initramfs", ret_image->dir);
	return 0;
}
