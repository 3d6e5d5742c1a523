/* SPDX-License-Identifier: MIT */

/* fsop_xattrs.c - Operations on extended attributes */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "fsop.h"

#define TEXT 1024 /* most that is read as text */

/* setxattr NAME ATTRIBUTE VALUE [FLAGS] */
FSOP(setxattr)
{
	return fsop_result(
		lsetxattr(a[0].s, a[1].s, a[2].s, strlen(a[2].s), (int)a[3].n));
}

FSOP(getxattr)
{
	char buf[TEXT];
	ssize_t n = lgetxattr(a[0].s, a[1].s, buf, sizeof(buf));

	if (n < 0)
		return -errno;
	fsop_print_text(out, buf, n);
	return 0;
}

/* Bytes of a value. */
FSOP(xattrsize)
{
	return fsop_result(lgetxattr(a[0].s, a[1].s, NULL, 0));
}

/* Value into too small a buffer, of N bytes. */
FSOP(getxattrn)
{
	return fsop_result(lgetxattr(a[0].s, a[1].s, out, (size_t)a[2].n));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names that begin with PREFIX, sorted: "user.a,user.b", or "-" */
FSOP(listxattr)
{
	CLEANUP_FREE char *buf = malloc(65536);
	char *names[256], *p = out;
	size_t n = 0;
	ssize_t len = buf ? llistxattr(a[0].s, buf, 65536) : -1;

	if (len < 0)
		return -errno;
	for (char *s = buf; s < buf + len && n < 256; s += strlen(s) + 1)
		if (!strncmp(s, a[1].s, strlen(a[1].s)))
			names[n++] = s;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n && p - out < FSOP_OUT - 300; i++)
		p += sprintf(p, "%s%s", i ? "," : "", names[i]);
	if (!n)
		(void)strcpy(out, "-");
	return 0;
}

FSOP(removexattr)
{
	return fsop_result(lremovexattr(a[0].s, a[1].s));
}

const struct fsop_def fsop_xattrs[] = {
	{ "setxattr", "sss?n", op_setxattr },
	{ "getxattr", "ss", op_getxattr },
	{ "xattrsize", "ss", op_xattrsize },
	{ "getxattrn", "ssn", op_getxattrn },
	{ "listxattr", "ss", op_listxattr },
	{ "removexattr", "ss", op_removexattr },
	{ 0 },
};
