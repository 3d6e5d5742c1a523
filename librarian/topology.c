/* SPDX-License-Identifier: MIT */

/* topology.c - Nodes and their memory, as a file of the user describes them
 *
 * Two passes: the first stores the text of each known key and its line, the
 * second makes numbers of them in the order in which they depend on each other
 * ("128B" needs the size of a book).
 */

#include "topology.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"

#define VALUE_MAX 64

enum key {
	KEY_NODE_COUNT,
	KEY_BOOK_SIZE,
	KEY_NVM_SIZE,
	KEY_DATACENTER,
	KEY_RACK,
	KEY_DOMAIN,
	KEY_COUNT,
};

static const struct {
	const char *name;
	bool required;
} keys[] = {
	[KEY_NODE_COUNT] = { "node_count", true },
	[KEY_BOOK_SIZE] = { "book_size_bytes", true },
	[KEY_NVM_SIZE] = { "nvm_size_per_node", true },
	/* for the machine's description in JSON */
	[KEY_DATACENTER] = { "datacenter", false },
	[KEY_RACK] = { "rack", false },
	[KEY_DOMAIN] = { "domain", false },
};
_Static_assert(ARRAY_SIZE(keys) == KEY_COUNT, "an entry each");

struct parser {
	const char *name;
	const char *rest; /* of the text */
	unsigned line;
	int error;
	struct err *e;
	struct {
		char text[VALUE_MAX];
		unsigned line; /* 0 = not given */
	} values[KEY_COUNT];
};

/* ---- first pass: lines ---------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static int
fail_at(struct parser *p, unsigned line, int error, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The first error counts, not what follows from it. */
	if (!p->error)
		p->error = err_set(p->e, error, "'%s' line %u: %s", p->name,
				   line, text);
	return p->error;
}

/* fgets() from the text; knows the line, which inih does not tell. */
static char *next_line(char *buf, int size, void *arg)
{
	struct parser *p = arg;
	size_t len = strcspn(p->rest, "\n");

	if (!*p->rest || p->error)
		return NULL;
	p->line++;
	if (len + 2 > (size_t)size) {
		(void)fail_at(p, p->line, -EINVAL, "longer than %d characters",
			      size - 2);
		return NULL;
	}
	memcpy(buf, p->rest, len);
	buf[len] = '\n';
	buf[len + 1] = '\0';
	p->rest += len + (p->rest[len] == '\n');
	return buf;
}

static int find_key(const char *name)
{
	for (int k = 0; k < KEY_COUNT; k++)
		if (!strcasecmp(keys[k].name, name))
			return k;
	return -1;
}

static int on_global(struct parser *p, const char *name, const char *value)
{
	int k = find_key(name);

	if (k < 0)
		return fail_at(p, p->line, -EINVAL,
			       "[global] has no key '%s'; known are "
			       "node_count, book_size_bytes, "
			       "nvm_size_per_node, datacenter, rack, domain",
			       name);
	if (p->values[k].line)
		return fail_at(p, p->line, -EINVAL,
			       "%s was given in line %u already", name,
			       p->values[k].line);
	if (strlen(value) >= VALUE_MAX)
		return fail_at(p, p->line, -EINVAL, "%s is too long", name);
	(void)snprintf(p->values[k].text, VALUE_MAX, "%s", value);
	p->values[k].line = p->line;
	return 0;
}

static int on_enclosure(struct parser *p, const char *section)
{
	return fail_at(p, p->line, -ENOTSUP,
		       "section [%s]: enclosures are not supported; describe "
		       "the nodes in [global] by node_count and "
		       "nvm_size_per_node",
		       section);
}

static int on_node(struct parser *p, const char *section, const char *value)
{
	if (strchr(value, '@'))
		return fail_at(p, p->line, -ENOTSUP,
			       "section [%s]: physical addresses are not "
			       "supported",
			       section);
	return fail_at(p, p->line, -ENOTSUP,
		       "section [%s]: one section for each node is not "
		       "supported; describe all nodes in [global] by "
		       "node_count and nvm_size_per_node",
		       section);
}

