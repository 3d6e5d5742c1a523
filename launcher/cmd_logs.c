/* SPDX-License-Identifier: MIT */

/* cmd_logs.c - fame-run logs */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "file.h"
#include "log.h"

#define LOGS_MAX 64

struct shown {
	const char *what; /* as the user has it */
	char name[256];	  /* of the file */
	int fd;
};

/* A node's name means its console, a service's name its log. */
static int open_what(int logs, struct shown *s)
{
	static const char *const forms[] = { "%s.console", "%s.log", "%s" };

	if (strchr(s->what, '/'))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(s->name, sizeof(s->name), forms[i], s->what);
#pragma GCC diagnostic pop
		s->fd = openat(logs, s->name,
			       O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (s->fd >= 0)
			return 0;
	}
	return -ENOENT;
}

/* What has come since the last time; -1 = standard output is gone. */
static int show_more(const struct shown *s)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(s->fd, buf, sizeof(buf))) > 0)
		if (write_all(STDOUT_FILENO, buf, (size_t)n) < 0)
			return -1;
	return 0;
}

/* A console's log is rotated: go on with the new file of that name. */
static void reopen(int logs, struct shown *s)
{
	struct stat now, ours;
	int fd;

	if (fstat(s->fd, &ours) < 0 ||
	    fstatat(logs, s->name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
	    now.st_ino == ours.st_ino)
		return;
	fd = openat(logs, s->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)close(s->fd);
	s->fd = fd;
}

static int show_all(const struct shown *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (n > 1)
			printf("==> %s <==\n", s[i].what);
		(void)fflush(stdout);
		if (show_more(&s[i]) < 0)
			return -1;
	}
	return 0;
}

static int follow(int logs, struct shown *s, size_t n, struct err *e)
{
	CLEANUP_FD int in = -1;
	char path[64], events[4096];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", logs);
	in = inotify_init1(IN_CLOEXEC);
	if (in < 0 || inotify_add_watch(in, path, IN_MODIFY | IN_CREATE) < 0)
		return err_set(e, -errno, "cannot watch the logs: %s",
			       strerror(errno));
	/* Something may have come before the watch was there. */
	do
		for (size_t i = 0; i < n; i++) {
			if (show_more(&s[i]) < 0)
				return 0;
			reopen(logs, &s[i]);
			if (show_more(&s[i]) < 0)
				return 0;
		}
	while (read(in, events, sizeof(events)) > 0);
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list(int logs, struct err *e)
{
	struct dirent **names;
	int n;

	n = scandirat(logs, ".", &names, NULL, by_name);
	if (n < 0)
		return err_set(e, -errno, "cannot read the logs: %s",
			       strerror(errno));
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			printf("%s\n", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}

static int logs(const struct settings *s, char **what, bool go_on,
		struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	struct shown shown[LOGS_MAX];
	CLEANUP_FD int dir = -1;
	size_t n = 0;
	int r;

	r = client_open(&c, s, e);
	if (r < 0)
		return r;
	dir = openat(c.dirfd, CLUSTER_LOG_DIR, O_RDONLY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, -errno, "no logs in '%s': %s", c.dir,
			       strerror(errno));
	if (!*what)
		return list(dir, e);
	for (; *what && n < LOGS_MAX; what++, n++) {
		shown[n].what = *what;
		if (open_what(dir, &shown[n]) < 0) {
			r = err_set(e, -ENOENT,
				    "no log '%s': 'fame-run logs' tells which "
				    "there are",
				    *what);
			break;
		}
	}
	if (r == 0 && show_all(shown, n) == 0 && go_on)
		r = follow(dir, shown, n, e);
	while (n)
		(void)close(shown[--n].fd);
	return r;
}

int cmd_logs(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	bool go_on = false;
	const struct cli_flag flags[] = {
		{ .name = "follow",
		  .letter = 'f',
		  .help = "go on showing what comes",
		  .value = &go_on },
	};
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	r = logs(&s, argv + first, go_on, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
