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
 * All else is for others and not looked at. There is one rack: its 80 nodes are
 * all that a node_id can have. A group has any controllers, of one node or of
 * several, and each controller is in one group.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "parse.h"
#include "topology_tm.h"

/* ---- the size of books ---------------------------------------------------- */

static int parse_book_size(struct tm_reader *r, const struct tm_at *service)
{
	struct tm_at at = tm_member(service, "bookSize");
	char text[32];
	uint64_t bytes = 0;

	if (tm_size(r, &at, &bytes) < 0)
		return -EINVAL;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	if (topology_parse_book_size(text, &r->t->book_size) < 0)
		return tm_fail(r, &at, "is not a power of 2 from 2M to 8G");
	return 0;
}

static int parse_services(struct tm_reader *r, const struct tm_at *server)
{
	struct tm_at services = tm_member(server, "services");

	for (size_t i = 0; i < json_array_size(services.v); i++) {
		struct tm_at service = tm_item(&services, i);
		const char *name = json_string_value(
			json_object_get(service.v, "service"));

		if (name && !strcmp(name, "librarian"))
			return parse_book_size(r, &service);
	}
	return 0;
}

static int parse_servers(struct tm_reader *r, const struct tm_at *top)
{
	struct tm_at servers = tm_member(top, "servers");

	if (tm_array(r, &servers, 1000) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(servers.v); i++) {
		struct tm_at server = tm_item(&servers, i);

		if (parse_services(r, &server) < 0)
			return -EINVAL;
	}
	if (!r->t->book_size)
		return tm_fail(r, &servers,
			       "has no service \"librarian\" with a bookSize");
	return 0;
}

/* ---- nodes ---------------------------------------------------------------- */

static int parse_address(struct tm_reader *r, const struct tm_at *module,
			 uint64_t *ret_address)
{
	struct tm_at at = tm_member(module, "physicalAddress");
	const char *s = "";

	if (!at.v)
		return 0;
	if (tm_text(r, &at, &s) < 0)
		return -EINVAL;
	if (topology_parse_address(s, ret_address) < 0 ||
	    *ret_address < r->t->book_size || *ret_address % r->t->book_size ||
	    *ret_address >> 62)
		return tm_fail(r, &at,
			       "'%.64s' is not an address, such as "
			       "0x80000000, that is a multiple of bookSize",
			       s);
	r->n_addresses++;
	return 0;
}

static int parse_module(struct tm_reader *r, const struct tm_at *at,
			struct topology_node *n)
{
	struct topology_module *m = &n->modules[n->n_modules];
	struct tm_at size = tm_member(at, "memorySize");
	struct tm_at coordinate = tm_member(at, "coordinate");
	char unused[TOPOLOGY_NAME_MAX + 1];
	uint32_t number;

	if (tm_coordinate(r, at, "MemoryBoard/#/MediaController/#", unused,
			  &number) < 0 ||
	    tm_optional(r, &coordinate, m->coordinate, sizeof(m->coordinate)) <
		    0 ||
	    tm_size(r, &size, &m->bytes) < 0 ||
	    parse_address(r, at, &m->address) < 0)
		return -EINVAL;
	if (!m->bytes ||
	    m->bytes > LIBRARIAN_BOOK_MAX * LIBRARIAN_BOOKS_PER_IG_MAX)
		return tm_fail(r, &size, "is nothing, or too much");
	for (uint32_t i = 0; i < n->n_modules; i++)
		if (!strcmp(n->modules[i].coordinate, m->coordinate))
			return tm_fail(r, &coordinate, "'%s' is there twice",
				       m->coordinate);
	n->n_modules++;
	r->n_modules++;
	return 0;
}

static int parse_modules(struct tm_reader *r, const struct tm_at *node,
			 struct topology_node *n)
{
	struct tm_at modules = tm_member(node, "mediaControllers");

