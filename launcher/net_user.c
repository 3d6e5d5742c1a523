/* SPDX-License-Identifier: MIT */

/* net_user.c - The LAN in user space: starting fame-switch */

#include "net_user.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "fdpass.h"
#include "proto_librarian.h"
#include "proto_switch.h"

#define SOCKET_BUFFER (2 << 20) /* as much of it as the host allows */

#define FD_OWNER SERVICE_FD_FIRST

/* A node's port comes when the node starts. */
static void build_args(const struct topology *t, const struct net_reach *reach,
		       uint16_t librarian_port, struct strv *args)
{
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];
	char mac[TOPOLOGY_MAC_MAX];

	strv_push(args, "fame-switch");
	strv_pushf(args, "--ready-fd=%d", SERVICE_FD_READY);
	strv_pushf(args, "--owner-fd=%d", FD_OWNER);
	strv_pushf(args, "--subnet=%s.0/24", t->octets);
	strv_pushf(args, "--host-port=%d:%u", LIBRARIAN_PORT, librarian_port);
	net_reach_push(reach, args);
	for (unsigned i = 1; i <= t->n_nodes; i++)
		strv_pushf(args, "--node=-1,%s,%s,%s",
			   topology_name(t, i, name), topology_mac(i, mac),
			   topology_address(t, i, address));
}

int net_user_start(struct service *s, struct event_base *base,
		   const struct cluster *cluster, const struct topology *t,
		   const struct net_reach *reach, uint16_t librarian_port,
		   const struct service_ops *ops, void *arg, int *ret_owner,
		   struct err *e)
{
	CLEANUP_STRV struct strv args = { 0 };
	CLEANUP_FD int theirs = -1, ours = -1;
	int sv[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return err_set(e, -errno, "cannot make the nodes' LAN: %s",
			       strerror(errno));
	ours = sv[0];
	theirs = sv[1];
	build_args(t, reach, librarian_port, &args);
	r = service_start(s, base, cluster, "switch", &args,
			  &(struct spawn_fd){ theirs, FD_OWNER }, 1, ops, arg,
			  e);
	if (r == 0)
		*ret_owner = take_fd(&ours);
	return r;
}

int net_user_port(int owner, unsigned node, int *ret_fd)
{
	static const int size = SOCKET_BUFFER;
	const struct switch_port_message m = { .node = node };
	CLEANUP_FD int theirs = -1, ours = -1;
	int sv[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	ours = sv[0];
	theirs = sv[1];
	(void)setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	r = fdpass_send(owner, &m, sizeof(m), &theirs, 1);
	if (r == 0)
		*ret_fd = take_fd(&ours);
	return r;
}
