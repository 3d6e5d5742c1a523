/* SPDX-License-Identifier: MIT */

/* shell_quote.c - Words for a shell */

#include "shell_quote.h"

#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_-+=./:,@%";

void shell_quote(FILE *f, const char *word)
{
	if (*word && !word[strspn(word, plain)]) {
		(void)fputs(word, f);
		return;
	}
	(void)fputc('\'', f);
	for (; *word; word++)
		if (*word == '\'')
			(void)fputs("'\\''", f);
		else
			(void)fputc(*word, f);
	(void)fputc('\'', f);
}
