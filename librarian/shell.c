/* SPDX-License-Identifier: MIT */

/* shell.c - The interactive client: lines in, requests out */

#include "shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "parse.h"
#include "shell_request.h"
#include "shell_words.h"

#define LOOP_MAX 1000000000U

static int complain(const struct shell *sh, int r, const char *what)
{
	(void)fflush(sh->out);
	(void)fprintf(sh->err, "fame-librarian: %s\n", what);
	return r;
}

/* ---- variables ------------------------------------------------------------ */

static char *value_text(const json_t *v)
{
	if (json_is_string(v))
		return strdup(json_string_value(v));
	return json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
}

static int look_up(void *arg, const char *name, char **ret_text)
{
	const struct shell *sh = arg;
	const json_t *v = json_object_get(sh->vars, name);

	if (!v)
		v = json_object_get(sh->fields, name);
	if (!v)
		return -ENOENT;
	*ret_text = value_text(v);
	return *ret_text ? 0 : -ENOMEM;
}

static int set_var(struct shell *sh, const char *name, const char *value)
{
	return json_object_set_new(sh->vars, name, json_string(value)) < 0 ?
		       -EINVAL :
		       0;
}

/* ---- requests ------------------------------------------------------------- */

static void print_json(FILE *out, const json_t *v, size_t flags)
{
	CLEANUP_FREE char *text = json_dumps(v, flags | JSON_ENCODE_ANY);

	(void)fprintf(out, "%s\n", text ? text : "?");
}

/* A list has a line for each of its members. */
static void print_value(FILE *out, const json_t *v)
{
	size_t n = json_array_size(v);

	if (json_is_string(v))
		(void)fprintf(out, "%s\n", json_string_value(v));
	else if (!json_is_array(v))
		print_json(out, v, JSON_COMPACT);
	for (size_t i = 0; i < n; i++)
		print_json(out, json_array_get(v, i), JSON_COMPACT);
}

static int show_reply(const struct shell *sh, const char *command)
{
	const json_t *why = json_object_get(sh->reply, "errmsg");
	char text[512];

	if (sh->verbose)
		print_json(sh->out, sh->reply, JSON_INDENT(2));
	if (why) {
		(void)snprintf(text, sizeof(text), "'%s': %s (%lld)", command,
			       json_is_string(why) ? json_string_value(why) :
						     "?",
			       json_integer_value(
				       json_object_get(sh->reply, "errno")));
		return complain(sh, -EREMOTEIO, text);
	}
	if (!sh->verbose)
		print_value(sh->out, json_object_get(sh->reply, "value"));
	return 0;
}

static int send_words(struct shell *sh, char *const *words, size_t n)
{
	CLEANUP_JSON json_t *request = NULL;
	json_t *reply = NULL;
	struct err e = { "" };
	int r;

	r = shell_request_make(words, n, &request, &e);
	if (r < 0)
		return complain(sh, r, e.msg);
	r = shell_link_call(sh->link, request, &reply, &e);
	if (sh->verbose)
		print_json(sh->out, request, JSON_INDENT(2));
	if (r < 0) {
		sh->quit = true;
		return complain(sh, r, e.msg);
	}
	json_decref(sh->reply);
	sh->reply = reply;
	/* Of a value that is no object there is nothing to be kept. */
	(void)json_object_update(sh->fields, json_object_get(reply, "value"));
	return show_reply(sh, words[0]);
}

/* ---- verbs ---------------------------------------------------------------- */

struct verb {
	const char *name;
	const char *params;
	const char *help;
	size_t min, max; /* words behind it */
	bool raw;	 /* gets its words with variables in them */
	int (*run)(struct shell *sh, char *const *words, size_t n);
};

static const struct verb *find_verb(const char *name);
static void help_verbs(FILE *out);

static int verb_help(struct shell *sh, char *const *words, size_t n)
{
	const struct verb *v = n > 1 ? find_verb(words[1]) : NULL;
	char text[256];

	if (v) {
		(void)fprintf(sh->out, "  %s %s: %s\n", v->name, v->params,
			      v->help);
		return 0;
	}
	if (n == 1) {
		help_verbs(sh->out);
		(void)fprintf(sh->out, "\nCommands:\n");
	}
	if (shell_request_help(sh->out, n > 1 ? words[1] : NULL) == 0)
		return 0;
	(void)snprintf(text, sizeof(text), "'%s' is not a command; see 'help'",
		       words[1]);
	return complain(sh, -ENOENT, text);
}

