/* SPDX-License-Identifier: MIT */

/* agent_link.c - The host's end of a node's agent port (proto_agent.h) */

#include "agent_link.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "frame.h"
#include "log.h"
#include "proto_agent.h"

#define CHANNELS_MAX 256U

/* What may wait for an agent that does not read: what it gave credit for, and
 * room for all that needs none.
 */
#define OUTPUT_MAX ((size_t)CHANNELS_MAX * FRAME_WINDOW + (1U << 20))

struct channel {
	bool open;
	struct agent_user user; /* frame NULL: detached */
	uint32_t output;	/* what the node may still send */
	uint32_t input;		/* what the user may still send */
};

struct agent_link {
	struct bufferevent *bev;
	const struct agent_link_ops *ops;
	void *arg;
	bool dead;			       /* cut off, or closed */
	struct channel channels[CHANNELS_MAX]; /* number 1 is the first */
};

static struct channel *channel_get(struct agent_link *l, uint16_t number)
{
	struct channel *c;

	if (!number || number > CHANNELS_MAX)
		return NULL;
	c = &l->channels[number - 1];
	return c->open ? c : NULL;
}

static int send_frame(struct agent_link *l, uint8_t type, uint16_t channel,
		      const void *data, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(l->bev);

	if (l->dead)
		return -EHOSTDOWN;
	if (evbuffer_get_length(out) + len > OUTPUT_MAX)
		return -ENOBUFS;
	return frame_put(out, type, channel, data, len);
}

/* ---- ends ----------------------------------------------------------------- */

/* The commands are no more, or nothing of them will be heard. */
static void hang_up_all(struct agent_link *l)
{
	for (unsigned i = 0; i < CHANNELS_MAX; i++) {
		struct channel c = l->channels[i];

		l->channels[i] = (struct channel){ 0 };
		if (c.open && c.user.gone)
			c.user.gone(c.user.arg);
	}
}

static void cut_off(struct agent_link *l)
{
	if (l->dead)
		return;
	l->dead = true;
	(void)bufferevent_disable(l->bev, EV_READ | EV_WRITE);
	hang_up_all(l);
}

/* ---- from the node -------------------------------------------------------- */

static void node_failed(struct agent_link *l, const struct frame *f)
{
	char text[512];
	size_t n = f->len < sizeof(text) - 1 ? f->len : sizeof(text) - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = f->data[i] >= ' ' && f->data[i] < 127 ?
				  (char)f->data[i] :
				  '?';
	text[n] = '\0';
	l->ops->failed(l->arg, text);
}

static void handle_node(struct agent_link *l, const struct frame *f)
{
	switch (f->type) {
	case AGENT_HELLO:
		/* A new agent knows nothing of the old one's commands. */
		hang_up_all(l);
		l->ops->hello(l->arg);
		break;
	case AGENT_READY:
		l->ops->ready(l->arg);
		break;
	case AGENT_FAILED:
		node_failed(l, f);
		break;
	default:
		break; /* of a newer agent */
	}
}

/* Credit for what may be on the way at most. */
static int add_credit(uint32_t *credit, const void *data, size_t len)
{
	uint32_t n;

	if (len != sizeof(n))
		return -EPROTO;
	n = frame_u32(data);
	if (n > FRAME_WINDOW - *credit)
		return -EPROTO;
	*credit += n;
	return 0;
}

static int use_credit(uint32_t *credit, size_t len)
{
	if (len > *credit)
		return -EPROTO;
	*credit -= (uint32_t)len;
	return 0;
}

/* Whether the node may send that now. */
static int check_frame(struct channel *c, const struct frame *f)
{
	switch (f->type) {
	case AGENT_STDOUT:
	case AGENT_STDERR:
		return use_credit(&c->output, f->len);
	case AGENT_CREDIT:
		return add_credit(&c->input, f->data, f->len);
	case AGENT_EXIT:
		return 0;
	default:
		return -EPROTO;
	}
}

