/* SPDX-License-Identifier: MIT */

/* callfilter.c - The system calls that are left to a server */

#include "callfilter.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "cleanup.h"

/* Nothing here opens or makes a file, a socket or a process. */
static const int base_calls[] = {
	/* the loop */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(restart_syscall),
	/* descriptors */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fcntl),
	SCMP_SYS(close),
	/* memory; mmap and mprotect: see below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	/* signals, and the end, an ordinary one or abort() */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* No memory that can be executed. */
static const struct callfilter_rule base_rules[] = {
	{ SCMP_SYS(mmap), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
	{ SCMP_SYS(mprotect), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
};

static const struct callfilter base = {
	base_calls,
	ARRAY_SIZE(base_calls),
	base_rules,
	ARRAY_SIZE(base_rules),
};

static int fill(scmp_filter_ctx ctx, const struct callfilter *f)
{
	int r = 0;

	for (size_t i = 0; i < f->n_calls && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, f->calls[i], 0);
	for (size_t i = 0; i < f->n_rules && r == 0; i++)
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW,
					   f->rules[i].call, 1,
					   &f->rules[i].arg);
	return r;
}

static int load(const struct callfilter *f)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!ctx)
		return -ENOMEM;
	/* As a tree: some of them are made for every request. */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = fill(ctx, &base);
	if (r == 0)
		r = fill(ctx, f);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

#ifdef __SANITIZE_ADDRESS__
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

int callfilter_enter(const struct callfilter *f, struct err *e)
{
	int r = is_sanitized ? 0 : load(f);

	return r < 0 ? err_set(e, r,
			       "cannot restrict the process's system calls: "
			       "%s; --no-seccomp does without",
			       strerror(-r)) :
		       0;
}
