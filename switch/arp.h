/* SPDX-License-Identifier: MIT */

/* arp.h - Address resolution: who has the gateway's address, who a node's */
#pragma once

#include "hosts.h"
#include "packet.h"

/* The body of a request or reply for IPv4 over Ethernet. */
#define ARP_LEN 28U
#define ARP_OP 6U
#define ARP_SHA 8U  /* sender: MAC address */
#define ARP_SPA 14U /* sender: IPv4 address */
#define ARP_THA 18U /* target */
#define ARP_TPA 24U

#define ARP_REQUEST 1U
#define ARP_REPLY 2U

/**
 * arp_body() - Check an ARP frame
 * @frame: @len:	Of ETHERTYPE_ARP
 *
 * Return: its ARP_LEN bytes, or NULL if it is not IPv4 over Ethernet
 */
const uint8_t *arp_body(const uint8_t *frame, size_t len);

/**
 * arp_answer() - Write the reply to a request
 * @req:	From arp_body(), an ARP_REQUEST
 * @mac:	What its target address has
 * @reply:	Frame of ETH_FRAME_MIN bytes
 *
 * Return: ETH_FRAME_MIN
 */
size_t arp_answer(const uint8_t *req, const uint8_t *mac, uint8_t *reply);
