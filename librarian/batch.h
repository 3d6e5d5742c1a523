/* SPDX-License-Identifier: MIT */

/* batch.h - Group commit: requests that wait together share a transaction */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dispatch.h"

/**
 * batch_run() - Run requests in order and set their replies
 * @lib:	Librarian
 * @rqs: @n:	The requests
 *
 * When it returns, what the replies say is durable. If it could not be made
 * so, they say that instead.
 *
 * Return: whether there was something to be made durable
 */
bool batch_run(struct librarian *lib, struct request *rqs, size_t n);
