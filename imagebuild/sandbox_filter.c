/* SPDX-License-Identifier: MIT */

/* sandbox_filter.c - What a program in the sandbox may and may not do */

#include "sandbox_filter.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "cleanup.h"
#include "sandbox_record.h"

static const int pretended[] = {
	SCMP_SYS(setuid),   SCMP_SYS(setgid),	 SCMP_SYS(setreuid),
	SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
	SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),	 SCMP_SYS(setgroups),
	SCMP_SYS(capset),
};

/* Too new for libseccomp to have a name. */
#define NR_SETXATTRAT 463
#define NR_REMOVEXATTRAT 466

/* The user's keys stay reachable through the session's keyring, which no
 * namespace replaces. The rest does what is recorded in ways that are not.
 */
static const int absent[] = {
	SCMP_SYS(keyctl),	  SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(io_uring_setup), NR_SETXATTRAT,     NR_REMOVEXATTRAT,
};

/* Nobody types on the user's terminal what is executed outside later. */
static int keep_from_typing(scmp_filter_ctx f)
{
	static const unsigned int requests[] = { TIOCSTI, TIOCLINUX };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(requests) && r == 0; i++)
		r = seccomp_rule_add(
			f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, requests[i]));
	return r;
}

static int add_rules(scmp_filter_ctx f)
{
	/* 32-bit and x32 calls would pass by the rules: there are none. */
	int r = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH,
				 SCMP_ACT_ERRNO(ENOSYS));

	for (size_t i = 0; i < ARRAY_SIZE(pretended) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(0), pretended[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(absent) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), absent[i], 0);
	if (r == 0)
		r = keep_from_typing(f);
	return r < 0 ? r : sandbox_record_ask(f);
}

int sandbox_install_filter(int *ret_listener)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int r = f ? add_rules(f) : -ENOMEM;

	if (r == 0)
		r = seccomp_load(f);
	if (r == 0) {
		r = seccomp_notify_fd(f);
		*ret_listener = r;
	}
	if (f)
		seccomp_release(f);
	errno = r < 0 ? -r : 0;
	return r < 0 ? r : 0;
}

int sandbox_drop_capabilities(void)
{
	static const uint64_t keep = 1ULL << CAP_CHOWN | 1ULL << CAP_FOWNER |
				     1ULL << CAP_DAC_OVERRIDE |
				     1ULL << CAP_FSETID | 1ULL << CAP_SETFCAP;

	for (int c = 0; c < 64; c++) {
		if (keep >> c & 1)
			continue;
		/* EINVAL: this kernel has no such capability. */
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0 && errno != EINVAL)
			return -errno;
	}
	return 0;
}
