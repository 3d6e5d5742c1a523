/* SPDX-License-Identifier: MIT */

/* hello_mail.h - Messages between nodes, through a file that both map */
#pragma once

#include <stdint.h>

#include "err.h"

/**
 * mail_send() - Put texts into a mailbox
 * @path:	The mailbox; made if it is not there
 * @texts:	Ends with NULL
 *
 * Waits while it is full.
 */
int mail_send(const char *path, char *const texts[], struct err *e);

/* Wait for @count messages and print each as it comes. */
int mail_receive(const char *path, uint32_t count, struct err *e);
