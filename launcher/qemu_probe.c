/* SPDX-License-Identifier: MIT */

/* qemu_probe.c - Is there a QEMU, and is it new enough? */

#include "qemu_probe.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "qemu_args.h"
#include "spawn.h"

#define VERSION_TEXT "QEMU emulator version "
#define INSTALL "install it with scripts/install-deps"

/* The digits at *@s as a number; *@s is moved behind them. */
static int number(const char **s, unsigned *ret)
{
	char digits[8] = "";
	size_t n = 0;

	while (isdigit((unsigned char)**s) && n < sizeof(digits) - 1)
		digits[n++] = *(*s)++;
	return parse_u32(digits, 0, UINT16_MAX, ret);
}

int qemu_parse_version(const char *text, struct qemu_version *ret_v)
{
	struct qemu_version v;

	if (strncmp(text, VERSION_TEXT, strlen(VERSION_TEXT)) != 0)
		return -EINVAL;
	text += strlen(VERSION_TEXT);
	if (number(&text, &v.major) < 0 || *text++ != '.' ||
	    number(&text, &v.minor) < 0)
		return -EINVAL;
	*ret_v = v;
	return 0;
}

static int ask(char *buf, size_t size)
{
	char program[] = QEMU_PROGRAM, version[] = "--version";
	char *argv[] = { program, version, NULL };
	int r;

	r = spawn_output(&(struct spawn){ .file = QEMU_PROGRAM,
					  .argv = argv,
					  .death_signal = SIGKILL },
			 STDOUT_FILENO, buf, size);
	return r > 0 ? -EINVAL : r;
}

int qemu_probe(struct qemu_version *ret_v, struct err *e)
{
	char text[256] = "";
	int r;

	r = ask(text, sizeof(text));
	if (r == -ENOENT)
		return err_set(e, r,
			       "program '" QEMU_PROGRAM
			       "' is not there: " INSTALL);
	if (r == 0)
		r = qemu_parse_version(text, ret_v);
	if (r < 0)
		return err_set(e, r,
			       "program '" QEMU_PROGRAM
			       "' does not tell its version (%s): " INSTALL,
			       strerror(-r));
	if (ret_v->major > QEMU_VERSION_MIN_MAJOR ||
	    (ret_v->major == QEMU_VERSION_MIN_MAJOR &&
	     ret_v->minor >= QEMU_VERSION_MIN_MINOR))
		return 0;
	return err_set(e, -ENOTSUP,
		       "program '" QEMU_PROGRAM "' is version %u.%u, and at "
		       "least %u.%u is needed: " INSTALL,
		       ret_v->major, ret_v->minor, QEMU_VERSION_MIN_MAJOR,
		       QEMU_VERSION_MIN_MINOR);
}
