/* SPDX-License-Identifier: MIT */

/* topology_ini.c - The three forms of tm-librarian's INI
 *
 * short:	[global] has nvm_size_per_node; sections of nodes and enclosures
 *		are not looked at. FAME's form: any number of books.
 * long:	a section for each node, with one size.
 * physical:	the same, with "SIZE @ 0xADDRESS" for each range of its memory,
 *		and "0 @ 0x0" for a node that has none.
 *
 * Sizes have a suffix K, M, G or T in either case; B counts books. In the long
 * form a node's memory is shared out among four media controllers, so it is a
 * multiple of four books.
 *
 * The texts come from topology_lines.c. Numbers are made of them in the order
 * in which they depend on each other ("128B" needs the size of a book).
 */

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "topology.h"
#include "topology_lines.h"

/* ---- [global] ------------------------------------------------------------- */

static int fail_key(struct ini_file *f, enum ini_key k, const char *why)
{
	return ini_fail(f, f->global[k].line, "%s '%s' %s", ini_key_name(k),
			f->global[k].text, why);
}

static int parse_node_count(struct ini_file *f, uint32_t *ret_n)
{
	if (parse_u32(f->global[INI_NODE_COUNT].text, 1, LIBRARIAN_NODES_MAX,
		      ret_n) < 0)
		return fail_key(f, INI_NODE_COUNT,
				"is not a number from 1 to 80");
	return 0;
}

static int parse_book_size(struct ini_file *f, struct topology *t)
{
	int r = topology_parse_book_size(f->global[INI_BOOK_SIZE].text,
					 &t->book_size);

	if (r == -EINVAL)
		return fail_key(f, INI_BOOK_SIZE, "is not a size, such as 8M");
	if (r < 0)
		return fail_key(f, INI_BOOK_SIZE,
				"is not a power of 2 from 2M to 8G");
	return 0;
}

/* A name that becomes part of a coordinate. */
static int parse_name(struct ini_file *f, enum ini_key k, char *buf,
		      size_t size)
{
	const char *text = f->global[k].text;

	if (!f->global[k].line)
		return 0;
	if (!topology_is_name(text))
		return fail_key(f, k,
				"is not a name without spaces, slashes and "
				"quotes");
	(void)snprintf(buf, size, "%s", text);
	return 0;
}

static int parse_global(struct ini_file *f, struct topology *t)
{
	static const enum ini_key required[] = { INI_NODE_COUNT,
						 INI_BOOK_SIZE };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (!f->global[required[i]].line)
			return ini_fail(f, f->lines,
					"the file ends, and [global] has no %s",
					ini_key_name(required[i]));
	r = parse_node_count(f, &t->n_nodes);
	if (r == 0)
		r = parse_book_size(f, t);
	if (r == 0)
		r = parse_name(f, INI_DATACENTER, t->datacenter,
			       sizeof(t->datacenter));
	if (r == 0)
		r = parse_name(f, INI_RACK, t->rack, sizeof(t->rack));
	if (r == 0)
		r = parse_name(f, INI_DOMAIN, t->domain, sizeof(t->domain));
	return r;
}

/* ---- sizes ---------------------------------------------------------------- */

enum size_result {
	SIZE_OK,
	SIZE_BAD,
	SIZE_BAD_BOOKS,
	SIZE_UNEVEN
};

/* Bytes, or books with the suffix B. */
static enum size_result parse_books(const char *text, uint64_t book_size,
				    uint64_t *ret_books)
{
	size_t len = strlen(text);
	char number[INI_VALUE_MAX];
	uint64_t bytes;

	memcpy(number, text, len + 1);
	if (len && toupper((unsigned char)text[len - 1]) == 'B') {
		number[len - 1] = '\0';
		return parse_u64(number, 0, UINT64_MAX, ret_books) < 0 ?
			       SIZE_BAD_BOOKS :
			       SIZE_OK;
	}
	if (parse_size(text, &bytes) < 0)
		return SIZE_BAD;
	*ret_books = bytes / book_size;
	return bytes % book_size ? SIZE_UNEVEN : SIZE_OK;
}

static const char *const size_messages[] = {
	[SIZE_BAD] = "is not a size, such as 1G or 128B",
	[SIZE_BAD_BOOKS] = "is not a number of books",
	[SIZE_UNEVEN] = "is not a multiple of book_size_bytes",
};

#define TOO_MANY "is not 1 to 8192 books; change it or book_size_bytes"

/* A node whose books have logical addresses: four media controllers have a
 * quarter of each.
 */
static void set_flat(const struct topology *t, struct topology_node *n,
		     uint64_t books)
{
	for (unsigned i = 0; i < 4; i++)
		(void)topology_add_module(n, books * (t->book_size / 4));
}

