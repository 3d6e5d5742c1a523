/* SPDX-License-Identifier: MIT */

/* capture.c - Frames for those who look on */

#include "capture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "cleanup.h"
#include "log.h"
#include "packet.h"
#include "port.h"
#include "proto_switch.h"

#define NS_PER_US 1000
#define REST_MAX (sizeof(struct switch_record) + SWITCH_RECORD_LEN_MAX)

void captures_init(struct captures *s)
{
	*s = (struct captures){ 0 };
	for (size_t i = 0; i < CAPTURES_MAX; i++)
		s->c[i].fd = -1;
}

static void end(struct captures *s, struct capture *c)
{
	log_debug("capture: %" PRIu64 " frames, %u lost", c->frames, c->lost);
	close_fd(&c->fd);
	free(c->rest);
	c->rest = NULL;
	s->n--;
}

void captures_deinit(struct captures *s)
{
	for (size_t i = 0; i < CAPTURES_MAX; i++)
		if (s->c[i].fd >= 0)
			end(s, &s->c[i]);
}

/* ---- sending -------------------------------------------------------------- */

/* Return: whether nothing is left of an earlier record */
static bool send_rest(struct capture *c)
{
	ssize_t n;

	if (c->rest_at == c->rest_len)
		return true;
	n = send(c->fd, c->rest + c->rest_at, c->rest_len - c->rest_at,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		c->rest_at += (size_t)n;
	return c->rest_at == c->rest_len;
}

static void keep_rest(struct capture *c, const struct iovec *v, size_t sent)
{
	uint8_t *p = c->rest;

	memcpy(p, v[0].iov_base, v[0].iov_len);
	if (v[1].iov_len)
		memcpy(p + v[0].iov_len, v[1].iov_base, v[1].iov_len);
	c->rest_at = sent;
	c->rest_len = v[0].iov_len + v[1].iov_len;
}

/* Return: whether it was taken, the rest of it by us; a socket that has failed
 * takes nothing, and its end is seen in the turn.
 */
static bool send_record(struct capture *c, struct switch_record *r,
			const uint8_t *frame, size_t len)
{
	struct iovec v[] = { { r, sizeof(*r) },
			     { (void *)(uintptr_t)frame, len } };
	const struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	ssize_t n;

	if (!send_rest(c))
		return false;
	n = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return false;
	if ((size_t)n < sizeof(*r) + len)
		keep_rest(c, v, (size_t)n);
	return true;
}

static bool tell_lost(struct capture *c)
{
	struct switch_record r = { .len = SWITCH_RECORD_LOST,
				   .wire_len = c->lost };

	if (!send_record(c, &r, NULL, 0))
		return false;
	c->told = c->lost;
	return true;
}

static void put(struct capture *c, const struct timespec *now,
		const uint8_t *frame, size_t len)
{
	struct switch_record r = {
		.seconds = (uint32_t)now->tv_sec,
		.microseconds = (uint32_t)(now->tv_nsec / NS_PER_US),
		.len = (uint32_t)len,
		.wire_len = (uint32_t)len,
	};

	if ((c->told == c->lost || tell_lost(c)) &&
	    send_record(c, &r, frame, len))
		c->frames++;
	else
		c->lost++;
}

/* ---- what is seen --------------------------------------------------------- */

int captures_add(struct captures *s, unsigned node, int fd)
{
	CLEANUP_FD int owned = fd;
	struct capture *c = s->c;

	while (c < s->c + CAPTURES_MAX && c->fd >= 0)
		c++;
	if (c == s->c + CAPTURES_MAX)
		return -EUSERS;
	*c = (struct capture){
		.fd = fd, .node = node, .slot = -1, .rest = malloc(REST_MAX)
	};
	if (!c->rest) {
		c->fd = -1;
		return -ENOMEM;
	}
	(void)take_fd(&owned);
	s->n++;
	(void)tell_lost(c); /* that it begins */
	return 0;
}

void captures_put(struct captures *s, unsigned node, bool all,
		  const uint8_t *frame, size_t len)
{
	struct timespec now;

	if (!s->n)
		return;
	if (len > SWITCH_RECORD_LEN_MAX)
		len = SWITCH_RECORD_LEN_MAX;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	for (struct capture *c = s->c; c < s->c + CAPTURES_MAX; c++)
		if (c->fd >= 0 && !c->ending &&
		    (c->node ? c->node == node : all))
			put(c, &now, frame, len);
}

void captures_put_run(struct captures *s, unsigned node, bool all,
		      const uint8_t *wire, size_t len)
{
	size_t n;

	if (!s->n)
		return;
	for (; len; wire += WIRE_HEADER + n, len -= WIRE_HEADER + n) {
		n = get_be32(wire);
		captures_put(s, node, all, wire + WIRE_HEADER, n);
	}
}

void captures_lose(struct captures *s, uint32_t n)
{
	for (size_t i = 0; i < CAPTURES_MAX; i++)
		s->c[i].lost += n;
}

/* ---- the loop ------------------------------------------------------------- */

void captures_fill(struct captures *s, struct pollset *set)
{
	for (size_t i = 0; i < CAPTURES_MAX && s->n; i++) {
		struct capture *c = &s->c[i];
		bool waits = c->rest_at != c->rest_len || c->told != c->lost ||
			     c->ending;

		c->slot = -1;
		if (c->fd >= 0)
			c->slot = pollset_add(set, c->fd,
					      (short)((c->ending ? 0 : POLLIN) |
						      (waits ? POLLOUT : 0)));
	}
}

/* Whatever it says, it has enough; then it is told what is left to be told. */
static void serve(struct captures *s, struct capture *c, short events)
{
	bool sent;

	if (events & POLLIN)
		c->ending = true;
	sent = send_rest(c) && (c->told == c->lost || tell_lost(c)) &&
	       send_rest(c);
	if (events & (POLLERR | POLLHUP) || (c->ending && sent))
		end(s, c);
}

void captures_dispatch(struct captures *s, const struct pollset *set)
{
	for (size_t i = 0; i < CAPTURES_MAX && s->n; i++) {
		struct capture *c = &s->c[i];
		short events = c->slot < 0 ? 0 : pollset_revents(set, c->slot);

		if (c->fd >= 0 && events)
			serve(s, c, events);
		c->slot = -1;
	}
}
