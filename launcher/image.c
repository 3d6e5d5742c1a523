/* SPDX-License-Identifier: MIT */

/* image.c - The image that the nodes start from */

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "selfdir.h"
#include "spawn.h"
#include "strv.h"

#define PROGRAM "fame-image"
#define IMAGE_JSON "image.json"
#define IMAGE_JSON_MAX (4U << 20)

/* Its standard output is one line: the directory of the image. */
static int check_line(char *line)
{
	size_t n = strcspn(line, "\n");

	if (*line != '/' || line[n] != '\n' || line[n + 1])
		return -EPROTO;
	line[n] = '\0';
	return 0;
}

int image_program(const char *command, const char *option, const char *profile,
		  char *buf, size_t size)
{
	CLEANUP_STRV struct strv args = { 0 };
	char program[PATH_MAX];
	int r;

	strv_push(&args, PROGRAM);
	strv_push(&args, command);
	if (option)
		strv_push(&args, option);
	strv_push(&args, "--profile");
	strv_push(&args, profile);
	if (!strv_ok(&args))
		return -ENOMEM;
	r = selfdir_program(PROGRAM, program, sizeof(program));
	if (r < 0)
		return r;
	return spawn_output(&(struct spawn){ .file = program,
					     .argv = args.v,
					     .fds = &(struct spawn_fd){ 2, 2 },
					     .n_fds = 1,
					     .death_signal = SIGTERM },
			    STDOUT_FILENO, buf, size);
}

void image_set_dir(struct image *i, const char *dir)
{
	*i = (struct image){ 0 };
	(void)snprintf(i->dir, sizeof(i->dir), "%s", dir);
	(void)snprintf(i->kernel, sizeof(i->kernel), "%s/vmlinux", dir);
	(void)snprintf(i->initramfs, sizeof(i->initramfs), "%s/initramfs", dir);
}

static int build(const char *profile, char *ret_line, size_t size,
		 struct err *e)
{
	int r = image_program("build", NULL, profile, ret_line, size);

	if (r > 128)
		return err_set(e, -ECHILD,
			       "'fame-image' was ended by signal %d: is there "
			       "enough memory? Try 'fame-image build'",
			       r - 128);
	if (r)
		return r < 0 ? r : IMAGE_SAID;
	return check_line(ret_line);
}

/* What fame-image says of it besides. */
static int describe(struct image *i)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *name, *append;
	char path[PATH_MAX + 16];
	const json_t *root;
	int r;

	(void)snprintf(path, sizeof(path), "%s/" IMAGE_JSON, i->dir);
	r = json_load_object(AT_FDCWD, path, IMAGE_JSON_MAX, &o);
	if (r < 0)
		return r;
	root = json_object_get(o, "root");
	if (root && (json_get_string(root, "file", &name) < 0 || !*name ||
		     strchr(name, '/')))
		return -EINVAL;
	if (root)
		(void)snprintf(i->root, sizeof(i->root), "%s/%s", i->dir, name);
	if (json_get_string(o, "append", &append) < 0)
		return 0;
	if (strlen(append) >= sizeof(i->append))
		return -EINVAL;
	(void)snprintf(i->append, sizeof(i->append), "%s", append);
	return 0;
}

int image_get(const char *profile, struct image *ret_image, struct err *e)
{
	char dir[sizeof(ret_image->dir)];
	int r;

	r = build(profile, dir, sizeof(dir), e);
	if (r == IMAGE_SAID || r == -ECHILD)
		return r;
	if (r < 0)
		return err_set(e, r,
			       "program 'fame-image' does not work: %s; build "
			       "it with 'make'",
			       strerror(-r));
	image_set_dir(ret_image, dir);
	r = describe(ret_image);
	if (r < 0)
		return err_set(e, r,
			       "image '%s' has no sensible '" IMAGE_JSON
			       "': %s; build it anew with 'fame-image build "
			       "--force'",
			       ret_image->dir, strerror(-r));
	return 0;
}
