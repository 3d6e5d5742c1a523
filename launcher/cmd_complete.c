/* SPDX-License-Identifier: MIT */

/* cmd_complete.c - fame-run complete: what may come next, for shells
 *
 * Theory of operation. A shell hands over the words behind "fame-run", the last
 * of them unfinished, perhaps empty. What it may become is printed, a line each
 * with a tab and a remark behind it. All comes from the tables that the words are
 * parsed by, so completion knows no verb and no option that there is not; nothing
 * printed means that a file may come. Whatever is wrong is no error: nobody sees
 * one in the middle of a word.
 */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "file.h"
#include "json.h"
#include "selfdir.h"

struct complete {
	struct settings settings; /* of the words so far */
	const struct cli_verb *verb;
	const char *option; /* whose value the word is; NULL = none */
	char name[32];	    /* of @option, if it is within the word */
	char before[40];    /* "--option=", too */
	const char *word;   /* what is behind it */
	bool has_value;	    /* @option takes one */
	char arg[32];	    /* as the help has it */
};

static void offer(const struct complete *c, const char *text, const char *help)
{
	if (!strncmp(text, c->word, strlen(c->word)))
		printf("%s%s\t%s\n", c->before, text, help);
}

/* The words of a usage that stand for themselves: those in small letters. */
static void offer_literals(const struct complete *c, const char *usage)
{
	char word[64];

	while (*usage) {
		size_t n = strcspn(usage, " |[].{}");

		if (n && n < sizeof(word) && islower((unsigned char)*usage) &&
		    !memchr(usage, '=', n) && !memchr(usage, ',', n)) {
			(void)snprintf(word, sizeof(word), "%.*s", (int)n,
				       usage);
			offer(c, word, "");
		}
		usage += n + (usage[n] != '\0');
	}
}

/* ---- what is there ---------------------------------------------------------- */

static void offer_verbs(const struct complete *c)
{
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		offer(c, v->name, v->help);
}

/* Of the cluster that the words mean, if it runs. */
static void offer_nodes(struct complete *c)
{
	CLEANUP_CLUSTER struct cluster cluster = CLUSTER_NULL;
	CLEANUP_JSON json_t *status = NULL;
	struct err e = { "" };
	const json_t *node;
	size_t i;

	if (settings_load(&c->settings, &e) < 0 ||
	    client_open(&cluster, &c->settings, &e) < 0 ||
	    client_call(&cluster, json_pack("{s:s}", "op", "status"), &status,
			&e) < 0)
		return;
	json_array_foreach(json_object_get(status, "nodes"), i, node) {
		const char *name = "", *state = "";

		(void)json_get_string(node, "name", &name);
		(void)json_get_string(node, "state", &state);
		offer(c, name, state);
	}
}

static void offer_profiles(const struct complete *c)
{
	static const char suffix[] = ".ini";
	const struct dirent *e;
	char path[PATH_MAX];
	DIR *d = NULL;

	if (selfdir_data("imagebuild/profiles", path, sizeof(path)) == 0)
		d = file_open_dir(AT_FDCWD, path);
	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		char name[NAME_MAX + 1];

		if (n < sizeof(suffix) ||
		    strcmp(e->d_name + n - strlen(suffix), suffix) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s",
			       (int)(n - strlen(suffix)), e->d_name);
		offer(c, name, "profile");
	}
	if (d)
		(void)closedir(d);
}

/* ---- options ---------------------------------------------------------------- */

static void offer_option(void *arg, const char *name, const char *value,
			 const char *help)
{
	char text[64];

	(void)value;
	(void)snprintf(text, sizeof(text), "--%s", name);
	offer(arg, text, help);
}

static void look_for_value(void *arg, const char *name, const char *value,
			   const char *help)
{
	struct complete *c = arg;

	(void)help;
	if (strcmp(name, c->option) != 0 || !value)
		return;
	c->has_value = true;
	(void)snprintf(c->arg, sizeof(c->arg), "%s", value);
}

