/* SPDX-License-Identifier: MIT */

/* netlink.c - Interfaces, addresses and routes, by rtnetlink */

#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MAX 12288 /* the longest has a program in it */
#define ANSWER_MAX 2048
#define FILTER_KIND "bpf"
#define FILTER_PRIORITY 1U

/* A request; all of them are smaller than its room. */
struct request {
	struct nlmsghdr h;
	uint8_t body[BODY_MAX];
};

_Static_assert(sizeof(struct nlmsghdr) == NLMSG_HDRLEN, "no padding");

int netlink_open(int *ret_fd)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

unsigned netlink_find(int nl, const char *name)
{
	struct ifreq q = { 0 };

	(void)snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	return ioctl(nl, SIOCGIFINDEX, &q) < 0 ? 0 : (unsigned)q.ifr_ifindex;
}

/* ---- putting a request together ------------------------------------------- */

static void begin(struct request *q, uint16_t type, uint16_t flags,
		  const void *head, size_t len)
{
	memset(q, 0, sizeof(*q));
	q->h.nlmsg_type = type;
	q->h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	q->h.nlmsg_len = (uint32_t)NLMSG_SPACE(len);
	memcpy(q->body, head, len);
}

static struct rtattr *put(struct request *q, uint16_t type, const void *data,
			  size_t len)
{
	struct rtattr *a =
		(struct rtattr *)(q->body + q->h.nlmsg_len - NLMSG_HDRLEN);

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	q->h.nlmsg_len += (uint32_t)RTA_SPACE(len);
	return a;
}

static void put_u32(struct request *q, uint16_t type, uint32_t v)
{
	(void)put(q, type, &v, sizeof(v));
}

/* What is put until end() lies within. */
static struct rtattr *nest(struct request *q, uint16_t type)
{
	return put(q, type, NULL, 0);
}

static void end(const struct request *q, struct rtattr *a)
{
	const uint8_t *to = q->body + q->h.nlmsg_len - NLMSG_HDRLEN;

	a->rta_len = (uint16_t)(to - (const uint8_t *)a);
}

