/* SPDX-License-Identifier: MIT */

/* script.c - Cases of a script, run one by one */

#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "cleanup.h"

#define ACTORS 26
#define SECONDS 120 /* a case that takes longer hangs */

/* How the process of a case ends. */
enum verdict {
	PASSED,
	FAILED,
	SKIPPED
};

/* The part of a script under way. */
struct script {
	const struct script_opts *o;
	const char *fs; /* type of the file system */
	const char *file;
	int line; /* of @next */
	char *next;
	int count, failed;
};

/* A case: its lines, and what it works with. */
struct scene {
	const char *name, *value; /* of $T */
	char **lines;
	int n, first; /* number of the first line */
	struct fsop f;
	struct actor actors[ACTORS];
	char *out, *text;
};

/* ---- lines ----------------------------------------------------------------- */

/* The next line without its newline, or NULL at the end. */
static char *peek(const struct script *s)
{
	return *s->next ? s->next : NULL;
}

static char *take(struct script *s)
{
	char *line = s->next, *end = strchr(line, '\n');

	if (end)
		*end = '\0';
	s->next = end ? end + 1 : line + strlen(line);
	s->line++;
	return line;
}

/* What is behind @word and blanks at the beginning of a line, or NULL. */
static char *after(char *line, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) != 0 || (line[n] && line[n] != ' '))
		return NULL;
	return line + n + strspn(line + n, " ");
}

/* @line with $T replaced */
static void substitute(const char *line, const char *value, char *out)
{
	const char *p;

	while ((p = strstr(line, "$T"))) {
		out += sprintf(out, "%.*s%s", (int)(p - line), line,
			       value ? value : "");
		line = p + 2;
	}
	(void)strcpy(out, line);
}

/* ---- one line of a case ------------------------------------------------------ */

/* "@a line", "@a& line", "@a wait", "@a blocked", "@a kill" */
static int run_actor(struct scene *c, char *line)
{
	struct actor *a = &c->actors[(line[1] - 'a') & 31];
	bool start = line[2] == '&';
	char *what = line + 2 + start;
	int r;

	what += strspn(what, " ");
	(void)strcpy(c->out, "0");
	if (!strcmp(what, "wait"))
		return actor_wait(a, c->out);
	if (!strcmp(what, "kill")) {
		actor_kill(a);
		return 0;
	}
	if (!strcmp(what, "blocked")) {
		(void)strcpy(c->out, actor_is_blocked(a) ? "yes" : "no");
		return 0;
	}
	r = actor_start(a, &c->f, what);
	return r || start ? r : actor_wait(a, c->out);
}

/* Expand the words of @want. */
static void expand(const char *want, char *out)
{
	CLEANUP_FREE char *buf = malloc(FSOP_LINE);
	char *words[FSOP_WORDS];
	int n = buf ? fsop_split(want, false, buf, words) : 0;

	*out = '\0';
	for (int i = 0; i < n; i++)
		out += sprintf(out, "%s%s", i ? " " : "", words[i]);
}

/* Is @out one of "a or b or c"? */
static bool is_wanted(const char *out, const char *text)
{
	CLEANUP_FREE char *all = malloc(FSOP_LINE);
	const char *want = all;

	if (!all)
		return false;
	for (expand(text, all);;) {
		const char *end = strstr(want, " or ");
		size_t n = end ? (size_t)(end - want) : strlen(want);

		if (strlen(out) == n && !strncmp(out, want, n))
			return true;
		if (!end)
			return false;
		want = end + 4;
	}
}

/* Return: 0 if it is answered as wanted */
static int run_line(struct scene *c, const char *line, int number)
{
	char *want, *end;
	int r;

	substitute(line, c->value, c->text);
	want = strstr(c->text, " -> ");
	if (want) {
		for (end = want; end > c->text && end[-1] == ' '; end--)
			;
		*end = '\0';
		want += 4;
	}
	r = *c->text == '@' ? run_actor(c, c->text) :
			      fsop_run(&c->f, c->text, c->out);
	if (want ? r >= -1 && is_wanted(c->out, want) :
		   r >= 0 && isdigit((unsigned char)*c->out))
		return 0;
	printf("# line %d: %.300s\n#   have: %.300s\n#   want: %.300s\n",
	       number, c->text, c->out, want ? want : "a number");
	return -1;
}

/* ---- one case ---------------------------------------------------------------- */

/* "each" and comments do nothing here; "not FS: why" may. */
static bool is_directive(const char *line)
{
	return !*line || *line == '#' || !strncmp(line, "each ", 5) ||
	       !strncmp(line, "not ", 4);
}

