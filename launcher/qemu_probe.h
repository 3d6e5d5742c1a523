/* SPDX-License-Identifier: MIT */

/* qemu_probe.h - Is there a QEMU, and is it new enough? */
#pragma once

#include "err.h"

#define QEMU_VERSION_MIN_MAJOR 7U
#define QEMU_VERSION_MIN_MINOR 2U

struct qemu_version {
	unsigned major;
	unsigned minor;
};

/**
 * qemu_parse_version() - Read what qemu --version prints
 * @text:	"QEMU emulator version 7.2.22 (Debian ...)"
 * @ret_v:	Set on success
 *
 * Return: 0, or -EINVAL if it is no such text
 */
int qemu_parse_version(const char *text, struct qemu_version *ret_v);

/**
 * qemu_probe() - Find QEMU and check its version
 *
 * Return: 0, -ENOENT, -ENOTSUP (too old), or another negative errno, said
 */
int qemu_probe(struct qemu_version *ret_v, struct err *e);
