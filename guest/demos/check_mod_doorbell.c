/* SPDX-License-Identifier: MIT */

/* check_mod_doorbell.c - Checks of fam.ko: /dev/fam-doorbell
 *
 * The node rings itself, which goes the whole way through the device.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../fam/fam_doorbell_ioctl.h"
#include "cleanup.h"
#include "modtest.h"

#define REMOVE "/sys/class/misc/fam-doorbell/device/remove"
#define RESCAN "/sys/bus/pci/rescan"
#define RW (PROT_READ | PROT_WRITE)
#define WAIT_MS 10000

struct bell {
	int fd;
	struct fam_doorbell_info info;
};

static void bell_close(struct bell *b)
{
	close_fd(&b->fd);
}

#define CLEANUP_BELL __attribute__((cleanup(bell_close)))

/* False if there is none, too: then the check is not made. */
static bool bell_open(struct test *t, struct bell *b)
{
	b->fd = open(MOD_BELL, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (b->fd < 0 && errno == ENOENT) {
		t->skip = "there is no doorbell";
		return false;
	}
	if (b->fd < 0 || ioctl(b->fd, FAM_DOORBELL_INFO, &b->info) < 0)
		return test_fail(t, MOD_BELL ": %s", strerror(errno));
	return true;
}

#define OPEN(t, name)                                    \
	CLEANUP_BELL struct bell name = { .fd = -1 };    \
	do {                                             \
		if (!bell_open(t, &(name)))              \
			return (t)->skip ? true : false; \
	} while (0)

static int ring(const struct bell *b, uint32_t vector)
{
	const struct fam_ring r = { b->info.number, vector };

	return write(b->fd, &r, sizeof(r)) == sizeof(r) ? 0 : -1;
}

int mod_use_bell(void)
{
	CLEANUP_FD int fd = eventfd(0, EFD_CLOEXEC);
	CLEANUP_BELL struct bell b = { .fd = -1 };
	const struct fam_doorbell_eventfd e = { 0, fd };

	b.fd = open(MOD_BELL, O_RDWR | O_CLOEXEC);
	if (b.fd < 0 || ioctl(b.fd, FAM_DOORBELL_INFO, &b.info) < 0 ||
	    ioctl(b.fd, FAM_DOORBELL_EVENTFD, &e) < 0 || ring(&b, 0) < 0)
		return errno;
	return 0;
}

static bool is_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLIN);
}

/* The next read gives that vector alone, rung @count times. */
static bool hears(struct test *t, const struct bell *b, uint32_t vector,
		  uint32_t count)
{
	struct fam_rung r[2] = { { 0 } };
	ssize_t n;

	CHECK(t, is_readable(b->fd, WAIT_MS), "vector %u is not heard", vector);
	n = read(b->fd, r, sizeof(r));
	CHECK(t, n == sizeof(*r) && r->vector == vector && r->count == count,
	      "%zd bytes, vector %u %u times, not %u %u times", n, r->vector,
	      r->count, vector, count);
	return true;
}

static bool silent(struct test *t, const struct bell *b)
{
	struct fam_rung r;

	CHECK(t, !is_readable(b->fd, 0), "it polls as readable");
	CHECK_ERRNO(t, read(b->fd, &r, sizeof(r)), EAGAIN);
	return true;
}

/* ---- vectors ------------------------------------------------------------------ */

static bool every_vector(struct test *t)
{
	OPEN(t, b);

	printf("# number %u, %u vectors, %u bytes\n", b.info.number,
	       b.info.vectors, b.info.mailbox_size);
	for (uint32_t v = 0; v < b.info.vectors; v++)
		if (ring(&b, v) < 0 || !hears(t, &b, v, 1))
			return false;
	return silent(t, &b);
}

#define ROUNDS 2000

static bool every_ring(struct test *t)
{
	OPEN(t, b);

	for (uint32_t i = 0; i < ROUNDS; i++)
		if (ring(&b, i % b.info.vectors) < 0 ||
		    !hears(t, &b, i % b.info.vectors, 1))
			return false;
	return silent(t, &b);
}

static bool each_for_itself(struct test *t)
{
	OPEN(t, a);
	OPEN(t, b);

	if (ring(&a, 0) < 0 || !hears(t, &a, 0, 1) || ring(&b, 0) < 0 ||
	    !hears(t, &a, 0, 1) || !silent(t, &a))
		return false;
	if (!hears(t, &b, 0, 2) || !silent(t, &b))
		return false;
	OPEN(t, late);
	return silent(t, &late);
}

