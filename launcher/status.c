/* SPDX-License-Identifier: MIT */

/* status.c - The status document */

#include "status.h"

#include <time.h>
#include <unistd.h>

#include "disk.h"

static double seconds_since(const struct timespec *t)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) +
	       (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static json_t *node_document(const struct supervisor *s, const struct node *n)
{
	char mac[TOPOLOGY_MAC_MAX], address[TOPOLOGY_ADDRESS_MAX];

	return json_pack(
		"{s:s, s:i, s:s, s:f, s:i, s:s, s:s, s:I, s:s}", "name",
		n->name, "id", (int)n->id, "state", node_state_name(n->state),
		"seconds", seconds_since(&n->since), "pid", (int)n->pid,
		"address", topology_address(&s->plan->topology, n->id, address),
		"mac", topology_mac(n->id, mac), "disk",
		(json_int_t)disk_bytes(s->cluster, n->name), "why", n->why);
}

static json_t *network_document(const struct plan *p)
{
	const struct topology *t = &p->topology;
	char torms[TOPOLOGY_ADDRESS_MAX], subnet[TOPOLOGY_ADDRESS_MAX + 4];
	json_t *exposed = json_array();

	for (unsigned i = 0; i < p->reach.n_ports; i++)
		(void)json_array_append_new(exposed,
					    json_integer(p->reach.ports[i]));
	(void)snprintf(subnet, sizeof(subnet), "%s.0/24", t->octets);
	return json_pack("{s:s, s:s, s:s, s:b, s:o}", "mode",
			 network_mode_name(p->network), "subnet", subnet,
			 "torms", topology_address(t, TOPOLOGY_TORMS, torms),
			 "isolated", p->reach.isolated, "exposed", exposed);
}

static json_t *fam_document(const struct plan *p)
{
	return json_pack("{s:s, s:I, s:I, s:I}", "path", p->fam_path, "size",
			 (json_int_t)p->topology.fam_size, "book_size",
			 (json_int_t)p->topology.book_size, "books_per_node",
			 (json_int_t)p->topology.books_per_node);
}

json_t *status_document(const struct supervisor *s)
{
	json_t *nodes = json_array();

	for (unsigned i = 0; i < s->plan->topology.n_nodes; i++)
		(void)json_array_append_new(nodes,
					    node_document(s, &s->nodes[i]));
	return json_pack("{s:i, s:s, s:s, s:i, s:I, s:s, s:s, s:s, s:o, s:o, "
			 "s:{s:i, s:b}, s:o}",
			 "schema", STATUS_SCHEMA, "dir", s->cluster->dir,
			 "state", supervisor_state_name(s->state), "pid",
			 (int)getpid(), "started", (json_int_t)s->since.tv_sec,
			 "profile", s->plan->profile, "image",
			 s->plan->image.dir, "accel",
			 s->plan->kvm ? "kvm" : "tcg", "network",
			 network_document(s->plan), "fam",
			 fam_document(s->plan), "librarian", "pid",
			 (int)s->librarian.pid, "ready", s->librarian.ready,
			 "nodes", nodes);
}
