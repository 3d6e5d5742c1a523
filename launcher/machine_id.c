/* SPDX-License-Identifier: MIT */

/* machine_id.c - Which machine a node is, as machine-id(5) means it */

#include "machine_id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "identity.h"

#define DIGITS (MACHINE_ID_MAX - 1)
_Static_assert(DIGITS < IDENTITY_TOKEN_MAX, "so many are made at once");

static int make(const struct cluster *c, char ret_id[static MACHINE_ID_MAX])
{
	char digits[IDENTITY_TOKEN_MAX];
	int r;

	r = identity_random(digits);
	if (r == 0)
		r = file_write(c->dirfd, MACHINE_ID_FILE, digits, DIGITS, 0600);
	if (r == 0)
		memcpy(ret_id, digits, DIGITS);
	return r;
}

int machine_id_get(const struct cluster *c, char ret_id[static MACHINE_ID_MAX],
		   struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	int r;

	r = file_read(c->dirfd, MACHINE_ID_FILE, DIGITS + 1, &text, &len);
	if (r == 0 && strspn(text, "0123456789abcdef") == DIGITS)
		memcpy(ret_id, text, DIGITS + 1);
	else if (r == 0 || r == -ENOENT || r == -EFBIG)
		r = make(c, ret_id);
	if (r < 0)
		return err_set(e, r, "cannot keep '%s/" MACHINE_ID_FILE "': %s",
			       c->dir, strerror(-r));
	ret_id[DIGITS] = '\0';
	return 0;
}

const char *machine_id_of_node(const char *cluster, unsigned node,
			       char buf[static MACHINE_ID_MAX])
{
	(void)snprintf(buf, MACHINE_ID_MAX, "%.*s%02x", DIGITS - 2, cluster,
		       node & 0xff);
	return buf;
}
