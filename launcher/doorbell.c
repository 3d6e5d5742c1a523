/* SPDX-License-Identifier: MIT */

/* doorbell.c - The nodes' doorbells: eventfds, mailbox, server */

#include "doorbell.h"

#include <errno.h>
#include <event2/util.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "fdpass.h"
#include "json.h"
#include "log.h"
#include "proto_doorbell.h"

#define FD_OWNER (SERVICE_FD_FIRST + 0)
#define FD_MAILBOX (SERVICE_FD_FIRST + 1)
#define FD_LISTENER (SERVICE_FD_FIRST + 2)

/* Numbers that each server may give to programs of the host: machines still
 * remember those of the server before.
 */
#define NUMBERS_OF_A_SERVER 1024U
#define NUMBERS_END 65536U

#define HOST 0U /* in the counters */

/* ---- what outlives everything ---------------------------------------------- */

/* Nobody can change its size: QEMU would be ended by SIGBUS. */
static int make_mailbox(struct doorbell *d)
{
	const struct doorbell_mailbox head = {
		.magic = DOORBELL_MAGIC,
		.version = 1,
		.slot_size = DOORBELL_SLOT_SIZE,
		.slots = DOORBELL_SLOTS,
		.counts = DOORBELL_COUNTS,
		.nodes = d->n_nodes,
		.vectors = d->vectors,
	};
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	void *p;

	d->mailbox =
		memfd_create("fame-doorbell", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (d->mailbox < 0 ||
	    ftruncate(d->mailbox, DOORBELL_MAILBOX_SIZE) < 0 ||
	    fcntl(d->mailbox, F_ADD_SEALS, seals) < 0)
		return -errno;
	p = mmap(NULL, DOORBELL_MAILBOX_SIZE, PROT_READ | PROT_WRITE,
		 MAP_SHARED, d->mailbox, 0);
	if (p == MAP_FAILED)
		return -errno;
	d->mapped = p;
	memcpy(d->mapped, &head, sizeof(head));
	return 0;
}

static int *eventfd_of(const struct doorbell *d, unsigned node, unsigned vector)
{
	return &d->eventfds[(size_t)(node - 1) * d->vectors + vector];
}

static int make_eventfds(struct doorbell *d)
{
	size_t n = (size_t)d->n_nodes * d->vectors;

	d->eventfds = malloc(n * sizeof(*d->eventfds));
	if (!d->eventfds)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		d->eventfds[i] = -1;
	for (size_t i = 0; i < n; i++) {
		d->eventfds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (d->eventfds[i] < 0)
			return -errno;
	}
	return 0;
}

/* ---- the server ------------------------------------------------------------ */

static int give_vectors(struct doorbell *d)
{
	unsigned node = d->given / d->vectors + 1, v = d->given % d->vectors;
	const struct doorbell_message m = { DOORBELL_VECTORS, node };
	unsigned n = d->vectors - v;
	int r;

	if (n > FDPASS_MAX)
		n = FDPASS_MAX;
	r = fdpass_send(d->owner, &m, sizeof(m), eventfd_of(d, node, v), n);
	if (r == 0)
		d->given += n;
	return r;
}

static int give_client(struct doorbell *d, unsigned node)
{
	struct doorbell_client *c = &d->clients[node - 1];
	const struct doorbell_message m = {
		c->introduced ? DOORBELL_KNOWN_CLIENT : DOORBELL_CLIENT, node
	};
	int r = fdpass_send(d->owner, &m, sizeof(m), &c->fd, 1);

	if (r < 0)
		return r;
	c->to_tell = false;
	c->introduced = true;
	return 0;
}

static int tell(struct doorbell *d)
{
	int r = 0;

	while (r == 0 && d->given < d->n_nodes * d->vectors)
		r = give_vectors(d);
	for (unsigned i = 1; r == 0 && i <= d->n_nodes; i++)
		if (d->clients[i - 1].to_tell)
			r = give_client(d, i);
	return r;
}

/* As much as the channel takes now, and the rest later. That the server has
 * ended is told in its own event.
 */
static int go_on_telling(struct doorbell *d)
{
	int r = d->owner < 0 ? 0 : tell(d);

	if (r == -EAGAIN)
		return event_add(d->writable, NULL) < 0 ? -ENOMEM : 0;
	return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	int r = go_on_telling(arg);

	(void)fd;
	(void)what;
	if (r < 0)
		log_err_errno(r, "cannot set up the doorbells");
}

static void hang_up(struct doorbell *d)
{
	if (d->writable)
		event_free(d->writable);
	d->writable = NULL;
	close_fd(&d->owner);
}

static void on_ready(void *arg)
{
	struct doorbell *d = arg;

	d->ops->ready(d->arg);
}

static void on_ended(void *arg, int status, bool asked)
{
	struct doorbell *d = arg;
	struct timeval delay;
	int ms;

	hang_up(d);
	ms = asked ? -1 : restart_delay(&d->restart, clock_ms());
	if (ms < 0) {
		d->ops->ended(d->arg, status, asked);
		return;
	}
	log_warn("the doorbell server ended (%s %d), started again in %d ms",
		 status > 128 ? "signal" : "status",
		 status > 128 ? status - 128 : status, ms);
	delay = (struct timeval){ ms / 1000, ms % 1000 * 1000 };
	(void)evtimer_add(d->again, &delay);
}

static const struct service_ops service_ops = { .ready = on_ready,
						.ended = on_ended };

static void build_args(const struct doorbell *d, struct strv *args)
{
	unsigned first = DOORBELL_HOST_FIRST + NUMBERS_OF_A_SERVER * d->starts;
	char ids[8 * TOPOLOGY_NODES_MAX] = "";
	size_t n = 0;

	for (unsigned i = 1; i <= d->n_nodes; i++)
		n += (size_t)snprintf(ids + n, sizeof(ids) - n, "%s%u",
				      i > 1 ? "," : "", i);
	strv_push(args, "ivshmem-server");
	strv_push(args, "--foreground");
	strv_push(args, "--verbose");
	strv_pushf(args, "--ready-fd=%d", SERVICE_FD_READY);
	strv_pushf(args, "--owner-fd=%d", FD_OWNER);
	strv_pushf(args, "--shm-fd=%d", FD_MAILBOX);
	strv_pushf(args, "--socket-fd=%d", FD_LISTENER);
	strv_pushf(args, "--vectors=%u", d->vectors);
	strv_pushf(args, "--first=%u", first % NUMBERS_END);
	strv_pushf(args, "--ids=%s", ids);
}

static int start_server(struct doorbell *d, int theirs, struct err *e)
{
	const struct spawn_fd fds[] = {
		{ theirs, FD_OWNER },
		{ d->mailbox, FD_MAILBOX },
		{ d->listener, FD_LISTENER },
	};
	CLEANUP_STRV struct strv args = { 0 };

	build_args(d, &args);
	d->starts++;
	return service_start(&d->service, d->base, d->cluster, "doorbell",
			     &args, fds, ARRAY_SIZE(fds), &service_ops, d, e);
}

/* A new server knows nothing. */
static int open_channel(struct doorbell *d, int *ret_theirs)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	*ret_theirs = sv[1];
	d->owner = sv[0];
	(void)evutil_make_socket_nonblocking(d->owner);
	d->writable = event_new(d->base, d->owner, EV_WRITE, on_writable, d);
	d->given = 0;
	for (unsigned i = 0; i < d->n_nodes; i++)
		d->clients[i].to_tell = d->clients[i].fd >= 0;
	return d->writable ? 0 : -ENOMEM;
}

