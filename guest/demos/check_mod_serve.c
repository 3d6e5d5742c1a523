/* SPDX-License-Identifier: MIT */

/* check_mod_serve.c - Checks of fam.ko: what it asks the daemon
 *
 * A child is the application, the check itself is the daemon.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "demo.h"
#include "modtest.h"

#define PATIENCE "/sys/module/fam/parameters/patience"
#define RW (PROT_READ | PROT_WRITE)

static int serve(const struct test *t)
{
	return ioctl(t->dev, FAM_IOC_SERVE);
}

static bool take(int fd, struct fam_request *ret_request)
{
	return read(fd, ret_request, sizeof(*ret_request)) ==
	       sizeof(*ret_request);
}

static bool answer(int fd, uint64_t seq, int64_t result)
{
	const struct fam_answer a = { seq, result };

	return write(fd, &a, sizeof(a)) == sizeof(a);
}

/* The application: @run in a child, whose status is what it returns. It must not
 * hold the daemon's descriptor, @fd.
 */
static pid_t start(struct test *t, int fd, int (*run)(struct test *t))
{
	pid_t pid = fork();

	if (pid == 0) {
		close_fd(&fd);
		_exit(run(t));
	}
	return pid;
}

static bool is_request(struct test *t, const struct fam_request *r,
		       uint32_t kind, uint64_t pos, uint64_t len)
{
	CHECK(t,
	      r->id == t->id && r->kind == kind && r->pad == 0 &&
		      r->pos == pos && r->len == len && r->seq,
	      "request %llu: shelf %llu, kind %u, %llu + %llu",
	      (unsigned long long)r->seq, (unsigned long long)r->id, r->kind,
	      (unsigned long long)r->pos, (unsigned long long)r->len);
	return true;
}

/* ---- the descriptor ---------------------------------------------------------- */

