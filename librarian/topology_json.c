/* SPDX-License-Identifier: MIT */

/* topology_json.c - tmconfig, the description of a machine in JSON
 *
 *	coordinate		/MachineVersion/1/Datacenter/NAME
 *	domains.publicData	the hosts' domain
 *	servers[].services[]	of these, "librarian" has the bookSize
 *	racks[0]		coordinate	Rack/NAME
 *	 .enclosures[]		coordinate	Enclosure/U/EncNum/1..8
 *	  .nodes[]		coordinate	Node/1..10
 *				serialNumber
 *	   .soc			coordinate, hostname, macAddress,
 *				tlsPublicCertificate
 *	   .mediaControllers[]	coordinate	MemoryBoard/1/MediaController/1
 *				memorySize
 *				physicalAddress	(ours: of all or of none)
 *	interleaveGroups[]	groupId, mediaControllers[] (whole coordinates)
 *
 * All else is for others and not looked at. A group has the controllers of one
 * node, and a node's are all in one group: a book's group says its node.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "json_locate.h"
#include "parse.h"
#include "topology.h"

struct reader {
	const char *name;
	const char *text;
	struct err *e;
	struct topology *t;
	/* By index of node and module: named by a group, which one. */
	bool taken[LIBRARIAN_NODES_MAX][TOPOLOGY_MODULES_MAX];
	bool grouped[LIBRARIAN_NODES_MAX];
	bool groups[LZA_IG_MAX + 1];
	/* The same: "physicalAddress" */
	uint64_t addresses[LIBRARIAN_NODES_MAX][TOPOLOGY_MODULES_MAX];
	uint32_t n_addresses;
	uint32_t n_modules;
};

/* A value, and how it was reached. */
struct at {
	struct json_step step;
	const json_t *v; /* NULL = absent */
};