int doorbell_start(struct doorbell *d, struct err *e)
{
	CLEANUP_FD int theirs = -1;
	int r;

	if (!d->vectors)
		return 0;
	r = open_channel(d, &theirs);
	if (r < 0)
		return err_set(e, r, "cannot start the doorbells: %s",
			       strerror(-r));
	r = start_server(d, theirs, e);
	if (r < 0)
		return r;
	r = go_on_telling(d);
	return r < 0 ? err_set(e, r, "cannot set up the doorbells: %s",
			       strerror(-r)) :
		       0;
}

static void start_again(evutil_socket_t fd, short what, void *arg)
{
	struct doorbell *d = arg;
	struct err e = { "" };

	(void)fd;
	(void)what;
	if (doorbell_start(d, &e) == 0)
		return;
	log_err("%s", e.msg);
	d->ops->ended(d->arg, EXIT_FAILURE, false);
}

void doorbell_stop(struct doorbell *d)
{
	if (d->again)
		(void)event_del(d->again);
	service_stop(&d->service);
}

/* ---- nodes ------------------------------------------------------------------ */

int doorbell_connect(struct doorbell *d, unsigned node, int *ret_fd)
{
	struct doorbell_client *c = &d->clients[node - 1];
	CLEANUP_FD int qemu = -1;
	int sv[2], r;

	*ret_fd = -1;
	if (!d->vectors)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	qemu = sv[1];
	close_fd(&c->fd);
	*c = (struct doorbell_client){ .fd = sv[0], .to_tell = true };
	r = go_on_telling(d);
	if (r == 0)
		*ret_fd = take_fd(&qemu);
	return r;
}

