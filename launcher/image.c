/* SPDX-License-Identifier: MIT */

/* image.c - The image that the nodes start from */

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "selfdir.h"
#include "spawn.h"
#include "strv.h"

/* Its standard output is one line: the directory of the image. */
static int read_line(int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n < size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	if (!n || buf[n - 1] != '\n')
		return -EPROTO;
	buf[n - 1] = '\0';
	return strchr(buf, '\n') || *buf != '/' ? -EPROTO : 0;
}

static int run(const char *program, const char *profile, char *ret_line,
	       size_t size, struct err *e)
{
	CLEANUP_STRV struct strv args = { 0 };
	CLEANUP_FD int from = -1, to = -1;
	pid_t pid;
	int p[2], r, line;

	strv_push(&args, "fame-image");
	strv_push(&args, "build");
	strv_push(&args, "--profile");
	strv_push(&args, profile);
	if (!strv_ok(&args))
		return -ENOMEM;
	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	from = p[0];
	to = p[1];
	r = spawn(&(struct spawn){ .file = program,
				   .argv = args.v,
				   .fds = (const struct spawn_fd[]){ { to, 1 },
								     { 2, 2 } },
				   .n_fds = 2,
				   .death_signal = SIGTERM },
		  &pid, NULL);
	if (r < 0)
		return r;
	close_fd(&to);
	line = read_line(from, ret_line, size);
	r = spawn_wait(pid);
	if (r > 128)
		return err_set(e, -ECHILD,
			       "'fame-image' was ended by signal %d: is there "
			       "enough memory? Try 'fame-image build'",
			       r - 128);
	if (r)
		return r < 0 ? r : IMAGE_SAID;
	return line;
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
