/* SPDX-License-Identifier: MIT */

/* session.h - Who is at the other end of a connection */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct session {
	TAILQ_ENTRY(session) link;
	/* Whom it acts for; 0 = what each request says, if that is allowed. */
	uint32_t node_id;
	unsigned protocol; /* version that it speaks; 0 = no hello */
	bool hello;	   /* it has proved to be that node */
	bool newline;	   /* it speaks our protocol: newline after a reply */
	bool events;	   /* it wants to hear without asking */
	bool admin;	   /* the supervisor's own connection */
	bool closing;	   /* nothing of it is to be executed any more */
	bool local;	   /* from this machine */
};

TAILQ_HEAD(session_list, session);
