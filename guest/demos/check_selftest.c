/* SPDX-License-Identifier: MIT */
#include "check.h"
int check_selftest(const struct check_args *a, struct err *e)
{
	(void)a;
	(void)e;
	return 0;
}
