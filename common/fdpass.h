/* SPDX-License-Identifier: MIT */

/* fdpass.h - Descriptors over a UNIX socket */
#pragma once

#include <stddef.h>

/* The most descriptors that one message carries. */
#define FDPASS_MAX 8

/**
 * fdpass_send() - Send bytes, and descriptors with the first of them
 * @sock:	Connected UNIX socket
 * @data: @len:	At least one byte
 * @fds: @n:	At most FDPASS_MAX; borrowed
 *
 * Return: 0, or a negative errno; -EAGAIN if the socket is full
 */
int fdpass_send(int sock, const void *data, size_t len, const int *fds,
		size_t n);

/**
 * fdpass_recv() - The other end
 * @sock:	Connected UNIX socket
 * @data: @len:	Where the bytes go
 * @ret_len:	Bytes received; 0 = end of file
 * @ret_fds:	At least FDPASS_MAX long; the caller owns the first *@ret_n,
 *		all close-on-exec
 * @ret_n:	Descriptors received
 *
 * Return: 0, or a negative errno; -EMSGSIZE if descriptors were cut off (none
 *         is then left open)
 */
int fdpass_recv(int sock, void *data, size_t len, size_t *ret_len, int *ret_fds,
		size_t *ret_n);
