/* SPDX-License-Identifier: MIT */

/* json_locate.h - In which line of a text a value is
 *
 * jansson does not remember it, and whoever has to correct a file wants to
 * know.
 */
#pragma once

#include <stddef.h>

/* The way to a value: one step from the value above. */
struct json_step {
	const struct json_step *up; /* NULL: this is the whole text */
	const char *key;	    /* member of an object; NULL: of an array */
	size_t index;
};

/**
 * json_locate() - The line in which a value begins
 * @text:	JSON that has been parsed, ends with 0
 * @step:	The value
 *
 * Return: from 1; if the value is not there, the line of the last one above
 *         it that is
 */
unsigned json_locate(const char *text, const struct json_step *step);

/* The same way for people: "racks[0].enclosures[2].coordinate". */
const char *json_describe(const struct json_step *step, char *buf, size_t size);
