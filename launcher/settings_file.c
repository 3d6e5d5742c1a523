/* SPDX-License-Identifier: MIT */

/* settings_file.c - Settings in fame.ini
 *
 * "key = value" each, below [fame] or no section at all. What is not known is an
 * error: a misspelt setting would be one without effect.
 */

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "nearest.h"
#include "settings_int.h"

#define SECTION "fame"

struct parse {
	struct settings *s;
	const char *name;
	const char *at; /* what is not read yet */
	unsigned line;
	enum setting_origin origin;
	bool seen[SETTING_COUNT];
	int error;
	struct err *e;
};

/* inih's handler is called before the next line is read. */
static char *read_line(char *buf, int size, void *user)
{
	struct parse *p = user;
	size_t len = strcspn(p->at, "\n");

	if (!*p->at || p->error)
		return NULL;
	p->line++;
	if (len > SETTINGS_LINE_MAX || len + 1 > (size_t)size - 1) {
		p->error = err_set(p->e, -EINVAL,
				   "%s:%u: longer than %d characters: use the "
				   "environment for that",
				   p->name, p->line, SETTINGS_LINE_MAX);
		return NULL;
	}
	memcpy(buf, p->at, len);
	buf[len] = '\0';
	p->at += len + (p->at[len] ? 1 : 0);
	return buf;
}

static int unknown(struct parse *p, const char *name)
{
	char keys[SETTING_COUNT][SETTING_KEY_MAX];
	const char *names[SETTING_COUNT], *near;

	for (int id = 0; id < SETTING_COUNT; id++)
		names[id] = setting_key((enum setting_id)id, keys[id]);
	near = nearest(name, names, SETTING_COUNT);
	if (near)
		return err_set(p->e, -EINVAL,
			       "%s:%u: no setting '%s': did you mean '%s'?",
			       p->name, p->line, name, near);
	return err_set(p->e, -EINVAL,
		       "%s:%u: no setting '%s': see 'fame-run config'", p->name,
		       p->line, name);
}

/* SETTING_COUNT = there is none */
static enum setting_id find(const char *name)
{
	char key[SETTING_KEY_MAX];
	int id = 0;

	while (id < SETTING_COUNT &&
	       strcmp(setting_key((enum setting_id)id, key), name) != 0)
		id++;
	return (enum setting_id)id;
}

static int take_key(struct parse *p, const char *name, const char *value)
{
	char where[PATH_MAX + 16];
	enum setting_id id = find(name);

	if (id == SETTING_COUNT)
		return unknown(p, name);
	if (p->seen[id])
		return err_set(p->e, -EINVAL,
			       "%s:%u: '%s' a second time: leave one", p->name,
			       p->line, name);
	p->seen[id] = true;
	if (id == SETTING_DIR && p->origin == ORIGIN_CLUSTER)
		return err_set(p->e, -EINVAL,
			       "%s:%u: 'dir' cannot be set in that directory: "
			       "use --dir or FAME_DIR",
			       p->name, p->line);
	if (setting_defs[id].once)
		return err_set(p->e, -EINVAL,
			       "%s:%u: '%s' is about one start: use --%s",
			       p->name, p->line, name, setting_defs[id].option);
	if (!*value) /* as an empty variable */
		return 0;
	(void)snprintf(where, sizeof(where), "%s:%u", p->name, p->line);
	return settings_set(p->s, id, value, p->origin, where);
}

/* For inih: 0 is an error. */
static int take(void *user, const char *section, const char *name,
		const char *value)
{
	struct parse *p = user;

	if (p->error)
		return 0;
	if (*section && strcmp(section, SECTION) != 0)
		p->error = err_set(p->e, -EINVAL,
				   "%s:%u: no section '[%s]': settings are "
				   "below '[" SECTION "]'",
				   p->name, p->line, section);
	else
		p->error = take_key(p, name, value ? value : "");
	return p->error == 0;
}

int settings_parse(struct settings *s, const char *name, const char *text,
		   enum setting_origin origin, struct err *e)
{
	struct parse p = {
		.s = s, .name = name, .at = text, .origin = origin, .e = e
	};
	int line = ini_parse_stream(read_line, &p, take, &p);

	if (p.error)
		return p.error;
	if (line)
		return err_set(
			e, -EINVAL,
			"%s:%d: is no line of settings: give KEY = VALUE", name,
			line);
	return 0;
}

int settings_read_file(struct settings *s, const char *path,
		       enum setting_origin origin, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	int r;

	r = file_read(AT_FDCWD, path, SETTINGS_FILE_MAX, &text, &len);
	/* HOME may be that of somebody else. */
	if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
		return 0;
	if (r == 0 && strlen(text) != len)
		r = -EINVAL;
	if (r < 0)
		return err_set(e, r, "cannot read settings '%s': %s", path,
			       strerror(-r));
	return settings_parse(s, path, text, origin, e);
}