/* inih wants 1 for success. */
static int on_value(void *arg, const char *section, const char *name,
		    const char *value)
{
	struct parser *p = arg;
	int r;

	if (p->error)
		return 0;
	if (!*section)
		r = fail_at(p, p->line, -EINVAL,
			    "'%s' stands before the first [section]", name);
	else if (!strcmp(section, "global"))
		r = on_global(p, name, value);
	else if (!strncmp(section, "enclosure", strlen("enclosure")))
		r = on_enclosure(p, section);
	else
		r = on_node(p, section, value);
	return r == 0;
}

/* ---- second pass: numbers ------------------------------------------------- */

static int fail_key(struct parser *p, enum key k, const char *why)
{
	return fail_at(p, p->values[k].line, -EINVAL, "%s '%s' %s",
		       keys[k].name, p->values[k].text, why);
}

static int check_required(struct parser *p)
{
	for (int k = 0; k < KEY_COUNT; k++)
		if (keys[k].required && !p->values[k].line)
			return fail_at(p, p->line, -EINVAL,
				       "the file ends, and [global] has no %s",
				       keys[k].name);
	return 0;
}

static int parse_node_count(struct parser *p, struct topology *t)
{
	if (parse_u32(p->values[KEY_NODE_COUNT].text, 1, LIBRARIAN_NODES_MAX,
		      &t->n_nodes) < 0)
		return fail_key(p, KEY_NODE_COUNT,
				"is not a number from 1 to 80");
	return 0;
}

static int parse_book_size(struct parser *p, struct topology *t)
{
	if (parse_size(p->values[KEY_BOOK_SIZE].text, &t->book_size) < 0)
		return fail_key(p, KEY_BOOK_SIZE, "is not a size, such as 8M");
	if (t->book_size < LIBRARIAN_BOOK_MIN ||
	    t->book_size > LIBRARIAN_BOOK_MAX || !is_power_of_2(t->book_size))
		return fail_key(p, KEY_BOOK_SIZE,
				"is not a power of 2 from 2M to 8G");
	return 0;
}

/* Bytes, or books with the suffix B. */
static int parse_books(struct parser *p, const struct topology *t,
		       uint64_t *ret_books)
{
	const char *text = p->values[KEY_NVM_SIZE].text;
	size_t len = strlen(text);
	char number[VALUE_MAX];
	uint64_t bytes;

	memcpy(number, text, len + 1);
	if (len && toupper((unsigned char)text[len - 1]) == 'B') {
		number[len - 1] = '\0';
		if (parse_u64(number, 0, UINT64_MAX, ret_books) < 0)
			return fail_key(p, KEY_NVM_SIZE,
					"is not a number of books");
		return 0;
	}
	if (parse_size(text, &bytes) < 0)
		return fail_key(p, KEY_NVM_SIZE,
				"is not a size, such as 1G or 128B");
	if (bytes % t->book_size)
		return fail_key(p, KEY_NVM_SIZE,
				"is not a multiple of book_size_bytes");
	*ret_books = bytes / t->book_size;
	return 0;
}

static int parse_nodes(struct parser *p, struct topology *t)
{
	uint64_t books = 0;
	int r;

	r = parse_books(p, t, &books);
	if (r < 0)
		return r;
	if (books < 1 || books > LIBRARIAN_BOOKS_PER_IG_MAX)
		return fail_key(p, KEY_NVM_SIZE,
				"is not 1 to 8192 books; change it or "
				"book_size_bytes");
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		struct topology_node *n = &t->nodes[i];

		n->node_id = i + 1;
		n->ig = i;
		n->books = (uint32_t)books;
		(void)snprintf(n->hostname, sizeof(n->hostname), "node%02u",
			       i + 1);
	}
	return 0;
}

int topology_parse_ini(const char *text, const char *name,
		       struct topology *ret_t, struct err *e)
{
	struct parser p = { .name = name, .rest = text, .e = e };
	struct topology t = { 0 };
	int bad;

	bad = ini_parse_stream(next_line, &p, on_value, &p);
	if (bad > 0)
		(void)fail_at(&p, (unsigned)bad, -EINVAL,
			      "neither [section] nor key = value");
	if (bad < 0)
		(void)fail_at(&p, p.line, -ENOMEM, "no memory");
	if (!p.error)
		(void)check_required(&p);
	if (!p.error)
		(void)parse_node_count(&p, &t);
	if (!p.error)
		(void)parse_book_size(&p, &t);
	if (!p.error)
		(void)parse_nodes(&p, &t);
	if (p.error)
		return p.error;
	*ret_t = t;
	return 0;
}
