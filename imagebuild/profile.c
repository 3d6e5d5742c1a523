/* SPDX-License-Identifier: MIT */

/* profile.c - What an image is made of: an INI file */

#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"
#include "path.h"
#include "selfdir.h"

/* One text that is being read; those that include it are above. */
struct parse {
	struct profile *p;
	const char *dir;   /* where paths in it begin */
	unsigned int seen; /* bit per key */
	unsigned int depth;
	struct err *e; /* what went wrong in a text that was included */
};

static int load(struct parse *how, const char *name);

static bool set_list(void *at, const char *value)
{
	struct strv *v = at;
	CLEANUP_FREE char *copy = strdup(value);
	char *save = NULL;

	if (!copy)
		return false;
	for (char *w = strtok_r(copy, " \t", &save); w;
	     w = strtok_r(NULL, " \t", &save))
		strv_push(v, w);
	return strv_ok(v);
}

/* Names in the tree. */
static bool set_paths(void *at, const char *value)
{
	const struct strv *v = at;
	size_t before = v->n;

	if (!set_list(at, value))
		return false;
	for (size_t i = before; i < v->n; i++)
		if (*v->v[i] != '/')
			return false;
	return true;
}

static bool set_units(void *at, const char *value)
{
	return !strchr(value, '/') && set_list(at, value);
}

static bool set_line(void *at, const char *value)
{
	struct strv *v = at;

	if (!*value)
		return false;
	strv_push(v, value);
	return strv_ok(v);
}

static bool set_string(void *at, const char *value)
{
	char **s = at;

	if (!*value)
		return false;
	free(*s);
	*s = strdup(value);
	return *s;
}

static bool set_base(void *at, const char *value)
{
	bool *required = at;

	*required = !strcmp(value, "required");
	return *required || !strcmp(value, "essential");
}

static bool set_size(void *at, const char *value)
{
	uint64_t *size = at;

	return parse_size(value, size) == 0 && *size >= PROFILE_DISK_MIN &&
	       *size <= PROFILE_DISK_MAX && *size % PROFILE_DISK_UNIT == 0;
}

static bool set_copy(void *at, const char *value)
{
	struct strv *v = at;
	size_t before = v->n;

	return set_list(at, value) && v->n == before + 2 &&
	       *v->v[before] == '/' && *v->v[before + 1] == '/';
}

#define AT(field) offsetof(struct profile, field)

static const struct key {
	const char *section;
	const char *name;
	bool (*set)(void *at, const char *value);
	size_t offset;
	bool list; /* may be repeated */
} keys[] = {
	{ "image", "suites", set_list, AT(suites), true },
	{ "image", "files", set_list, AT(files), true },
	{ "packages", "base", set_base, AT(required), false },
	{ "packages", "kernel", set_string, AT(kernel), false },
	{ "packages", "install", set_list, AT(install), true },
	{ "packages", "provide", set_list, AT(provide), true },
	{ "packages", "exclude", set_paths, AT(exclude), true },
	{ "initramfs", "overlay", set_string, AT(overlay), false },
	{ "initramfs", "applets", set_string, AT(applets), false },
	{ "initramfs", "modules", set_list, AT(modules), true },
	{ "initramfs", "copy", set_copy, AT(copy), true },
	{ "disk", "size", set_size, AT(disk_size), false },
	{ "disk", "run", set_line, AT(run), true },
	{ "disk", "mask", set_units, AT(mask), true },
	{ "boot", "append", set_list, AT(append), true },
};
_Static_assert(ARRAY_SIZE(keys) <= 32, "a bit each");

static bool take_key(struct parse *how, size_t i, const char *value)
{
	const struct key *k = &keys[i];
	unsigned int bit = 1U << i;

	if (how->seen & bit && !k->list)
		return false;
	how->seen |= bit;
	return k->set((char *)how->p + k->offset, value);
}

/* Before all else: what follows replaces what it says. */
static bool take_include(struct parse *how, const char *value)
{
	struct parse inner = { .p = how->p,
			       .dir = how->dir,
			       .depth = how->depth + 1,
			       .e = how->e };

	return !how->seen && *value && load(&inner, value) == 0;
}

/* For inih: 0 makes it report the line. */
static int take(void *user, const char *section, const char *name,
		const char *value)
{
	struct parse *how = user;

	if (!value || *how->e->msg)
		return 0;
	if (!strcmp(section, "image") && !strcmp(name, "include"))
		return take_include(how, value);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].name, name))
			return take_key(how, i, value);
	return 0;
}

/* inih would make two of it. */
static int check_lines(const char *name, const char *text, struct err *e)
{
	for (unsigned int line = 1; *text; line++) {
		size_t len = strcspn(text, "\n");

		if (len > PROFILE_LINE_MAX)
			return err_set(e, -EINVAL,
				       "profile \"%s\", line %u: longer than "
				       "%d characters; make a script of it",
				       name, line, PROFILE_LINE_MAX);
		text += len + (text[len] ? 1 : 0);
	}
	return 0;
}

static int add_text(struct profile *p, const char *text)
{
	size_t had = p->text ? strlen(p->text) : 0, len = strlen(text);
	char *all = realloc(p->text, had + len + 1);

	if (!all)
		return -ENOMEM;
	memcpy(all + had, text, len + 1);
	p->text = all;
	return 0;
}

