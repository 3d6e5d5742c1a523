/* SPDX-License-Identifier: MIT */

/* optable.c - A program's options as a table, for parsing and for the help */

#include "optable.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "parse.h"

#define LONG_ONLY 256 /* beyond all letters */
#define LEFT_MAX 80
#define HELP_MAX 32 /* column, where the options' width allows it */

/* getopt's two forms of the table. */
struct getopt_table {
	struct option longs[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 3];
};

static const struct option_def help_def = { "help",	  'h',	NULL,
					    "print this", NULL, 0 };

static int value_of(const struct option_table *t, const struct option_def *d)
{
	return d->letter ? d->letter : LONG_ONLY + (int)(d - t->defs);
}

static void translate(const struct option_table *t, struct getopt_table *g)
{
	char *p = g->letters;

	*p++ = ':'; /* tell a missing value from an unknown option */
	*p++ = help_def.letter;
	for (size_t i = 0; i < t->n; i++) {
		const struct option_def *d = &t->defs[i];

		g->longs[i] = (struct option){ d->name,
					       d->arg ? required_argument :
							no_argument,
					       NULL, value_of(t, d) };
		if (!d->letter)
			continue;
		*p++ = d->letter;
		if (d->arg)
			*p++ = ':';
	}
	*p = '\0';
	g->longs[t->n] = (struct option){ help_def.name, no_argument, NULL,
					  help_def.letter };
	g->longs[t->n + 1] = (struct option){ 0 };
}

static const struct option_def *find(const struct option_table *t, int value)
{
	for (size_t i = 0; i < t->n; i++)
		if (value_of(t, &t->defs[i]) == value)
			return &t->defs[i];
	return NULL;
}

/* getopt tells an unknown letter, but of a long option that it is one only by
 * not having stopped within it.
 */
int optable_refuse(int c, char *const *argv, const char *letters,
		   const char *help, struct err *e)
{
	const char *name = argv[optind - 1], *wrong = "is not known";
	char letter[] = { '-', (char)optopt, '\0' };
	bool known = optopt >= LONG_ONLY || (optopt && strchr(letters, optopt));

	if (c == ':')
		wrong = "needs a value";
	else if (known)
		wrong = "takes no value";
	if (c == ':' ? name[1] != '-' : optopt && !known)
		name = letter;
	return err_set(e, -EINVAL, "option '%s' %s: see '%s'", name, wrong,
		       help);
}

int optable_parse(const struct option_table *t, int argc, char *const *argv,
		  void *to, int *ret_first, struct err *e)
{
	struct getopt_table g;
	char help[64];
	int c, r;

	assert(t->n <= OPTIONS_MAX);
	translate(t, &g);
	opterr = 0; /* the messages are ours */
	optind = 0; /* start anew, whoever parsed before */
	while ((c = getopt_long(argc, argv, g.letters, g.longs, NULL)) != -1) {
		const struct option_def *d = find(t, c);

		if (c == help_def.letter)
			return OPTABLE_HELP;
		if (!d) {
			(void)snprintf(help, sizeof(help), "%s --help",
				       t->program);
			return optable_refuse(c, argv, g.letters, help, e);
		}
		r = d->set(to, d, optarg, e);
		if (r < 0)
			return r;
	}
	*ret_first = optind;
	return 0;
}

/* ---- help ----------------------------------------------------------------- */

static int left_side(const struct option_def *d, char *buf, size_t size)
{
	return snprintf(buf, size, "  %c%c%s --%s%s%s", d->letter ? '-' : ' ',
			d->letter ? d->letter : ' ', d->letter ? "," : " ",
			d->name, d->arg ? " " : "", d->arg ? d->arg : "");
}

/* One behind the widest. */
static int help_column(const struct option_table *t)
{
	char left[LEFT_MAX];
	int column = 0;

	for (size_t i = 0; i < t->n; i++) {
		int n = left_side(&t->defs[i], left, sizeof(left)) + 2;

		if (n > column && n <= HELP_MAX)
			column = n;
	}
	return column;
}

static void help_option(const struct option_def *d, int column, FILE *f)
{
	const char *s = d->help;
	char left[LEFT_MAX];
	int n = left_side(d, left, sizeof(left));

	(void)fprintf(f, "%s%s", left, n >= column ? "\n" : "");
	n = n >= column ? 0 : n;
	for (;;) {
		size_t len = strcspn(s, "\n");

		(void)fprintf(f, "%*s%.*s\n", column - n, "", (int)len, s);
		if (!s[len])
			return;
		s += len + 1;
		n = 0;
	}
}

void optable_help(const struct option_table *t, FILE *f)
{
	int column = help_column(t);

	(void)fprintf(f, "usage: %s %s\n", t->program, t->args);
	if (t->intro)
		(void)fprintf(f, "%s\n", t->intro);
	(void)fputc('\n', f);
	for (size_t i = 0; i < t->n; i++)
		help_option(&t->defs[i], column, f);
	help_option(&help_def, column, f);
}

/* ---- setters -------------------------------------------------------------- */

static void *place(void *to, const struct option_def *def)
{
	return (char *)to + def->at;
}

int option_set_flag(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	bool *flag = place(to, def);

	(void)value;
	(void)e;
	*flag = true;
	return 0;
}

int option_set_text(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	const char **text = place(to, def);

	if (!*value)
		return err_set(e, -EINVAL, "--%s '': give a %s", def->name,
			       def->arg);
	*text = value;
	return 0;
}

int option_set_fd(void *to, const struct option_def *def, const char *value,
		  struct err *e)
{
	int *fd = place(to, def);
	uint32_t n;

	if (parse_u32(value, 0, INT_MAX, &n) < 0)
		return err_set(e, -EINVAL,
			       "--%s '%s': give the number of a descriptor",
			       def->name, value);
	*fd = (int)n;
	return 0;
}
