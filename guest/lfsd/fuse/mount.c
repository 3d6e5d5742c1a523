/* SPDX-License-Identifier: MIT */

/* mount.c - Put the file system in its place, beneath what a dead one has left
 *
 * A daemon that was killed leaves its mount without life. Were that taken away
 * first, the directory beneath it could be seen for a moment: programs would find
 * none of their files there, or make some that nobody finds again. So the new
 * mount goes beneath the dead one, which is detached then.
 */

#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "log.h"

#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x200
#endif

static const struct {
	const char *key;
	const char *value; /* NULL = a flag */
} settings[] = {
	{ "source", "lfs" },
	{ "subtype", "lfs" },
	{ "rootmode", "40000" },
	{ "user_id", "0" },
	{ "group_id", "0" },
	{ "allow_other", NULL },
	{ "default_permissions", NULL },
};

static int set(int fs, const char *key, const char *value)
{
	return fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			key, value, 0);
}

static int configure(int fs, int dev)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", dev);
	if (set(fs, "fd", number) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (set(fs, settings[i].key, settings[i].value) < 0)
			return -errno;
	return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno :
								      0;
}

int mount_make(int *ret_dev, int *ret_mount, struct err *e)
{
	CLEANUP_FD int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	CLEANUP_FD int fs = -1, mount = -1;
	int r = 0;

	if (dev < 0)
		return err_set(e, -errno,
			       "cannot open '/dev/fuse': %s; lfsd has to run "
			       "as root, with FUSE in the kernel",
			       strerror(errno));
	fs = fsopen("fuse", FSOPEN_CLOEXEC);
	if (fs < 0)
		r = -errno;
	else
		r = configure(fs, dev);
	if (r == 0) {
		mount = fsmount(fs, FSMOUNT_CLOEXEC,
				MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
		if (mount < 0)
			r = -errno;
	}
	if (r < 0)
		return err_set(e, r,
			       "cannot make the file system: %s; lfsd has to "
			       "run as root",
			       strerror(-r));
	*ret_dev = take_fd(&dev);
	*ret_mount = take_fd(&mount);
	return 0;
}

static int move(int mount, const char *path, unsigned how)
{
	return move_mount(mount, "", AT_FDCWD, path,
			  MOVE_MOUNT_F_EMPTY_PATH | how) < 0 ?
		       -errno :
		       0;
}

/* There is no beneath on the first root of all: there the directory is seen for a
 * moment.
 */
static int replace(int mount, const char *path)
{
	int beneath = move(mount, path, MOVE_MOUNT_BENEATH);

	if (beneath < 0 && beneath != -EINVAL)
		return beneath;
	if (umount2(path, MNT_DETACH) == 0)
		return beneath < 0 ? move(mount, path, 0) : 0;
	if (beneath < 0)
		return -errno;
	log_warn_errno(errno,
		       "'%s' stays dead: cannot detach what is above the new "
		       "mount",
		       path);
	return 0;
}

int mount_place(int mount, const char *path, struct err *e)
{
	struct stat st;
	bool dead = stat(path, &st) < 0 && errno == ENOTCONN;
	int r;

	if (dead)
		log_info("'%s' is a dead mount; taking its place", path);
	r = dead ? replace(mount, path) : move(mount, path, 0);
	if (r < 0)
		return err_set(e, r, "cannot mount on '%s': %s", path,
			       strerror(-r));
	return 0;
}

/* Unmounted from outside, nothing of ours is there (EINVAL). */
void mount_remove(const char *path)
{
	if (umount2(path, 0) < 0 && errno != EINVAL &&
	    umount2(path, MNT_DETACH) < 0)
		log_warn_errno(errno, "cannot unmount '%s'", path);
}
