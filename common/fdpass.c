/* SPDX-License-Identifier: MIT */

/* fdpass.c - Descriptors over a UNIX socket */

#include "fdpass.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
	char buf[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
	struct cmsghdr align;
};

int fdpass_send(int sock, const void *data, size_t len, const int *fds,
		size_t n)
{
	union control c = { { 0 } };
	struct iovec io = { .iov_base = (void *)(uintptr_t)data,
			    .iov_len = len };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

	if (!len || n > FDPASS_MAX)
		return -EINVAL;
	if (n) {
		struct cmsghdr *h;

		m.msg_control = c.buf;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	}
	for (;;) {
		ssize_t w = sendmsg(sock, &m, MSG_NOSIGNAL);

		if (w >= 0)
			return (size_t)w == len ? 0 : -EIO;
		if (errno != EINTR)
			return -errno;
	}
}

static size_t collect(struct msghdr *m, int *fds)
{
	size_t n = 0;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		size_t k;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		k = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds + n, CMSG_DATA(h), k * sizeof(int));
		n += k;
	}
	return n;
}

int fdpass_recv(int sock, void *data, size_t len, size_t *ret_len, int *ret_fds,
		size_t *ret_n)
{
	union control c;
	struct iovec io = { .iov_base = data, .iov_len = len };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = c.buf,
			    .msg_controllen = sizeof(c.buf) };
	ssize_t got;
	size_t n;

	do
		got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	n = collect(&m, ret_fds);
	if (m.msg_flags & MSG_CTRUNC) {
		while (n)
			(void)close(ret_fds[--n]);
		return -EMSGSIZE;
	}
	*ret_len = (size_t)got;
	*ret_n = n;
	return 0;
}
