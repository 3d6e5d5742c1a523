/* SPDX-License-Identifier: MIT */

/* cmd_doctor.c - fame-run doctor: can this host run nodes? */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "doctor.h"
#include "log.h"
#include "selfdir.h"
#include "spawn.h"

#define DOCUMENT_MAX (64U << 10)

/* Ends with 0 or 1; either way there is a document. */
static int ask(const char *profile, char *buf, size_t size)
{
	char name[] = "fame-image", check[] = "check", json[] = "--json",
	     option[] = "--profile";
	char *value = strdupa(profile);
	char *argv[] = { name, check, json, option, value, NULL };
	char program[PATH_MAX];
	int r;

	r = selfdir_program(name, program, sizeof(program));
	if (r < 0)
		return r;
	r = spawn_output(&(struct spawn){ .file = program,
					  .argv = argv,
					  .fds = &(struct spawn_fd){ 2, 2 },
					  .n_fds = 1,
					  .death_signal = SIGTERM },
			 STDOUT_FILENO, buf, size);
	return r > 1 ? -ECHILD : r < 0 ? r : 0;
}

/* What fame-image has to say. */
static void check_image(const struct settings *s, struct checkup *ret)
{
	CLEANUP_FREE char *text = calloc(1, DOCUMENT_MAX);
	CLEANUP_JSON json_t *document = NULL;
	struct checkup_row *row;
	int r;

	r = text ? settings_export_image(s) : -ENOMEM;
	if (r == 0)
		r = ask(settings_get(s, SETTING_PROFILE), text, DOCUMENT_MAX);
	if (r == 0)
		r = json_parse_object(text, strlen(text), &document);
	if (r == 0)
		r = checkup_append(ret, document);
	if (r == 0)
		return;
	row = checkup_add(ret, "image");
	checkup_say(row, CHECKUP_PROBLEM,
		    "'fame-image check' does not work: %s", strerror(-r));
	checkup_mend(row, "make");
}

int cmd_doctor(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct checkup c = { 0 };
	struct doctor_facts f;
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
	check_image(&s, &c);
	doctor_facts_read(&s, c.image, &f);
	doctor_check(&f, &c);
	if (checkup_print(&c, as_json) < 0) {
		log_err("out of memory");
		return CLI_FAILURE;
	}
	return checkup_good(&c) ? CLI_OK : CLI_FAILURE;
}
