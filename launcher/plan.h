/* SPDX-License-Identifier: MIT */

/* plan.h - What "up" has decided before anything is started
 *
 * Made once, here from settings and image, in up.c from the cluster's files; the
 * supervisor only reads it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "image.h"
#include "machine_id.h"
#include "network.h"
#include "settings.h"
#include "ssh_keys.h"
#include "topology.h"

enum plan_life {
	PLAN_STAYS,	/* until "down" */
	PLAN_HELD,	/* or until the connection that holds it is closed */
	PLAN_TEMPORARY, /* the same; the cluster's directory goes with it */
};

struct plan {
	enum plan_life life;
	struct topology topology;
	struct image image;
	struct ssh_keys keys;
	const char *user;     /* ordinary user in the nodes; NULL = none */
	const char *password; /* of that user; "" = none works */
	char machine_id[MACHINE_ID_MAX];
	const char *append; /* more for the kernel command line */
	const char *profile;
	const char *lmp; /* "" = the Librarian is not watched */
	const char *fam_path;
	int fam_fd;
	bool fam_made; /* by this start */
	enum network_mode network;
	struct net_reach reach;
	bool vhost; /* the kernel carries packets between node and bridge */
	bool kvm;
	uint32_t tsc_khz;	   /* without KVM; 0 = not known */
	unsigned vcpus;		   /* of a node */
	uint32_t memory_kib;	   /* of a node */
	unsigned doorbell_vectors; /* of a node; 0 = no doorbells */
	unsigned timeout_s;	   /* for a node to get ready */
	bool verbose;
};

/* What the settings alone say of it. */
void plan_settings(const struct settings *s, struct plan *p);

/**
 * plan_machines() - All that needs no cluster
 * @s:		Loaded; must outlive @p
 * @p:		Its nodes are counted; what is not about machines stays as it is
 * @e:		Says why on failure
 *
 * The image is built if it is not there, which may take minutes. An end of this
 * process in them leaves nothing: nothing is made yet.
 */
int plan_machines(const struct settings *s, struct plan *p, struct err *e);
