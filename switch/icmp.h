/* SPDX-License-Identifier: MIT */

/* icmp.h - Echo: the gateway answers ping */
#pragma once

#include "packet.h"

/**
 * icmp_answer() - Write the reply to an echo request
 * @p:		ICMP packet for the gateway, no fragment, checksums verified
 * @reply:	Frame; as much room as @p has
 *
 * Return: length of the reply, 0 = none is due
 */
size_t icmp_answer(const struct packet *p, uint8_t *reply);
