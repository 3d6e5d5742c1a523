/* SPDX-License-Identifier: MIT */

/* cmd.c - What the commands of fame-image have in common */

#include "cmd.h"

#include <string.h>

#include "log.h"

int cmd_fail(int error, const struct err *e)
{
	log_err("%s", *e->msg ? e->msg : strerror(-error));
	return 1;
}
