/* SPDX-License-Identifier: MIT */

/* proto_doorbell.h - Doorbells of a cluster: numbers, mailbox, owner's channel
 *
 * Numbers. Node N of a cluster has number N, for ever; programs of the host get
 * numbers from DOORBELL_HOST_FIRST on.
 *
 * Mailbox. BAR 2 of the doorbell device, DOORBELL_MAILBOX_SIZE bytes that all
 * share: slots of 512 bytes, the first DOORBELL_SLOTS of them one for each
 * number, for whatever those with the doorbells agree on (the size of FAME-Z's
 * slots: 128 bytes for a header and 384 for a message). Slot 0 describes the
 * mailbox: struct doorbell_mailbox. Behind the slots, from
 * DOORBELL_COUNTS on, are counters of 64 bits: how often number F has rung number
 * T, at DOORBELL_COUNTS + 8 * (F * DOORBELL_SLOTS + T). Whoever rings counts
 * before it rings; counters only grow, and are for people.
 *
 * Owner's channel (ivshmem-server --owner-fd): a SOCK_SEQPACKET; each message is
 * a struct doorbell_message with descriptors. The server does not answer, and
 * ends when its owner does. The owner keeps all descriptors: a server that is
 * started again is given them again.
 */
#pragma once

#include <stdint.h>

#define DOORBELL_VECTORS_DEFAULT 16U /* as FAME */
#define DOORBELL_VECTORS_MAX 256U
#define DOORBELL_HOST_FIRST 256U

#define DOORBELL_MAILBOX_SIZE (1U << 20)
#define DOORBELL_SLOT_SIZE 512U
#define DOORBELL_SLOTS 128U
#define DOORBELL_COUNTS (DOORBELL_SLOTS * DOORBELL_SLOT_SIZE)

#define DOORBELL_MAGIC 0x584f424d454d4146ULL /* "FAMEMBOX" as bytes */

struct doorbell_mailbox {
	uint64_t magic;
	uint32_t version; /* 1 */
	uint32_t slot_size;
	uint32_t slots;
	uint32_t counts; /* DOORBELL_COUNTS */
	uint32_t nodes;
	uint32_t vectors; /* of each number */
};

enum doorbell_kind {
	/* The next eventfds of a reserved number, FDPASS_MAX at a time */
	DOORBELL_VECTORS = 1,
	/* The connection of the client with that number */
	DOORBELL_CLIENT = 2,
	/* The same; it has heard all it needs from a predecessor */
	DOORBELL_KNOWN_CLIENT = 3,
};

struct doorbell_message {
	uint32_t kind;
	uint32_t id;
};