static int verb_loop(struct shell *sh, char *const *words, size_t n)
{
	uint32_t times;
	int r = 0;

	if (parse_u32(words[1], 0, LOOP_MAX, &times) < 0)
		return complain(sh, -EINVAL, "'loop' needs a number");
	if (sh->depth >= SHELL_SCRIPT_DEPTH)
		return complain(sh, -ELOOP, "loops and scripts are too deep");
	sh->depth++;
	for (uint32_t i = 1; i <= times && r == 0 && !sh->quit; i++) {
		char count[16];

		(void)snprintf(count, sizeof(count), "%u", i);
		r = set_var(sh, "i", count);
		if (r == 0)
			r = shell_run_words(sh, words + 2, n - 2);
	}
	sh->depth--;
	return r;
}

static int verb_script(struct shell *sh, char *const *words, size_t n)
{
	CLEANUP_FILE FILE *in = NULL;
	char text[512];
	int r;

	(void)n;
	if (sh->depth >= SHELL_SCRIPT_DEPTH)
		return complain(sh, -ELOOP, "loops and scripts are too deep");
	in = fopen(words[1], "re");
	if (!in) {
		r = -errno;
		(void)snprintf(text, sizeof(text), "cannot open '%s': %s",
			       words[1], strerror(-r));
		return complain(sh, r, text);
	}
	sh->depth++;
	r = shell_run_file(sh, in, NULL);
	sh->depth--;
	return r;
}

static int verb_verbose(struct shell *sh, char *const *words, size_t n)
{
	sh->verbose = n > 1 ? strcmp(words[1], "0") != 0 : !sh->verbose;
	return 0;
}

static int verb_response(struct shell *sh, char *const *words, size_t n)
{
	(void)words;
	(void)n;
	if (!sh->reply)
		return complain(sh, -ENODATA, "there was no reply yet");
	print_json(sh->out, sh->reply, JSON_INDENT(2));
	return 0;
}

static int verb_set(struct shell *sh, char *const *words, size_t n)
{
	(void)n;
	if (set_var(sh, words[1], words[2]) < 0)
		return complain(sh, -EINVAL, "that is no text");
	return 0;
}

static int verb_history(struct shell *sh, char *const *words, size_t n)
{
	(void)words;
	(void)n;
	for (size_t i = 0; i < sh->history.n; i++)
		(void)fprintf(sh->out, "%5zu  %s\n", i + 1, sh->history.v[i]);
	return 0;
}

static int verb_quit(struct shell *sh, char *const *words, size_t n)
{
	(void)words;
	(void)n;
	sh->quit = true;
	return 0;
}

