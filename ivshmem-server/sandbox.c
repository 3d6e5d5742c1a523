/* SPDX-License-Identifier: MIT */

/* sandbox.c - What the server can do no more once it serves
 *
 * Clients are other people's QEMUs. Nothing below opens a file, makes a
 * process or memory that can be executed; sockets come from accept4 alone.
 */

#include "sandbox.h"

#include <jansson.h>
#include <sys/ioctl.h>
#include <time.h>

#include "callfilter.h"
#include "cleanup.h"

static const int calls[] = {
	SCMP_SYS(accept4),
	SCMP_SYS(eventfd2),
	/* only with sockets at paths, which are removed at the end */
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
};

#define CALLS_FOR_PATHS 2

static const struct callfilter_rule rules[] = {
	{ SCMP_SYS(ioctl), SCMP_A1_64(SCMP_CMP_EQ, FIONBIO) },
};

int sandbox_enter(bool has_paths, struct err *e)
{
	const struct callfilter filter = {
		calls,
		ARRAY_SIZE(calls) - (has_paths ? 0 : CALLS_FOR_PATHS),
		rules,
		ARRAY_SIZE(rules),
	};

	/* What would open files when it is needed first. */
	json_object_seed(0);
	tzset();
	return callfilter_enter(&filter, e);
}
