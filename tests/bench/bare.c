/* SPDX-License-Identifier: MIT */

/* bare.c - Four QEMUs and nothing else, timed to their READY
 *
 *	bare DIR IMAGE N FAM-SIZE-GIB
 *
 * The peer of "fame-run up": the same kernel, initramfs and command line,
 * started all at once. Librarian and switch, without which a node cannot get
 * ready, run before the clock starts; there is no supervisor, no check of
 * anything and no control socket. Prints the seconds from the first fork to
 * the last READY.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent_link.h"
#include "cleanup.h"
#include "cluster.h"
#include "fam.h"
#include "identity.h"
#include "librarian.h"
#include "log.h"
#include "loop.h"
#include "machine.h"
#include "net_user.h"
#include "parse.h"
#include "tsc.h"

struct bare;

struct machine {
	struct bare *bare;
	unsigned id;
	struct agent_link *agent;
	char token[IDENTITY_TOKEN_MAX];
};

struct bare {
	struct event_base *base;
	struct topology t;
	struct cluster cluster;
	struct service librarian, lan;
	struct librarian_admin *admin;
	const char *image;
	int fam_fd;
	int lan_owner; /* of net_user_start() */
	unsigned waiting;
	uint32_t tsc_khz;
	struct timespec start;
	struct machine m[TOPOLOGY_NODES_MAX];
};

static void on_hello(void *arg)
{
	struct machine *m = arg;
	struct timespec now;
	CLEANUP_FREE char *json = NULL;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	json = identity_json(
		&(struct identity){ .topology = &m->bare->t,
				    .node = m->id,
				    .token = m->token,
				    .seed = m->token,
				    .time_ns = now.tv_sec * 1000000000LL });
	if (!json || agent_link_identity(m->agent, json) < 0)
		machine_die("identity", -ENOMEM);
}

static void on_ready(void *arg)
{
	struct bare *b = ((struct machine *)arg)->bare;

	if (!--b->waiting)
		(void)event_base_loopbreak(b->base);
}

static const struct agent_link_ops agent_ops = { on_hello, on_ready,
						 machine_on_failed,
						 machine_on_broken };

static void start_machine(struct bare *b, unsigned i)
{
	const struct machine_conf c = { b->base, &b->t, b->image, b->tsc_khz,
					b->fam_fd };
	struct machine *m = &b->m[i];
	int lan, r = net_user_port(b->lan_owner, i + 1, &lan);

	if (r < 0)
		machine_die("network port", r);
	(void)machine_start(&c, i + 1, lan, &agent_ops, m, &m->agent);
}

static void on_service_ready(void *arg)
{
	struct bare *b = arg;

	if (!b->librarian.ready || !b->lan.ready)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &b->start);
	for (unsigned i = 0; i < b->t.n_nodes; i++)
		start_machine(b, i);
}

static void on_service_ended(void *arg, int status, bool asked)
{
	(void)arg;
	if (!asked)
		machine_die("a service ended", status);
}

static const struct service_ops service_ops = { on_service_ready,
						on_service_ended };

static void start_services(struct bare *b)
{
	CLEANUP_FD int listener = -1, theirs = -1;
	struct err e = { "" };
	uint16_t port;
	int r;

	r = librarian_register(&b->cluster, &b->t, &e);
	if (r == 0)
		r = librarian_listen(&listener, &port, &e);
	if (r == 0)
		r = librarian_admin_new(b->base, &theirs, &b->admin);
	if (r == 0)
		r = librarian_start(&b->librarian, b->base, &b->cluster,
				    &(struct librarian_conf){ listener, theirs,
							      b->fam_fd, "",
							      false },
				    &service_ops, b, &e);
	for (unsigned i = 0; i < b->t.n_nodes && r == 0; i++) {
		b->m[i] = (struct machine){ .bare = b, .id = i + 1 };
		r = identity_random(b->m[i].token);
		if (r == 0)
			r = librarian_admin_set_token(b->admin, i + 1,
						      b->m[i].token);
	}
	if (r == 0)
		r = net_user_start(&b->lan, b->base, &b->cluster, &b->t,
				   &(struct net_reach){ 0 }, port, &service_ops,
				   b, &b->lan_owner, &e);
	if (r < 0)
		machine_die(e.msg, r);
}

int main(int argc, char **argv)
{
	struct bare b = { .cluster = CLUSTER_NULL };
	struct err e = { "" };
	struct timespec end;
	uint32_t n = 0, gib = 0;
	char fam[4096];
	bool made;
	int r;

	log_open("bare", LOG_LEVEL_INFO, false);
	if (argc != 5 || parse_u32(argv[3], 1, TOPOLOGY_NODES_MAX, &n) < 0 ||
	    parse_u32(argv[4], 1, 512, &gib) < 0)
		machine_die("usage: bare DIR IMAGE N FAM-SIZE-GIB", 0);
	b.image = argv[2];
	b.tsc_khz = tsc_khz();
	b.t = (struct topology){ .n_nodes = n,
				 .hostbase = "node",
				 .octets = "192.168.42",
				 .fam_size = (uint64_t)gib << 30 };
	b.waiting = n;
	b.base = loop_new();
	(void)snprintf(fam, sizeof(fam), "%s/fam", argv[1]);
	r = topology_init(&b.t);
	if (r == 0)
		r = cluster_create(&b.cluster, argv[1], &e);
	if (r == 0)
		r = fam_open(fam, b.t.fam_size, 0, &b.fam_fd, &b.t.fam_size,
			     &made, &e);
	if (r < 0 || !b.base)
		machine_die(e.msg, r);
	start_services(&b);
	(void)event_base_dispatch(b.base);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.3f\n", (double)(end.tv_sec - b.start.tv_sec) +
				 (double)(end.tv_nsec - b.start.tv_nsec) / 1e9);
	/* Children end by their death signal. */
	return EXIT_SUCCESS;
}
