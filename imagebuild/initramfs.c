/* SPDX-License-Identifier: MIT */

/* initramfs.c - Compose a profile's initramfs from a configured tree */

#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cpio.h"
#include "file.h"
#include "files.h"
#include "modules.h"
#include "path.h"
#include "sources.h"
#include "tree.h"

#define INITRAMFS_FILE_MAX (256U << 20)
#define OUR_MODULE SOURCES_DIR "/out/fam.ko"
#define MODULES_LIST "etc/fame/modules"

/* A file of the tree, with its permissions. */
static int read_from_tree(int root, const char *path, char **ret_data,
			  size_t *ret_len, mode_t *ret_mode)
{
	CLEANUP_FD int fd = tree_open(root, path, O_RDONLY);
	char name[32];
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	r = path_format(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (r == 0)
		r = file_read(AT_FDCWD, name, INITRAMFS_FILE_MAX, ret_data,
			      ret_len);
	if (r == 0)
		*ret_mode = st.st_mode & 0777;
	return r;
}

static int add_copy(struct cpio *c, int root, const char *from, const char *to,
		    struct err *e)
{
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;
	mode_t mode = 0;
	int r;

	r = read_from_tree(root, from, &data, &len, &mode);
	if (r == 0)
		r = cpio_add_file(c, to, mode, &data, len);
	return r < 0 ? err_set(e, r, "cannot take \"%s\" into the image: %s",
			       from, strerror(-r)) :
		       0;
}

static int add_copies(struct cpio *c, int root, const struct profile *p,
		      struct err *e)
{
	int r = 0;

	for (size_t i = 0; i + 1 < p->copy.n && r == 0; i += 2)
		r = add_copy(c, root, p->copy.v[i], p->copy.v[i + 1], e);
	return r;
}

static int add_overlay_entry(struct cpio *c, int root, const char *from,
			     const char *to, struct err *e)
{
	CLEANUP_FD int fd = tree_open(root, from, O_PATH | O_NOFOLLOW);
	char target[PATH_MAX];
	ssize_t n = -1;
	int r;

	if (fd >= 0)
		n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return add_copy(c, root, from, to, e);
	target[n] = '\0';
	r = cpio_add_link(c, to, target);
	return r < 0 ? err_set(e, r, "cannot take \"%s\" into the image: %s",
			       from, strerror(-r)) :
		       0;
}

static int add_overlay(struct cpio *c, const struct stage *s,
		       const char *overlay, struct err *e)
{
	CLEANUP_STRV struct strv list = { 0 };
	char path[PATH_MAX];
	int r;

	r = path_format(path, sizeof(path), SOURCES_DIR "/guest/%s", overlay);
	if (r == 0)
		r = files_list(tree_open(s->root, path, O_RDONLY | O_DIRECTORY),
			       false, &list);
	if (r < 0)
		return err_set(e, r, "cannot read \"guest/%s\": %s", overlay,
			       strerror(-r));
	for (size_t i = 0; i < list.n && r == 0; i++) {
		r = path_format(path, sizeof(path), SOURCES_DIR "/guest/%s/%s",
				overlay, list.v[i]);
		if (r == 0)
			r = add_overlay_entry(c, s->root, path, list.v[i], e);
	}
	return r;
}

/* Links for all that busybox can do; what the profile brings itself stays. */
static int add_applets(struct cpio *c, const struct stage *s,
		       const struct profile *p, struct err *e)
{
	CLEANUP_FREE char *from = NULL, *text = NULL;
	char *save = NULL;
	int r = 0;

	for (size_t i = 0; i + 1 < p->copy.n; i += 2)
		if (!strcmp(p->copy.v[i + 1], p->applets))
			from = strdup(p->copy.v[i]);
	if (!from)
		return err_set(e, -EINVAL,
			       "profile \"%s\" wants the applets of \"%s\" "
			       "but does not copy it",
			       p->name, p->applets);
	r = stage_output(
		s, (char *const[]){ from, (char[]){ "--list-full" }, NULL },
		&text, e);
	if (r < 0)
		return r;
	for (char *l = strtok_r(text, "\n", &save); l && r == 0;
	     l = strtok_r(NULL, "\n", &save)) {
		r = cpio_add_link(c, l, p->applets);
		if (r == -EEXIST)
			r = 0;
	}
	return r < 0 ? err_set(e, r, "\"%s\" lists a strange applet: %s",
			       p->applets, strerror(-r)) :
		       0;
}

static int add_modules_list(struct cpio *c, const struct modules *m,
			    const char *kver)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < m->n; i++)
		(void)fprintf(f, "/lib/modules/%s/%s.ko\n", kver, m->v[i].name);
	if (fclose(f) != 0)
		return -ENOMEM;
	return cpio_add_file(c, MODULES_LIST, 0644, &text, len);
}

static int add_modules(struct cpio *c, int root, const struct profile *p,
		       const char *kver, struct err *e)
{
	CLEANUP_STRV struct strv ours = { 0 };
	char path[PATH_MAX];
	struct modules m;
	int r;

	strv_push(&ours, OUR_MODULE);
	if (!strv_ok(&ours))
		return -ENOMEM;
	r = modules_load(root, kver, &p->modules, &ours, &m, e);
	if (r == 0)
		r = add_modules_list(c, &m, kver);
	for (size_t i = 0; i < m.n && r == 0; i++) {
		r = path_format(path, sizeof(path), "lib/modules/%s/%s.ko",
				kver, m.v[i].name);
		if (r == 0)
			r = cpio_add_file(c, path, 0644, &m.v[i].data,
					  m.v[i].len);
	}
	modules_deinit(&m);
	return r;
}

/* Empty places, which no source tree can hold, and what the kernel opens
 * before anything of ours runs.
 */
static int add_skeleton(struct cpio *c)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {
		{ "dev", 0755 }, { "proc", 0555 },    { "sys", 0555 },
		{ "run", 0755 }, { "tmp", 01777 },    { "root", 0700 },
		{ "lfs", 0755 }, { "mnt", 0755 },     { "var", 0755 },
		{ "etc", 0755 }, { "var/log", 0755 }, { "var/tmp", 01777 },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == 0; i++)
		r = cpio_add_dir(c, dirs[i].name, dirs[i].mode);
	if (r == 0)
		r = cpio_add_device(c, "dev/console", S_IFCHR | 0600, 5, 1);
	return r < 0 ? r : cpio_add_device(c, "dev/null", S_IFCHR | 0666, 1, 3);
}

static int write_to(struct cpio *c, const char *to, struct err *e)
{
	CLEANUP_FD int fd =
		open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	int r = fd < 0 ? -errno : cpio_write(c, fd);

	return r < 0 ? err_set(e, r, "cannot write \"%s\": %s", to,
			       strerror(-r)) :
		       0;
}

int initramfs_build(const struct stage *s, const struct profile *p,
		    const char *kver, const char *to, struct err *e)
{
	struct cpio c = { 0 };
	int r;

	r = add_skeleton(&c);
	if (r == 0 && p->overlay)
		r = add_overlay(&c, s, p->overlay, e);
	if (r == 0)
		r = add_copies(&c, s->root, p, e);
	if (r == 0)
		r = add_modules(&c, s->root, p, kver, e);
	if (r == 0 && p->applets)
		r = add_applets(&c, s, p, e);
	if (r == 0)
		r = write_to(&c, to, e);
	cpio_deinit(&c);
	return r;
}
