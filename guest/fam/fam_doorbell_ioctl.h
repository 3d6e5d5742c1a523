/* SPDX-License-Identifier: GPL-2.0 OR MIT */

/*
 * /dev/fam-doorbell: ring others, and hear who rings
 *
 * A node has a number and vectors. write(2) of struct fam_ring rings others, or
 * this node itself; read(2) of struct fam_rung tells what this node was rung.
 * The device has mode 0660; in our images its group is "fam".
 *
 * Each open file hears all for itself, from its open(2) on: what one has read,
 * another has yet to read. Rings are never lost, but they are merged: rings of
 * a vector that come before the node is interrupted count as one, and so do
 * those that come faster than a node takes interrupts. So a ring says "look
 * again"; what there is to see is in shared memory, stored before the ring.
 *
 * mmap(2), shared, maps the mailbox that all with doorbells have in common, from
 * offset 0: proto_doorbell.h has its layout. Before each ring, the module counts
 * it there.
 *
 * When the device goes, reads, writes and requests fail with ENODEV, the mailbox
 * raises SIGBUS, and poll(2) says POLLHUP.
 */
#ifndef FAM_DOORBELL_IOCTL_H
#define FAM_DOORBELL_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FAM_DOORBELL_VECTORS_MAX 256
#define FAM_DOORBELL_PEERS_MAX 65536

/**
 * struct fam_ring - Ring once
 * @peer:	Whom, below FAM_DOORBELL_PEERS_MAX; a number that nobody has is
 *		not heard by anybody
 * @vector:	From 0; the node's own number of vectors is the limit
 *
 * A write takes any number of them, and returns the bytes of those that rang.
 * It never waits. EINVAL: no whole number of them, or such a peer or vector
 * cannot be.
 */
struct fam_ring {
	__u32 peer;
	__u32 vector;
};

/**
 * struct fam_rung - A vector was rung
 * @vector:	Which
 * @count:	How often since it was last read from this open file; above 0
 *
 * A read gives as many vectors as have been rung and fit, each once; it waits
 * for the first unless O_NONBLOCK is set. The file polls as readable when there
 * is one, and always as writable.
 */
struct fam_rung {
	__u32 vector;
	__u32 count;
};

/**
 * struct fam_doorbell_info - The device
 * @number:	Of this node
 * @vectors:	That it hears: 0 to @vectors - 1
 * @peers_max:	FAM_DOORBELL_PEERS_MAX
 * @mailbox_size:	Bytes; 0 if there is none
 */
struct fam_doorbell_info {
	__u32 number;
	__u32 vectors;
	__u32 peers_max;
	__u32 mailbox_size;
};

/**
 * struct fam_doorbell_mask - Vectors that reads and polls of this file tell
 * @bits:	Bit v % 64 of word v / 64 for vector v; all are set at first.
 *		What is rung meanwhile is told when its bit is set again.
 */
struct fam_doorbell_mask {
	__u64 bits[FAM_DOORBELL_VECTORS_MAX / 64];
};

/**
 * struct fam_doorbell_eventfd - Have a vector count in an eventfd
 * @vector:	Which, whatever the mask says
 * @fd:		An eventfd; -1 = none any more. It takes the place of the one
 *		before, and lasts as long as the open file.
 */
struct fam_doorbell_eventfd {
	__u32 vector;
	__s32 fd;
};

#define FAM_DOORBELL_INFO _IOR('Y', 16, struct fam_doorbell_info)
#define FAM_DOORBELL_MASK _IOW('Y', 17, struct fam_doorbell_mask)
#define FAM_DOORBELL_EVENTFD _IOW('Y', 18, struct fam_doorbell_eventfd)

#endif