/* What a verb's parser calls for each of its options, instead of parsing. */
static void each_option(struct complete *c, cli_option_fn fn)
{
	struct cli_verb v = *c->verb;
	char name[] = "", *argv[] = { name, NULL };

	if (v.run == cmd_help)
		return; /* it has none */
	v.option = fn;
	v.option_arg = c;
	(void)v.run(&v, 1, argv);
}

static void offer_values(struct complete *c)
{
	if (!strcmp(c->option, setting_defs[SETTING_PROFILE].option))
		offer_profiles(c);
	else if (!strcmp(c->arg, "NODE"))
		offer_nodes(c);
	else
		offer_literals(c, c->arg);
}

/* "--option=wo", or "--option" and "wo" behind it; a shell may make "=" a word. */
static void find_option(struct complete *c, char **words, int n)
{
	const char *word = words[n - 1], *equals = strchr(word, '=');
	const char *last = n > 1 ? words[n - 2] : "";

	if (!strcmp(word, "="))
		c->word = "";
	else if (!strncmp(word, "--", 2) && equals) {
		(void)snprintf(c->name, sizeof(c->name), "%.*s",
			       (int)(equals - word - 2), word + 2);
		(void)snprintf(c->before, sizeof(c->before), "--%s=", c->name);
		c->option = c->name;
		c->word = equals + 1;
	}
	if (!strcmp(last, "=") && n > 2)
		last = words[n - 3];
	if (!c->option && !strncmp(last, "--", 2) && last[2])
		c->option = last + 2;
}

/* ---- all -------------------------------------------------------------------- */

/* Which cluster the words mean. */
static void note_cluster(struct complete *c, char **words, int n)
{
	static const enum setting_id ids[] = { SETTING_DIR, SETTING_HOSTBASE };

	for (int i = 1; i + 1 < n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(ids); k++) {
			const char *name = setting_defs[ids[k]].option;
			const char *at = words[i];
			size_t len = strlen(name);

			if (strncmp(at, "--", 2) != 0 ||
			    strncmp(at + 2, name, len) != 0)
				continue;
			if (at[2 + len] == '=')
				at += 3 + len;
			else if (!at[2 + len] && i + 2 < n)
				at = words[i + 1];
			else
				continue;
			(void)settings_option(&c->settings, ids[k], at);
		}
}

static void complete_word(struct complete *c, char **words, int n)
{
	const char *args = c->verb->args;

	for (int i = 1; i < n - 1; i++)
		if (!strcmp(words[i], "--"))
			return; /* another program's */
	note_cluster(c, words, n);
	find_option(c, words, n);
	if (c->option)
		each_option(c, look_for_value);
	if (c->has_value)
		offer_values(c);
	else if (c->word[0] == '-')
		each_option(c, offer_option);
	else if (c->verb->run == cmd_help)
		offer_verbs(c);
	else {
		if (strstr(args, "NODE") || strstr(args, "WHAT"))
			offer_nodes(c);
		offer_literals(c, args);
	}
}

int cmd_complete(const struct cli_verb *verb, int argc, char **argv)
{
	struct complete c = { 0 };
	int n = argc - 2, first, r;

	if (argc < 3 || strcmp(argv[1], "--") != 0) {
		r = cli_parse(verb, argc, argv, NULL, 0, &c.settings, &first);
		settings_deinit(&c.settings);
		return r < 0 ? cli_usage(verb) : r;
	}
	c.word = argv[argc - 1];
	for (const struct cli_verb *v = cli_verbs; v->name && n > 1; v++)
		if (!strcmp(v->name, argv[2]))
			c.verb = v;
	if (n == 1)
		offer_verbs(&c);
	else if (c.verb)
		complete_word(&c, argv + 2, n);
	settings_deinit(&c.settings);
	return CLI_OK;
}
