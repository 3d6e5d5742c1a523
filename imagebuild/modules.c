/* SPDX-License-Identifier: MIT */

/* modules.c - Kernel modules of a tree, with those that they need */

#include "modules.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "decompress.h"
#include "path.h"
#include "tree.h"

#define NAME_SIZE 64
#define DEPTH_MAX 16U

struct finder {
	int root;
	struct strv files; /* paths in the tree of all modules there are */
	char *builtin;	   /* text of modules.builtin */
	struct modules *ret;
	struct err *e;
};

int module_name(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strstr(base, ".ko");

	if (!dot || dot == base || (dot[3] && dot[3] != '.') ||
	    path_format(buf, size, "%.*s", (int)(dot - base), base) < 0)
		return -EINVAL;
	for (char *p = buf; *p; p++)
		if (*p == '-')
			*p = '_';
	return 0;
}

/* .modinfo is a list of strings "key=value", each with its 0. */
const char *module_depends(const char *data, size_t len)
{
	static const char key[] = "depends=";
	const size_t n = sizeof(key) - 1;
	const char *at = data, *end = data + len;

	while ((at = memmem(at, (size_t)(end - at), key, n))) {
		if ((at == data || !at[-1]) &&
		    memchr(at, '\0', (size_t)(end - at)))
			return at + n;
		at += n;
	}
	return NULL;
}

static bool is_module(const char *path, const char *name)
{
	char have[NAME_SIZE];

	return module_name(path, have, sizeof(have)) == 0 &&
	       !strcmp(have, name);
}

static const char *find_file(const struct finder *f, const char *name)
{
	for (size_t i = 0; i < f->files.n; i++)
		if (is_module(f->files.v[i], name))
			return f->files.v[i];
	return NULL;
}

static bool is_builtin(const struct finder *f, const char *name)
{
	char line[PATH_MAX];

	assert(f->builtin);
	for (const char *s = f->builtin; *s;) {
		size_t n = strcspn(s, "\n");

		if (path_format(line, sizeof(line), "%.*s", (int)n, s) == 0 &&
		    is_module(line, name))
			return true;
		s += n + (s[n] == '\n');
	}
	return false;
}

static bool is_loaded(const struct finder *f, const char *name)
{
	for (size_t i = 0; i < f->ret->n; i++)
		if (!strcmp(f->ret->v[i].name, name))
			return true;
	return false;
}

static int add(struct finder *f, const char *wanted, unsigned int depth);

static int add_depends(struct finder *f, const char *list, unsigned int depth)
{
	char name[NAME_SIZE];
	int r = 0;

	while (*list && r == 0) {
		size_t n = strcspn(list, ",");

		r = path_format(name, sizeof(name), "%.*s", (int)n, list);
		if (r == 0)
			r = add(f, name, depth);
		list += n + (list[n] == ',');
	}
	return r;
}

size_t module_unsigned(const char *data, size_t len)
{
	/* The kernel's scripts/sign-file appends: signature, 12 bytes of which
	 * the last four are its length, magic.
	 */
	static const char magic[] = "~Module signature appended~\n";
	const size_t tail = 12 + sizeof(magic) - 1;
	uint32_t n;

	if (len < tail || memcmp(data + len - (sizeof(magic) - 1), magic,
				 sizeof(magic) - 1) != 0)
		return len;
	memcpy(&n, data + len - sizeof(magic) + 1 - sizeof(n), sizeof(n));
	n = be32toh(n);
	return n <= len - tail ? len - tail - n : len;
}

static int append(struct finder *f, const char *name, char **data, size_t len)
{
	struct modules *m = f->ret;
	struct module *more = reallocarray(m->v, m->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	m->v = more;
	m->v[m->n].name = strdup(name);
	if (!m->v[m->n].name)
		return -ENOMEM;
	m->v[m->n].data = take_ptr(data);
	m->v[m->n++].len = len;
	return 0;
}

static int read_module(const struct finder *f, const char *path,
		       char **ret_data, size_t *ret_len)
{
	CLEANUP_FD int fd = tree_open(f->root, path, O_RDONLY);

	return fd < 0 ? fd : decompress_file(fd, MODULE_MAX, ret_data, ret_len);
}

/* What it needs comes first. */
static int add(struct finder *f, const char *wanted, unsigned int depth)
{
	CLEANUP_FREE char *data = NULL;
	const char *path, *depends;
	char name[NAME_SIZE];
	size_t len;
	int r;

	r = path_format(name, sizeof(name), "%s", wanted);
	if (r < 0 || depth > DEPTH_MAX)
		return r < 0 ? r : -ELOOP;
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	if (is_loaded(f, name))
		return 0;
	path = find_file(f, name);
	if (!path)
		return is_builtin(f, name) ?
			       0 :
			       err_set(f->e, -ENOENT,
				       "the kernel has no module \"%s\"", name);
	r = read_module(f, path, &data, &len);
	depends = r < 0 ? NULL : module_depends(data, len);
	if (!depends)
		return err_set(f->e, r < 0 ? r : -EBADMSG,
			       "\"/%s\" is not a usable module", path);
	r = add_depends(f, depends, depth + 1);
	if (r < 0)
		return r;
	/* Nobody asks for signatures in a node that loads our own module, and
	 * checking one costs some 30 ms under TCG.
	 */
	return append(f, name, &data, module_unsigned(data, len));
}

/* Names of all modules: ours, and what depmod has found. */
static int list_files(struct finder *f, const char *kver,
		      const struct strv *ours)
{
	CLEANUP_FREE char *dep = NULL;
	char path[PATH_MAX];
	int r;

	for (size_t i = 0; i < ours->n; i++)
		strv_push(&f->files, ours->v[i]);
	r = path_format(path, sizeof(path),
			"usr/lib/modules/%s/modules.builtin", kver);
	if (r >= 0)
		r = tree_read(f->root, path, MODULE_MAX, &f->builtin, NULL);
	if (r >= 0)
		r = path_format(path, sizeof(path),
				"usr/lib/modules/%s/modules.dep", kver);
	if (r >= 0)
		r = tree_read(f->root, path, MODULE_MAX, &dep, NULL);
	if (r < 0)
		return err_set(f->e, r, "cannot read \"/%s\": %s", path,
			       strerror(-r));
	for (const char *s = dep; *s;) {
		size_t n = strcspn(s, "\n");

		strv_pushf(&f->files, "usr/lib/modules/%s/%.*s", kver,
			   (int)strcspn(s, ":\n"), s);
		s += n + (s[n] == '\n');
	}
	return strv_ok(&f->files) ? 0 : -ENOMEM;
}

int modules_load(int root, const char *kver, const struct strv *wanted,
		 const struct strv *ours, struct modules *ret, struct err *e)
{
	struct finder f = { .root = root, .ret = ret, .e = e };
	int r;

	*ret = (struct modules){ 0 };
	r = list_files(&f, kver, ours);
	for (size_t i = 0; i < wanted->n && r == 0; i++)
		r = add(&f, wanted->v[i], 0);
	strv_deinit(&f.files);
	free(f.builtin);
	return r;
}

void modules_deinit(struct modules *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].name);
		free(m->v[i].data);
	}
	free(m->v);
	*m = (struct modules){ 0 };
}
