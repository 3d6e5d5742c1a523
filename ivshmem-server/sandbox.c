/* SPDX-License-Identifier: MIT */

/* sandbox.c - What the server can do no more once it serves
 *
 * Clients are other people's QEMUs. Nothing below opens a file, makes a
 * process or memory that can be executed; sockets come from accept4 alone.
 */

#include "sandbox.h"

#include <errno.h>
#include <jansson.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "cleanup.h"

static const int allowed[] = {
	/* the loop */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(restart_syscall),
	/* clients */
	SCMP_SYS(accept4),
	SCMP_SYS(getsockopt),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(shutdown),
	SCMP_SYS(eventfd2),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	/* messages */
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(read),
	SCMP_SYS(getpid),
	/* memory; mmap and mprotect: see below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	/* signals and the end */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static const int mapping[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
static const int removing[] = { SCMP_SYS(unlink), SCMP_SYS(unlinkat) };

static int fill(scmp_filter_ctx f, bool has_paths)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(mapping) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, mapping[i], 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	for (size_t i = 0; i < ARRAY_SIZE(removing) && r == 0 && has_paths; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, removing[i], 0);
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     SCMP_A1(SCMP_CMP_EQ, FIONBIO));
	return r;
}

static int load(bool has_paths)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!f)
		return -ENOMEM;
	r = fill(f, has_paths);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

/* ASan opens files, and starts a process, to report what it finds. */
#ifdef __SANITIZE_ADDRESS__
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

int sandbox_enter(bool has_paths, struct err *e)
{
	int r;

	/* What would open files when it is needed first. */
	json_object_seed(0);
	tzset();
	r = is_sanitized ? 0 : load(has_paths);
	if (r < 0)
		return err_set(e, r,
			       "cannot restrict the process's system calls: "
			       "%s; --no-seccomp does without",
			       strerror(-r));
	return 0;
}
