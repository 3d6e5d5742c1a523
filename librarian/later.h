/* SPDX-License-Identifier: MIT */

/* later.h - The request that takes long, while others are served */
#pragma once

#include <stdbool.h>

struct client;
struct event_base;
struct later;
struct librarian;
struct request;

int later_new(struct event_base *base, struct librarian *lib,
	      struct later **ret_l);

/* NULL is fine; returns NULL. */
struct later *later_free(struct later *l);

/**
 * later_take() - Go on with a request from the loop, unless it is done
 * @l:		One at a time: another one fails with -EBUSY
 * @c:		Whose it is, who is answered; NULL = gone
 * @rq:		Request that was run; owned by @l if it returns true
 */
bool later_take(struct later *l, struct client *c, struct request *rq);

/* A client goes, and its request with it. */
void later_forget(struct later *l, const struct client *c);