/* Does it not hold on this file system? */
static bool is_excluded(const struct script *s, const struct scene *c)
{
	size_t n = strlen(s->fs);

	for (int i = 0; i < c->n; i++) {
		const char *l = c->lines[i];

		if (!strncmp(l, "not ", 4) && !strncmp(l + 4, s->fs, n) &&
		    l[4 + n] == ':')
			return true;
	}
	return false;
}

static enum verdict play(const struct script *s, struct scene *c,
			 const char *dir)
{
	int r = 0;

	(void)umask(0);
	(void)alarm(SECONDS);
	c->out = malloc(FSOP_OUT);
	c->text = malloc(FSOP_LINE);
	if (!c->out || !c->text || fsop_init(&c->f, dir, s->o->book) < 0) {
		printf("# '%s': %s\n", dir, strerror(errno));
		return FAILED;
	}
	for (int i = 0; i < c->n && !r; i++)
		if (!is_directive(c->lines[i]))
			r = run_line(c, c->lines[i], c->first + i);
	for (int i = 0; i < ACTORS; i++)
		actor_kill(&c->actors[i]);
	fsop_deinit(&c->f);
	return r ? FAILED : PASSED;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	if (remove(path) < 0)
		printf("# '%.300s' stays: %s\n", path, strerror(errno));
	return 0;
}

/* In a process of its own. */
static enum verdict run_case(struct script *s, struct scene *c)
{
	char dir[4096];
	int status;
	pid_t pid;

	if (is_excluded(s, c))
		return SKIPPED;
	(void)snprintf(dir, sizeof(dir), "%s/case%d", s->o->dir, s->count);
	if (mkdir(dir, 0755) < 0) {
		printf("# '%s': %s\n", dir, strerror(errno));
		return FAILED;
	}
	(void)fflush(stdout);
	pid = fork();
	if (!pid) {
		int r = play(s, c, dir);

		(void)fflush(stdout);
		_exit(r);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return FAILED;
	if (WIFSIGNALED(status))
		printf("# ended by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	(void)nftw(dir, remove_one, 64, FTW_DEPTH | FTW_PHYS);
	return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : FAILED;
}

static void report(struct script *s, struct scene *c)
{
	char name[512];
	enum verdict v;

	(void)snprintf(name, sizeof(name), "%s: %s%s%s%s", s->file, c->name,
		       c->value ? " (" : "", c->value ? c->value : "",
		       c->value ? ")" : "");
	if (s->o->only && !strstr(name, s->o->only))
		return;
	s->count++;
	v = run_case(s, c);
	s->failed += v == FAILED;
	printf("%sok %d - %s%s%s\n", v == FAILED ? "not " : "", s->count, name,
	       v == SKIPPED ? " # SKIP not on " : "",
	       v == SKIPPED ? s->fs : "");
}

/* Once, or for each word of its line "each". */
static void run_each(struct script *s, struct scene *c)
{
	char *words = NULL, *w;

	for (int i = 0; i < c->n && !words; i++)
		words = after(c->lines[i], "each");
	if (!words) {
		report(s, c);
		return;
	}
	words = strdup(words);
	for (w = words ? strtok(words, " ") : NULL; w; w = strtok(NULL, " ")) {
		c->value = w;
		report(s, c);
	}
	free(words);
}

/* ---- all cases ---------------------------------------------------------------- */

/* The lines of a case, which are indented. */
static void collect(struct script *s, struct scene *c)
{
	char *line;

	c->first = s->line + 1;
	while ((line = peek(s)) && (*line == '\t' || *line == '\n')) {
		char **more =
			realloc(c->lines, (size_t)(c->n + 1) * sizeof(char *));

		if (!more)
			abort();
		c->lines = more;
		line = take(s);
		c->lines[c->n++] = line + strspn(line, "\t");
	}
}

static const char *fs_name(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return NULL;
	return fs.f_type == TMPFS_MAGIC	     ? "tmpfs" :
	       fs.f_type == EXT4_SUPER_MAGIC ? "ext4" :
					       "lfs";
}

int script_run(const struct script_opts *o, char *text)
{
	struct script s = { .o = o, .next = text, .file = "script" };

	s.fs = fs_name(o->dir);
	if (!s.fs)
		return -errno;
	while (peek(&s)) {
		struct scene c = { 0 };
		char *line = take(&s), *name;

		if ((name = after(line, "file"))) {
			s.file = name;
			s.line = 0;
		} else if ((name = after(line, "case"))) {
			c.name = name;
			collect(&s, &c);
			run_each(&s, &c);
			free(c.lines);
		}
	}
	printf("1..%d\n", s.count);
	return s.failed;
}
