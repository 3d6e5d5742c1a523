/* SPDX-License-Identifier: MIT */

/* network.c - The nodes' LAN, of one kind or another */

#include "network.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "fdpass.h"
#include "librarian.h"
#include "net_bridge.h"
#include "net_user.h"

static const char *const mode_names[] = {
	[NETWORK_USER] = "user",
	[NETWORK_BRIDGE] = "bridge",
};
_Static_assert(ARRAY_SIZE(mode_names) == NETWORK_MODE_COUNT, "a name each");

const char *network_mode_name(enum network_mode mode)
{
	return mode_names[mode];
}

bool network_is_mode(const char *name)
{
	for (size_t i = 0; i < NETWORK_MODE_COUNT; i++)
		if (!strcmp(name, mode_names[i]))
			return true;
	return !strcmp(name, "auto");
}

int network_choose(const char *want, const struct topology *t,
		   enum network_mode *ret_mode, struct err *ret_why,
		   struct err *e)
{
	int r;

	ret_why->msg[0] = '\0';
	*ret_mode = NETWORK_USER;
	if (!strcmp(want, mode_names[NETWORK_USER]))
		return 0;
	r = net_bridge_try(t, ret_why);
	if (r == 0)
		*ret_mode = NETWORK_BRIDGE;
	else if (strcmp(want, "auto") != 0)
		return err_set(e, r,
			       "network 'bridge' does not work here: %s; "
			       "'--net user' works everywhere",
			       ret_why->msg);
	return 0;
}

/* The switch leads torms' port to one on the host's loopback. */
static int start_user(struct network *n, struct event_base *base,
		      const struct cluster *cluster, const struct topology *t,
		      const struct net_reach *reach,
		      const struct service_ops *ops, void *arg,
		      int *ret_librarian, struct err *e)
{
	CLEANUP_FD int fd = -1;
	uint16_t port = 0;
	int r;

	r = librarian_listen(&fd, &port, e);
	if (r == 0)
		r = net_user_start(&n->service, base, cluster, t, reach, port,
				   ops, arg, &n->owner, e);
	if (r == 0)
		*ret_librarian = take_fd(&fd);
	return r;
}

int network_start(struct network *n, enum network_mode mode,
		  struct event_base *base, const struct cluster *cluster,
		  const struct topology *t, const struct net_reach *reach,
		  const struct service_ops *ops, void *arg, int *ret_librarian,
		  struct err *e)
{
	*n = (struct network){ .mode = mode, .owner = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(n->taps); i++)
		n->taps[i] = -1;
	if (mode == NETWORK_USER)
		return start_user(n, base, cluster, t, reach, ops, arg,
				  ret_librarian, e);
	return net_bridge_start(&n->service, base, cluster, t, reach, ops, arg,
				ret_librarian, n->taps, &n->owner, e);
}

int network_port(const struct network *n, unsigned node, int *ret_fd)
{
	if (n->mode == NETWORK_USER)
		return net_user_port(n->owner, node, ret_fd);
	return net_bridge_port(n->taps[node - 1], ret_fd);
}

int network_link(const struct network *n, unsigned node,
		 const struct switch_link *link)
{
	const struct switch_link_message m = { .node = node, .link = *link };

	if (n->mode != NETWORK_USER &&
	    (link->loss_ppm || link->delay_us || link->rate))
		return -ENOTSUP;
	return fdpass_send(n->owner, &m, sizeof(m), NULL, 0);
}

int network_capture(const struct network *n, unsigned node, int fd)
{
	const struct switch_capture_message m = { .node = node };

	return fdpass_send(n->owner, &m, sizeof(m), &fd, 1);
}

void network_deinit(struct network *n)
{
	if (!n->service.name) /* never started */
		return;
	service_deinit(&n->service);
	close_fd(&n->owner);
	for (size_t i = 0; i < ARRAY_SIZE(n->taps); i++)
		close_fd(&n->taps[i]);
}
