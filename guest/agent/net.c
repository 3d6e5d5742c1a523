/* SPDX-License-Identifier: MIT */

/* net.c - Addresses of the node, by rtnetlink
 *
 * One request at a time, each acknowledged: the kernel does the work within
 * send(2), so there is nothing to wait for.
 */

#include "net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

#define ADDRESSES_MAX 16
#define ANSWER_MAX 16384

struct request {
	struct nlmsghdr h;
	char body[256];
};

/* ---- messages ------------------------------------------------------------- */

/* Starts a message; returns its family header of @size zero bytes. */
static void *request_begin(struct request *q, uint16_t type, uint16_t flags,
			   size_t size)
{
	*q = (struct request){
		.h = { .nlmsg_len = (uint32_t)NLMSG_SPACE(size),
		       .nlmsg_type = type,
		       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
	};
	return NLMSG_DATA(&q->h);
}

/* The messages of this file are far smaller than their room. */
static void request_add(struct request *q, uint16_t type, const void *data,
			size_t len)
{
	struct rtattr *a = (void *)((char *)q + NLMSG_ALIGN(q->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	q->h.nlmsg_len =
		(uint32_t)(NLMSG_ALIGN(q->h.nlmsg_len) + RTA_SPACE(len));
}

static int open_rtnetlink(unsigned groups, int flags, int *ret_fd)
{
	const struct sockaddr_nl us = { .nl_family = AF_NETLINK,
					.nl_groups = groups };
	CLEANUP_FD int fd = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&us, sizeof(us)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int send_request(int fd, const struct request *q)
{
	return send(fd, q, q->h.nlmsg_len, 0) < 0 ? -errno : 0;
}

static int error_of(struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);

	return e->error; /* negative errno; 0 = done as asked */
}

/* Sends a request and waits for the kernel's word on it. */
static int transact(int fd, struct request *q)
{
	struct {
		struct nlmsghdr h;
		char body[1024];
	} answer;
	ssize_t n;
	int r;

	q->h.nlmsg_flags |= NLM_F_ACK;
	r = send_request(fd, q);
	if (r < 0)
		return r;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if (!NLMSG_OK(&answer.h, (size_t)n) ||
	    answer.h.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return error_of(&answer.h);
}

/* ---- the changes ---------------------------------------------------------- */

static int link_up(int fd, unsigned index, unsigned mtu)
{
	struct request q;
	struct ifinfomsg *m = request_begin(&q, RTM_NEWLINK, 0, sizeof(*m));

	m->ifi_index = (int)index;
	m->ifi_flags = IFF_UP;
	m->ifi_change = IFF_UP;
	if (mtu)
		request_add(&q, IFLA_MTU, &mtu, sizeof(mtu));
	return transact(fd, &q);
}

static uint32_t broadcast_of(struct in_addr a, unsigned prefix)
{
	/* Of /31 and /32 there is none. */
	return prefix < 31 ? a.s_addr | htonl(UINT32_MAX >> prefix) : 0;
}

static int address_add(int fd, unsigned index, const struct net_config *c)
{
	uint32_t broadcast = broadcast_of(c->address, c->prefix);
	struct request q;
	struct ifaddrmsg *m = request_begin(
		&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*m));

	m->ifa_family = AF_INET;
	m->ifa_prefixlen = (uint8_t)c->prefix;
	m->ifa_index = index;
	request_add(&q, IFA_LOCAL, &c->address, sizeof(c->address));
	request_add(&q, IFA_ADDRESS, &c->address, sizeof(c->address));
	if (broadcast)
		request_add(&q, IFA_BROADCAST, &broadcast, sizeof(broadcast));
	return transact(fd, &q);
}

static int address_delete(int fd, unsigned index, struct in_addr a,
			  uint8_t prefix)
{
	struct request q;
	struct ifaddrmsg *m = request_begin(&q, RTM_DELADDR, 0, sizeof(*m));

	m->ifa_family = AF_INET;
	m->ifa_prefixlen = prefix;
	m->ifa_index = index;
	request_add(&q, IFA_LOCAL, &a, sizeof(a));
	return transact(fd, &q);
}

static int default_route(int fd, unsigned index, struct in_addr gateway)
{
	struct request q;
	struct rtmsg *m = request_begin(
		&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*m));

	m->rtm_family = AF_INET;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_STATIC;
	m->rtm_scope = RT_SCOPE_UNIVERSE;
	m->rtm_type = RTN_UNICAST;
	request_add(&q, RTA_GATEWAY, &gateway, sizeof(gateway));
	request_add(&q, RTA_OIF, &index, sizeof(index));
	return transact(fd, &q);
}

/* ---- the addresses that are there ----------------------------------------- */

struct address {
	struct in_addr local;
	uint8_t prefix;
};

struct addresses {
	unsigned index;
	size_t n;
	struct address v[ADDRESSES_MAX];
};

static void note_address(struct nlmsghdr *h, struct addresses *to)
{
	struct ifaddrmsg *m = NLMSG_DATA(h);
	struct rtattr *a = IFA_RTA(m);
	size_t left = IFA_PAYLOAD(h);

	if (m->ifa_index != to->index || to->n == ADDRESSES_MAX)
		return;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type != IFA_LOCAL ||
		    RTA_PAYLOAD(a) < sizeof(struct in_addr))
			continue;
		memcpy(&to->v[to->n].local, RTA_DATA(a),
		       sizeof(struct in_addr));
		to->v[to->n++].prefix = m->ifa_prefixlen;
		return;
	}
}

