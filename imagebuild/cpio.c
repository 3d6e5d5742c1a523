/* SPDX-License-Identifier: MIT */

/* cpio.c - An archive in the "newc" format, as the kernel unpacks it */

#include "cpio.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "file.h"
#include "tree.h"

#define HEADER_SIZE 110
#define TRAILER "TRAILER!!!"

void cpio_deinit(struct cpio *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].name);
		free(c->v[i].data);
	}
	free(c->v);
	*c = (struct cpio){ 0 };
}

static const struct cpio_entry *find(const struct cpio *c, const char *name,
				     size_t len)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strncmp(c->v[i].name, name, len) && !c->v[i].name[len])
			return &c->v[i];
	return NULL;
}

const struct cpio_entry *cpio_find(const struct cpio *c, const char *name)
{
	name += *name == '/';
	return find(c, name, strlen(name));
}

/* Takes *@data over. */
static int append(struct cpio *c, const char *name, size_t name_len,
		  mode_t mode, char **data, size_t len)
{
	struct cpio_entry *e;

	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 64;

		e = reallocarray(c->v, room, sizeof(*e));
		if (!e)
			return -ENOMEM;
		c->v = e;
		c->room = room;
	}
	e = &c->v[c->n];
	*e = (struct cpio_entry){ .name = strndup(name, name_len),
				  .mode = mode,
				  .len = len };
	if (!e->name)
		return -ENOMEM;
	e->data = data ? take_ptr(data) : NULL;
	c->n++;
	return 0;
}

static int add_parents(struct cpio *c, const char *name)
{
	int r = 0;

	for (const char *s = strchr(name, '/'); s && r == 0;
	     s = strchr(s + 1, '/')) {
		const struct cpio_entry *e = find(c, name, (size_t)(s - name));

		if (!e)
			r = append(c, name, (size_t)(s - name), S_IFDIR | 0755,
				   NULL, 0);
		else if (!S_ISDIR(e->mode))
			r = -ENOTDIR;
	}
	return r;
}

static int add(struct cpio *c, const char *name, mode_t mode, char **data,
	       size_t len)
{
	char normal[PATH_MAX];
	int r;

	name += *name == '/';
	r = tree_name(name, normal, sizeof(normal));
	if (r < 0 || !*normal || !strcmp(normal, TRAILER))
		return r == -ENAMETOOLONG ? r : -EINVAL;
	if (len > UINT32_MAX)
		return -EFBIG;
	if (find(c, normal, strlen(normal)))
		return -EEXIST;
	r = add_parents(c, normal);
	return r < 0 ? r : append(c, normal, strlen(normal), mode, data, len);
}

int cpio_add_file(struct cpio *c, const char *name, mode_t mode, char **data,
		  size_t len)
{
	return add(c, name, S_IFREG | (mode & 07777), data, len);
}

int cpio_add_dir(struct cpio *c, const char *name, mode_t mode)
{
	const struct cpio_entry *e = cpio_find(c, name);

	if (e)
		return S_ISDIR(e->mode) ? 0 : -EEXIST;
	return add(c, name, S_IFDIR | (mode & 07777), NULL, 0);
}

int cpio_add_link(struct cpio *c, const char *name, const char *target)
{
	CLEANUP_FREE char *copy = strdup(target);

	if (!copy)
		return -ENOMEM;
	return add(c, name, S_IFLNK | 0777, &copy, strlen(target));
}

int cpio_add_device(struct cpio *c, const char *name, mode_t mode,
		    unsigned int major, unsigned int minor)
{
	int r = add(c, name, mode, NULL, 0);

	if (r == 0) {
		c->v[c->n - 1].major = major;
		c->v[c->n - 1].minor = minor;
	}
	return r;
}

/* ---- writing ---- */

static int by_name(const void *a, const void *b)
{
	const struct cpio_entry *ea = a, *eb = b;

	return strcmp(ea->name, eb->name);
}

static int pad(int fd, size_t len)
{
	static const char zeros[4];

	return write_all(fd, zeros, -len & 3);
}

static int write_entry(int fd, const struct cpio_entry *e, unsigned int ino)
{
	const unsigned int links = S_ISDIR(e->mode) ? 2 : 1;
	const size_t name = strlen(e->name) + 1;
	char header[HEADER_SIZE + 1];
	int r;

	/* ino mode uid gid nlink mtime size dev(2) rdev(2) namesize check */
	(void)snprintf(header, sizeof(header),
		       "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X"
		       "%08X%08X",
		       ino, e->mode, 0U, 0U, links, 0U, (unsigned int)e->len,
		       0U, 0U, e->major, e->minor, (unsigned int)name, 0U);
	r = write_all(fd, header, HEADER_SIZE);
	if (r == 0)
		r = write_all(fd, e->name, name);
	if (r == 0)
		r = pad(fd, HEADER_SIZE + name);
	if (r == 0)
		r = write_all(fd, e->data, e->len);
	return r < 0 ? r : pad(fd, e->len);
}

int cpio_write(struct cpio *c, int fd)
{
	static char trailer_name[] = TRAILER;
	const struct cpio_entry trailer = { .name = trailer_name };
	int r = 0;

	if (c->n)
		qsort(c->v, c->n, sizeof(*c->v), by_name);
	for (size_t i = 0; i < c->n && r == 0; i++)
		r = write_entry(fd, &c->v[i], (unsigned int)i + 1);
	return r < 0 ? r : write_entry(fd, &trailer, 0);
}
