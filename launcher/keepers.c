/* SPDX-License-Identifier: MIT */

/* keepers.c - The two processes that keep a cluster up */

#include "keepers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"

#define TEXT_MAX 64

int keepers_note(const struct cluster *c, pid_t guardian, pid_t supervisor)
{
	char text[TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%d %d\n", (int)guardian,
			 (int)supervisor);

	if (ftruncate(c->lock, 0) < 0 ||
	    pwrite(c->lock, text, (size_t)n, 0) < 0)
		return -errno;
	return 0;
}

/* The number may have become another process's. */
static void wake(const char *number, const char *name)
{
	CLEANUP_FREE char *comm = NULL;
	char path[TEXT_MAX];
	uint32_t pid;

	if (parse_u32(number, 2, INT32_MAX, &pid) < 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	if (file_read(AT_FDCWD, path, TEXT_MAX, &comm, NULL) == 0 &&
	    strncmp(comm, name, strlen(name)) == 0)
		(void)kill((pid_t)pid, SIGCONT);
}

void keepers_wake(const struct cluster *c)
{
	CLEANUP_FREE char *text = NULL;
	char *rest, *guardian, *supervisor;

	if (file_read(c->dirfd, CLUSTER_LOCK, TEXT_MAX, &text, NULL) < 0)
		return;
	guardian = strtok_r(text, " \n", &rest);
	supervisor = guardian ? strtok_r(NULL, " \n", &rest) : NULL;
	if (!supervisor)
		return;
	wake(guardian, KEEPERS_GUARDIAN);
	wake(supervisor, KEEPERS_SUPERVISOR);
}
