/* SPDX-License-Identifier: MIT */

/* netns.c - A network of one's own, without being root */

#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

static const char *why_forbidden(int code)
{
	switch (code) {
	case -EPERM:
		return "a container's seccomp filter or the setting "
		       "'kernel.unprivileged_userns_clone' forbids them";
	case -ENOSPC:
	case -EUSERS:
		return "the setting 'user.max_user_namespaces' allows no more";
	case -EINVAL:
	case -ENOSYS:
		return "this kernel has none";
	default:
		return strerror(-code);
	}
}

/* A map takes one write(2), and has no beginning to be truncated to. */
static int put(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* The one user, and the one group, that need no privilege to be mapped. */
static int map_to_root(uid_t uid, gid_t gid)
{
	char text[32];
	int r;

	r = put("/proc/self/setgroups", "deny");
	(void)snprintf(text, sizeof(text), "0 %u 1", (unsigned)uid);
	if (r == 0)
		r = put("/proc/self/uid_map", text);
	(void)snprintf(text, sizeof(text), "0 %u 1", (unsigned)gid);
	if (r == 0)
		r = put("/proc/self/gid_map", text);
	return r;
}

int netns_enter(struct err *e)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		r = -errno;
		/* Root can do without the first. */
		if (unshare(CLONE_NEWNET) == 0)
			return 0;
		return err_set(e, r, "no user namespace can be made: %s",
			       why_forbidden(r));
	}
	r = map_to_root(uid, gid);
	if (r < 0)
		return err_set(
			e, r, "the user namespace is of no use: %s",
			r == -EPERM ?
				"AppArmor forbids it ('sysctl -w "
				"kernel.apparmor_restrict_unprivileged_userns"
				"=0' allows it)" :
				strerror(-r));
	return 0;
}
