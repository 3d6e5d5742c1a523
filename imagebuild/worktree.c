/* SPDX-License-Identifier: MIT */

/* worktree.c - The tree that a build works on (the design: worktree.h) */

#include "worktree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"
#include "path.h"

static int path_of(const struct worktree *w, const char *name, char *buf)
{
	return path_format(buf, PATH_MAX, "%s/%s", w->dir, name);
}

int worktree_init(struct worktree *w, const char *dir)
{
	int r = path_format(w->dir, sizeof(w->dir), "%s", dir);

	return r < 0 ? r : path_of(w, "root", w->root_path);
}

static int open_both(struct worktree *w)
{
	char owners[PATH_MAX];
	int r = path_of(w, "owners", owners);

	if (r < 0)
		return r;
	w->root = open(w->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->owners = open(owners, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return w->root < 0 || w->owners < 0 ? -errno : 0;
}

int worktree_make(struct worktree *w)
{
	if (mkdir(w->dir, 0700) < 0 || mkdir(w->root_path, 0755) < 0)
		return -errno;
	return open_both(w);
}

int worktree_date(struct worktree *w, int64_t newest)
{
	char path[PATH_MAX], text[32];
	int r = path_of(w, "epoch", path);

	w->epoch = newest;
	if (r == 0)
		r = path_format(text, sizeof(text), "%" PRId64, w->epoch);
	return r < 0 ? r : file_write(AT_FDCWD, path, text, strlen(text), 0600);
}

int worktree_open(struct worktree *w)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];
	uint64_t epoch = 0;
	int r = path_of(w, "epoch", path);

	if (r == 0)
		r = file_read(AT_FDCWD, path, 32, &text, NULL);
	if (r == 0)
		r = parse_u64(text, 0, INT64_MAX, &epoch);
	w->epoch = (int64_t)epoch;
	return r < 0 ? r : open_both(w);
}

void worktree_deinit(struct worktree *w)
{
	close_fd(&w->root);
	close_fd(&w->owners);
}
