/* SPDX-License-Identifier: MIT */

/* port_find.h - Finding a virtio-serial port by its name, without udev */
#pragma once

/**
 * port_find_open() - Open a port, or wait until there is one
 * @name:	As in virtserialport,name=
 * @timeout_ms:	To wait at most
 * @ret_fd:	Non-blocking, close-on-exec
 *
 * Return: 0, -ENODEV if it did not come, -EBUSY if somebody else has it open,
 *         or what open says
 */
int port_find_open(const char *name, int timeout_ms, int *ret_fd);
