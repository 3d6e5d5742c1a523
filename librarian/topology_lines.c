/* SPDX-License-Identifier: MIT */

/* topology_lines.c - An INI file's texts, before they are made numbers
 *
 * inih does not say in which line it is, so the lines are counted where it
 * gets them. Its rule for a value that goes on in the next line is "any line
 * with white space in front"; tm-librarian's is "more of it than the key has".
 * next_line() makes the one of the other, so that a file may be indented.
 */

#include "topology_lines.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

/* inih cuts longer ones off. */
#define SECTION_MAX 49

static const char *const keys[] = {
	[INI_NODE_COUNT] = "node_count",
	[INI_BOOK_SIZE] = "book_size_bytes",
	[INI_NVM_SIZE] = "nvm_size_per_node",
	/* for the machine's description in JSON */
	[INI_DATACENTER] = "datacenter",
	[INI_RACK] = "rack",
	[INI_DOMAIN] = "domain",
};
_Static_assert(ARRAY_SIZE(keys) == INI_KEY_COUNT, "an entry each");

struct reader {
	struct ini_file *f;
	const char *rest;
	unsigned section; /* its line */
	bool has_key;	  /* in this section */
	bool continued;	  /* this line belongs to the key before */
	size_t indent;	  /* of that key */
};

const char *ini_key_name(enum ini_key k)
{
	return keys[k];
}

int ini_fail(struct ini_file *f, unsigned line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The first error counts, not what follows from it. */
	if (!f->error)
		f->error = err_set(f->e, -EINVAL, "'%s' line %u: %s", f->name,
				   line, text);
	return f->error;
}

/* ---- lines ---------------------------------------------------------------- */

static void on_section_line(struct reader *r, const char *line)
{
	if (strcspn(line + 1, "]") > SECTION_MAX)
		(void)ini_fail(r->f, r->f->lines,
			       "the section's name is longer than %d "
			       "characters",
			       SECTION_MAX);
	r->section = r->f->lines;
	r->has_key = false;
}

/* How many characters to leave out in front of a line. */
static size_t classify(struct reader *r, const char *line)
{
	size_t indent = strspn(line, " \t");

	r->continued = false;
	if (line[indent] == '[') {
		on_section_line(r, line + indent);
	} else if (!strchr("\r\n;#", line[indent])) {
		r->continued = r->has_key && indent > r->indent;
		if (r->continued)
			return 0;
		r->has_key = true;
		r->indent = indent;
	}
	return indent;
}

/* inih does it for the other lines. */
static void cut_comment(char *line)
{
	for (char *p = line + 1; *p; p++)
		if (*p == ';' && isspace((unsigned char)p[-1])) {
			(void)snprintf(p, 2, "\n");
			return;
		}
}

/* fgets() from the text. */
static char *next_line(char *buf, int size, void *arg)
{
	struct reader *r = arg;
	size_t len = strcspn(r->rest, "\n"), skip;

	if (!*r->rest || r->f->error)
		return NULL;
	r->f->lines++;
	if (len + 2 > (size_t)size) {
		(void)ini_fail(r->f, r->f->lines, "longer than %d characters",
			       size - 2);
		return NULL;
	}
	memcpy(buf, r->rest, len);
	buf[len] = '\n';
	buf[len + 1] = '\0';
	r->rest += len + (r->rest[len] == '\n');
	skip = classify(r, buf);
	if (r->continued)
		cut_comment(buf);
	return memmove(buf, buf + skip, len + 2 - skip);
}

/* ---- keys ----------------------------------------------------------------- */

static int store(struct reader *r, struct ini_value *v, const char *name,
		 const char *value)
{
	struct ini_file *f = r->f;

	if (v->line)
		return ini_fail(f, f->lines, "%s was given in line %u already",
				name, v->line);
	if (strlen(value) >= sizeof(v->text))
		return ini_fail(f, f->lines, "%s is too long", name);
	(void)snprintf(v->text, sizeof(v->text), "%s", value);
	v->line = f->lines;
	return 0;
}

static int on_global(struct reader *r, const char *name, const char *value)
{
	for (int k = 0; k < INI_KEY_COUNT; k++)
		if (!strcasecmp(keys[k], name))
			return store(r, &r->f->global[k], keys[k], value);
	return ini_fail(r->f, r->f->lines,
			"[global] has no key '%s'; known are node_count, "
			"book_size_bytes, nvm_size_per_node, datacenter, rack, "
			"domain",
			name);
}