/* One at a time, so the next thing to read is its answer. */
static int ask(int nl, const struct request *q)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t rest[ANSWER_MAX];
	} a;
	ssize_t n;

	if (send(nl, q, q->h.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(nl, &a, sizeof(a), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(a.h) + sizeof(a.e) ||
	    a.h.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return a.e.error;
}

/* ---- requests ------------------------------------------------------------- */

int netlink_add_bridge(int nl, const char *name)
{
	static const struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
	static const char kind[] = "bridge";
	static const uint8_t off;
	struct rtattr *info, *data;
	struct request q;

	begin(&q, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	(void)put(&q, IFLA_IFNAME, name, strlen(name) + 1);
	info = nest(&q, IFLA_LINKINFO);
	(void)put(&q, IFLA_INFO_KIND, kind, strlen(kind));
	data = nest(&q, IFLA_INFO_DATA);
	put_u32(&q, IFLA_BR_FORWARD_DELAY, 0);
	/* Nobody asks who listens, so it would be guessing. */
	(void)put(&q, IFLA_BR_MCAST_SNOOPING, &off, sizeof(off));
	end(&q, data);
	end(&q, info);
	return ask(nl, &q);
}

/* The same as /proc/sys/net/ipv4/conf/NAME/forwarding, which may be mounted
 * read-only in a container.
 */
static void put_forwarding(struct request *q)
{
	struct rtattr *families = nest(q, IFLA_AF_SPEC);
	struct rtattr *family = nest(q, AF_INET);
	struct rtattr *conf = nest(q, IFLA_INET_CONF);

	put_u32(q, IPV4_DEVCONF_FORWARDING, 1);
	end(q, conf);
	end(q, family);
	end(q, families);
}

int netlink_set_up(int nl, const struct netlink_link *l)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC,
					.ifi_index = (int)l->index,
					.ifi_flags = IFF_UP,
					.ifi_change = IFF_UP };
	struct request q;

	begin(&q, RTM_NEWLINK, 0, &head, sizeof(head));
	if (l->mtu)
		put_u32(&q, IFLA_MTU, l->mtu);
	if (l->master)
		put_u32(&q, IFLA_MASTER, l->master);
	if (l->forward)
		put_forwarding(&q);
	return ask(nl, &q);
}

int netlink_add_address(int nl, unsigned index, uint32_t ip, unsigned bits)
{
	const struct ifaddrmsg head = { .ifa_family = AF_INET,
					.ifa_prefixlen = (uint8_t)bits,
					.ifa_index = index };
	struct request q;

	begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	put_u32(&q, IFA_LOCAL, htonl(ip));
	put_u32(&q, IFA_ADDRESS, htonl(ip));
	put_u32(&q, IFA_BROADCAST, htonl(ip | UINT32_MAX >> bits));
	return ask(nl, &q);
}

int netlink_add_route(int nl, unsigned index, uint32_t dst, unsigned bits,
		      uint32_t src)
{
	const struct rtmsg head = { .rtm_family = AF_INET,
				    .rtm_dst_len = (uint8_t)bits,
				    .rtm_table = RT_TABLE_MAIN,
				    .rtm_protocol = RTPROT_STATIC,
				    .rtm_scope = RT_SCOPE_LINK,
				    .rtm_type = RTN_UNICAST };
	struct request q;

	begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	if (bits)
		put_u32(&q, RTA_DST, htonl(dst));
	put_u32(&q, RTA_OIF, index);
	put_u32(&q, RTA_PREFSRC, htonl(src));
	return ask(nl, &q);
}

int netlink_set_port(int nl, unsigned index, bool open)
{
	const struct ifinfomsg head = { .ifi_family = AF_BRIDGE,
					.ifi_index = (int)index };
	const uint8_t state = open ? BR_STATE_FORWARDING : BR_STATE_DISABLED;
	struct rtattr *port;
	struct request q;

	begin(&q, RTM_SETLINK, 0, &head, sizeof(head));
	port = nest(&q, IFLA_PROTINFO | NLA_F_NESTED);
	(void)put(&q, IFLA_BRPORT_STATE, &state, sizeof(state));
	end(&q, port);
	return ask(nl, &q);
}

/* ---- filters -------------------------------------------------------------- */

/* Where an interface's filters hang. */
static int add_hook(int nl, unsigned index)
{
	static const char kind[] = "clsact";
	const struct tcmsg head = { .tcm_family = AF_UNSPEC,
				    .tcm_ifindex = (int)index,
				    .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
				    .tcm_parent = TC_H_CLSACT };
	struct request q;

	begin(&q, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	(void)put(&q, TCA_KIND, kind, sizeof(kind));
	return ask(nl, &q);
}

int netlink_add_filter(int nl, unsigned index, const struct sock_filter *ops,
		       unsigned n)
{
	const struct tcmsg head = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)index,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_info = TC_H_MAKE(FILTER_PRIORITY << 16, htons(ETH_P_ALL)),
	};
	const uint16_t count = (uint16_t)n;
	struct rtattr *options;
	struct request q;
	int r = add_hook(nl, index);

	if (r < 0)
		return r;
	begin(&q, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &head,
	      sizeof(head));
	(void)put(&q, TCA_KIND, FILTER_KIND, sizeof(FILTER_KIND));
	options = nest(&q, TCA_OPTIONS);
	(void)put(&q, TCA_BPF_OPS_LEN, &count, sizeof(count));
	(void)put(&q, TCA_BPF_OPS, ops, n * sizeof(*ops));
	/* What it returns is what is done. */
	put_u32(&q, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	end(&q, options);
	return ask(nl, &q);
}

int netlink_get_drops(int nl, unsigned index, uint32_t *ret_n)
{
	const struct tcmsg head = { .tcm_family = AF_UNSPEC,
				    .tcm_ifindex = (int)index,
				    .tcm_parent = TC_H_CLSACT };
	_Alignas(struct nlmsghdr) uint8_t answer[ANSWER_MAX];
	const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
	const struct rtattr *a;
	struct request q;
	ssize_t got;
	int len;

	begin(&q, RTM_GETQDISC, 0, &head, sizeof(head));
	/* Without "echo" only those who listen would hear the answer. */
	q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ECHO;
	if (send(nl, &q, q.h.nlmsg_len, 0) < 0)
		return -errno;
	got = recv(nl, answer, sizeof(answer), 0);
	if (got < 0)
		return -errno;
	if (!NLMSG_OK(h, (unsigned)got) || h->nlmsg_type != RTM_NEWQDISC)
		return -ENOENT;
	a = (const struct rtattr *)(answer + NLMSG_SPACE(sizeof(head)));
	len = (int)(h->nlmsg_len - NLMSG_SPACE(sizeof(head)));
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == TCA_STATS &&
		    RTA_PAYLOAD(a) >= offsetof(struct tc_stats, bps)) {
			*ret_n = ((const struct tc_stats *)RTA_DATA(a))->drops;
			return 0;
		}
	return -ENOENT;
}
