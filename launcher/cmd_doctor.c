/* SPDX-License-Identifier: MIT */

/* cmd_doctor.c - fame-run doctor: can this host run nodes? */

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "doctor.h"
#include "image.h"
#include "log.h"

#define DOCUMENT_MAX (64U << 10)

/* What fame-image has to say. */
static void check_image(const struct settings *s, struct checkup *ret)
{
	CLEANUP_FREE char *text = calloc(1, DOCUMENT_MAX);
	CLEANUP_JSON json_t *document = NULL;
	struct checkup_row *row;
	int r;

	r = text ? settings_export_image(s) : -ENOMEM;
	if (r == 0)
		r = image_program("check", "--json",
				  settings_get(s, SETTING_PROFILE), text,
				  DOCUMENT_MAX);
	/* It ends with 0 or 1; either way there is a document. */
	if (r > 1)
		r = -ECHILD;
	if (r >= 0)
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