static bool in_turn(struct test *t)
{
	const uint32_t last = 3;
	struct fam_rung r;
	OPEN(t, b);
	OPEN(t, other);

	if (b.info.vectors <= last) {
		t->skip = "too few vectors";
		return true;
	}
	for (uint32_t v = 0; v <= last; v++)
		if (ring(&b, v) < 0 || !hears(t, &other, v, 1))
			return false;
	for (uint32_t v = 0; v <= last; v++) {
		CHECK(t, read(b.fd, &r, sizeof(r)) == sizeof(r), "read: %s",
		      strerror(errno));
		CHECK(t, r.vector == v, "vector %u, not %u", r.vector, v);
		/* Vector 0 rings all the time, and the others get their turn. */
		if (ring(&b, 0) < 0 || !is_readable(other.fd, WAIT_MS) ||
		    !hears(t, &other, 0, 1))
			return false;
	}
	return true;
}

static bool masked(struct test *t)
{
	struct fam_doorbell_mask m = { { 0 } };
	OPEN(t, b);
	OPEN(t, other);

	CHECK(t, ioctl(b.fd, FAM_DOORBELL_MASK, &m) == 0, "MASK: %s",
	      strerror(errno));
	if (ring(&b, 0) < 0 || !hears(t, &other, 0, 1) || !silent(t, &b))
		return false;
	m.bits[0] = 1;
	CHECK(t, ioctl(b.fd, FAM_DOORBELL_MASK, &m) == 0, "MASK: %s",
	      strerror(errno));
	return hears(t, &b, 0, 1) && silent(t, &b);
}

static bool by_eventfd(struct test *t)
{
	CLEANUP_FD int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct fam_doorbell_eventfd e = { 0, fd };
	uint64_t n = 0;
	OPEN(t, b);

	CHECK(t, ioctl(b.fd, FAM_DOORBELL_EVENTFD, &e) == 0, "EVENTFD: %s",
	      strerror(errno));
	if (ring(&b, 0) < 0 || !hears(t, &b, 0, 1))
		return false;
	CHECK(t, read(fd, &n, sizeof(n)) == sizeof(n) && n == 1,
	      "the eventfd has %llu", (unsigned long long)n);
	e.fd = -1;
	CHECK(t, ioctl(b.fd, FAM_DOORBELL_EVENTFD, &e) == 0, "EVENTFD: %s",
	      strerror(errno));
	if (ring(&b, 0) < 0 || !hears(t, &b, 0, 1))
		return false;
	CHECK_ERRNO(t, read(fd, &n, sizeof(n)), EAGAIN);
	return true;
}

static bool refused(struct test *t)
{
	const struct fam_ring far = { FAM_DOORBELL_PEERS_MAX, 0 };
	struct fam_doorbell_eventfd e = { 0, STDIN_FILENO };
	struct fam_ring r = { 0, 0 };
	OPEN(t, b);

	CHECK_ERRNO(t, write(b.fd, &r, sizeof(r) - 1), EINVAL);
	CHECK_ERRNO(t, write(b.fd, &r, 0), EINVAL);
	CHECK_ERRNO(t, write(b.fd, &far, sizeof(far)), EINVAL);
	CHECK_ERRNO(t, write(b.fd, mod_nowhere(), sizeof(r)), EFAULT);
	CHECK_ERRNO(t, ring(&b, b.info.vectors), EINVAL);
	CHECK_ERRNO(t, read(b.fd, &r, sizeof(r) - 1), EINVAL);
	CHECK_ERRNO(t, ioctl(b.fd, FAM_DOORBELL_EVENTFD, &e), EINVAL);
	e = (struct fam_doorbell_eventfd){ b.info.vectors, -1 };
	CHECK_ERRNO(t, ioctl(b.fd, FAM_DOORBELL_EVENTFD, &e), EINVAL);
	CHECK_ERRNO(t, ioctl(b.fd, FAM_DOORBELL_MASK, mod_nowhere()), EFAULT);
	CHECK_ERRNO(t, ioctl(b.fd, FAM_DOORBELL_INFO, mod_nowhere()), EFAULT);
	CHECK_ERRNO(t, ioctl(b.fd, _IO('Y', 99)), ENOTTY);
	CHECK_ERRNO(t, lseek(b.fd, 1, SEEK_SET), ESPIPE);
	/* What cannot be handed over is still there. */
	if (ring(&b, 0) < 0 || !is_readable(b.fd, WAIT_MS))
		return test_fail(t, "no ring");
	CHECK_ERRNO(t, read(b.fd, mod_nowhere(), sizeof(r)), EFAULT);
	return hears(t, &b, 0, 1);
}

/* ---- waiting ------------------------------------------------------------------ */

static int wait_for_ring(int fd)
{
	struct fam_rung r;

	(void)fcntl(fd, F_SETFL, 0);
	return read(fd, &r, sizeof(r)) < 0 ? errno : 0;
}

static bool blocking(struct test *t)
{
	pid_t pid;
	OPEN(t, b);

	pid = fork();
	if (pid == 0)
		_exit(wait_for_ring(b.fd));
	CHECK(t, ring(&b, 0) == 0 && mod_wait(pid) == 0, "it was not woken");
	return true;
}

#define STORM 20000

