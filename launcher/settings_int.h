/* SPDX-License-Identifier: MIT */

/* settings_int.h - What the files of settings share */
#pragma once

#include "settings.h"

#define SETTINGS_FILE_MAX (64U << 10)
/* Characters of a line: what inih has room for. */
#define SETTINGS_LINE_MAX 198

/**
 * settings_set() - Give a setting a value, unless it has one of stronger origin
 * @where:	"PATH:LINE" or NULL; copied, as @value is
 *
 * Return: 0 or -ENOMEM
 */
int settings_set(struct settings *s, enum setting_id id, const char *value,
		 enum setting_origin origin, const char *where);

/**
 * settings_parse() - Take over what a file says (pure)
 * @s:		Settings
 * @name:	The file's path, for messages
 * @text:	Its text
 * @origin:	Which file it is: the cluster's own cannot say where it is
 * @e:		What is wrong: file, line, and the nearest known name
 *
 * Return: 0, -EINVAL, -ENOMEM
 */
int settings_parse(struct settings *s, const char *name, const char *text,
		   enum setting_origin origin, struct err *e);

/* The same of a file; that it is not there is no error. */
int settings_read_file(struct settings *s, const char *path,
		       enum setting_origin origin, struct err *e);

/* Is every value one that the setting may have? */
int settings_check(const struct settings *s, struct err *e);
