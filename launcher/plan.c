/* SPDX-License-Identifier: MIT */

/* plan.c - What machines are to be, from settings and image */

#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accel.h"
#include "cleanup.h"
#include "log.h"
#include "proto_doorbell.h"
#include "qemu_probe.h"
#include "tsc.h"

void plan_settings(const struct settings *s, struct plan *p)
{
	(void)snprintf(p->topology.hostbase, sizeof(p->topology.hostbase), "%s",
		       settings_get(s, SETTING_HOSTBASE));
	(void)snprintf(p->topology.octets, sizeof(p->topology.octets), "%s",
		       settings_get(s, SETTING_OCTETS123));
	p->profile = settings_get(s, SETTING_PROFILE);
	p->append = settings_get(s, SETTING_APPEND);
	p->lmp = settings_get(s, SETTING_LMP);
	p->reach.isolated = settings_flag(s, SETTING_NET_ISOLATED);
	(void)net_reach_parse_ports(settings_get(s, SETTING_EXPOSE), &p->reach);
	p->memory_kib = settings_number(s, SETTING_VDRAM);
	p->timeout_s = settings_number(s, SETTING_TIMEOUT);
	p->doorbell_vectors = settings_number(s, SETTING_DOORBELL);
	if (!p->doorbell_vectors && *settings_get(s, SETTING_IVSHMSG))
		p->doorbell_vectors = DOORBELL_VECTORS_DEFAULT;
	p->verbose = settings_flag(s, SETTING_VERBOSE);
}

/* Only a processor that KVM runs tells the kernel of packets without QEMU. */
static bool has_vhost(void)
{
	CLEANUP_FD int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);

	return fd >= 0;
}

static int plan_network(const struct settings *s, struct plan *p, struct err *e)
{
	const char *want = settings_get(s, SETTING_NET);
	struct err why = { "" };
	int r;

	r = network_choose(want, &p->topology, &p->network, &why, e);
	if (r < 0)
		return r;
	if (why.msg[0])
		log_debug("no network 'bridge': %s", why.msg);
	if (!strcmp(want, "auto"))
		log_info("the nodes' network is '%s'",
			 network_mode_name(p->network));
	return 0;
}

static int plan_accel(const struct settings *s, const struct qemu_version *qemu,
		      struct plan *p, struct err *e)
{
	const char *vcpus = settings_get(s, SETTING_VCPUS);
	struct err why = { "" };
	int r;

	r = accel_choose(settings_get(s, SETTING_ACCEL), &p->image, qemu,
			 &p->kvm, &why, e);
	if (r < 0)
		return r;
	if (why.msg[0])
		log_warn("using TCG, which is slower: %s", why.msg);
	p->vhost = p->kvm && p->network == NETWORK_BRIDGE && has_vhost();
	p->vcpus = *vcpus ? settings_number(s, SETTING_VCPUS) :
			    (p->kvm ? 2 : 1);
	p->tsc_khz = p->kvm ? 0 : tsc_khz();
	return 0;
}

int plan_machines(const struct settings *s, struct plan *p, struct err *e)
{
	struct qemu_version qemu;
	int r;

	plan_settings(s, p);
	r = qemu_probe(&qemu, e);
	if (r == 0)
		r = plan_network(s, p, e);
	if (r == 0 && settings_export_image(s) < 0)
		r = err_set(e, -ENOMEM, "out of memory");
	if (r == 0)
		r = image_get(p->profile, &p->image, e);
	return r < 0 ? r : plan_accel(s, &qemu, p, e);
}
