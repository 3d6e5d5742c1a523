/* SPDX-License-Identifier: MIT */

/* net_user.c - The LAN in user space: starting fame-switch */

#include "net_user.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "proto_librarian.h"

#define SOCKET_BUFFER (2 << 20) /* as much of it as the host allows */

/* @fds[i] becomes the descriptor of node i + 1 in the switch. */
static int open_ports(unsigned n, struct spawn_fd *fds, int *ends)
{
	static const int size = SOCKET_BUFFER;

	for (unsigned i = 0; i < n; i++) {
		int sv[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
			return -errno;
		(void)setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size));
		(void)setsockopt(sv[1], SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size));
		fds[i] = (struct spawn_fd){ sv[0], SERVICE_FD_FIRST + (int)i };
		ends[i] = sv[1];
	}
	return 0;
}

static void build_args(const struct topology *t, uint16_t librarian_port,
		       struct strv *args)
{
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];
	char mac[TOPOLOGY_MAC_MAX];

	strv_push(args, "fame-switch");
	strv_pushf(args, "--ready-fd=%d", SERVICE_FD_READY);
	strv_pushf(args, "--subnet=%s.0/24", t->octets);
	strv_pushf(args, "--host-port=%d:%u", LIBRARIAN_PORT, librarian_port);
	for (unsigned i = 1; i <= t->n_nodes; i++)
		strv_pushf(args, "--node=%u,%s,%s,%s", SERVICE_FD_FIRST + i - 1,
			   topology_name(t, i, name), topology_mac(i, mac),
			   topology_address(t, i, address));
}

int net_user_start(struct service *s, struct event_base *base,
		   const struct cluster *cluster, const struct topology *t,
		   uint16_t librarian_port, const struct service_ops *ops,
		   void *arg, int *ret_ends, struct err *e)
{
	CLEANUP_STRV struct strv args = { 0 };
	struct spawn_fd fds[TOPOLOGY_NODES_MAX];
	int ends[TOPOLOGY_NODES_MAX];
	unsigned n = t->n_nodes;
	int r;

	for (unsigned i = 0; i < n; i++)
		fds[i].from = ends[i] = -1;
	build_args(t, librarian_port, &args);
	r = open_ports(n, fds, ends);
	if (r < 0)
		(void)err_set(e, r, "cannot make the nodes' LAN: %s",
			      strerror(-r));
	else
		r = service_start(s, base, cluster, "switch", &args, fds, n,
				  ops, arg, e);
	for (unsigned i = 0; i < n; i++) {
		close_fd(&fds[i].from);
		if (r < 0)
			close_fd(&ends[i]);
	}
	if (r == 0)
		memcpy(ret_ends, ends, n * sizeof(*ends));
	return r;
}
