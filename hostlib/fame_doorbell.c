/* SPDX-License-Identifier: MIT */

/* fame_doorbell.c - Doorbells for programs of the host
 *
 * The protocol (version 0) is a row of signed numbers of 64 bits in
 * little-endian, some with a descriptor: the version; this client's number; -1
 * with the memory; then a number with a descriptor for each vector of each
 * client, this one's last, and a number without one whenever a client leaves.
 */

#include "fame_doorbell.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto_doorbell.h"

#define NUMBER_MAX 65535
#define PATIENCE_SECONDS 10
#define HOST 0U /* in the mailbox's counts */

struct peer {
	uint32_t number;
	unsigned n;
	int fds[FAME_DOORBELL_VECTORS_MAX];
};

enum state {
	EXPECT_VERSION,
	EXPECT_NUMBER,
	EXPECT_MEMORY,
	EXPECT_PEERS,
};

struct fame_doorbell {
	int fd;
	int error; /* the first; what the server says after it is lost */
	enum state state;
	unsigned vectors;
	char message[8]; /* as far as it has come, and its descriptor */
	size_t have;
	int passed;
	struct peer self;
	struct peer *peers;
	size_t n_peers;
	uint8_t *mailbox;
	size_t mailbox_size;
};

static void close_peer(struct peer *p)
{
	while (p->n)
		(void)close(p->fds[--p->n]);
}

/* ---- what the server says --------------------------------------------------------- */

static struct peer *find(struct fame_doorbell *d, uint32_t number)
{
	if (number == d->self.number)
		return &d->self;
	for (size_t i = 0; i < d->n_peers; i++)
		if (d->peers[i].number == number)
			return &d->peers[i];
	return NULL;
}

static struct peer *add(struct fame_doorbell *d, uint32_t number)
{
	struct peer *p =
		reallocarray(d->peers, d->n_peers + 1, sizeof(*d->peers));

	if (!p)
		return NULL;
	d->peers = p;
	p += d->n_peers++;
	p->number = number;
	p->n = 0;
	return p;
}

static int hear_vector(struct fame_doorbell *d, uint32_t number, int fd)
{
	struct peer *p = find(d, number);

	if (!p)
		p = add(d, number);
	if (!p || p->n == FAME_DOORBELL_VECTORS_MAX) {
		(void)close(fd);
		return p ? -EPROTO : -ENOMEM;
	}
	/* A full counter must not hold up who rings. */
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	p->fds[p->n++] = fd;
	return 0;
}

static int hear_end(struct fame_doorbell *d, uint32_t number)
{
	struct peer *p = find(d, number);

	if (!p || p == &d->self)
		return 0;
	close_peer(p);
	*p = d->peers[--d->n_peers];
	return 0;
}

static int hear_memory(struct fame_doorbell *d, int fd)
{
	struct stat st;
	void *p = MAP_FAILED;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return -EPROTO;
	d->mailbox = p;
	d->mailbox_size = (size_t)st.st_size;
	return 0;
}

/* Owns the descriptor. */
static int hear(struct fame_doorbell *d, int64_t v, int fd)
{
	bool number = v >= 0 && v <= NUMBER_MAX;

	if (d->state == EXPECT_PEERS && number)
		return fd < 0 ? hear_end(d, (uint32_t)v) :
				hear_vector(d, (uint32_t)v, fd);
	if (d->state == EXPECT_MEMORY && v == -1) {
		d->state = EXPECT_PEERS;
		return hear_memory(d, fd);
	}
	if (fd >= 0)
		(void)close(fd);
	else if (d->state == EXPECT_VERSION && v == 0) {
		d->state = EXPECT_NUMBER;
		return 0;
	} else if (d->state == EXPECT_NUMBER && number) {
		d->self.number = (uint32_t)v;
		d->state = EXPECT_MEMORY;
		return 0;
	}
	return -EPROTO;
}

/* ---- messages ------------------------------------------------------------------- */

union control {
	struct cmsghdr align;
	char bytes[CMSG_LEN(sizeof(int))]; /* padding would hold a second */
};

/*
 * The descriptor of a message comes with its first byte. Truncation is either a
 * second one, or that the table of descriptors is full.
 */
static int take_passed(struct fame_doorbell *d, struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (fd >= 0 && d->passed >= 0) {
		(void)close(fd);
		return -EPROTO;
	}
	if (fd >= 0)
		d->passed = fd;
	return !(m->msg_flags & MSG_CTRUNC) ? 0 : fd >= 0 ? -EPROTO : -EMFILE;
}

