/* SPDX-License-Identifier: MIT */

/* sandbox.c - What the switch can do no more once nodes may talk to it
 *
 * Frames are whatever a node's software makes of them, and the way out parses
 * much of them, in a process that is the user's. Who takes it over by a mistake
 * there can talk to the network, as the node could before, and read the user's
 * files; but write none, start no program and make no executable memory.
 *
 * Files are read, since the host's resolvers change while it runs.
 */

#include "sandbox.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "callfilter.h"
#include "cleanup.h"

static const int calls[] = {
	/* connections of nodes to the world */
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(setsockopt),
	/* the host's resolvers */
	SCMP_SYS(stat),
	SCMP_SYS(lseek),
	/* only with a child */
	SCMP_SYS(wait4),
	SCMP_SYS(kill),
};

#define CALLS_FOR_CHILD 2

#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)

static const struct callfilter_rule rules[] = {
	{ SCMP_SYS(socket), SCMP_A0_64(SCMP_CMP_EQ, AF_INET) },
	{ SCMP_SYS(socket), SCMP_A0_64(SCMP_CMP_EQ, AF_INET6) },
	{ SCMP_SYS(openat), SCMP_A2_64(SCMP_CMP_MASKED_EQ, WRITING, O_RDONLY) },
	{ SCMP_SYS(ioctl), SCMP_A1_64(SCMP_CMP_EQ, FIONREAD) },
	{ SCMP_SYS(ioctl), SCMP_A1_64(SCMP_CMP_EQ, FIONBIO) },
};

int sandbox_enter(bool has_child, struct err *e)
{
	const struct callfilter filter = {
		calls,
		ARRAY_SIZE(calls) - (has_child ? 0 : CALLS_FOR_CHILD),
		rules,
		ARRAY_SIZE(rules),
	};

	tzset();
	return callfilter_enter(&filter, e);
}
