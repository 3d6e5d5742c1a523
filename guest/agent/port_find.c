/* SPDX-License-Identifier: MIT */

/* port_find.c - Finding a virtio-serial port by its name, without udev
 *
 * The driver learns of its ports and of their names by messages from QEMU,
 * after it was probed: a fast init may be here first. Each of these steps is
 * a kernel event, so look, wait for an event, look again.
 */

#include "port_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

#define PORTS_DIR "/sys/class/virtio-ports"
#define NAME_MAX_LEN 256
#define UEVENTS_OF_KERNEL 1U

static void cleanup_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* 0 and the device's name in /dev, or -ENODEV */
static int find(const char *name, char *ret_dev, size_t size)
{
	__attribute__((cleanup(cleanup_dir))) DIR *d = opendir(PORTS_DIR);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[sizeof(e->d_name) + 8];
		CLEANUP_FREE char *text = NULL;

		(void)snprintf(path, sizeof(path), "%s/name", e->d_name);
		if (file_read(dirfd(d), path, NAME_MAX_LEN, &text, NULL) < 0)
			continue; /* ".", or a port without a name yet */
		text[strcspn(text, "\n")] = '\0';
		if (strcmp(text, name) != 0)
			continue;
		if (snprintf(ret_dev, size, "/dev/%s", e->d_name) < (int)size)
			return 0;
	}
	return -ENODEV;
}

static int find_open(const char *name, int *ret_fd)
{
	char dev[64];
	int fd, r;

	r = find(name, dev, sizeof(dev));
	if (r < 0)
		return r;
	fd = open(dev, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	*ret_fd = fd;
	return 0;
}

static int open_events(int *ret_fd)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK,
					    .nl_groups = UEVENTS_OF_KERNEL };
	CLEANUP_FD int fd = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_KOBJECT_UEVENT);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* What came is of no interest, only that something did. */
static void forget_events(int fd)
{
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), 0) > 0 || errno == ENOBUFS)
		continue;
}

int port_find_open(const char *name, int timeout_ms, int *ret_fd)
{
	long end = now_ms() + timeout_ms;
	CLEANUP_FD int events = -1;
	int r;

	/* First listen, then look: nothing is missed in between. */
	r = open_events(&events);
	if (r < 0)
		return r;
	for (;;) {
		struct pollfd p = { events, POLLIN, 0 };
		long left = end - now_ms();

		r = find_open(name, ret_fd);
		if (r != -ENODEV || left <= 0)
			return r;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		forget_events(events);
	}
}