/* ---- short form ----------------------------------------------------------- */

static int parse_short(struct ini_file *f, struct topology *t)
{
	uint64_t books = 0;
	enum size_result s;

	s = parse_books(f->global[INI_NVM_SIZE].text, t->book_size, &books);
	if (s != SIZE_OK)
		return fail_key(f, INI_NVM_SIZE, size_messages[s]);
	if (books < 1 || books > LIBRARIAN_BOOKS_PER_IG_MAX)
		return fail_key(f, INI_NVM_SIZE, TOO_MANY);
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		topology_node_defaults(&t->nodes[i], i + 1);
		set_flat(t, &t->nodes[i], books);
	}
	return 0;
}

/* ---- long and physical form ----------------------------------------------- */

static int fail_size(struct ini_file *f, const struct ini_node *in,
		     const struct ini_value *v, const char *why)
{
	return ini_fail(f, v->line, "[%s] nvm_size '%s' %s", in->name, v->text,
			why);
}

static int parse_id(struct ini_file *f, const struct ini_node *in,
		    struct topology_node *n)
{
	const char *name = in->name;
	uint32_t id, named;

	if (parse_u32(in->id.text, 1, LIBRARIAN_NODES_MAX, &id) < 0)
		return ini_fail(f, in->id.line,
				"[%s] node_id '%s' is not a number from 1 to "
				"80",
				name, in->id.text);
	for (const struct ini_node *o = f->nodes; o < in; o++) {
		uint32_t other;

		if (parse_u32(o->id.text, 1, LIBRARIAN_NODES_MAX, &other) ==
			    0 &&
		    other == id)
			return ini_fail(f, in->id.line,
					"[%s] node_id %u is that of [%s] in "
					"line %u",
					name, id, o->name, o->id.line);
	}
	if (!strncasecmp(name, "node", 4) &&
	    parse_u32(name + 4, 0, UINT32_MAX, &named) == 0 && named != id)
		return ini_fail(f, in->id.line,
				"[%s] node_id '%s' is another node's; name the "
				"section after it",
				name, in->id.text);
	topology_node_defaults(n, id);
	(void)snprintf(n->hostname, sizeof(n->hostname), "%s", name);
	return 0;
}

static int parse_flat(struct ini_file *f, const struct ini_node *in,
		      struct topology *t, struct topology_node *n)
{
	const struct ini_value *v = &in->sizes[0];
	uint64_t books = 0;
	enum size_result s;

	if (in->n_sizes > 1)
		return fail_size(f, in, &in->sizes[1],
				 "is a second range; only physical addresses "
				 "can have more than one");
	s = parse_books(v->text, t->book_size, &books);
	if (s != SIZE_OK)
		return fail_size(f, in, v, size_messages[s]);
	if (books < 1 || books > LIBRARIAN_BOOKS_PER_IG_MAX)
		return fail_size(f, in, v, TOO_MANY);
	if (books % 4)
		return fail_size(f, in, v,
				 "is not a multiple of four books, one for "
				 "each media controller");
	set_flat(t, n, books);
	return 0;
}

static void trim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
}

/* "SIZE @ 0xADDRESS" */
static int parse_range(struct ini_file *f, const struct ini_node *in,
		       const struct ini_value *v, const struct topology *t,
		       uint64_t *ret_books, uint64_t *ret_address)
{
	char text[INI_VALUE_MAX];
	uint64_t books = 0, address = 0;
	enum size_result s;
	char *at;

	memcpy(text, v->text, sizeof(text));
	at = strchr(text, '@');
	*at++ = '\0';
	trim(text);
	s = parse_books(text, t->book_size, &books);
	if (s != SIZE_OK)
		return fail_size(f, in, v, size_messages[s]);
	if (topology_parse_address(at + strspn(at, " \t"), &address) < 0)
		return fail_size(f, in, v,
				 "has no address, such as 0x80000000, behind "
				 "the @");
	if (!books && (address || in->n_sizes > 1))
		return fail_size(f, in, v,
				 "is empty; '0 @ 0x0' alone says that the node "
				 "has no memory");
	if (books > LIBRARIAN_BOOKS_PER_IG_MAX)
		return fail_size(f, in, v, TOO_MANY);
	if (books && (address < t->book_size || address % t->book_size))
		return fail_size(f, in, v,
				 "has an address that is no multiple of "
				 "book_size_bytes, at least one");
	if (books > ((uint64_t)INT64_MAX - (books ? address : 0)) /
			    t->book_size ||
	    address > (uint64_t)INT64_MAX)
		return fail_size(f, in, v, "ends behind 2^63");
	*ret_books = books;
	*ret_address = address;
	return 0;
}

