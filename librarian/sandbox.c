/* SPDX-License-Identifier: MIT */

/* sandbox.c - What the Librarian can do no more once it serves
 *
 * Theory of operation
 *
 * A filter of system calls: those on the list below, found by tracing the
 * tests' load, checkpoints, a full disk and both ways to end; any other kills
 * the process. Nothing on the list opens or makes a file, a socket or a
 * process, or gives memory that can be executed. So database, log, FAM and the
 * sockets that are open now are all there will ever be; who takes the process
 * over by a mistake in it can spoil these, and no more.
 *
 * That holds only if nobody opens a file late. What does, is asked for early:
 *  - SQLite and jansson read /dev/urandom when they need their first random
 *    number (the former for a new log's salt, perhaps hours later);
 *  - SQLite opens the database's log (-wal, -shm) with the first read of a
 *    connection: db.c reads when it opens one. With the first commit to a new
 *    log it opens their directory; db_settle() commits something. It keeps
 *    temporary tables in memory (temp_store), so it has no other files. It
 *    would remove the log when the last connection is closed, so it is told to
 *    keep it, empty;
 *  - the first message reads the time zone.
 *
 * Reading a file's metadata by name stays allowed: SQLite looks whether the
 * database was moved.
 */

#include "sandbox.h"

#include <errno.h>
#include <jansson.h>
#include <seccomp.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "cleanup.h"

static const int allowed[] = {
	/* the loop, and the moments in which SQLite waits for a reader */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(restart_syscall),
	/* clients: those that connect, and what they say */
	SCMP_SYS(accept4),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(sendfile),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	/* the database's files, and holes in the FAM */
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(preadv),
	SCMP_SYS(pwritev),
	SCMP_SYS(lseek),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(geteuid),
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

static int allow_plain(scmp_filter_ctx f)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Some do harm with the wrong argument. */
static int allow_with_care(scmp_filter_ctx f)
{
	static const int mapping[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	static const unsigned long controls[] = { FIONREAD, FIONBIO };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mapping) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, mapping[i], 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	for (size_t i = 0; i < ARRAY_SIZE(controls) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     SCMP_A1(SCMP_CMP_EQ, controls[i]));
	return r;
}

/* ASan opens files, and starts a process, to report what it finds. */
#ifdef __SANITIZE_ADDRESS__
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

static int load(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!f)
		return -ENOMEM;
	/* As a tree: some of them are called for every request. */
	r = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = allow_plain(f);
	if (r == 0)
		r = allow_with_care(f);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

/* Whatever reads files when it is needed first is needed now. */
static void open_late_comers(void)
{
	unsigned char byte;

	sqlite3_randomness(sizeof(byte), &byte);
	json_object_seed(0);
	tzset();
}

int sandbox_enter(struct err *e)
{
	int r;

	open_late_comers();
	r = is_sanitized ? 0 : load();
	if (r < 0)
		return err_set(e, r,
			       "cannot restrict the process's system calls: "
			       "%s; --no-seccomp does without",
			       strerror(-r));
	return 0;
}