static const struct verb verbs[] = {
	{ "help", "[COMMAND]", "this, or how a command is used", 0, 1, false,
	  verb_help },
	{ "loop", "N COMMAND...", "run it N times; $i counts", 2, SIZE_MAX,
	  true, verb_loop },
	{ "script", "FILE", "run its lines until one fails", 1, 1, false,
	  verb_script },
	{ "set", "NAME VALUE", "make $NAME stand for it", 2, 2, false,
	  verb_set },
	{ "verbose", "[0|1]", "show requests and whole replies", 0, 1, false,
	  verb_verbose },
	{ "response", "", "show the last reply", 0, 0, false, verb_response },
	{ "history", "",
	  "show the lines so far; !N runs one again, !! the last", 0, 0, false,
	  verb_history },
	{ "quit", "", "end, like the end of the input", 0, 0, false,
	  verb_quit },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

bool shell_has_verb(const char *name)
{
	return find_verb(name) != NULL;
}

const char *shell_verb_at(size_t i)
{
	return i < ARRAY_SIZE(verbs) ? verbs[i].name : NULL;
}

static void help_verbs(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		(void)fprintf(out, "  %-8s %-13s %s\n", verbs[i].name,
			      verbs[i].params, verbs[i].help);
}

/* ---- lines ---------------------------------------------------------------- */

static int run_verb(struct shell *sh, const struct verb *v, char *const *words,
		    size_t n)
{
	char text[128];

	if (n - 1 >= v->min && n - 1 <= v->max)
		return v->run(sh, words, n);
	(void)snprintf(text, sizeof(text), "'%s' is used so: %s %s", v->name,
		       v->name, v->params);
	return complain(sh, -EINVAL, text);
}

int shell_run_words(struct shell *sh, char *const *words, size_t n)
{
	const struct verb *v = n ? find_verb(words[0]) : NULL;
	CLEANUP_STRV struct strv expanded = { 0 };
	struct err e = { "" };

	if (!n)
		return 0;
	if (v && v->raw)
		return run_verb(sh, v, words, n);
	for (size_t i = 0; i < n; i++) {
		CLEANUP_FREE char *text = NULL;
		int r = shell_expand(words[i], look_up, sh, &text, &e);

		if (r < 0)
			return complain(sh, r, e.msg);
		strv_push(&expanded, text);
	}
	if (!strv_ok(&expanded))
		return complain(sh, -ENOMEM, "no memory");
	return v ? run_verb(sh, v, expanded.v, n) :
		   send_words(sh, expanded.v, n);
}

int shell_run_line(struct shell *sh, const char *line)
{
	CLEANUP_STRV struct strv words = { 0 };
	struct err e = { "" };
	int r;

	while (isspace((unsigned char)*line))
		line++;
	if (*line == '{') {
		/* JSON has quotes of its own. */
		strv_push(&words, line);
		return strv_ok(&words) ? send_words(sh, words.v, 1) : -ENOMEM;
	}
	r = shell_split(line, &words, &e);
	if (r < 0)
		return complain(sh, r, e.msg);
	return shell_run_words(sh, words.v, words.n);
}

/* "!!" and "!3" are lines of the history. Return: NULL = there is none */
static const char *recall(const struct shell *sh, const char *line)
{
	uint32_t n = (uint32_t)sh->history.n;

	if (*line != '!')
		return line;
	if (strcmp(line, "!!") != 0 && parse_u32(line + 1, 1, n, &n) < 0)
		return NULL;
	return n ? sh->history.v[n - 1] : NULL;
}

void shell_remember(struct shell *sh, const char *line)
{
	struct strv *h = &sh->history;

	if (!*line)
		return;
	if (h->n == SHELL_HISTORY_MAX) {
		free(h->v[0]);
		memmove(h->v, h->v + 1, h->n * sizeof(*h->v));
		h->n--;
	}
	strv_push(h, line);
	sh->remembered++;
}

int shell_run_typed(struct shell *sh, const char *typed)
{
	const char *found = recall(sh, typed);
	CLEANUP_FREE char *line = NULL;

	if (!found)
		return complain(sh, -ENOENT,
				"there is no such line, see "
				"'history'");
	/* It may be forgotten by what it runs. */
	line = strdup(found);
	if (!line)
		return complain(sh, -ENOMEM, "no memory");
	if (found != typed)
		(void)fprintf(sh->out, "%s\n", line);
	shell_remember(sh, line);
	return shell_run_line(sh, line);
}

static void show_prompt(const struct shell *sh, const char *prompt)
{
	if (!prompt)
		return;
	(void)fputs(prompt, sh->out);
	(void)fflush(sh->out);
}

int shell_run_file(struct shell *sh, FILE *in, const char *prompt)
{
	CLEANUP_FREE char *line = NULL;
	size_t room = 0;
	int r = 0;

	while (!sh->quit) {
		ssize_t n;

		show_prompt(sh, prompt);
		n = getline(&line, &room, in);
		if (n < 0)
			break;
		if (n > (ssize_t)SHELL_LINE_MAX)
			return complain(sh, -E2BIG, "a line is too long");
		line[strcspn(line, "\n")] = '\0';
		r = prompt ? shell_run_typed(sh, line) :
			     shell_run_line(sh, line);
		if (r < 0 && !prompt)
			return r;
	}
	return prompt && !sh->quit ? 0 : r;
}

/* ---- life ----------------------------------------------------------------- */

int shell_init(struct shell *sh, struct shell_link *link, uint32_t node_id,
	       FILE *out, FILE *err)
{
	char number[16];

	*sh = (struct shell){
		.link = link, .node_id = node_id, .out = out, .err = err
	};
	sh->vars = json_object();
	sh->fields = json_object();
	(void)snprintf(number, sizeof(number), "%u", node_id);
	if (!sh->vars || !sh->fields || set_var(sh, "NODE", number) < 0) {
		shell_deinit(sh);
		return -ENOMEM;
	}
	return 0;
}

void shell_deinit(struct shell *sh)
{
	json_decref(sh->reply);
	json_decref(sh->vars);
	json_decref(sh->fields);
	strv_deinit(&sh->history);
	sh->reply = sh->vars = sh->fields = NULL;
}
