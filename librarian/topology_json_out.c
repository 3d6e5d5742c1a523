/* SPDX-License-Identifier: MIT */

/* topology_json_out.c - A machine as tmconfig
 *
 * Addresses are those of FAME's network: torms is the host as the nodes know
 * it, 10.254.E.200 + n is the management processor of node n in enclosure E,
 * and 10.254.E.100 + z that of its board z. A machine with physical addresses
 * is a real one that has neither.
 */

#include <jansson.h>
#include <stdio.h>

#include "cleanup.h"
#include "json.h"
#include "parse.h"
#include "topology.h"

#define BOARDS 2U /* in an enclosure */

/* A text with numbers in it; NULL = no memory. */
__attribute__((format(printf, 1, 2))) static json_t *text(const char *fmt, ...)
{
	char buf[TOPOLOGY_COORDINATE_MAX + 1];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return json_string(buf);
}

static json_t *size_text(uint64_t bytes)
{
	char buf[FORMAT_SIZE_MAX];

	return json_string(format_size(bytes, buf, sizeof(buf)));
}

/* ---- servers -------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *uri;
} services[] = {
	{ "librarian", "http://torms:31179/lmp" },
	{ "osManifesting", "http://torms:31178" },
	{ "assemblyAgent", "http://torms:9097/dma" },
	{ "monitoring", "http://torms:5050/rest" },
};

static json_t *service_to_json(const struct topology *t, size_t i)
{
	CLEANUP_JSON json_t *o = json_pack("{s:s, s:s, s:s}", "service",
					   services[i].name, "restUri",
					   services[i].uri,
					   "tlsPublicCertificate", "");

	if (!o)
		return NULL;
	if (i == 0 &&
	    (json_object_set_new(o, "port", json_integer(LIBRARIAN_PORT)) < 0 ||
	     json_object_set_new(o, "bookSize", size_text(t->book_size)) < 0))
		return NULL;
	return take_ptr(&o);
}

static json_t *servers_to_json(const struct topology *t)
{
	CLEANUP_JSON json_t *list = json_array();

	for (size_t i = 0; list && i < ARRAY_SIZE(services); i++)
		if (json_array_append_new(list, service_to_json(t, i)) < 0)
			return NULL;
	if (!list)
		return NULL;
	return json_pack("[{s:o, s:s, s:O}]", "coordinate",
			 text("Rack/%s/MgmtServer/1", t->rack), "ipv4Address",
			 "torms", "services", list);
}

/* ---- racks ---------------------------------------------------------------- */

static json_t *modules_to_json(const struct topology *t,
			       const struct topology_node *n)
{
	CLEANUP_JSON json_t *list = json_array();

	for (uint32_t i = 0; list && i < n->n_modules; i++) {
		const struct topology_module *m = &n->modules[i];
		json_t *o = json_pack("{s:s, s:o}", "coordinate", m->coordinate,
				      "memorySize", size_text(m->bytes));

		if (json_array_append_new(list, o) < 0)
			return NULL;
		if (t->mode == BII_PHYSICAL &&
		    json_object_set_new(
			    o, "physicalAddress",
			    text("0x%llx", (unsigned long long)m->address)) < 0)
			return NULL;
	}
	return take_ptr(&list);
}

static json_t *management_to_json(const struct topology_node *n)
{
	uint32_t host = 200 + topology_place(n->node_id);
	uint32_t net = topology_enclosure(n->node_id);

	return json_pack("{s:s, s:o, s:o, s:s}", "coordinate",
			 "SocBoard/1/MpDaughterCard/1/NodeMp/1", "ipv4Address",
			 text("10.254.%u.%u", net, host), "mfwApiUri",
			 text("http://10.254.%u.%u:8081/redfish/v1", net, host),
			 "msCollector", "nodemp");
}

static json_t *node_to_json(const struct topology *t,
			    const struct topology_node *n)
{
	CLEANUP_JSON json_t *o = NULL;

	o = json_pack("{s:o, s:s, s:{s:s, s:s, s:s, s:s}, s:o}", "coordinate",
		      text("Node/%u", topology_place(n->node_id)),
		      "serialNumber", n->serial, "soc", "coordinate",
		      TOPOLOGY_SOC, "hostname", n->hostname,
		      "tlsPublicCertificate",
		      n->certificate ? n->certificate : "", "macAddress",
		      n->mac, "mediaControllers", modules_to_json(t, n));
	if (!o || (t->mode == BII_LZA &&
		   json_object_set_new(o, "nodeMp", management_to_json(n)) < 0))
		return NULL;
	return take_ptr(&o);
}