static int parse_text(struct parse *how, const char *name, const char *text)
{
	int line, r = add_text(how->p, text);

	if (r == 0)
		r = check_lines(name, text, how->e);
	if (r < 0)
		return r;
	line = ini_parse_string(text, take, how);
	if (!line)
		return 0;
	if (*how->e->msg)
		return -EINVAL;
	return err_set(how->e, -EINVAL,
		       "profile \"%s\", line %d: not a key of a profile, or "
		       "not a value for it",
		       name, line);
}

/* ---- finding -------------------------------------------------------------- */

/* NAME.ini of the user, or ours. */
static int find_named(const char *name, char *ret_path, size_t size)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *below = "";
	char rel[NAME_MAX + 1];
	int r;

	if (!base || *base != '/') {
		base = getenv("HOME");
		below = "/.config";
	}
	if (base && *base == '/' &&
	    path_format(ret_path, size, "%s%s/fame/profiles/%s.ini", base,
			below, name) == 0 &&
	    access(ret_path, R_OK) == 0)
		return 0;
	r = path_format(rel, sizeof(rel), "imagebuild/profiles/%s.ini", name);
	return r < 0 ? r : selfdir_data(rel, ret_path, size);
}

static int find(const char *dir, const char *name, char *ret_path, size_t size,
		struct err *e)
{
	int r;

	if (strchr(name, '/'))
		return *name == '/' ?
			       path_format(ret_path, size, "%s", name) :
			       path_format(ret_path, size, "%s/%s", dir, name);
	r = find_named(name, ret_path, size);
	return r < 0 ? err_set(e, r,
			       "there is no profile \"%s\": give the path of "
			       "a file (with a slash), \"debian\" or \"tiny\"",
			       name) :
		       0;
}

/* Relative ones are of this text: those that are included were here before. */
static int place_files(const struct parse *how)
{
	CLEANUP_FREE char *dir = realpath(how->dir, NULL);
	struct strv *v = &how->p->files;
	char path[PATH_MAX];
	int r = dir ? 0 : -errno;

	for (size_t i = 0; i < v->n && r == 0; i++) {
		if (*v->v[i] == '/')
			continue;
		r = path_format(path, sizeof(path), "%s/%s", dir, v->v[i]);
		if (r == 0 && !set_string(&v->v[i], path))
			r = -ENOMEM;
	}
	return r;
}

/* Find and read one profile; paths in it begin where the file is. */
static int load(struct parse *how, const char *name)
{
	CLEANUP_FREE char *text = NULL;
	const char *outer = how->dir;
	char path[PATH_MAX];
	int r;

	if (how->depth > PROFILE_DEPTH_MAX)
		return err_set(how->e, -ELOOP,
			       "profile \"%s\" is included by itself, or too "
			       "deep: end it",
			       name);
	r = find(how->dir, name, path, sizeof(path), how->e);
	if (r < 0)
		return r;
	r = file_read(AT_FDCWD, path, PROFILE_MAX, &text, NULL);
	if (r < 0)
		return err_set(how->e, r, "cannot read profile \"%s\": %s",
			       name, strerror(-r));
	*strrchr(path, '/') = '\0';
	how->dir = path;
	r = parse_text(how, name, text);
	if (r == 0)
		r = place_files(how);
	how->dir = outer;
	return r;
}

/* ---- a whole profile ------------------------------------------------------ */

/* "/x/mine.ini" is "mine". */
static int name_it(struct profile *p, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;

	return path_format(p->name, sizeof(p->name), "%.*s",
			   (int)strcspn(base, slash ? "." : ""), base);
}

static int finish(struct profile *p, const char *name, struct err *e)
{
	if (name_it(p, name) < 0)
		return err_set(e, -ENAMETOOLONG,
			       "the profile's name \"%s\" is too long", name);
	if (!p->suites.n || !p->kernel)
		return err_set(e, -EINVAL,
			       "profile \"%s\" has no \"%s\": add it", name,
			       p->kernel ? "suites" : "kernel");
	return 0;
}

int profile_parse(const char *name, const char *text, struct profile *ret,
		  struct err *e)
{
	struct parse how = { .p = ret, .dir = ".", .e = e };
	int r;

	*ret = (struct profile){ 0 };
	e->msg[0] = '\0';
	r = parse_text(&how, name, text);
	return r < 0 ? r : finish(ret, name, e);
}

int profile_load(const char *name, struct profile *ret, struct err *e)
{
	struct parse how = { .p = ret, .dir = ".", .e = e };
	int r;

	*ret = (struct profile){ 0 };
	e->msg[0] = '\0';
	r = load(&how, name);
	return r < 0 ? r : finish(ret, name, e);
}

void profile_deinit(struct profile *p)
{
	free(p->text);
	free(p->kernel);
	free(p->overlay);
	free(p->applets);
	strv_deinit(&p->suites);
	strv_deinit(&p->files);
	strv_deinit(&p->install);
	strv_deinit(&p->provide);
	strv_deinit(&p->exclude);
	strv_deinit(&p->modules);
	strv_deinit(&p->copy);
	strv_deinit(&p->run);
	strv_deinit(&p->mask);
	strv_deinit(&p->append);
	*p = (struct profile){ 0 };
}