/* Two ring as fast as they can; this one still runs, and hears the last. */
static bool storm(struct test *t)
{
	struct fam_rung r;
	pid_t pids[2];
	uint32_t heard = 0;
	OPEN(t, b);

	for (uint32_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		for (int n = 0; pids[i] == 0 && n < STORM; n++)
			(void)ring(&b, i % b.info.vectors);
		if (pids[i] == 0)
			_exit(0);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(pids); i++)
		CHECK(t, mod_wait(pids[i]) == 0, "it died of it");
	while (is_readable(b.fd, 100))
		while (read(b.fd, &r, sizeof(r)) == sizeof(r))
			heard += r.count;
	CHECK(t, heard > 0, "nothing was heard");
	printf("# %d rings, %u interrupts\n", 2 * STORM, heard);
	return ring(&b, 0) == 0 && hears(t, &b, 0, 1) && silent(t, &b);
}

/* ---- mailbox, and the end ------------------------------------------------------ */

static bool mailbox(struct test *t)
{
	char *p, *q;
	OPEN(t, b);

	if (!b.info.mailbox_size) {
		CHECK_ERRNO(t, (long)mmap(NULL, PAGE, RW, MAP_SHARED, b.fd, 0),
			    ENXIO);
		return true;
	}
	CHECK_ERRNO(t, (long)mmap(NULL, PAGE, RW, MAP_PRIVATE, b.fd, 0),
		    EINVAL);
	CHECK_ERRNO(t,
		    (long)mmap(NULL, PAGE, RW, MAP_SHARED, b.fd,
			       (off_t)b.info.mailbox_size),
		    EINVAL);
	p = mmap(NULL, b.info.mailbox_size, RW, MAP_SHARED, b.fd, 0);
	q = mmap(NULL, PAGE, RW, MAP_SHARED, b.fd,
		 (off_t)(b.info.mailbox_size - PAGE));
	CHECK(t, p != MAP_FAILED && q != MAP_FAILED, "mmap: %s",
	      strerror(errno));
	q[1] = 42;
	CHECK(t, p[b.info.mailbox_size - PAGE + 1] == 42, "not the same");
	(void)munmap(p, b.info.mailbox_size);
	(void)munmap(q, PAGE);
	return true;
}

static bool is_dead(struct test *t, const struct bell *b, const char *p)
{
	struct pollfd poller = { .fd = b->fd };
	struct fam_doorbell_info info;
	struct fam_rung r;

	CHECK_ERRNO(t, ring(b, 0), ENODEV);
	CHECK_ERRNO(t, read(b->fd, &r, sizeof(r)), ENODEV);
	CHECK_ERRNO(t, ioctl(b->fd, FAM_DOORBELL_INFO, &info), ENODEV);
	CHECK(t, poll(&poller, 1, 0) == 1 && (poller.revents & POLLHUP),
	      "it is not told: %#x", poller.revents);
	CHECK(t, !p || try_load(p) == -SIGBUS, "the mapping lives");
	return true;
}

static bool removed(struct test *t)
{
	char *p = NULL;
	pid_t pid;
	OPEN(t, b);

	if (b.info.mailbox_size) {
		p = mmap(NULL, PAGE, RW, MAP_SHARED, b.fd, 0);
		CHECK(t, p != MAP_FAILED && try_load(p) >= 0, "mmap: %s",
		      strerror(errno));
	}
	pid = fork();
	if (pid == 0) {
		const int fd = open(MOD_BELL, O_RDWR | O_CLOEXEC);

		(void)ring(&b, 0); /* It is open: go on. */
		_exit(fd < 0 ? 1 : wait_for_ring(fd) ?: wait_for_ring(fd));
	}
	if (!hears(t, &b, 0, 1) || !mod_put(t, REMOVE, "1"))
		return false;
	CHECK(t, mod_wait(pid) == ENODEV << 8, "who waits is not told");
	if (!is_dead(t, &b, p))
		return false;
	CHECK_ERRNO(t, open(MOD_BELL, O_RDWR), ENOENT);
	if (!mod_put(t, RESCAN, "1"))
		return false;
	OPEN(t, again);
	CHECK(t, !t->skip, "it does not come back");
	if (p)
		(void)munmap(p, PAGE);
	return is_dead(t, &b, NULL) && ring(&again, 0) == 0 &&
	       hears(t, &again, 0, 1);
}

const struct check checks_mod_doorbell[] = {
	{ "each vector of the doorbell is heard", 0, every_vector },
	{ "each ring is heard once", 0, every_ring },
	{ "each open file hears for itself", 0, each_for_itself },
	{ "vectors are told in turn", 0, in_turn },
	{ "what was rung behind the mask is told later", 0, masked },
	{ "a vector counts in an eventfd", 0, by_eventfd },
	{ "a doorbell refuses what cannot be", 0, refused },
	{ "a read waits for the ring", 0, blocking },
	{ "a storm of rings stalls nobody", 0, storm },
	{ "the mailbox is mapped", 0, mailbox },
	{ "the doorbell is removed, and comes back", 0, removed },
	{ 0 },
};
