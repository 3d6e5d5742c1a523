/* SPDX-License-Identifier: MIT */

/* proto_switch.h - What the switch and its owner give each other
 *
 * A SOCK_SEQPACKET that the switch inherits (--owner-fd). Each message is a
 * struct switch_port_message with one descriptor: from now on this stream
 * socket is the node's network port, whatever was there before. The switch
 * does not answer. A struct switch_link_message without a descriptor says how
 * good that port's cable is from now on. A struct switch_capture_message comes
 * with a stream socket of a reader.
 *
 * With --bridge ports go the other way round. Before it is ready the switch
 * sends, as the same messages, the socket that listens (--listen) as that of
 * node 0, and then a tap for each node.
 *
 * A reader of a capture is sent a struct switch_record in front of each frame;
 * the first record, and others, carry no frame but a count of what was lost.
 * What the reader does not take in time is lost. When it ends its sending, a
 * count that it has not been told yet follows, and the end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct switch_port_message {
	uint32_t node; /* in the order of --node, from 1; 0 = of torms */
};

/* A node's cable, in each direction; all zero is as good as it gets. */
struct switch_link {
	uint64_t rate;	   /* bits a second; 0 = as fast as it goes */
	uint32_t delay_us; /* at most SWITCH_DELAY_MAX_US */
	uint32_t loss_ppm; /* frames of a million; at most that */
	bool down;	   /* nothing comes through */
};

#define SWITCH_DELAY_MAX_US 10000000U
#define SWITCH_LOSS_MAX_PPM 1000000U

struct switch_link_message {
	uint32_t node;
	struct switch_link link;
};

struct switch_capture_message {
	uint32_t node; /* what it sends and gets; 0 = all nodes, each frame once */
	uint32_t zero;
};

#define SWITCH_RECORD_LOST UINT32_MAX

/* All in the host's byte order, and laid out as in a file of pcap. */
struct switch_record {
	uint32_t seconds; /* of the time of day */
	uint32_t microseconds;
	uint32_t len; /* of the frame that follows, or SWITCH_RECORD_LOST */
	uint32_t wire_len; /* the same, or frames lost so far */
};

#define SWITCH_RECORD_LEN_MAX 65549U /* a frame with Ethernet's header */
