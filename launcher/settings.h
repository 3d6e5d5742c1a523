/* SPDX-License-Identifier: MIT */

/* settings.h - What the user can set, and where each value came from
 *
 * Every setting has a name in the environment (FAME_*, those of the original
 * Emulation among them), one in files (the same in lower case, without FAME_),
 * and most have an option of the same meaning. What goes before what: option,
 * environment, fame.ini of the cluster, fame.ini of the user, default.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum setting_id {
	SETTING_DIR,
	SETTING_FAM,
	SETTING_FAM_SIZE,
	SETTING_HOSTBASE,
	SETTING_OCTETS123,
	SETTING_PROFILE,
	SETTING_VCPUS,
	SETTING_VDRAM,
	SETTING_ACCEL,
	SETTING_NET,
	SETTING_NET_ISOLATED,
	SETTING_EXPOSE,
	SETTING_APPEND,
	SETTING_TIMEOUT,
	SETTING_LMP,
	SETTING_MIRROR,
	SETTING_PROXY,
	SETTING_HTTP_PROXY,
	SETTING_HTTPS_PROXY,
	SETTING_VERBOSE,
	SETTING_USER,
	SETTING_PASSWORD,
	SETTING_VFS_GBYTES,
	SETTING_FRESH,
	SETTING_L4FAME,
	SETTING_KERNEL,
	SETTING_IVSHMSG,
	SETTING_DOORBELL,
	SETTING_COUNT,
};

/* The stronger ones come later. */
enum setting_origin {
	ORIGIN_DEFAULT,
	ORIGIN_USER,	/* fame.ini of the user */
	ORIGIN_CLUSTER, /* fame.ini in the cluster directory */
	ORIGIN_ENVIRONMENT,
	ORIGIN_OPTION,
	ORIGIN_COUNT,
};

/* What is known of a setting before anybody gives it a value. */
struct setting_def {
	const char *env;    /* name in the environment */
	const char *option; /* long option, NULL = none */
	const char *arg;    /* the option's argument in the help; NULL = flag;
			  * "[=X]" may be left out
			  */
	const char *help;
	bool tiny;   /* has an effect with profile tiny */
	bool secret; /* not to be shown */
	bool image;  /* fame-image takes it from the environment */
	bool once;   /* about one start, not about a cluster */
};

extern const struct setting_def setting_defs[SETTING_COUNT];

struct setting {
	char *value; /* never NULL after settings_load(); may be empty */
	enum setting_origin origin;
	char *where; /* of one from a file: "PATH:LINE"; else NULL */
};

struct settings {
	struct setting s[SETTING_COUNT];
	char *which; /* see settings_which() */
};

/**
 * settings_option() - Note the argument of an option
 * @s:		Settings; all zero before the first call
 * @id:		Which
 * @value:	Copied
 *
 * Return: 0 or -ENOMEM
 */
int settings_option(struct settings *s, enum setting_id id, const char *value);

/**
 * settings_load() - Fill in what no option gave
 * @s:		Settings, with options noted before
 * @e:		Says why on failure
 *
 * Checks every value by itself: a number is a number and in its range, names
 * are names. Of the file system only the two fame.ini are read; that one is not
 * there is no error.
 *
 * Return: 0, -EINVAL (see @e), -ENOMEM
 */
int settings_load(struct settings *s, struct err *e);

/**
 * settings_move() - Mean another cluster directory than the loaded one
 * @s:		Loaded
 * @dir:	Absolute path; as if given by an option
 * @e:		Says why on failure
 *
 * What defaults were made of the old one are made of this.
 */
int settings_move(struct settings *s, const char *dir, struct err *e);

/* Set the environment so that programs mean the same cluster: to all that
 * describes it, and nothing else.
 */
int settings_export(const struct settings *s);

/* Only what fame-image takes from there. */
int settings_export_image(const struct settings *s);

void settings_deinit(struct settings *s);

#define CLEANUP_SETTINGS __attribute__((cleanup(settings_deinit)))

static inline const char *settings_get(const struct settings *s,
				       enum setting_id id)
{
	return s->s[id].value;
}

static inline bool settings_given(const struct settings *s, enum setting_id id)
{
	return s->s[id].origin != ORIGIN_DEFAULT;
}

/* For this command, and not as a habit of the user's or the cluster's. */
static inline bool settings_given_now(const struct settings *s,
				      enum setting_id id)
{
	return s->s[id].origin >= ORIGIN_ENVIRONMENT;
}

/**
 * settings_describes() - Does it belong to what says which cluster this is?
 *
 * What was set does, and what other defaults are made of. Those themselves do
 * not: a size that nobody has asked for would have to be that of an old file.
 */
bool settings_describes(const struct settings *s, enum setting_id id);

/* Is a setting on that has no value but "on"? */
bool settings_flag(const struct settings *s, enum setting_id id);

/**
 * settings_which() - Options that say which cluster, as they were given
 *
 * A command that is shown to the user must have them, too, or it means another
 * cluster. What the environment says it goes on saying.
 *
 * Return: "", or text with a space in front: " --name alpha"
 */
static inline const char *settings_which(const struct settings *s)
{
	return s->which ? s->which : "";
}

/* A number that settings_load() has found good. */
uint32_t settings_number(const struct settings *s, enum setting_id id);

/* "default", "user", "cluster", "environment", "option" */
const char *setting_origin_name(enum setting_origin origin);

#define SETTING_KEY_MAX 24

/* Its name in files: "vcpus". Returns @buf. */
const char *setting_key(enum setting_id id, char buf[SETTING_KEY_MAX]);
