/* SPDX-License-Identifier: MIT */

/* qemu_args.h - A node's QEMU command line: a pure function
 *
 * Why each option is there stands beside it in qemu_args.c. The result for
 * known input is kept in tests/unit/launcher/golden/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strv.h"

/* Descriptors that QEMU inherits, by number. */
enum qemu_fd {
	QEMU_FD_CONSOLE = 3,  /* stream socket: the serial console */
	QEMU_FD_AGENT = 4,    /* stream socket: the agent's port */
	QEMU_FD_LAN = 5,      /* stream socket: Ethernet frames; or a tap */
	QEMU_FD_FAM = 6,      /* the file that is the shared memory */
	QEMU_FD_DOORBELL = 7, /* stream socket of the doorbells' server */
	QEMU_FD_DISK = 8,     /* qcow2 file: what the node has written */
	QEMU_FD_ROOT = 9,     /* raw file below it, for reading */
};

struct qemu_conf {
	const char *name; /* "node01" */
	const char *mac;
	const char *kernel;    /* path of vmlinux */
	const char *initramfs; /* path */
	const char *append;    /* more for the kernel command line; "" = none */
	bool tap;	       /* the LAN is one */
	bool vhost;	       /* for the tap */
	bool kvm;
	bool disk;
	unsigned vcpus;
	uint32_t memory_kib;
	uint32_t tsc_khz;	   /* that TCG gives; 0 = not known */
	uint64_t fam_size;	   /* bytes */
	unsigned doorbell_vectors; /* 0 = no doorbells */
	/* Of one that no supervisor talks to: its network, QEMU's own, as -netdev
	 * has it. Console and agent are NAME.console and NAME.agent in the
	 * working directory then. NULL = the three are inherited.
	 */
	const char *by_hand;
};

#define QEMU_PROGRAM "qemu-system-x86_64"

/**
 * qemu_args() - Build the arguments
 * @c:		What the node is
 * @ret_args:	Emptied before; argv[0] included. Check with strv_ok()
 */
void qemu_args(const struct qemu_conf *c, struct strv *ret_args);
