/* SPDX-License-Identifier: MIT */

/* profile.c - What an image is made of: an INI file */

#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"
#include "selfdir.h"

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

static bool set_string(void *at, const char *value)
{
	char **s = at;

	if (*s || !*value)
		return false;
	*s = strdup(value);
	return *s;
}

static bool set_base(void *at, const char *value)
{
	bool *required = at;

	*required = !strcmp(value, "required");
	return *required || !strcmp(value, "essential");
}

static bool set_copy(void *at, const char *value)
{
	struct strv *v = at;
	size_t before = v->n;

	return set_list(at, value) && v->n == before + 2 &&
	       *v->v[before] == '/' && *v->v[before + 1] == '/';
}

static const struct key {
	const char *section;
	const char *name;
	bool (*set)(void *at, const char *value);
	size_t offset;
} keys[] = {
	{ "image", "suites", set_list, offsetof(struct profile, suites) },
	{ "packages", "base", set_base, offsetof(struct profile, required) },
	{ "packages", "kernel", set_string, offsetof(struct profile, kernel) },
	{ "packages", "install", set_list, offsetof(struct profile, install) },
	{ "packages", "provide", set_list, offsetof(struct profile, provide) },
	{ "packages", "exclude", set_paths, offsetof(struct profile, exclude) },
	{ "initramfs", "overlay", set_string,
	  offsetof(struct profile, overlay) },
	{ "initramfs", "applets", set_string,
	  offsetof(struct profile, applets) },
	{ "initramfs", "modules", set_list, offsetof(struct profile, modules) },
	{ "initramfs", "copy", set_copy, offsetof(struct profile, copy) },
};

/* For inih: 0 makes it report the line. */
static int take(void *user, const char *section, const char *name,
		const char *value)
{
	struct profile *p = user;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].name, name))
			return value &&
			       keys[i].set((char *)p + keys[i].offset, value);
	return 0;
}

int profile_parse(const char *name, const char *text, struct profile *ret,
		  struct err *e)
{
	int line;

	*ret = (struct profile){ 0 };
	if (path_format(ret->name, sizeof(ret->name), "%s", name) < 0)
		return err_set(e, -ENAMETOOLONG,
			       "the profile's name \"%s\" is too long", name);
	ret->text = strdup(text);
	if (!ret->text)
		return -ENOMEM;
	line = ini_parse_string(text, take, ret);
	if (line)
		return err_set(e, -EINVAL,
			       "profile \"%s\", line %d: not a key of a "
			       "profile, or not a value for it",
			       name, line);
	if (!ret->suites.n || !ret->kernel)
		return err_set(e, -EINVAL,
			       "profile \"%s\" has no \"%s\": add it", name,
			       ret->kernel ? "suites" : "kernel");
	return 0;
}

static int read_text(const char *name, const char *path, char **ret_text,
		     struct err *e)
{
	int r = file_read(AT_FDCWD, path, PROFILE_MAX, ret_text, NULL);

	return r < 0 ? err_set(e, r, "cannot read profile \"%s\": %s", name,
			       strerror(-r)) :
		       0;
}

int profile_load(const char *name, struct profile *ret, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	char rel[NAME_MAX + 1], path[PATH_MAX], base[64];
	const char *slash = strrchr(name, '/');
	int r;

	*ret = (struct profile){ 0 };
	if (slash) {
		r = read_text(name, name, &text, e);
		if (path_format(base, sizeof(base), "%.*s",
				(int)strcspn(slash + 1, "."), slash + 1) < 0)
			base[sizeof(base) - 1] = '\0';
		return r < 0 ? r : profile_parse(base, text, ret, e);
	}
	r = path_format(rel, sizeof(rel), "imagebuild/profiles/%s.ini", name);
	if (r == 0)
		r = selfdir_data(rel, path, sizeof(path));
	if (r < 0)
		return err_set(e, r,
			       "there is no profile \"%s\": give the path of "
			       "a file (with a slash), or \"tiny\"",
			       name);
	r = read_text(name, path, &text, e);
	return r < 0 ? r : profile_parse(name, text, ret, e);
}

void profile_deinit(struct profile *p)
{
	free(p->text);
	free(p->kernel);
	free(p->overlay);
	free(p->applets);
	strv_deinit(&p->suites);
	strv_deinit(&p->install);
	strv_deinit(&p->provide);
	strv_deinit(&p->exclude);
	strv_deinit(&p->modules);
	strv_deinit(&p->copy);
	*p = (struct profile){ 0 };
}
