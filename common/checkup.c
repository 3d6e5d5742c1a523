/* SPDX-License-Identifier: MIT */

/* checkup.c - What was looked at on this host, and what mends it */

#include "checkup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static const char *const result_names[] = {
	[CHECKUP_OK] = "ok",
	[CHECKUP_NOTE] = "note",
	[CHECKUP_PROBLEM] = "problem",
};
_Static_assert(ARRAY_SIZE(result_names) == CHECKUP_RESULT_COUNT, "a name each");

struct checkup_row *checkup_add(struct checkup *c, const char *name)
{
	struct checkup_row *row =
		&c->rows[c->n < CHECKUP_ROWS_MAX ? c->n++ : c->n - 1];

	*row = (struct checkup_row){ .result = CHECKUP_OK };
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

void checkup_say(struct checkup_row *row, enum checkup_result result,
		 const char *fmt, ...)
{
	va_list ap;

	row->result = result;
	va_start(ap, fmt);
	(void)vsnprintf(row->text, sizeof(row->text), fmt, ap);
	va_end(ap);
}

void checkup_mend(struct checkup_row *row, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(row->mend, sizeof(row->mend), fmt, ap);
	va_end(ap);
}

bool checkup_good(const struct checkup *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].result == CHECKUP_PROBLEM)
			return false;
	return true;
}

/* ---- as a document -------------------------------------------------------- */

static json_t *row_document(const struct checkup_row *row)
{
	return json_pack("{s:s, s:s, s:s, s:s*}", "name", row->name, "result",
			 result_names[row->result], "text", row->text, "mend",
			 *row->mend ? row->mend : NULL);
}

json_t *checkup_document(const struct checkup *c)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < c->n; i++)
		if (json_array_append_new(rows, row_document(&c->rows[i])) <
		    0) {
			json_decref(rows);
			return NULL;
		}
	return json_pack("{s:i, s:b, s:s*, s:o}", "schema", CHECKUP_SCHEMA,
			 "good", checkup_good(c), "image",
			 *c->image ? c->image : NULL, "checks", rows);
}

static int parse_result(const json_t *o, enum checkup_result *ret)
{
	const char *name;

	if (json_get_string(o, "result", &name) < 0)
		return -EINVAL;
	for (int i = 0; i < CHECKUP_RESULT_COUNT; i++)
		if (!strcmp(name, result_names[i])) {
			*ret = (enum checkup_result)i;
			return 0;
		}
	return -EINVAL;
}

static int parse_row(const json_t *o, struct checkup *c)
{
	const char *name, *text, *mend = "";
	enum checkup_result result;
	struct checkup_row *row;

	if (json_get_string(o, "name", &name) < 0 ||
	    json_get_string(o, "text", &text) < 0 ||
	    json_get_string(o, "mend", &mend) == -EINVAL ||
	    parse_result(o, &result) < 0 || c->n == CHECKUP_ROWS_MAX)
		return -EINVAL;
	row = checkup_add(c, name);
	checkup_say(row, result, "%s", text);
	checkup_mend(row, "%s", mend);
	return 0;
}

int checkup_append(struct checkup *c, const json_t *document)
{
	const json_t *rows = json_object_get(document, "checks"), *row;
	const char *image = "";
	size_t before = c->n, i;
	uint32_t schema;

	if (json_get_u32(document, "schema", CHECKUP_SCHEMA, CHECKUP_SCHEMA,
			 &schema) < 0 ||
	    json_get_string(document, "image", &image) == -EINVAL ||
	    strlen(image) >= sizeof(c->image) || !json_is_array(rows))
		return -EINVAL;
	json_array_foreach(rows, i, row)
		if (parse_row(row, c) < 0) {
			c->n = before;
			return -EINVAL;
		}
	if (*image)
		(void)snprintf(c->image, sizeof(c->image), "%s", image);
	return 0;
}

/* ---- for people ----------------------------------------------------------- */

static int print_json(const struct checkup *c)
{
	CLEANUP_JSON json_t *document = checkup_document(c);
	CLEANUP_FREE char *line = document ? json_line(document) : NULL;

	if (!line)
		return -ENOMEM;
	printf("%s\n", line);
	return 0;
}

int checkup_print(const struct checkup *c, bool as_json)
{
	if (as_json)
		return print_json(c);
	for (size_t i = 0; i < c->n; i++) {
		const struct checkup_row *row = &c->rows[i];

		printf("%-8s %-15s %s\n", result_names[row->result], row->name,
		       row->text);
		if (*row->mend)
			printf("%24s> %s\n", "", row->mend);
	}
	return 0;
}
