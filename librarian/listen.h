/* SPDX-License-Identifier: MIT */

/* listen.h - Sockets that wait for clients */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/**
 * listen_open() - Listen on an address
 * @address:	IPv4 or IPv6, as numbers
 * @port:	0 = any free one
 * @ret_fd:	The caller's; close-on-exec and non-blocking
 * @e:		Why not
 */
int listen_open(const char *address, uint16_t port, int *ret_fd, struct err *e);

/* Bytes needed by listen_describe(). */
#define LISTEN_ADDRESS_MAX 64

/**
 * listen_describe() - Where a socket listens
 *
 * Return: @buf, as in "127.0.0.1:9093", "[::1]:9093", "?"
 */
const char *listen_describe(int fd, char *buf, size_t size);
