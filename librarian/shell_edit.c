/* SPDX-License-Identifier: MIT */

/* shell_edit.c - Lines of the shell from a terminal, edited, with a history
 *
 * By libedit, which reads the user's ~/.editrc. Ctrl-C drops the line, and
 * while a command runs it ends the shell, as without a terminal.
 */

#include "shell_edit.h"

#include <ctype.h>
#include <errno.h>
#include <histedit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "shell.h"
#include "shell_request.h"

struct shell_edit {
	struct shell *sh;
	const char *prompt;
	const char *path; /* of the history; NULL = none */
	EditLine *el;
	History *history;
	bool dropped; /* the line, by Ctrl-C */
};

static struct shell_edit *edit_of(EditLine *el)
{
	struct shell_edit *ed = NULL;

	(void)el_get(el, EL_CLIENTDATA, &ed);
	return ed;
}

static char *show_prompt(EditLine *el)
{
	return (char *)(uintptr_t)edit_of(el)->prompt;
}

/* ---- names of commands ----------------------------------------------------- */

/* The i-th name that can be completed; NULL = there are no more. */
static const char *name_at(size_t i)
{
	const char *name = shell_verb_at(i);

	for (size_t n = 0; !name && n <= i; n++)
		if (!shell_verb_at(n))
			return shell_request_at(i - n);
	return name;
}

static size_t common_length(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

/* Counts the names that begin so; @ret_common is what they share. */
static size_t find_names(const char *word, size_t len, char *ret_common,
			 size_t size)
{
	const char *name;
	size_t n = 0;

	for (size_t i = 0; (name = name_at(i)); i++) {
		if (strncmp(name, word, len) != 0)
			continue;
		if (n++)
			ret_common[common_length(ret_common, name)] = '\0';
		else
			(void)snprintf(ret_common, size, "%s", name);
	}
	return n;
}

static void list_names(FILE *out, const char *word, size_t len)
{
	const char *name;

	for (size_t i = 0; (name = name_at(i)); i++)
		if (!strncmp(name, word, len))
			(void)fprintf(out, "%s%s", i ? "  " : "", name);
	(void)fprintf(out, "\n");
}

/* Of the word that ends at the cursor. */
static unsigned char complete(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);
	const char *word = line->cursor;
	char common[64] = "";
	size_t len, n;

	(void)key;
	while (word > line->buffer && !isspace((unsigned char)word[-1]))
		word--;
	len = (size_t)(line->cursor - word);
	n = find_names(word, len, common, sizeof(common));
	if (strlen(common) > len || n == 1)
		return el_insertstr(el, common + len) < 0 ||
				       (n == 1 && el_insertstr(el, " ") < 0) ?
			       CC_ERROR :
			       CC_REFRESH;
	if (n < 2)
		return CC_REFRESH_BEEP;
	(void)fputc('\n', edit_of(el)->sh->out);
	list_names(edit_of(el)->sh->out, word, len);
	return CC_REDISPLAY;
}

/* ---- history --------------------------------------------------------------- */

char *shell_edit_history(void)
{
	const char *base = getenv("XDG_STATE_HOME"), *below = "";
	char *path;

	if (!base || *base != '/') {
		base = getenv("HOME");
		below = "/.local/state";
	}
	if (!base || *base != '/' ||
	    asprintf(&path, "%s%s/fame/librarian_history", base, below) < 0)
		return NULL;
	return path;
}

/* Makes the directory, and gives the shell the lines of last time. */
static void load_history(struct shell_edit *ed)
{
	CLEANUP_FREE char *dir = ed->path ? strdup(ed->path) : NULL;
	HistEvent ev;

	if (!dir)
		return;
	*strrchr(dir, '/') = '\0';
	(void)mkdir_parents(dir, 0700);
	if (history(ed->history, &ev, H_LOAD, ed->path) < 0)
		return;
	for (int r = history(ed->history, &ev, H_LAST); r >= 0;
	     r = history(ed->history, &ev, H_PREV)) {
		CLEANUP_FREE char *line = strdup(ev.str);

		if (!line)
			return;
		line[strcspn(line, "\n")] = '\0';
		shell_remember(ed->sh, line);
	}
}

