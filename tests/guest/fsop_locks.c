/* SPDX-License-Identifier: MIT */

/* fsop_locks.c - Operations on locks */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "fsop.h"

/* Arguments of all of them: d TYPE START LENGTH [WHENCE] */
static struct flock as_flock(const struct fsop_arg *a)
{
	return (struct flock){
		.l_type = (short)a[1].n,
		.l_start = a[2].n,
		.l_len = a[3].n,
		.l_whence = (short)a[4].n,
	};
}

static int64_t set(const struct fsop_arg *a, int cmd)
{
	struct flock l = as_flock(a);

	return fsop_result(fcntl((int)a[0].n, cmd, &l));
}

/* What is in the way: "none", or "F_WRLCK START LENGTH" */
static int64_t get(const struct fsop_arg *a, int cmd, char *out)
{
	struct flock l = as_flock(a);

	if (fcntl((int)a[0].n, cmd, &l) < 0)
		return -errno;
	if (l.l_type == F_UNLCK)
		(void)sprintf(out, "none");
	else
		(void)sprintf(out, "%s %lld %lld",
			      l.l_type == F_WRLCK ? "F_WRLCK" : "F_RDLCK",
			      (long long)l.l_start, (long long)l.l_len);
	return 0;
}

FSOP(setlk)
{
	return set(a, F_SETLK);
}

FSOP(setlkw)
{
	return set(a, F_SETLKW);
}

FSOP(getlk)
{
	return get(a, F_GETLK, out);
}

/* Locks that belong to the open file, not to the process. */
FSOP(ofdlk)
{
	return set(a, F_OFD_SETLK);
}

FSOP(ofdgetlk)
{
	return get(a, F_OFD_GETLK, out);
}

FSOP(flock)
{
	return fsop_result(flock((int)a[0].n, (int)a[1].n));
}

const struct fsop_def fsop_locks[] = {
	{ "setlk", "dnnn?n", op_setlk },
	{ "setlkw", "dnnn?n", op_setlkw },
	{ "getlk", "dnnn?n", op_getlk },
	{ "ofdlk", "dnnn?n", op_ofdlk },
	{ "ofdgetlk", "dnnn?n", op_ofdgetlk },
	{ "flock", "dn", op_flock },
	{ 0 },
};
