/* SPDX-License-Identifier: MIT */

/* cmd_gc.c - fame-run gc: what an end of the whole host has left
 *
 * Clusters clean up after themselves whatever process of theirs is killed, but
 * nobody is left to when the host itself ends. Looked at are the user's own
 * directories beside that of the cluster: those with a cluster's lock that nobody
 * holds, and the temporary ones of "run". What is kept from start to start stays.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "cluster.h"
#include "log.h"
#include "proto_control.h"

struct gc {
	bool remove;
	unsigned found;
	unsigned failed;
};

/* As "run" makes them; no cluster's name has a hyphen. */
static bool is_temporary(const char *name)
{
	return !strncmp(name, "run-", 4) && strlen(name) == 10;
}

static void tell(struct gc *gc, const char *path, const char *what)
{
	printf("%s: %s\n", path, what);
	gc->found++;
}

static void note_failure(struct gc *gc, const char *path, const char *why)
{
	log_err("cannot clean up '%s': %s", path, why);
	gc->failed++;
}

static bool is_empty(int parent, const char *name)
{
	CLEANUP_FD int fd = openat(
		parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	bool empty = d != NULL;

	if (!d)
		return false;
	(void)take_fd(&fd);
	while (empty && (e = readdir(d)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	(void)closedir(d);
	return empty;
}

/* One that "run" has made and not come to use. If it is just about to, it makes
 * it again.
 */
static void collect_empty(struct gc *gc, int parent, const char *name,
			  const char *path)
{
	if (!is_temporary(name) || !is_empty(parent, name))
		return;
	tell(gc, path, "empty directory of a 'run'");
	if (gc->remove && unlinkat(parent, name, AT_REMOVEDIR) < 0)
		note_failure(gc, path, strerror(errno));
}

/* A directory of this user's, and no link to one. */
static bool is_ours(int parent, const char *name)
{
	struct stat st;

	return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static bool tell_sockets(struct gc *gc, const struct cluster *c)
{
	static const char *const names[] = { CONTROL_SOCKET, CLUSTER_DOORBELL };
	char path[PATH_MAX + 32];
	bool any = false;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (fstatat(c->dirfd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISSOCK(st.st_mode))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", c->dir, names[i]);
		tell(gc, path, "socket of a cluster that is down");
		any = true;
	}
	return any;
}

/* Whoever has the lock may do as it likes until it lets go. */
static void clean(struct gc *gc, struct cluster *c, bool temporary)
{
	struct err e = { "" };
	int r = cluster_try_lock(c);

	if (r == -EBUSY)
		return; /* started meanwhile */
	if (r == 0 && temporary)
		r = cluster_purge(c, NULL, &e);
	else if (r == 0)
		cluster_sweep(c);
	if (r < 0)
		note_failure(gc, c->dir, e.msg[0] ? e.msg : strerror(-r));
}

static void collect(struct gc *gc, int parent, const char *name,
		    const char *path)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	bool temporary = is_temporary(name), any = temporary;
	struct err e = { "" };
	int r;

	if (!is_ours(parent, name))
		return;
	r = cluster_open(&c, path, &e);
	if (r == -ENOENT)
		return collect_empty(gc, parent, name, path);
	if (r < 0 || cluster_runs(&c))
		return;
	if (temporary)
		tell(gc, path, "cluster of a 'run' that is down");
	else
		any = tell_sockets(gc, &c);
	if (any && gc->remove)
		clean(gc, &c, temporary);
}

static int collect_all(struct gc *gc, const char *dir)
{
	char path[PATH_MAX];
	const struct dirent *e;
	DIR *d = opendir(dir);

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", dir,
				     e->d_name) < sizeof(path))
			collect(gc, dirfd(d), e->d_name, path);
	(void)closedir(d);
	return 0;
}

int cmd_gc(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct gc gc = { 0 };
	const struct cli_flag flags[] = {
		{ .name = "remove",
		  .help = "remove it, instead of only showing it",
		  .value = &gc.remove },
	};
	char dir[PATH_MAX];
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (first != argc)
		return cli_usage(verb);
	(void)snprintf(dir, sizeof(dir), "%s", settings_get(&s, SETTING_DIR));
	*strrchr(dir, '/') = '\0'; /* it is absolute */
	r = collect_all(&gc, *dir ? dir : "/");
	if (r < 0) {
		log_err("cannot read '%s': %s", dir, strerror(-r));
		return CLI_FAILURE;
	}
	if (gc.found && !gc.remove)
		log_info("'fame-run gc --remove' removes them");
	return gc.failed ? CLI_FAILURE : CLI_OK;
}