static int handle_channel(struct agent_link *l, const struct frame *f)
{
	struct channel *c = channel_get(l, f->channel);
	struct agent_user user;
	int r;

	if (!c)
		return 0; /* closed meanwhile */
	r = check_frame(c, f);
	if (r < 0)
		return r;
	user = c->user;
	if (f->type == AGENT_EXIT)
		*c = (struct channel){ 0 };
	if (user.frame)
		user.frame(user.arg, f->type, f->data, f->len);
	return 0;
}

static void readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct agent_link *l = arg;
	struct frame f;
	int r = 0;

	while (!l->dead && (r = frame_get(in, &f)) > 0) {
		r = 0;
		if (f.channel)
			r = handle_channel(l, &f);
		else
			handle_node(l, &f);
		frame_done(in, &f);
		if (r < 0)
			break;
	}
	if (r < 0) {
		cut_off(l);
		l->ops->broken(l->arg);
	}
}

static void closed(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	cut_off(arg);
}

/* ---- to the node ---------------------------------------------------------- */

/* An agent that asks again and again and never reads is none. */
int agent_link_identity(struct agent_link *l, const char *json)
{
	if (evbuffer_get_length(bufferevent_get_output(l->bev)) >
	    FRAME_PAYLOAD_MAX)
		return -ENOBUFS;
	return send_frame(l, AGENT_IDENTITY, 0, json, strlen(json));
}

void agent_link_poweroff(struct agent_link *l)
{
	(void)send_frame(l, AGENT_POWEROFF, 0, NULL, 0);
}

int agent_link_exec(struct agent_link *l, const char *json, size_t len,
		    const struct agent_user *user, uint16_t *ret_channel)
{
	uint16_t i = 0;
	int r;

	while (i < CHANNELS_MAX && l->channels[i].open)
		i++;
	if (i == CHANNELS_MAX)
		return -EAGAIN;
	r = send_frame(l, AGENT_EXEC, (uint16_t)(i + 1), json, len);
	if (r < 0)
		return r;
	l->channels[i] =
		(struct channel){ true, *user, FRAME_WINDOW, FRAME_WINDOW };
	*ret_channel = (uint16_t)(i + 1);
	return 0;
}

int agent_link_send(struct agent_link *l, uint16_t channel, uint8_t type,
		    const void *data, size_t len)
{
	struct channel *c = channel_get(l, channel);
	int r = 0;

	if (!c)
		return 0;
	switch (type) {
	case AGENT_CREDIT:
		r = add_credit(&c->output, data, len);
		break;
	case AGENT_STDIN:
		r = use_credit(&c->input, len);
		break;
	case AGENT_STDIN_EOF:
	case AGENT_SIGNAL:
	case AGENT_HANGUP:
		break;
	default:
		return -EPROTO;
	}
	return r < 0 ? r : send_frame(l, type, channel, data, len);
}

void agent_link_detach(struct agent_link *l, uint16_t channel)
{
	struct channel *c = channel_get(l, channel);

	if (!c)
		return;
	c->user = (struct agent_user){ NULL, NULL, NULL };
	(void)send_frame(l, AGENT_HANGUP, channel, NULL, 0);
}

/* ---- life ----------------------------------------------------------------- */

int agent_link_new(struct event_base *base, int fd,
		   const struct agent_link_ops *ops, void *arg,
		   struct agent_link **ret)
{
	struct agent_link *l = calloc(1, sizeof(*l));

	if (!l) {
		(void)close(fd);
		return -ENOMEM;
	}
	l->ops = ops;
	l->arg = arg;
	(void)evutil_make_socket_nonblocking(fd);
	l->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!l->bev) {
		(void)close(fd);
		free(l);
		return -ENOMEM;
	}
	bufferevent_setcb(l->bev, readable, NULL, closed, l);
	(void)bufferevent_enable(l->bev, EV_READ | EV_WRITE);
	*ret = l;
	return 0;
}

struct agent_link *agent_link_free(struct agent_link *l)
{
	if (!l)
		return NULL;
	hang_up_all(l);
	bufferevent_free(l->bev);
	free(l);
	return NULL;
}
