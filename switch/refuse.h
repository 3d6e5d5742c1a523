/* SPDX-License-Identifier: MIT */

/* refuse.h - "Connection refused" for ports that nobody serves */
#pragma once

#include "packet.h"

#define REFUSE_LEN (ETH_HEADER + IPV4_HEADER + TCP_HEADER)

/**
 * refuse_tcp() - Write the reset that a closed port answers with
 * @p:		TCP packet, no fragment, checksums verified
 * @reply:	Frame of REFUSE_LEN bytes
 *
 * Return: its length, 0 = none is due: a reset is never answered
 */
size_t refuse_tcp(const struct packet *p, uint8_t *reply);
