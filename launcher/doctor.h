/* SPDX-License-Identifier: MIT */

/* doctor.h - Can this host run nodes? What is asked, and what is made of it
 *
 * Theory of operation. doctor_facts_read() asks the host once and notes what
 * it says, without an opinion. doctor_check() is pure: from facts to a row
 * each, with the command that mends it on such a host. What an image needs is
 * asked of "fame-image check", which knows.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "checkup.h"
#include "settings.h"

#define DOCTOR_NO_LIMIT UINT64_MAX

struct doctor_facts {
	/* Who and where we are. */
	bool root;
	char user[64];		/* its name or number */
	const char *container;	/* the program that runs it; NULL = none */
	const char *install;	/* "apt-get install qemu..."; NULL = unknown */
	const char *kvm_module; /* NULL = the processor has no such thing */

	/* What was asked for. */
	bool wants_kvm;	   /* and nothing else */
	bool wants_bridge; /* the same */
	uint64_t fam_size;
	uint32_t node_kib;

	/* What is there; errors are positive, 0 = it works. */
	int qemu;
	char qemu_text[256]; /* its version, or what is wrong */
	int kvm;
	bool kvm_tried;	    /* with the nodes' own kernel */
	char kvm_group[64]; /* that may use it */
	int tun;
	char bridge_text[256]; /* why --net bridge does not work; "" = it does */
	uint64_t memory_free;
	uint64_t shm_free;
	int dir; /* can files be made where the shared memory goes? */
	char dir_path[PATH_MAX];
	uint64_t dir_free; /* with what the memory has taken already */
	bool dir_in_shm;
	uint64_t nofile, memlock, nproc; /* hard limits */
	uint64_t pids_left;		 /* in the control group */
};

/**
 * doctor_facts_read() - Ask the host
 * @s:		Loaded
 * @image:	Directory of the nodes' image, whose kernel is run to see whether
 *		KVM really works; "" = there is none
 */
void doctor_facts_read(const struct settings *s, const char *image,
		       struct doctor_facts *ret);

/* A row for each thing. */
void doctor_check(const struct doctor_facts *f, struct checkup *ret);

/**
 * doctor_cgroup() - Where a controller's files of this process are (pure)
 * @text:	/proc/self/cgroup
 * @controller:	"pids"
 * @buf: @size:	"/sys/fs/cgroup/..."
 *
 * Return: 0, -ENOENT, -ENAMETOOLONG
 */
int doctor_cgroup(const char *text, const char *controller, char *buf,
		  size_t size);
