/* SPDX-License-Identifier: MIT */

/* shell_quote.c - Words for a shell */

#include "shell_quote.h"

#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_-+=./:,@%";

static void quote(FILE *f, const char *word, const char *percent)
{
	(void)fputc('\'', f);
	for (; *word; word++)
		if (*word == '\'')
			(void)fputs("'\\''", f);
		else if (*word == '%')
			(void)fputs(percent, f);
		else
			(void)fputc(*word, f);
	(void)fputc('\'', f);
}

void shell_quote(FILE *f, const char *word)
{
	if (*word && !word[strspn(word, plain)])
		(void)fputs(word, f);
	else
		quote(f, word, "%");
}

void shell_quote_for_ssh(FILE *f, const char *word)
{
	quote(f, word, "%%");
}