static int parse_physical(struct ini_file *f, const struct ini_node *in,
			  struct topology *t, struct topology_node *n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < in->n_sizes; i++) {
		const struct ini_value *v = &in->sizes[i];
		uint64_t books = 0, address = 0;
		uint32_t node = 0, other = 0;
		struct topology_module *m;

		if (parse_range(f, in, v, t, &books, &address) < 0)
			return f->error;
		if (!books)
			continue;
		m = topology_add_module(n, books * t->book_size);
		m->address = address;
		if (topology_find_overlap(t, m, &node, &other))
			return ini_fail(f, v->line,
					"[%s] nvm_size '%s' overlaps that of "
					"line %u",
					in->name, v->text,
					f->nodes[node].sizes[other].line);
		sum += books;
		if (sum > LIBRARIAN_BOOKS_PER_IG_MAX)
			return fail_size(f, in, v,
					 "makes more than 8192 books with the "
					 "ranges before");
	}
	return 0;
}

/* Whether addresses are given: all or none of them. */
static int find_mode(struct ini_file *f, struct topology *t)
{
	bool first = strchr(f->nodes[0].sizes[0].text, '@');

	t->mode = first ? BII_PHYSICAL : BII_LZA;
	for (uint32_t i = 0; i < f->n_nodes; i++)
		for (uint32_t k = 0; k < f->nodes[i].n_sizes; k++) {
			const struct ini_value *v = &f->nodes[i].sizes[k];

			if (first != !!strchr(v->text, '@'))
				return fail_size(f, &f->nodes[i], v,
						 "mixes sizes with and without "
						 "an address in one file");
		}
	return 0;
}

static int check_sections(struct ini_file *f, const struct topology *t)
{
	for (uint32_t i = 0; i < f->n_nodes; i++) {
		const struct ini_node *in = &f->nodes[i];

		if (!in->id.line || !in->n_sizes)
			return ini_fail(f, in->line, "[%s] has no %s", in->name,
					in->id.line ? "nvm_size" : "node_id");
	}
	if (!f->n_nodes)
		return ini_fail(f, f->lines,
				"the file ends, and [global] has no "
				"nvm_size_per_node, nor is there a section for "
				"each node");
	if (f->n_nodes != t->n_nodes)
		return ini_fail(f, f->global[INI_NODE_COUNT].line,
				"node_count '%s' is not the number of sections "
				"of nodes, %u",
				f->global[INI_NODE_COUNT].text, f->n_nodes);
	return 0;
}

static int parse_enclosures(struct ini_file *f, struct topology *t)
{
	for (uint32_t i = 0; i < TOPOLOGY_ENCLOSURES; i++) {
		const struct ini_value *u = &f->enclosures[i].u;

		if (!u->line)
			continue;
		if (!topology_is_name(u->text))
			return ini_fail(f, u->line,
					"[enclosure%u] u '%s' is not a name "
					"without spaces, slashes and quotes",
					i + 1, u->text);
		memcpy(t->enclosures[i], u->text, sizeof(t->enclosures[i]));
	}
	return 0;
}

static int parse_long(struct ini_file *f, struct topology *t)
{
	int (*parse)(struct ini_file * f, const struct ini_node *in,
		     struct topology *t, struct topology_node *n);
	uint32_t modules = 0;
	int r;

	r = check_sections(f, t);
	if (r == 0)
		r = parse_enclosures(f, t);
	if (r == 0)
		r = find_mode(f, t);
	parse = t->mode == BII_PHYSICAL ? parse_physical : parse_flat;
	for (uint32_t i = 0; r == 0 && i < f->n_nodes; i++) {
		r = parse_id(f, &f->nodes[i], &t->nodes[i]);
		if (r == 0)
			r = parse(f, &f->nodes[i], t, &t->nodes[i]);
		modules += t->nodes[i].n_modules;
	}
	if (r == 0 && !modules)
		r = ini_fail(f, f->lines, "no node has any memory");
	return r;
}

int topology_parse_ini(const char *text, const char *name,
		       struct topology *ret_t, struct err *e)
{
	CLEANUP_FREE struct ini_file *f = calloc(1, sizeof(*f));
	struct topology t;
	int r;

	if (!f)
		return err_set(e, -ENOMEM, "no memory");
	f->name = name;
	f->e = e;
	topology_defaults(&t);
	r = ini_read(text, f);
	if (r == 0)
		r = parse_global(f, &t);
	if (r == 0)
		r = f->global[INI_NVM_SIZE].line ? parse_short(f, &t) :
						   parse_long(f, &t);
	if (r < 0)
		return r;
	topology_lay_out(&t);
	*ret_t = t;
	return 0;
}
