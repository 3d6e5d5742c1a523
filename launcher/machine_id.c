/* SPDX-License-Identifier: MIT */

/* machine_id.c - Which machine a node is, as machine-id(5) means it */

#include "machine_id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cleanup.h"
#include "file.h"

#define DIGITS (MACHINE_ID_MAX - 1)

static int make(const struct cluster *c, char ret_id[static MACHINE_ID_MAX])
{
	unsigned char raw[DIGITS / 2];
	char id[MACHINE_ID_MAX];
	int r;

	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return -EIO;
	for (size_t i = 0; i < sizeof(raw); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", raw[i]);
	r = file_write(c->dirfd, MACHINE_ID_FILE, id, DIGITS, 0600);
	if (r == 0)
		memcpy(ret_id, id, sizeof(id));
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
