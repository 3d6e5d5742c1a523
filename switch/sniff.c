/* SPDX-License-Identifier: MIT */

/* sniff.c - What passes through a bridge, for those who look on
 *
 * Each frame is seen several times: it comes in by a tap, and goes out by one,
 * or more. Those who look at a node see its tap. Those who look at all see what
 * comes in by taps, and what the bridge itself, torms, sends out.
 */

#include "sniff.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge.h"
#include "cleanup.h"

#define BURST 64
#define QUEUE_MAX (4 << 20) /* bytes, where that is allowed */

int sniff_open(int *ret_fd)
{
	static const int size = QUEUE_MAX;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
	*ret_fd = fd;
	return 0;
}

/* Of the socket's network, which is not that of this process */
static int find_index(int fd, const char *name)
{
	struct ifreq q = { 0 };

	(void)snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFINDEX, &q) < 0 ? -errno : q.ifr_ifindex;
}

void sniff_init(struct sniff *s, int fd, const struct options *o)
{
	char name[BRIDGE_TAP_NAME_MAX];

	s->fd = fd;
	s->on = false;
	s->n_nodes = o->lan.n_hosts;
	if (fd < 0)
		return;
	s->loopback = find_index(fd, "lo");
	s->bridge = find_index(fd, o->bridge);
	for (unsigned i = 0; i < s->n_nodes; i++)
		s->taps[i] = find_index(fd, bridge_tap_name(i + 1, name));
}

/* What is left was for those who looked on, and not for the next ones. */
static void forget(struct sniff *s)
{
	struct tpacket_stats st;
	socklen_t n = sizeof(st);

	while (recv(s->fd, s->frame, sizeof(s->frame), 0) >= 0)
		;
	(void)getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &st, &n);
}

int sniff_switch(struct sniff *s, bool on)
{
	const struct sockaddr_ll a = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = on ? 0 : s->loopback,
	};

	if (s->on == on)
		return 0;
	if (s->fd < 0)
		return -ENOTSUP;
	if (bind(s->fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	s->on = on;
	if (!on)
		forget(s);
	return 0;
}

static void pass_on(const struct sniff *s, struct captures *to,
		    const struct sockaddr_ll *a, size_t len)
{
	bool out = a->sll_pkttype == PACKET_OUTGOING;

	if (a->sll_ifindex == s->bridge && out)
		captures_put(to, CAPTURE_NO_NODE, true, s->frame, len);
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (a->sll_ifindex == s->taps[i])
			captures_put(to, i + 1, !out, s->frame, len);
}

void sniff_read(struct sniff *s, struct captures *to)
{
	struct tpacket_stats st = { 0 };
	socklen_t n = sizeof(st);

	for (int i = 0; i < BURST; i++) {
		struct sockaddr_ll a = { 0 };
		socklen_t alen = sizeof(a);
		ssize_t len = recvfrom(s->fd, s->frame, sizeof(s->frame), 0,
				       (struct sockaddr *)&a, &alen);

		if (len < 0)
			break;
		pass_on(s, to, &a, (size_t)len);
	}
	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &st, &n) == 0)
		captures_lose(to, st.tp_drops);
}
