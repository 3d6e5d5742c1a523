/* SPDX-License-Identifier: MIT */

/* cmd_config.c - fame-run config: every setting, its value and its origin */

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "json.h"
#include "log.h"

#define CONFIG_SCHEMA 1

static bool hidden(const struct settings *s, enum setting_id id)
{
	return setting_defs[id].secret && *settings_get(s, id);
}

static void print_table(const struct settings *s)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting_id id = (enum setting_id)i;
		const struct setting_def *d = &setting_defs[id];
		const struct setting *v = &s->s[id];

		if (!v->value)
			continue;
		printf("%s=%s  # %s: %s%s\n", d->env,
		       hidden(s, id) ? "..." : v->value,
		       v->where ? v->where : setting_origin_name(v->origin),
		       d->help, d->tiny ? "" : " (not with profile tiny)");
	}
}

static json_t *document_of(const struct settings *s, enum setting_id id)
{
	const struct setting_def *d = &setting_defs[id];
	const struct setting *v = &s->s[id];
	char key[SETTING_KEY_MAX];

	return json_pack("{s:s, s:s, s:s*, s:s*, s:s, s:s*}", "name", d->env,
			 "key", setting_key(id, key), "option", d->option,
			 "value", hidden(s, id) ? NULL : v->value, "origin",
			 setting_origin_name(v->origin), "where", v->where);
}

static int print_json(const struct settings *s)
{
	CLEANUP_JSON json_t *document =
		json_pack("{s:i, s:[]}", "schema", CONFIG_SCHEMA, "settings");
	CLEANUP_FREE char *line = NULL;
	int r = document ? 0 : -1;

	for (int id = 0; id < SETTING_COUNT && r == 0; id++)
		r = json_array_append_new(json_object_get(document, "settings"),
					  document_of(s, (enum setting_id)id));
	line = r < 0 ? NULL : json_line(document);
	if (!line) {
		log_err("out of memory");
		return CLI_FAILURE;
	}
	printf("%s\n", line);
	return CLI_OK;
}

int cmd_config(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	bool as_json = false;
	const struct cli_flag flags[] = {
		{ .name = "json",
		  .help = "print a document",
		  .value = &as_json },
	};
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (first != argc)
		return cli_usage(verb);
	if (as_json)
		return print_json(&s);
	print_table(&s);
	return CLI_OK;
}

int cmd_settings(void)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };
	int r;

	r = settings_load(&s, &e);
	print_table(&s);
	if (r < 0)
		log_err("%s", e.msg);
	printf("\n");
	cli_help_all();
	return r < 0 ? CLI_USAGE : CLI_OK;
}
