/* SPDX-License-Identifier: MIT */

/* sandbox_record.h - Answer for what a program in the sandbox cannot do
 *
 * Theory of operation. The filter stops a program that changes an owner, makes
 * a device or sets a capability, until somebody answers. That is init, which
 * is in the same root: an absolute path means the same to it, and any other
 * begins at a directory of /proc/PID. It notes (owners.h) and says that all
 * went well.
 *
 * What the kernel would have done besides is done, too: a device leaves a file
 * of its name behind, a change of owner takes set-uid bits and capabilities
 * away. Other attributes than capabilities go on to the kernel.
 */
#pragma once

#include <seccomp.h>

struct sandbox_record {
	int listener; /* of sandbox_install_filter(); owned */
	int log;      /* see owners_note(); borrowed */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
};

/* Add rules to a filter: it asks for all that is answered here. */
int sandbox_record_ask(scmp_filter_ctx f);

/**
 * sandbox_record_init() - Get ready
 * @r:		To be given to sandbox_record_deinit(), also after a failure
 * @listener:	Taken over
 * @log:	Borrowed
 */
int sandbox_record_init(struct sandbox_record *r, int listener, int log);

/* Take one request, which poll(2) has announced, and answer it. */
void sandbox_record_serve(struct sandbox_record *r);

void sandbox_record_deinit(struct sandbox_record *r);
