/* SPDX-License-Identifier: MIT */

/* sandbox.c - What the Librarian can do no more once it serves
 *
 * Theory of operation
 *
 * A filter of system calls: those of every server (callfilter.c) and those on
 * the list below, found by tracing the tests' load, checkpoints, a full disk and
 * both ways to end; any other kills the process. Nothing on the lists opens or
 * makes a file, a socket or a process, or gives memory that can be executed. So
 * database, log, FAM and the sockets that are open now are all there will ever
 * be; who takes the process over by a mistake in it can spoil these, and no more.
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

#include <jansson.h>
#include <sqlite3.h>
#include <sys/ioctl.h>
#include <time.h>

#include "callfilter.h"
#include "cleanup.h"

static const int calls[] = {
	/* the moments in which SQLite waits for a reader */
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	/* clients: those that connect, and what they say */
	SCMP_SYS(accept4),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(setsockopt),
	SCMP_SYS(sendfile),
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
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(geteuid),
};

static const struct callfilter_rule rules[] = {
	{ SCMP_SYS(ioctl), SCMP_A1_64(SCMP_CMP_EQ, FIONREAD) },
	{ SCMP_SYS(ioctl), SCMP_A1_64(SCMP_CMP_EQ, FIONBIO) },
};

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
	const struct callfilter filter = { calls, ARRAY_SIZE(calls), rules,
					   ARRAY_SIZE(rules) };

	open_late_comers();
	return callfilter_enter(&filter, e);
}