__attribute__((format(printf, 3, 4))) static int
fail_at(struct reader *r, const struct at *at, const char *fmt, ...)
{
	char text[512], path[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	(void)json_describe(&at->step, path, sizeof(path));
	return err_set(r->e, -EINVAL, "'%s' line %u: %s%s%s", r->name,
		       json_locate(r->text, &at->step), path, *path ? " " : "",
		       text);
}

static struct at member(const struct at *o, const char *key)
{
	return (struct at){ { &o->step, key, 0 }, json_object_get(o->v, key) };
}

static struct at item(const struct at *a, size_t i)
{
	return (struct at){ { &a->step, NULL, i }, json_array_get(a->v, i) };
}

/* ---- values --------------------------------------------------------------- */

static int get_array(struct reader *r, const struct at *at, size_t max)
{
	if (!json_is_array(at->v) || !json_array_size(at->v))
		return fail_at(r, at, "is not a list with something in it");
	if (json_array_size(at->v) > max)
		return fail_at(r, at, "has more than %zu elements", max);
	return 0;
}

static int get_text(struct reader *r, const struct at *at, const char **ret_s)
{
	if (!at->v)
		return fail_at(r, at, "is missing");
	if (!json_is_string(at->v) ||
	    strlen(json_string_value(at->v)) != json_string_length(at->v))
		return fail_at(r, at, "is not a text");
	*ret_s = json_string_value(at->v);
	return 0;
}

/* The same into @buf, which keeps what it has if there is none, or "". */
static int get_optional(struct reader *r, const struct at *at, char *buf,
			size_t size)
{
	const char *s = "";

	if (!at->v || json_is_null(at->v))
		return 0;
	if (get_text(r, at, &s) < 0)
		return -EINVAL;
	if (strlen(s) >= size)
		return fail_at(r, at, "is longer than %zu characters",
			       size - 1);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ')
			return fail_at(r, at, "has a control character");
	if (*s)
		(void)snprintf(buf, size, "%s", s);
	return 0;
}

/* Bytes as a number, or as a text with a suffix. */
static int get_size(struct reader *r, const struct at *at, uint64_t *ret_bytes)
{
	const char *s = "";

	if (json_is_integer(at->v) && json_integer_value(at->v) >= 0) {
		*ret_bytes = (uint64_t)json_integer_value(at->v);
		return 0;
	}
	if (get_text(r, at, &s) < 0)
		return -EINVAL;
	if (parse_size(s, ret_bytes) < 0)
		return fail_at(r, at, "'%s' is not a size, such as 1G", s);
	return 0;
}

/* One part of a pattern: '*' is a name, '#' a number, else it is literal. */
static bool match_part(const char *part, size_t len, char pattern, char *name,
		       uint32_t *number)
{
	char text[TOPOLOGY_NAME_MAX + 1];

	if (!len || len > TOPOLOGY_NAME_MAX)
		return false;
	memcpy(text, part, len);
	text[len] = '\0';
	if (pattern == '#')
		return parse_u32(text, 1, 255, number) == 0;
	if (!topology_is_name(text))
		return false;
	memcpy(name, text, len + 1);
	return true;
}

static bool match(const char *s, const char *pattern, char *name,
		  uint32_t *number)
{
	for (; *pattern; pattern++) {
		size_t len;

		if (*pattern != '*' && *pattern != '#') {
			if (*s++ != *pattern)
				return false;
			continue;
		}
		len = strcspn(s, "/");
		if (!match_part(s, len, *pattern, name, number))
			return false;
		s += len;
	}
	return !*s;
}

/* "coordinate" of @o; one '*' and one '#' of the pattern are of interest. */
static int get_coordinate(struct reader *r, const struct at *o,
			  const char *pattern, char *name, uint32_t *number)
{
	struct at at = member(o, "coordinate");
	const char *s = "";

	if (get_text(r, &at, &s) < 0)
		return -EINVAL;
	if (!match(s, pattern, name, number))
		return fail_at(r, &at,
			       "'%.200s' is not of the form '%s' (* is a name, "
			       "# a number)",
			       s, pattern);
	return 0;
}

/* ---- the size of books ---------------------------------------------------- */

static int parse_book_size(struct reader *r, const struct at *service)
{
	struct at at = member(service, "bookSize");
	char text[32];
	uint64_t bytes = 0;

	if (get_size(r, &at, &bytes) < 0)
		return -EINVAL;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	if (topology_parse_book_size(text, &r->t->book_size) < 0)
		return fail_at(r, &at, "is not a power of 2 from 2M to 8G");
	return 0;
}

static int parse_services(struct reader *r, const struct at *server)
{
	struct at services = member(server, "services");

	for (size_t i = 0; i < json_array_size(services.v); i++) {
		struct at service = item(&services, i);
		const char *name = json_string_value(
			json_object_get(service.v, "service"));

		if (name && !strcmp(name, "librarian"))
			return parse_book_size(r, &service);
	}
	return 0;
}

static int parse_servers(struct reader *r, const struct at *top)
{
	struct at servers = member(top, "servers");

	if (get_array(r, &servers, 1000) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(servers.v); i++) {
		struct at server = item(&servers, i);

		if (parse_services(r, &server) < 0)
			return -EINVAL;
	}
	if (!r->t->book_size)
		return fail_at(r, &servers,
			       "has no service \"librarian\" with a bookSize");
	return 0;
}

/* ---- nodes ---------------------------------------------------------------- */

static int parse_address(struct reader *r, const struct at *module,
			 uint64_t *ret_address)
{
	struct at at = member(module, "physicalAddress");
	const char *s = "";

	if (!at.v)
		return 0;
	if (get_text(r, &at, &s) < 0)
		return -EINVAL;
	if (topology_parse_address(s, ret_address) < 0 ||
	    *ret_address < r->t->book_size || *ret_address % r->t->book_size ||
	    *ret_address >> 62)
		return fail_at(r, &at,
			       "'%.64s' is not an address, such as "
			       "0x80000000, that is a multiple of bookSize",
			       s);
	r->n_addresses++;
	return 0;
}

static int parse_module(struct reader *r, const struct at *at,
			struct topology_node *n, uint32_t node)
{
	struct topology_module *m = &n->modules[n->n_modules];
	struct at size = member(at, "memorySize");
	struct at coordinate = member(at, "coordinate");
	char unused[TOPOLOGY_NAME_MAX + 1];
	uint32_t number;

	if (get_coordinate(r, at, "MemoryBoard/#/MediaController/#", unused,
			   &number) < 0 ||
	    get_optional(r, &coordinate, m->coordinate, sizeof(m->coordinate)) <
		    0 ||
	    get_size(r, &size, &m->bytes) < 0 ||
	    parse_address(r, at, &r->addresses[node][n->n_modules]) < 0)
		return -EINVAL;
	if (!m->bytes || m->bytes >> 62)
		return fail_at(r, &size, "is nothing, or too much");
	for (uint32_t i = 0; i < n->n_modules; i++)
		if (!strcmp(n->modules[i].coordinate, m->coordinate))
			return fail_at(r, &coordinate, "'%s' is there twice",
				       m->coordinate);
	n->n_modules++;
	r->n_modules++;
	return 0;
}

static int parse_modules(struct reader *r, const struct at *node,
			 struct topology_node *n, uint32_t index)
{
	struct at modules = member(node, "mediaControllers");

	/* A node may have no memory. */
	if (!modules.v ||
	    (json_is_array(modules.v) && !json_array_size(modules.v)))
		return 0;
	if (get_array(r, &modules, TOPOLOGY_MODULES_MAX) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(modules.v); i++) {
		struct at module = item(&modules, i);

		if (parse_module(r, &module, n, index) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_certificate(struct reader *r, const struct at *soc,
			     struct topology_node *n)
{
	struct at at = member(soc, "tlsPublicCertificate");
	const char *s = "";

	if (!at.v || json_is_null(at.v))
		return 0;
	if (get_text(r, &at, &s) < 0)
		return -EINVAL;
	if (strlen(s) > TOPOLOGY_CERTIFICATE_MAX)
		return fail_at(r, &at, "is longer than %u characters",
			       TOPOLOGY_CERTIFICATE_MAX);
	n->certificate = *s ? strdup(s) : NULL;
	if (*s && !n->certificate)
		return err_set(r->e, -ENOMEM, "no memory");
	return 0;
}

static bool is_mac(const char *s)
{
	for (unsigned i = 0; i < 17; i++, s++)
		if (i % 3 == 2 ? *s != ':' :
				 !*s || !strchr("0123456789abcdefABCDEF", *s))
			return false;
	return !*s;
}

static int parse_soc(struct reader *r, const struct at *node,
		     struct topology_node *n)
{
	struct at soc = member(node, "soc");
	struct at mac = member(&soc, "macAddress");
	struct at hostname = member(&soc, "hostname");
	char unused[TOPOLOGY_NAME_MAX + 1];
	uint32_t number;

	if (!json_is_object(soc.v))
		return fail_at(r, &soc, "is missing");
	if (get_coordinate(r, &soc, TOPOLOGY_SOC, unused, &number) < 0 ||
	    get_optional(r, &mac, n->mac, sizeof(n->mac)) < 0 ||
	    get_optional(r, &hostname, n->hostname, sizeof(n->hostname)) < 0)
		return -EINVAL;
	if (!is_mac(n->mac))
		return fail_at(r, &mac, "'%s' is not like 52:54:42:01:01:01",
			       n->mac);
	if (!topology_is_hostname(n->hostname))
		return fail_at(r, &hostname,
			       "'%s' is not the name of a host: letters, "
			       "digits, '-' and '.'",
			       n->hostname);
	for (struct topology_node *o = r->t->nodes; o < n; o++)
		if (!strcmp(o->hostname, n->hostname))
			return fail_at(r, &hostname, "'%s' is there twice",
				       n->hostname);
	return parse_certificate(r, &soc, n);
}

static int parse_node(struct reader *r, const struct at *node,
		      uint32_t enclosure)
{
	struct topology *t = r->t;
	struct topology_node *n = &t->nodes[t->n_nodes];
	struct at serial = member(node, "serialNumber");
	char unused[TOPOLOGY_NAME_MAX + 1];
	uint32_t place = 0, id;

	if (get_coordinate(r, node, "Node/#", unused, &place) < 0)
		return -EINVAL;
	if (place > TOPOLOGY_NODES)
		return fail_at(r, node, "is node %u of 1 to %u", place,
			       TOPOLOGY_NODES);
	id = (enclosure - 1) * TOPOLOGY_NODES + place;
	for (uint32_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].node_id == id)
			return fail_at(r, node, "is there twice: 'Node/%u'",
				       place);
	topology_node_defaults(n, id);
	t->n_nodes++; /* there are no more places than room */
	if (get_optional(r, &serial, n->serial, sizeof(n->serial)) < 0 ||
	    parse_soc(r, node, n) < 0)
		return -EINVAL;
	return parse_modules(r, node, n, t->n_nodes - 1);
}

static int parse_enclosure(struct reader *r, const struct at *enclosure,
			   bool seen[TOPOLOGY_ENCLOSURES])
{
	struct at nodes = member(enclosure, "nodes");
	char u[TOPOLOGY_NAME_MAX + 1] = "";
	uint32_t number = 0;

	if (get_coordinate(r, enclosure, "Enclosure/*/EncNum/#", u, &number) <
	    0)
		return -EINVAL;
	if (number > TOPOLOGY_ENCLOSURES || seen[number - 1])
		return fail_at(r, enclosure, "is number %u, %s", number,
			       number > TOPOLOGY_ENCLOSURES ?
				       "beyond 8" :
				       "which is there twice");
	seen[number - 1] = true;
	memcpy(r->t->enclosures[number - 1], u, sizeof(u));
	if (get_array(r, &nodes, TOPOLOGY_NODES) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(nodes.v); i++) {
		struct at node = item(&nodes, i);

		if (parse_node(r, &node, number) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_racks(struct reader *r, const struct at *top)
{
	struct at racks = member(top, "racks"), rack, enclosures;
	bool seen[TOPOLOGY_ENCLOSURES] = { false };
	uint32_t unused;

	if (get_array(r, &racks, 1) < 0)
		return -EINVAL;
	rack = item(&racks, 0);
	enclosures = member(&rack, "enclosures");
	if (get_coordinate(r, &rack, "Rack/*", r->t->rack, &unused) < 0 ||
	    get_array(r, &enclosures, TOPOLOGY_ENCLOSURES) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(enclosures.v); i++) {
		struct at enclosure = item(&enclosures, i);

		if (parse_enclosure(r, &enclosure, seen) < 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- interleave groups ---------------------------------------------------- */

/* The node and the controller that a whole coordinate means. */
static bool find_module(const struct topology *t, const char *s,
			uint32_t *ret_node, uint32_t *ret_module)
{
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		const struct topology_node *n = &t->nodes[i];
		char node[TOPOLOGY_COORDINATE_MAX + 1];
		size_t len;

		topology_coordinate(t, n, "", node, sizeof(node));
		len = strlen(node);
		if (strncmp(s, node, len) != 0 || s[len] != '/')
			continue;
		for (uint32_t k = 0; k < n->n_modules; k++)
			if (!strcmp(s + len + 1, n->modules[k].coordinate)) {
				*ret_node = i;
				*ret_module = k;
				return true;
			}
	}
	return false;
}

static int take_module(struct reader *r, const struct at *at, uint32_t ig,
		       int *node_of_group)
{
	uint32_t node = 0, module = 0;
	struct topology_node *n;
	const char *s = "";

	if (get_text(r, at, &s) < 0)
		return -EINVAL;
	if (!find_module(r->t, s, &node, &module))
		return fail_at(r, at, "'%.300s' is in no node", s);
	n = &r->t->nodes[node];
	if (r->taken[node][module])
		return fail_at(r, at, "'%.300s' is in a group already", s);
	if ((*node_of_group >= 0 && *node_of_group != (int)node) ||
	    (r->grouped[node] && n->ig != ig))
		return fail_at(r, at,
			       "'%.200s': a group has the controllers of one "
			       "node, and all of them",
			       s);
	r->taken[node][module] = true;
	r->grouped[node] = true;
	n->ig = ig;
	*node_of_group = (int)node;
	return 0;
}

static int parse_group(struct reader *r, const struct at *group)
{
	struct at id = member(group, "groupId");
	struct at modules = member(group, "mediaControllers");
	int node = -1;
	uint32_t ig;

	if (!json_is_object(group->v) ||
	    json_get_u32(group->v, "groupId", 0, LZA_IG_MAX, &ig) < 0)
		return fail_at(r, &id, "is not a number from 0 to 127");
	if (r->groups[ig])
		return fail_at(r, &id, "%u is there twice", ig);
	r->groups[ig] = true;
	if (get_array(r, &modules, TOPOLOGY_MODULES_MAX) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(modules.v); i++) {
		struct at at = item(&modules, i);

		if (take_module(r, &at, ig, &node) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_groups(struct reader *r, const struct at *top)
{
	struct at groups = member(top, "interleaveGroups");
	const struct topology *t = r->t;

	if (get_array(r, &groups, LZA_IG_MAX + 1) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(groups.v); i++) {
		struct at group = item(&groups, i);

		if (parse_group(r, &group) < 0)
			return -EINVAL;
	}
	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++) {
			char c[TOPOLOGY_COORDINATE_MAX + 1];

			if (!r->taken[i][k])
				return fail_at(
					r, &groups, "has no group with '%s'",
					topology_coordinate(t, &t->nodes[i],
							    t->nodes[i]
								    .modules[k]
								    .coordinate,
							    c, sizeof(c)));
		}
	return 0;
}

/* ---- books ---------------------------------------------------------------- */

static int make_flat(struct reader *r, const struct at *top,
		     struct topology_node *n)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n->n_modules; i++)
		bytes += n->modules[i].bytes % (1ULL << 60);
	if (bytes % r->t->book_size ||
	    bytes / r->t->book_size > LIBRARIAN_BOOKS_PER_IG_MAX)
		return fail_at(r, top,
			       "the memorySize of group %u is not 1 to 8192 "
			       "books in all",
			       n->ig);
	n->books = (uint32_t)(bytes / r->t->book_size);
	n->n_ranges = 1;
	n->ranges[0] = (struct topology_range){ lza_make(n->ig, 0), n->books };
	return 0;
}

static int make_physical(struct reader *r, const struct at *top,
			 struct topology_node *n, uint32_t index)
{
	for (uint32_t i = 0; i < n->n_modules; i++) {
		uint64_t books = n->modules[i].bytes / r->t->book_size;
		struct topology_range range = { r->addresses[index][i],
						(uint32_t)books };
		uint32_t node = 0, other;

		if (n->modules[i].bytes % r->t->book_size ||
		    books > LIBRARIAN_BOOKS_PER_IG_MAX - n->books)
			return fail_at(r, top,
				       "the memorySize of '%s' is not 1 to "
				       "8192 books",
				       n->hostname);
		if (topology_find_overlap(r->t, &range, &node, &other))
			return fail_at(r, top,
				       "memory of '%s' overlaps that of '%s'",
				       n->hostname, r->t->nodes[node].hostname);
		n->books += range.books;
		n->ranges[n->n_ranges++] = range;
	}
	return 0;
}

static int make_books(struct reader *r, const struct at *top)
{
	struct topology *t = r->t;
	int error = 0;

	if (r->n_addresses && r->n_addresses != r->n_modules)
		return fail_at(r, top,
			       "some media controllers have a physicalAddress "
			       "and some have none");
	t->mode = r->n_addresses ? BII_PHYSICAL : BII_LZA;
	for (uint32_t i = 0; i < t->n_nodes && error == 0; i++) {
		if (!t->nodes[i].n_modules)
			continue;
		error = t->mode == BII_PHYSICAL ?
				make_physical(r, top, &t->nodes[i], i) :
				make_flat(r, top, &t->nodes[i]);
	}
	return error;
}

/* ---- all of it ------------------------------------------------------------ */

static int parse_domains(struct reader *r, const struct at *top)
{
	struct at domains = member(top, "domains");
	struct at public = member(&domains, "publicData");

	return get_optional(r, &public, r->t->domain, sizeof(r->t->domain));
}

static int parse_top(struct reader *r, const json_t *json)
{
	struct at top = { .v = json };
	uint32_t unused;
	int error;

	error = get_coordinate(r, &top, "/MachineVersion/1/Datacenter/*",
			       r->t->datacenter, &unused);
	if (error == 0)
		error = parse_domains(r, &top);
	if (error == 0)
		error = parse_servers(r, &top);
	if (error == 0)
		error = parse_racks(r, &top);
	if (error == 0)
		error = parse_groups(r, &top);
	return error < 0 ? error : make_books(r, &top);
}

int topology_parse_json(const char *text, const char *name,
			struct topology *ret_t, struct err *e)
{
	CLEANUP_FREE struct reader *r = calloc(1, sizeof(*r));
	CLEANUP_TOPOLOGY struct topology t;
	CLEANUP_JSON json_t *json = NULL;
	json_error_t bad;
	int error;

	topology_defaults(&t);
	if (!r)
		return err_set(e, -ENOMEM, "no memory");
	json = json_loads(text, JSON_REJECT_DUPLICATES, &bad);
	if (!json || !json_is_object(json)) {
		for (char *p = bad.text; !json && *p; p++)
			if (*p == '\n')
				*p = ' ';
		return err_set(e, -EINVAL, "'%s' line %d: %s", name,
			       json ? 1 : bad.line,
			       json ? "not an object" : bad.text);
	}
	*r = (struct reader){ .name = name, .text = text, .e = e, .t = &t };
	error = parse_top(r, json);
	if (error < 0)
		return error;
	topology_sort(&t);
	*ret_t = t;
	t.n_nodes = 0; /* handed over */
	return 0;
}