/* 1 if a message was heard; 0 if there is none (now); or an error */
static int receive(struct fame_doorbell *d)
{
	union control control;
	struct iovec io = { d->message + d->have,
			    sizeof(d->message) - d->have };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(d->fd, &m, MSG_CMSG_CLOEXEC);
	int64_t v;
	int fd, r;

	if (n <= 0)
		return n == 0 || errno == ECONNRESET ? -EPIPE :
		       errno == EAGAIN		     ? 0 :
		       errno == EINTR		     ? 1 :
						       -errno;
	r = take_passed(d, &m);
	d->have += (size_t)n;
	if (r < 0 || d->have < sizeof(d->message))
		return r < 0 ? r : 1;
	memcpy(&v, d->message, sizeof(v));
	fd = d->passed;
	d->passed = -1;
	d->have = 0;
	r = hear(d, (int64_t)le64toh((uint64_t)v), fd);
	return r < 0 ? r : 1;
}

int fame_doorbell_process(struct fame_doorbell *d)
{
	int r = d->error;

	if (r < 0)
		return r;
	while ((r = receive(d)) > 0)
		;
	d->error = r;
	return r;
}

/* ---- life ---------------------------------------------------------------------- */

/* Of a cluster's mailbox, or NULL. */
static const struct doorbell_mailbox *head_of(const struct fame_doorbell *d)
{
	const struct doorbell_mailbox *h =
		(const struct doorbell_mailbox *)d->mailbox;

	return d->mailbox_size >= DOORBELL_MAILBOX_SIZE &&
			       h->magic == DOORBELL_MAGIC && h->version == 1 ?
		       h :
		       NULL;
}

/* The server does not say when it has said all. */
static int hear_all(struct fame_doorbell *d)
{
	int r = 1;

	while (d->state != EXPECT_PEERS || d->self.n < d->vectors) {
		const struct doorbell_mailbox *h;

		r = receive(d);
		if (r <= 0)
			return r ? r : -ETIMEDOUT;
		if (d->state != EXPECT_PEERS || d->vectors)
			continue;
		h = head_of(d);
		if (!h || !h->vectors || h->vectors > FAME_DOORBELL_VECTORS_MAX)
			return -EINVAL;
		d->vectors = h->vectors;
	}
	return fcntl(d->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int connect_to(struct fame_doorbell *d, const char *path)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (n >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, path, n);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0 ||
	    setsockopt(d->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    setsockopt(d->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) < 0)
		return -errno;
	while (connect(d->fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		if (errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return 0;
}

int fame_doorbell_connect(const char *path, unsigned vectors,
			  struct fame_doorbell **ret)
{
	struct fame_doorbell *d;
	int r;

	if (vectors > FAME_DOORBELL_VECTORS_MAX)
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->vectors = vectors;
	d->fd = d->passed = -1;
	d->self.number = UINT32_MAX;
	r = connect_to(d, path);
	if (r == 0)
		r = hear_all(d);
	if (r < 0) {
		fame_doorbell_close(d);
		return r;
	}
	*ret = d;
	return 0;
}

void fame_doorbell_close(struct fame_doorbell *d)
{
	if (!d)
		return;
	close_peer(&d->self);
	while (d->n_peers)
		close_peer(&d->peers[--d->n_peers]);
	free(d->peers);
	if (d->mailbox)
		(void)munmap(d->mailbox, d->mailbox_size);
	if (d->passed >= 0)
		(void)close(d->passed);
	if (d->fd >= 0)
		(void)close(d->fd);
	free(d);
}

/* ---- use ----------------------------------------------------------------------- */

uint32_t fame_doorbell_number(const struct fame_doorbell *d)
{
	return d->self.number;
}

unsigned fame_doorbell_vectors(const struct fame_doorbell *d)
{
	return d->vectors;
}

void *fame_doorbell_mailbox(const struct fame_doorbell *d, size_t *ret_size)
{
	*ret_size = d->mailbox_size;
	return d->mailbox;
}

static void count(struct fame_doorbell *d, uint32_t peer)
{
	uint64_t *counts;

	if (!head_of(d) || peer >= DOORBELL_SLOTS)
		return;
	counts = (uint64_t *)(void *)(d->mailbox + DOORBELL_COUNTS);
	(void)__atomic_add_fetch(&counts[HOST * DOORBELL_SLOTS + peer], 1,
				 __ATOMIC_SEQ_CST);
}

int fame_doorbell_ring(struct fame_doorbell *d, uint32_t peer, unsigned vector)
{
	const struct peer *p = find(d, peer);
	const uint64_t one = 1;

	if (!p)
		return -ENODEV;
	if (vector >= p->n)
		return -ERANGE;
	count(d, peer);
	/* A full counter is a ring, too. */
	if (write(p->fds[vector], &one, sizeof(one)) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}

int fame_doorbell_fd(const struct fame_doorbell *d, unsigned vector)
{
	return vector < d->self.n ? d->self.fds[vector] : -ERANGE;
}

int fame_doorbell_server_fd(const struct fame_doorbell *d)
{
	return d->fd;
}
