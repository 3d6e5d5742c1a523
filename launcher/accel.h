/* SPDX-License-Identifier: MIT */

/* accel.h - Can this host's KVM run the nodes?
 *
 * /dev/kvm may be there, open and make machines, and still not run Linux: in
 * nested virtualisation, for one. So KVM is believed only after the nodes' own
 * kernel has printed something under it. The result is kept in the cache for
 * this boot of the host, QEMU version and image.
 */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "image.h"
#include "qemu_probe.h"

/**
 * accel_choose() - KVM or TCG
 * @want:	"auto", "kvm" or "tcg"
 * @image:	Whose kernel is tried
 * @qemu:	Its version
 * @ret_kvm:	The answer
 * @ret_why:	With "auto" and TCG: why not KVM; empty if there is no KVM
 * @e:		With "kvm": why it is not possible
 *
 * Return: 0; with "kvm", a negative errno if it is not possible
 */
int accel_choose(const char *want, const struct image *image,
		 const struct qemu_version *qemu, bool *ret_kvm,
		 struct err *ret_why, struct err *e);
