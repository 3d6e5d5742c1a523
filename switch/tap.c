/* SPDX-License-Identifier: MIT */

/* tap.c - Network interfaces whose other end is a descriptor */

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"

#define DEVICE "/dev/net/tun"

static const short kinds[] = {
	[TAP_NODE] = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	[TAP_PACKETS] = IFF_TUN | IFF_NO_PI,
};

static const char *why_closed(int code)
{
	switch (code) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return "the kernel's module is not loaded ('modprobe tun') or "
		       "this container was not given the device";
	case -EACCES:
		return "this user may not open it; mode 0666 ('chmod 666 "
		       "/dev/net/tun') is safe and usual";
	case -EPERM:
		return "this container is forbidden to use it";
	default:
		return strerror(-code);
	}
}

int tap_open(enum tap_kind kind, const char *name, int *ret_fd, struct err *e)
{
	struct ifreq q = { .ifr_flags = kinds[kind] };
	CLEANUP_FD int fd = -1;
	int r;

	fd = open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		r = -errno;
		return err_set(e, r, "cannot open '" DEVICE "': %s",
			       why_closed(r));
	}
	(void)snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &q) < 0) {
		r = -errno;
		return err_set(e, r, "cannot make interface '%s': %s", name,
			       r == -EPERM ? "this container is forbidden to "
					     "make network interfaces" :
					     strerror(-r));
	}
	*ret_fd = take_fd(&fd);
	return 0;
}