static json_t *boards_to_json(uint32_t enclosure)
{
	CLEANUP_JSON json_t *list = json_array();

	for (uint32_t z = 1; list && z <= BOARDS; z++) {
		json_t *o = json_pack(
			"{s:o, s:{s:s, s:o, s:o, s:s}}", "coordinate",
			text("IZone/1/IZoneBoard/%u", z), "izBoardMp",
			"coordinate", "IZoneBoardMp/1", "ipv4Address",
			text("10.254.%u.%u", enclosure, 100 + z), "mfwApiUri",
			text("http://10.254.%u.%u:8081/redfish/v1", enclosure,
			     100 + z),
			"msCollector", "switchmp");

		if (json_array_append_new(list, o) < 0)
			return NULL;
	}
	return take_ptr(&list);
}

/* NULL = no memory; an empty list if no node is in it. */
static json_t *nodes_to_json(const struct topology *t, uint32_t enclosure)
{
	CLEANUP_JSON json_t *list = json_array();

	for (uint32_t i = 0; list && i < t->n_nodes; i++)
		if (topology_enclosure(t->nodes[i].node_id) == enclosure &&
		    json_array_append_new(list, node_to_json(t, &t->nodes[i])) <
			    0)
			return NULL;
	return take_ptr(&list);
}

static int append_enclosure(const struct topology *t, uint32_t enclosure,
			    json_t *list)
{
	json_t *nodes = nodes_to_json(t, enclosure), *o;

	if (nodes && !json_array_size(nodes)) {
		json_decref(nodes);
		return 0;
	}
	o = json_pack("{s:o, s:o}", "coordinate",
		      text("Enclosure/%s/EncNum/%u",
			   t->enclosures[enclosure - 1], enclosure),
		      "nodes", nodes);
	if (json_array_append_new(list, o) < 0)
		return -1;
	return t->mode == BII_LZA ?
		       json_object_set_new(o, "iZoneBoards",
					   boards_to_json(enclosure)) :
		       0;
}

static json_t *racks_to_json(const struct topology *t)
{
	CLEANUP_JSON json_t *list = json_array();

	for (uint32_t e = 1; list && e <= TOPOLOGY_ENCLOSURES; e++)
		if (append_enclosure(t, e, list) < 0)
			return NULL;
	if (!list)
		return NULL;
	return json_pack("[{s:o, s:O}]", "coordinate", text("Rack/%s", t->rack),
			 "enclosures", list);
}

/* ---- interleave groups ---------------------------------------------------- */

/* NULL = no memory; an empty list: there is no such group. */
static json_t *group_modules(const struct topology *t, uint32_t ig)
{
	CLEANUP_JSON json_t *list = json_array();
	char c[TOPOLOGY_COORDINATE_MAX + 1];

	for (uint32_t i = 0; list && i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++) {
			const struct topology_node *n = &t->nodes[i];

			if (n->modules[k].ig != ig)
				continue;
			topology_coordinate(t, n, n->modules[k].coordinate, c,
					    sizeof(c));
			if (json_array_append_new(list, json_string(c)) < 0)
				return NULL;
		}
	return take_ptr(&list);
}

static json_t *groups_to_json(const struct topology *t)
{
	CLEANUP_JSON json_t *list = json_array();

	for (uint32_t ig = 0; list && ig <= LZA_IG_MAX; ig++) {
		json_t *modules = group_modules(t, ig);

		if (modules && !json_array_size(modules)) {
			json_decref(modules);
			continue;
		}
		if (json_array_append_new(
			    list, json_pack("{s:i, s:o}", "groupId", (int)ig,
					    "mediaControllers", modules)) < 0)
			return NULL;
	}
	return take_ptr(&list);
}

char *topology_to_json(const struct topology *t)
{
	CLEANUP_JSON json_t *o = NULL;

	o = json_pack("{s:o, s:{s:s}, s:o, s:o, s:o}", "coordinate",
		      text("/MachineVersion/1/Datacenter/%s", t->datacenter),
		      "domains", "publicData", t->domain, "servers",
		      servers_to_json(t), "racks", racks_to_json(t),
		      "interleaveGroups", groups_to_json(t));
	return o ? json_dumps(o, JSON_INDENT(2)) : NULL;
}
