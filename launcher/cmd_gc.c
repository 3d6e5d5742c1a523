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

/* Whoever has the lock may do as it likes until it lets go; a "run" that is kept
 * is one no more.
 */
static void clean(struct gc *gc, struct cluster *c)
{
	struct err e = { "" };
	int r = cluster_try_lock(c);

	if (r == -EBUSY)
		return; /* started meanwhile */
	if (r == 0 && cluster_is_temporary(c))
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
	struct err e = { "" };
	bool any = true;

	if (!is_ours(parent, name) || cluster_open(&c, path, &e) < 0 ||
	    cluster_runs(&c))
		return;
	if (cluster_is_temporary(&c))
		tell(gc, path, "cluster of a 'run' that is down");
	else
		any = tell_sockets(gc, &c);
	if (any && gc->remove)
		clean(gc, &c);
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