static bool one_daemon(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_answer a = { 12345, 0 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct fam_request r;

	CHECK(t, fd >= 0, "SERVE: %s", strerror(errno));
	CHECK_ERRNO(t, serve(t), EBUSY);
	CHECK(t, (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "not close-on-exec");
	CHECK(t, poll(&p, 1, 0) == 0, "it polls as %#x", p.revents);
	CHECK(t, fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl: %s",
	      strerror(errno));
	CHECK_ERRNO(t, read(fd, &r, sizeof(r)), EAGAIN);
	CHECK_ERRNO(t, read(fd, &r, sizeof(r) - 1), EINVAL);
	CHECK_ERRNO(t, write(fd, &a, 0), EINVAL);
	CHECK_ERRNO(t, write(fd, &a, sizeof(a) - 1), EINVAL);
	CHECK_ERRNO(t, write(fd, mod_nowhere(), sizeof(a)), EFAULT);
	CHECK(t, answer(fd, 12345, -5), "an answer to nobody is refused: %s",
	      strerror(errno));
	close_fd(&fd);
	fd = serve(t);
	CHECK(t, fd >= 0, "the next SERVE: %s", strerror(errno));
	return true;
}

/* ---- growth ------------------------------------------------------------------ */

static int write_far(struct test *t)
{
	return pwrite(t->fd, "grown", 5, MOD_BOOK + 1) == 5 ? 0 : errno;
}

static bool grow(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	char buf[8] = "";
	pid_t pid = start(t, fd, write_far);

	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	if (!is_request(t, &r, FAM_REQUEST_GROW, MOD_BOOK + 1, 5))
		return false;
	CHECK(t, mod_set(t->fd, MOD_BOOK + 6, 2) == 0, "SET: %s",
	      strerror(errno));
	CHECK(t, answer(fd, r.seq, 0), "write: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == 0, "the write fails");
	CHECK(t,
	      pread(t->fd, buf, 5, MOD_BOOK + 1) == 5 && !strcmp(buf, "grown"),
	      "it reads as '%.5s'", buf);
	return true;
}

/* An answer that cannot be is refused, and the application goes on waiting. */
static bool bad_answers(struct test *t)
{
	static const int64_t bad[] = { 1, INT64_MAX, INT64_MIN, -512, -4096 };
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	pid_t pid = start(t, fd, write_far);

	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		CHECK(t, !answer(fd, r.seq, bad[i]) && errno == EINVAL,
		      "answer %lld: errno %d", (long long)bad[i], errno);
	}
	CHECK(t, answer(fd, r.seq, -EDQUOT), "write: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == EDQUOT << 8, "the error is not passed on");
	CHECK(t, answer(fd, r.seq, 0), "an answer twice: %s", strerror(errno));
	return true;
}

/* It says that the shelf has grown, and it has not. */
static bool lies(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	int n = 0;
	pid_t pid = start(t, fd, write_far);

	CHECK(t, fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	for (struct pollfd p = { .fd = fd, .events = POLLIN };
	     poll(&p, 1, 1000) == 1; n++)
		CHECK(t, take(fd, &r) && answer(fd, r.seq, 0), "answering: %s",
		      strerror(errno));
	CHECK(t, n > 0 && n < 20, "asked %d times", n);
	CHECK(t, mod_wait(pid) == ENOSPC << 8, "not ENOSPC");
	return true;
}

/* ---- append ------------------------------------------------------------------ */

#define APPENDERS 4
#define APPENDS 25

static int append(struct test *t)
{
	char line[8];

	if (fcntl(t->fd, F_SETFL, O_APPEND) < 0)
		return 1;
	for (int i = 0; i < APPENDS; i++) {
		(void)snprintf(line, sizeof(line), "%06d\n", i);
		if (write(t->fd, line, 7) != 7)
			return 2;
	}
	return 0;
}

static bool appends(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	pid_t pids[APPENDERS];
	int seen[APPENDS] = { 0 };
	uint64_t size = 0;
	char line[8] = "";

	for (int i = 0; i < APPENDERS; i++)
		pids[i] = start(t, fd, append);
	for (int i = 0; i < APPENDERS * APPENDS; i++) {
		struct fam_request r;

		CHECK(t, take(fd, &r) && r.kind == FAM_REQUEST_APPEND,
		      "kind %u", r.kind);
		CHECK(t, mod_set(t->fd, size + r.len, 1) == 0, "SET: %s",
		      strerror(errno));
		CHECK(t, answer(fd, r.seq, (int64_t)size), "write: %s",
		      strerror(errno));
		size += r.len;
	}
	for (int i = 0; i < APPENDERS; i++)
		CHECK(t, mod_wait(pids[i]) == 0, "an append fails");
	for (uint64_t off = 0; off < size; off += 7) {
		int k = -1;

		CHECK(t,
		      pread(t->fd, line, 7, (off_t)off) == 7 &&
			      sscanf(line, "%d\n", &k) == 1 && k >= 0 &&
			      k < APPENDS,
		      "line '%.6s' at %llu", line, (unsigned long long)off);
		seen[k]++;
	}
	for (int i = 0; i < APPENDS; i++)
		CHECK(t, seen[i] == APPENDERS, "line %d is there %d times", i,
		      seen[i]);
	return true;
}

static int append_far(struct test *t)
{
	if (fcntl(t->fd, F_SETFL, O_APPEND) < 0)
		return 1;
	return write(t->fd, "x", 1) == 1 ? 0 : errno;
}

static bool appended_nowhere(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	pid_t pid = start(t, fd, append_far);

	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	CHECK(t, !answer(fd, r.seq, INT64_MAX) && errno == EINVAL,
	      "behind the end of all files: %s", strerror(errno));
	CHECK(t, answer(fd, r.seq, INT64_MAX - 1), "write: %s",
	      strerror(errno));
	CHECK(t, take(fd, &r) && r.kind == FAM_REQUEST_GROW, "kind %u", r.kind);
	CHECK(t, answer(fd, r.seq, -EFBIG), "write: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == EFBIG << 8, "it is written somewhere");
	return true;
}

/* ---- the end ------------------------------------------------------------------ */

static int read_end(struct test *t)
{
	char buf[100];

	return (int)pread(t->fd, buf, sizeof(buf), MOD_BOOK - 5);
}

/* Another node has made it longer meanwhile. */
static bool read_more(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	pid_t pid = start(t, fd, read_end);

	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	if (!is_request(t, &r, FAM_REQUEST_EXTENT, MOD_BOOK - 5, 100))
		return false;
	CHECK(t, mod_set(t->fd, MOD_BOOK + 20, 2) == 0 && answer(fd, r.seq, 0),
	      "answering: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == 25 << 8, "it reads not 25 bytes");
	pid = start(t, fd, read_end);
	CHECK(t, take(fd, &r) && answer(fd, r.seq, 0), "answering: %s",
	      strerror(errno));
	CHECK(t, mod_wait(pid) == 25 << 8, "then it reads not 25 bytes");
	return true;
}

static int load_far(struct test *t)
{
	char *q = mmap(NULL, 2 * MOD_BOOK, RW, MAP_SHARED, t->fd, 0);
	int c;

	if (q == MAP_FAILED)
		return 1;
	c = try_load(q + MOD_BOOK + 3 * PAGE + 7);
	return c < 0 ? 100 - c : c;
}

static int store_private(struct test *t)
{
	char *q = mmap(NULL, 2 * MOD_BOOK, RW, MAP_PRIVATE, t->fd, 0);

	if (q == MAP_FAILED)
		return 1;
	return 100 - try_store(q + MOD_BOOK + 3 * PAGE + 7, 1);
}

static bool fault_far(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	char *memory = mod_memory(t);
	pid_t pid;

	CHECK(t, memory, "mmap: %s", strerror(errno));
	memory[mod_books[1] * MOD_BOOK + 3 * PAGE + 7] = 42;
	(void)munmap(memory, MOD_BOOKS * MOD_BOOK);
	pid = start(t, fd, load_far); /* it is not longer: SIGBUS */
	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	if (!is_request(t, &r, FAM_REQUEST_EXTENT, MOD_BOOK + 3 * PAGE, PAGE))
		return false;
	CHECK(t, answer(fd, r.seq, 0), "write: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == (100 + SIGBUS) << 8, "no SIGBUS");

	pid = start(t, fd, store_private);
	CHECK(t, take(fd, &r) && answer(fd, r.seq, -EIO), "answering: %s",
	      strerror(errno));
	CHECK(t, mod_wait(pid) == (100 + SIGBUS) << 8, "no SIGBUS");

	pid = start(t, fd, load_far); /* now it is */
	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	CHECK(t, mod_set(t->fd, 2 * MOD_BOOK, 2) == 0 && answer(fd, r.seq, 0),
	      "answering: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == 42 << 8, "the new byte is not loaded");
	return true;
}

/* The buffer of a write is behind the end: both are asked about. */
static int write_from_far(struct test *t)
{
	char *q = mmap(NULL, 4 * MOD_BOOK, RW, MAP_SHARED, t->fd, 0);

	if (q == MAP_FAILED)
		return 1;
	return pwrite(t->fd, q + MOD_BOOK, MOD_BOOK, 2 * MOD_BOOK) ==
			       (ssize_t)MOD_BOOK ?
		       0 :
		       errno;
}

static bool both_far(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	pid_t pid = start(t, fd, write_from_far);

	CHECK(t, take(fd, &r) && r.kind == FAM_REQUEST_GROW, "kind %u", r.kind);
	CHECK(t, mod_set(t->fd, 3 * MOD_BOOK, 3) == 0 && answer(fd, r.seq, 0),
	      "answering: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == 0, "the write fails");
	return true;
}

/* ---- death -------------------------------------------------------------------- */

static bool successor(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r, again;
	pid_t pid = start(t, fd, write_far);

	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	close_fd(&fd);
	fd = serve(t);
	CHECK(t, fd >= 0, "SERVE: %s", strerror(errno));
	CHECK(t, take(fd, &again), "read: %s", strerror(errno));
	CHECK(t, !memcmp(&r, &again, sizeof(r)), "it is another request");
	CHECK(t, mod_set(t->fd, 2 * MOD_BOOK, 2) == 0 && answer(fd, r.seq, 0),
	      "answering: %s", strerror(errno));
	CHECK(t, mod_wait(pid) == 0, "the write fails");
	return true;
}

static bool set_patience(struct test *t, const char *seconds)
{
	CLEANUP_FD int fd = open(PATIENCE, O_WRONLY | O_CLOEXEC);

	CHECK(t, fd >= 0 && write(fd, seconds, strlen(seconds)) > 0,
	      PATIENCE ": %s", strerror(errno));
	return true;
}

static bool nobody(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	uint64_t since;
	pid_t pid;

	if (!set_patience(t, "1"))
		return false;
	pid = start(t, fd, write_far);
	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	close_fd(&fd);
	since = now_ns();
	CHECK(t, mod_wait(pid) == EIO << 8, "no EIO");
	CHECK(t, now_ns() - since > 900000000, "it did not wait");
	pid = start(t, fd, load_far);
	CHECK(t, mod_wait(pid) == (100 + SIGBUS) << 8, "no SIGBUS");
	return set_patience(t, "30");
}

static bool killed(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	pid_t pid = start(t, fd, write_far);

	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	(void)kill(pid, SIGKILL);
	CHECK(t, mod_wait(pid) == SIGKILL, "it does not die");
	CHECK(t, answer(fd, r.seq, 0), "a late answer: %s", strerror(errno));
	pid = start(t, fd, load_far);
	CHECK(t, take(fd, &r), "read: %s", strerror(errno));
	(void)kill(pid, SIGKILL);
	CHECK(t, mod_wait(pid) == SIGKILL, "it does not die in a fault");
	return true;
}

/* A buffer that cannot be written to loses no request. */
static bool untaken(struct test *t)
{
	CLEANUP_FD int fd = serve(t);
	struct fam_request r;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	pid_t pid = start(t, fd, write_far);

	CHECK(t, poll(&p, 1, -1) == 1, "poll: %s", strerror(errno));
	CHECK_ERRNO(t, read(fd, mod_nowhere(), sizeof(r)), EFAULT);
	CHECK(t, take(fd, &r) && answer(fd, r.seq, -EPERM), "answering: %s",
	      strerror(errno));
	CHECK(t, mod_wait(pid) == EPERM << 8, "it is lost");
	return true;
}

const struct check checks_mod_serve[] = {
	{ "one daemon serves at a time", 0, one_daemon },
	{ "a write behind the end asks for growth", 1, grow },
	{ "answers that cannot be are refused", 1, bad_answers },
	{ "growth that does not come gives ENOSPC", 1, lies },
	{ "appends of several processes do not overlap", 1, appends },
	{ "an append to nowhere writes nothing", 1, appended_nowhere },
	{ "a read at the end sees growth", 1, read_more },
	{ "a fault behind the end sees growth, or SIGBUS", 1, fault_far },
	{ "a write whose buffer and place are behind the end", 1, both_far },
	{ "a successor gets what its predecessor did not answer", 1,
	  successor },
	{ "without a daemon they wait, but not for ever", 1, nobody },
	{ "who waits can be killed", 1, killed },
	{ "a request that cannot be read is not lost", 1, untaken },
	{ 0 },
};