	/* A node may have no memory. */
	if (!modules.v ||
	    (json_is_array(modules.v) && !json_array_size(modules.v)))
		return 0;
	if (tm_array(r, &modules, TOPOLOGY_MODULES_MAX) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(modules.v); i++) {
		struct tm_at module = tm_item(&modules, i);

		if (parse_module(r, &module, n) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_certificate(struct tm_reader *r, const struct tm_at *soc,
			     struct topology_node *n)
{
	struct tm_at at = tm_member(soc, "tlsPublicCertificate");
	const char *s = "";

	if (!at.v || json_is_null(at.v))
		return 0;
	if (tm_text(r, &at, &s) < 0)
		return -EINVAL;
	if (strlen(s) > TOPOLOGY_CERTIFICATE_MAX)
		return tm_fail(r, &at, "is longer than %u characters",
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

static int parse_soc(struct tm_reader *r, const struct tm_at *node,
		     struct topology_node *n)
{
	struct tm_at soc = tm_member(node, "soc");
	struct tm_at mac = tm_member(&soc, "macAddress");
	struct tm_at hostname = tm_member(&soc, "hostname");
	char unused[TOPOLOGY_NAME_MAX + 1];
	uint32_t number;

	if (!json_is_object(soc.v))
		return tm_fail(r, &soc, "is missing");
	if (tm_coordinate(r, &soc, TOPOLOGY_SOC, unused, &number) < 0 ||
	    tm_optional(r, &mac, n->mac, sizeof(n->mac)) < 0 ||
	    tm_optional(r, &hostname, n->hostname, sizeof(n->hostname)) < 0)
		return -EINVAL;
	if (!is_mac(n->mac))
		return tm_fail(r, &mac, "'%s' is not like 52:54:42:01:01:01",
			       n->mac);
	if (!topology_is_hostname(n->hostname))
		return tm_fail(r, &hostname,
			       "'%s' is not the name of a host: letters, "
			       "digits, '-' and '.'",
			       n->hostname);
	for (struct topology_node *o = r->t->nodes; o < n; o++)
		if (!strcmp(o->hostname, n->hostname))
			return tm_fail(r, &hostname, "'%s' is there twice",
				       n->hostname);
	return parse_certificate(r, &soc, n);
}

static int parse_node(struct tm_reader *r, const struct tm_at *node,
		      uint32_t enclosure)
{
	struct topology *t = r->t;
	struct topology_node *n = &t->nodes[t->n_nodes];
	struct tm_at serial = tm_member(node, "serialNumber");
	char unused[TOPOLOGY_NAME_MAX + 1];
	uint32_t place = 0, id;

	if (tm_coordinate(r, node, "Node/#", unused, &place) < 0)
		return -EINVAL;
	if (place > TOPOLOGY_NODES)
		return tm_fail(r, node, "is node %u of 1 to %u", place,
			       TOPOLOGY_NODES);
	id = (enclosure - 1) * TOPOLOGY_NODES + place;
	for (uint32_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].node_id == id)
			return tm_fail(r, node, "is there twice: 'Node/%u'",
				       place);
	topology_node_defaults(n, id);
	t->n_nodes++; /* there are no more places than room */
	if (tm_optional(r, &serial, n->serial, sizeof(n->serial)) < 0 ||
	    parse_soc(r, node, n) < 0)
		return -EINVAL;
	return parse_modules(r, node, n);
}

static int parse_enclosure(struct tm_reader *r, const struct tm_at *enclosure,
			   bool seen[TOPOLOGY_ENCLOSURES])
{
	struct tm_at nodes = tm_member(enclosure, "nodes");
	char u[TOPOLOGY_NAME_MAX + 1] = "";
	uint32_t number = 0;

	if (tm_coordinate(r, enclosure, "Enclosure/*/EncNum/#", u, &number) < 0)
		return -EINVAL;
	if (number > TOPOLOGY_ENCLOSURES || seen[number - 1])
		return tm_fail(r, enclosure, "is number %u, %s", number,
			       number > TOPOLOGY_ENCLOSURES ?
				       "beyond 8" :
				       "which is there twice");
	seen[number - 1] = true;
	memcpy(r->t->enclosures[number - 1], u, sizeof(u));
	if (tm_array(r, &nodes, TOPOLOGY_NODES) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(nodes.v); i++) {
		struct tm_at node = tm_item(&nodes, i);

		if (parse_node(r, &node, number) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_racks(struct tm_reader *r, const struct tm_at *top)
{
	struct tm_at racks = tm_member(top, "racks"), rack, enclosures;
	bool seen[TOPOLOGY_ENCLOSURES] = { false };
	uint32_t unused;

	if (tm_array(r, &racks, 1000) < 0)
		return -EINVAL;
	rack = tm_item(&racks, 1);
	if (rack.v)
		return tm_fail(r, &rack,
			       "is a second rack; node numbers end with the "
			       "80 nodes of the first");
	rack = tm_item(&racks, 0);
	enclosures = tm_member(&rack, "enclosures");
	if (tm_coordinate(r, &rack, "Rack/*", r->t->rack, &unused) < 0 ||
	    tm_array(r, &enclosures, TOPOLOGY_ENCLOSURES) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(enclosures.v); i++) {
		struct tm_at enclosure = tm_item(&enclosures, i);

		if (parse_enclosure(r, &enclosure, seen) < 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- all of it ------------------------------------------------------------ */

static int parse_domains(struct tm_reader *r, const struct tm_at *top)
{
	struct tm_at domains = tm_member(top, "domains");
	struct tm_at public = tm_member(&domains, "publicData");

	return tm_optional(r, &public, r->t->domain, sizeof(r->t->domain));
}

static int parse_top(struct tm_reader *r, const json_t *json)
{
	struct tm_at top = { .v = json };
	uint32_t unused;
	int error;

	error = tm_coordinate(r, &top, "/MachineVersion/1/Datacenter/*",
			      r->t->datacenter, &unused);
	if (error == 0)
		error = parse_domains(r, &top);
	if (error == 0)
		error = parse_servers(r, &top);
	if (error == 0)
		error = parse_racks(r, &top);
	if (error == 0)
		error = tm_groups(r, &top);
	return error;
}

int topology_parse_json(const char *text, const char *name,
			struct topology *ret_t, struct err *e)
{
	CLEANUP_FREE struct tm_reader *r = calloc(1, sizeof(*r));
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
	*r = (struct tm_reader){ .name = name, .text = text, .e = e, .t = &t };
	error = parse_top(r, json);
	if (error < 0)
		return error;
	topology_lay_out(&t);
	*ret_t = t;
	t.n_nodes = 0; /* handed over */
	return 0;
}