/* After each line: whatever ends the shell, none is lost. */
static void save_history(struct shell_edit *ed)
{
	const struct strv *lines = &ed->sh->history;
	HistEvent ev;

	if (!lines->n)
		return;
	(void)history(ed->history, &ev, H_ENTER, lines->v[lines->n - 1]);
	if (ed->path)
		(void)history(ed->history, &ev, H_SAVE, ed->path);
}

/* ---- lines ----------------------------------------------------------------- */

/* Keys that make signals elsewhere are like any other while a line is read:
 * a signal could come at a wrong time.
 */
static unsigned char drop_line(EditLine *el, int key)
{
	(void)key;
	edit_of(el)->dropped = true;
	return CC_EOF;
}

static unsigned char suspend(EditLine *el, int key)
{
	(void)key;
	(void)el_set(el, EL_PREP_TERM, 0);
	(void)raise(SIGTSTP);
	(void)el_set(el, EL_PREP_TERM, 1);
	return CC_REDISPLAY;
}

/* Return: a line; NULL = the end, or that it was dropped */
static const char *read_line(struct shell_edit *ed, int *ret_len)
{
	ed->dropped = false;
	/* Before the prompt: whoever has seen it may press any key. */
	(void)el_set(ed->el, EL_PREP_TERM, 1);
	return el_gets(ed->el, ret_len);
}

static int run_line(struct shell_edit *ed, const char *typed, size_t len)
{
	CLEANUP_FREE char *line = strndup(typed, len);
	size_t before = ed->sh->remembered;
	int r;

	if (!line)
		return -ENOMEM;
	line[strcspn(line, "\n")] = '\0';
	r = shell_run_typed(ed->sh, line);
	if (ed->sh->remembered != before)
		save_history(ed);
	return r;
}

static int run_lines(struct shell_edit *ed)
{
	int r = 0;

	while (!ed->sh->quit) {
		int len = 0;
		const char *line = read_line(ed, &len);

		if (ed->dropped) {
			(void)fprintf(ed->sh->out, "^C\n");
			el_reset(ed->el);
			continue;
		}
		if (!line || len <= 0) {
			(void)fputc('\n', ed->sh->out);
			return 0;
		}
		r = run_line(ed, line, (size_t)len);
	}
	return r;
}

/* ---- life ------------------------------------------------------------------ */

static void set_up(struct shell_edit *ed)
{
	EditLine *el = ed->el;
	HistEvent ev;

	(void)el_set(el, EL_CLIENTDATA, ed);
	(void)el_set(el, EL_PROMPT, show_prompt);
	(void)el_set(el, EL_EDITOR, "emacs");
	(void)el_set(el, EL_ADDFN, "complete-command", "complete a command",
		     complete);
	(void)el_set(el, EL_BIND, "^I", "complete-command", NULL);
	(void)el_set(el, EL_ADDFN, "drop-line", "drop the line", drop_line);
	(void)el_set(el, EL_BIND, "^C", "drop-line", NULL);
	(void)el_set(el, EL_ADDFN, "suspend", "stop the shell", suspend);
	(void)el_set(el, EL_BIND, "^Z", "suspend", NULL);
	(void)el_set(el, EL_SETTY, "-d", "-isig", NULL);
	(void)el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	(void)history(ed->history, &ev, H_SETSIZE, (int)SHELL_HISTORY_MAX);
	(void)history(ed->history, &ev, H_SETUNIQUE, 1);
	(void)el_set(el, EL_HIST, history, ed->history);
	(void)el_source(el, NULL);
}

int shell_edit_run(struct shell *sh, const char *prompt,
		   const char *history_path)
{
	struct shell_edit ed = { .sh = sh,
				 .prompt = prompt,
				 .path = history_path };
	int r = -ENOMEM;

	ed.el = el_init("fame-librarian", stdin, sh->out, sh->err);
	ed.history = history_init();
	if (ed.el && ed.history) {
		set_up(&ed);
		load_history(&ed);
		r = run_lines(&ed);
	}
	if (ed.history)
		history_end(ed.history);
	if (ed.el)
		el_end(ed.el);
	return r;
}