/* Return: 1 = more is to come, 0 = that was all, or a negative errno */
static int note_addresses(int fd, struct addresses *to)
{
	_Alignas(struct nlmsghdr) char buf[ANSWER_MAX];
	struct nlmsghdr *h = (void *)buf;
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	size_t left = (size_t)n;

	if (n < 0)
		return -errno;
	for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR)
			return error_of(h);
		if (h->nlmsg_type == RTM_NEWADDR)
			note_address(h, to);
	}
	return 1;
}

static int addresses_list(int fd, struct addresses *to)
{
	struct request q;
	struct ifaddrmsg *m =
		request_begin(&q, RTM_GETADDR, NLM_F_DUMP, sizeof(*m));
	int r;

	m->ifa_family = AF_INET;
	r = send_request(fd, &q);
	if (r < 0)
		return r;
	do
		r = note_addresses(fd, to);
	while (r > 0);
	return r;
}

static int addresses_delete_others(int fd, unsigned index,
				   const struct net_config *keep)
{
	struct addresses have = { .index = index };
	int r;

	r = addresses_list(fd, &have);
	for (size_t i = 0; r == 0 && i < have.n; i++) {
		const struct address *a = &have.v[i];

		if (a->local.s_addr == keep->address.s_addr &&
		    a->prefix == keep->prefix)
			continue;
		r = address_delete(fd, index, a->local, a->prefix);
		/* One address can take others of its network along. */
		if (r == -EADDRNOTAVAIL)
			r = 0;
	}
	return r;
}

/* ---- what is offered ------------------------------------------------------ */

int net_up_loopback(void)
{
	CLEANUP_FD int fd = -1;
	int r;

	r = open_rtnetlink(0, 0, &fd);
	if (r < 0)
		return r;
	return link_up(fd, if_nametoindex("lo"), 0);
}

static int configure(int fd, unsigned index, const struct net_config *c,
		     const char **ret_step)
{
	int r;

	*ret_step = "remove old addresses";
	r = addresses_delete_others(fd, index, c);
	if (r < 0)
		return r;
	*ret_step = "switch it on";
	r = link_up(fd, index, c->mtu);
	if (r < 0)
		return r;
	*ret_step = "set the address";
	r = address_add(fd, index, c);
	if (r < 0)
		return r;
	*ret_step = "set the default route";
	return default_route(fd, index, c->gateway);
}

int net_configure(const char *name, const struct net_config *config,
		  struct err *ret_err)
{
	unsigned index = if_nametoindex(name);
	const char *step = "open rtnetlink";
	CLEANUP_FD int fd = -1;
	int r;

	if (!index)
		return err_set(ret_err, -ENODEV,
			       "\"%s\": no such network interface", name);
	r = open_rtnetlink(0, 0, &fd);
	if (r == 0)
		r = configure(fd, index, config, &step);
	if (r < 0)
		return err_set(ret_err, r, "\"%s\": cannot %s: %s", name, step,
			       strerror(-r));
	return 0;
}

/* ---- waiting -------------------------------------------------------------- */

struct net_wait {
	const char *name;
	int fd;
	struct event *ev;
	net_wait_fn fn;
	void *arg;
};

struct net_wait *net_wait_free(struct net_wait *w)
{
	if (!w)
		return NULL;
	if (w->ev)
		event_free(w->ev);
	close_fd(&w->fd);
	free(w);
	return NULL;
}

/* What came is of no interest, only whether the interface is there now. */
static void on_link(evutil_socket_t fd, short what, void *arg)
{
	struct net_wait *w = arg;
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		continue;
	if (if_nametoindex(w->name)) {
		(void)event_del(w->ev);
		w->fn(w->arg, 0);
	} else if (what & EV_TIMEOUT) {
		(void)event_del(w->ev);
		w->fn(w->arg, -ETIMEDOUT);
	}
}

int net_wait_new(struct event_base *base, const char *name, int timeout_ms,
		 net_wait_fn fn, void *arg, struct net_wait **ret_wait)
{
	const struct timeval limit = { timeout_ms / 1000,
				       timeout_ms % 1000 * 1000 };
	struct net_wait *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	*w = (struct net_wait){ name, -1, NULL, fn, arg };
	/* First listen, then look: nothing is missed in between. */
	r = open_rtnetlink(RTMGRP_LINK, SOCK_NONBLOCK, &w->fd);
	if (r < 0) {
		(void)net_wait_free(w);
		return r;
	}
	w->ev = event_new(base, w->fd, EV_READ | EV_PERSIST, on_link, w);
	if (!w->ev || event_add(w->ev, &limit) < 0) {
		(void)net_wait_free(w);
		return -ENOMEM;
	}
	event_active(w->ev, EV_READ, 0);
	*ret_wait = w;
	return 0;
}