static uint64_t *counter(const struct doorbell *d, unsigned from, unsigned to)
{
	uint64_t *counts = (uint64_t *)(void *)(d->mapped + DOORBELL_COUNTS);

	return &counts[(size_t)from * DOORBELL_SLOTS + to];
}

int doorbell_ring(struct doorbell *d, unsigned node, unsigned vector)
{
	const uint64_t one = 1;

	if (!d->vectors)
		return -ENODEV;
	if (vector >= d->vectors)
		return -ERANGE;
	(void)__atomic_add_fetch(counter(d, HOST, node), 1, __ATOMIC_RELAXED);
	/* A full counter is a ring, too. */
	if (write(*eventfd_of(d, node, vector), &one, sizeof(one)) < 0 &&
	    errno != EAGAIN)
		return -errno;
	return 0;
}

static int add_rings(const struct doorbell *d, json_t *rings)
{
	for (unsigned i = 0; i < DOORBELL_SLOTS * DOORBELL_SLOTS; i++) {
		unsigned from = i / DOORBELL_SLOTS, to = i % DOORBELL_SLOTS;
		uint64_t n =
			__atomic_load_n(counter(d, from, to), __ATOMIC_RELAXED);

		if (n && json_array_append_new(
				 rings, json_pack("{s:i, s:i, s:I}", "from",
						  (int)from, "to", (int)to,
						  "count", (json_int_t)n)) < 0)
			return -ENOMEM;
	}
	return 0;
}

json_t *doorbell_document(const struct doorbell *d)
{
	CLEANUP_JSON json_t *rings = json_array();
	CLEANUP_FREE char *path = NULL;

	if (asprintf(&path, "%s/" CLUSTER_DOORBELL, d->cluster->dir) < 0)
		path = NULL;
	if (!rings || !path || (d->vectors && add_rings(d, rings) < 0))
		return NULL;
	return json_pack("{s:i, s:s, s:O}", "vectors", (int)d->vectors,
			 "socket", d->vectors ? path : "", "rings", rings);
}

/* ---- life -------------------------------------------------------------------- */

int doorbell_init(struct doorbell *d, unsigned vectors, unsigned n_nodes,
		  struct event_base *base, const struct cluster *cluster,
		  const struct doorbell_ops *ops, void *arg, struct err *e)
{
	int r;

	*d = (struct doorbell){ .vectors = vectors,
				.n_nodes = n_nodes,
				.base = base,
				.cluster = cluster,
				.ops = ops,
				.arg = arg,
				.mailbox = -1,
				.listener = -1,
				.owner = -1 };
	for (unsigned i = 0; i < TOPOLOGY_NODES_MAX; i++)
		d->clients[i].fd = -1;
	if (!vectors)
		return 0;
	d->again = evtimer_new(base, start_again, d);
	r = d->again ? make_mailbox(d) : -ENOMEM;
	if (r == 0)
		r = make_eventfds(d);
	if (r == 0)
		r = cluster_listen(cluster, CLUSTER_DOORBELL, &d->listener);
	if (r == -EMFILE)
		return err_set(e, r,
			       "%u vectors of %u nodes are more descriptors "
			       "than a process may have: raise 'ulimit -Hn', "
			       "or give less with --doorbell",
			       vectors, n_nodes);
	return r < 0 ? err_set(e, r, "cannot make the doorbells: %s",
			       strerror(-r)) :
		       0;
}

void doorbell_deinit(struct doorbell *d)
{
	service_deinit(&d->service);
	for (size_t i = 0; d->eventfds && i < (size_t)d->n_nodes * d->vectors;
	     i++)
		close_fd(&d->eventfds[i]);
	free(d->eventfds);
	d->eventfds = NULL;
	if (!d->vectors)
		return;
	for (unsigned i = 0; i < TOPOLOGY_NODES_MAX; i++)
		close_fd(&d->clients[i].fd);
	if (d->mapped)
		(void)munmap(d->mapped, DOORBELL_MAILBOX_SIZE);
	d->mapped = NULL;
	close_fd(&d->mailbox);
	close_fd(&d->listener);
	hang_up(d);
	if (d->again)
		event_free(d->again);
	d->again = NULL;
}
