/* SPDX-License-Identifier: MIT */

/* net.h - TCP on this machine; whatever fails ends the program */
#pragma once

#include <stddef.h>
#include <stdint.h>

int listen_any(uint16_t *ret_port);

/* Both send at once what they are given. */
int accept_from(int listener);
int connect_to(uint16_t port);

void send_all(int fd, const char *data, size_t len);

/* All of them, wherever in @buf. */
void receive_bytes(int fd, char *buf, size_t len);
