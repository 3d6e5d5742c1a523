/* SPDX-License-Identifier: MIT */

/* sandbox_filter.c - What a program in the sandbox may and may not do */

#include "sandbox_filter.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "cleanup.h"

static const int pretended[] = {
	SCMP_SYS(chown),     SCMP_SYS(lchown),	 SCMP_SYS(fchown),
	SCMP_SYS(fchownat),  SCMP_SYS(setuid),	 SCMP_SYS(setgid),
	SCMP_SYS(setreuid),  SCMP_SYS(setregid), SCMP_SYS(setresuid),
	SCMP_SYS(setresgid), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups), SCMP_SYS(capset),
};

/* The user's keys stay reachable through the session's keyring, which no
 * namespace replaces.
 */
static const int absent[] = {
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
};

static int pretend_devices(scmp_filter_ctx f)
{
	static const unsigned int types[] = { S_IFCHR, S_IFBLK };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types) && r == 0; i++) {
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(0), SCMP_SYS(mknod), 1,
				     SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT,
					     types[i]));
		if (r == 0)
			r = seccomp_rule_add(
				f, SCMP_ACT_ERRNO(0), SCMP_SYS(mknodat), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, types[i]));
	}
	return r;
}

int sandbox_install_filter(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int r = f ? 0 : -ENOMEM;

	/* 32-bit and x32 calls would pass by the rules: there are none. */
	if (r == 0)
		r = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH,
				     SCMP_ACT_ERRNO(ENOSYS));
	for (size_t i = 0; i < ARRAY_SIZE(pretended) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(0), pretended[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(absent) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), absent[i], 0);
	if (r == 0)
		r = pretend_devices(f);
	if (r == 0)
		r = seccomp_load(f);
	if (f)
		seccomp_release(f);
	errno = -r;
	return r;
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