static int on_enclosure(struct reader *r, const char *section, const char *name,
			const char *value)
{
	unsigned number = (unsigned)(section[strlen(section) - 1] - '0');
	struct ini_enclosure *enc;

	if (number < 1 || number > TOPOLOGY_ENCLOSURES)
		return ini_fail(r->f, r->section,
				"[%s] does not end with the number of an "
				"enclosure, 1 to %u",
				section, TOPOLOGY_ENCLOSURES);
	if (r->f->n_nodes)
		return ini_fail(r->f, r->section,
				"[%s] stands behind a node; enclosures come "
				"first",
				section);
	enc = &r->f->enclosures[number - 1];
	if (enc->line && enc->line != r->section)
		return ini_fail(r->f, r->section,
				"enclosure %u was described in line %u already",
				number, enc->line);
	enc->line = r->section;
	if (strcasecmp(name, "u") != 0)
		return ini_fail(r->f, r->f->lines,
				"[%s] has no key '%s'; known is u", section,
				name);
	return store(r, &enc->u, "u", value);
}

static struct ini_node *find_node(struct ini_file *f, const char *name)
{
	for (uint32_t i = 0; i < f->n_nodes; i++)
		if (!strcmp(f->nodes[i].name, name))
			return &f->nodes[i];
	return NULL;
}

static struct ini_node *start_node(struct reader *r, const char *section)
{
	struct ini_file *f = r->f;
	struct ini_node *n = find_node(f, section);

	if (n && n->line == r->section)
		return n;
	if (n)
		(void)ini_fail(f, r->section,
			       "[%s] was described in line %u already", section,
			       n->line);
	else if (!topology_is_hostname(section))
		(void)ini_fail(f, r->section,
			       "[%s] is not the name of a host: letters, "
			       "digits, '-' and '.'",
			       section);
	else if (f->n_nodes == LIBRARIAN_NODES_MAX)
		(void)ini_fail(f, r->section, "[%s] is one node too many: %d",
			       section, LIBRARIAN_NODES_MAX);
	if (f->error)
		return NULL;
	n = &f->nodes[f->n_nodes++];
	(void)snprintf(n->name, sizeof(n->name), "%s", section);
	n->line = r->section;
	return n;
}

static int on_size(struct reader *r, struct ini_node *n, const char *value)
{
	if (n->n_sizes && !r->continued)
		return ini_fail(r->f, r->f->lines,
				"nvm_size was given in line %u already",
				n->sizes[0].line);
	if (n->n_sizes == POOL_NODE_RANGES_MAX)
		return ini_fail(r->f, r->f->lines,
				"[%s] has more than %u ranges of nvm_size",
				n->name, POOL_NODE_RANGES_MAX);
	return store(r, &n->sizes[n->n_sizes++], "nvm_size", value);
}

static int on_node(struct reader *r, const char *section, const char *name,
		   const char *value)
{
	struct ini_node *n = start_node(r, section);

	if (!n)
		return r->f->error;
	if (!strcasecmp(name, "nvm_size"))
		return on_size(r, n, value);
	if (!strcasecmp(name, "node_id"))
		return store(r, &n->id, "node_id", value);
	return ini_fail(r->f, r->f->lines,
			"[%s] has no key '%s'; known are node_id, nvm_size",
			section, name);
}

/* inih wants 1 for success. */
static int on_value(void *arg, const char *section, const char *name,
		    const char *value)
{
	struct reader *r = arg;
	int error;

	if (r->f->error)
		return 0;
	if (!*section)
		error = ini_fail(r->f, r->f->lines,
				 "'%s' stands before the first [section]",
				 name);
	else if (!strcmp(section, "global"))
		error = on_global(r, name, value);
	else if (!strncmp(section, "enclosure", strlen("enclosure")))
		error = on_enclosure(r, section, name, value);
	else
		error = on_node(r, section, name, value);
	return error == 0;
}

int ini_read(const char *text, struct ini_file *f)
{
	struct reader r = { .f = f, .rest = text };
	int bad;

	bad = ini_parse_stream(next_line, &r, on_value, &r);
	if (bad > 0)
		(void)ini_fail(f, (unsigned)bad,
			       "neither [section] nor key = value");
	if (bad < 0 && !f->error)
		f->error = err_set(f->e, -ENOMEM, "no memory");
	return f->error;
}
