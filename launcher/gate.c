/* SPDX-License-Identifier: MIT */

/* gate.c - A port of this host whose connections lead into the cluster */

#include "gate.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "acceptor.h"
#include "cleanup.h"
#include "client.h"
#include "json.h"
#include "log.h"
#include "socks.h"

#define BACKLOG 128
#define HANDSHAKE_S 10 /* for what a SOCKS client has to say */
#define DOMAIN ".fame"

struct visitor {
	struct visitor *next, **self;
	struct gate *gate;
	struct bufferevent *bev; /* the tunnel's, once there is one */
	struct tunnel *tunnel;
	bool greeted;
	bool asked; /* what follows is answered by a reply */
};

struct gate {
	struct event_base *base;
	struct gate_conf conf;
	struct acceptor *acceptor;
	struct event *watch; /* of the cluster's end */
	int watch_fd;
	bool over;
	struct visitor *visitors;
	unsigned n_visitors;
};

static void visitor_free(struct visitor *v)
{
	struct gate *g = v->gate;

	if (v->tunnel)
		(void)tunnel_free(v->tunnel);
	else if (v->bev)
		bufferevent_free(v->bev);
	*v->self = v->next;
	if (v->next)
		v->next->self = v->self;
	free(v);
	if (g->n_visitors-- == GATE_CONNECTIONS_MAX)
		acceptor_rest(g->acceptor, false);
}

/* ---- into the cluster ----------------------------------------------------- */

static void reply(struct visitor *v, int error)
{
	uint8_t text[SOCKS_REPLY_LEN];

	socks_put_reply(error, text);
	(void)bufferevent_write(v->bev, text, sizeof(text));
}

static void on_told(void *arg, int error)
{
	struct visitor *v = arg;
	const struct tunnel_target *to = &v->gate->conf.target;

	if (v->asked)
		reply(v, error);
	else if (error == -ECONNREFUSED)
		log_warn("node '%s': nothing serves its port %u", to->node,
			 to->port);
	else if (error)
		log_warn_errno(error, "node '%s', port %u", to->node, to->port);
}

static void on_gone(void *arg)
{
	visitor_free(arg);
}

static int enter(struct visitor *v, const struct tunnel_target *to)
{
	static const struct tunnel_ops ops = { on_told, on_gone };
	struct err e = { "" };
	int fd, r;

	r = client_connect(v->gate->conf.cluster, &fd, &e);
	if (r < 0) {
		log_warn("%s", e.msg);
		return r;
	}
	return tunnel_new(v->gate->base, fd, v->bev, to, &ops, v, &v->tunnel);
}

/* ---- SOCKS ---------------------------------------------------------------- */

/* Does a name of the client's mean the node? */
static bool is_called(const json_t *node, const char *host)
{
	const char *name = "", *address = "";
	size_t n;

	(void)json_get_string(node, "name", &name);
	(void)json_get_string(node, "address", &address);
	n = strlen(name);
	return !strcmp(host, address) ||
	       (!strncasecmp(host, name, n) &&
		(!host[n] || !strcasecmp(host + n, DOMAIN)));
}

/* A node connects to its own address by itself, anything else is asked of one
 * that is there.
 */
static struct tunnel_target route(const struct gate *g,
				  const struct socks_target *t)
{
	struct tunnel_target to = { g->conf.via, t->host, t->port };
	const json_t *node;
	size_t i;

	json_array_foreach(g->conf.nodes, i, node)
		if (is_called(node, t->host))
			(void)json_get_string(node, "name", &to.node);
	return to;
}

/* Only the answer is left to be sent. */
static void dismiss_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	visitor_free(arg);
}

static void visitor_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	visitor_free(arg);
}

static void dismiss(struct visitor *v)
{
	(void)bufferevent_disable(v->bev, EV_READ);
	bufferevent_setcb(v->bev, NULL, dismiss_written, visitor_event, v);
}

/* Return: 1 = go on, 0 = wait for more, negative = it is over */
static int greet(struct visitor *v, struct evbuffer *in)
{
	uint8_t choice[SOCKS_CHOICE_LEN];
	size_t len = evbuffer_get_length(in);
	int n = socks_read_greeting(evbuffer_pullup(in, -1), len, choice);

	if (n <= 0)
		return n;
	(void)evbuffer_drain(in, (size_t)n);
	(void)bufferevent_write(v->bev, choice, sizeof(choice));
	v->greeted = true;
	if (!choice[1])
		return 1;
	dismiss(v);
	return 0;
}

static int serve(struct visitor *v, struct evbuffer *in)
{
	struct socks_target t;
	struct tunnel_target to;
	size_t len = evbuffer_get_length(in);
	int n = socks_read_request(evbuffer_pullup(in, -1), len, &t);

	if (n > 0) {
		(void)evbuffer_drain(in, (size_t)n);
		(void)bufferevent_set_timeouts(v->bev, NULL, NULL);
		v->asked = true;
		to = route(v->gate, &t);
		n = enter(v, &to);
	}
	if (n >= 0 || n == -EPROTO)
		return n;
	reply(v, n);
	dismiss(v);
	return 0;
}

static void socks_readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct visitor *v = arg;
	int r = 1;

	if (!v->greeted)
		r = greet(v, in);
	if (r > 0 && evbuffer_get_length(in))
		r = serve(v, in);
	if (r < 0)
		visitor_free(v);
}

static void start_socks(struct visitor *v)
{
	static const struct timeval limit = { .tv_sec = HANDSHAKE_S };

	bufferevent_setcb(v->bev, socks_readable, NULL, visitor_event, v);
	bufferevent_setwatermark(v->bev, EV_READ, 0, SOCKS_MESSAGE_MAX);
	(void)bufferevent_set_timeouts(v->bev, &limit, &limit);
	(void)bufferevent_enable(v->bev, EV_READ | EV_WRITE);
}

/* ---- the port ------------------------------------------------------------- */

static void accepted(int fd, const struct sockaddr *peer, void *arg)
{
	struct gate *g = arg;
	struct visitor *v = calloc(1, sizeof(*v));

	(void)peer;
	if (v)
		v->bev = bufferevent_socket_new(g->base, fd,
						BEV_OPT_CLOSE_ON_FREE);
	if (!v || !v->bev) {
		free(v);
		(void)close(fd);
		return;
	}
	v->gate = g;
	v->next = g->visitors;
	v->self = &g->visitors;
	if (v->next)
		v->next->self = &v->next;
	g->visitors = v;
	if (++g->n_visitors == GATE_CONNECTIONS_MAX)
		acceptor_rest(g->acceptor, true);
	if (!g->conf.target.node)
		start_socks(v);
	else if (enter(v, &g->conf.target) < 0)
		visitor_free(v);
}

/* The number of the port is worked out. */
static int listen_at(struct endpoint_host *at, int *ret_fd)
{
	static const int on = 1;
	CLEANUP_FD int fd =
		socket(at->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
	    bind(fd, &at->at.any, at->len) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, &at->at.any, &at->len) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int open_port(struct gate *g, struct err *e)
{
	char text[ENDPOINT_TEXT_MAX];
	int fd = -1, r;

	r = listen_at(&g->conf.at, &fd);
	if (r < 0)
		return err_set(e, r,
			       "cannot listen at '%s': %s; give another port",
			       endpoint_text(&g->conf.at, text), strerror(-r));
	r = acceptor_new(g->base, fd, accepted, g, &g->acceptor);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

/* ---- the cluster's end ---------------------------------------------------- */

static void cluster_ended(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;

	(void)fd;
	(void)what;
	g->over = true;
	(void)event_base_loopbreak(g->base);
}

/* A connection that asks for nothing lasts as long as the supervisor. */
static int watch_cluster(struct gate *g, struct err *e)
{
	int r = client_connect(g->conf.cluster, &g->watch_fd, e);

	if (r < 0)
		return r;
	g->watch = event_new(g->base, g->watch_fd, EV_READ, cluster_ended, g);
	if (!g->watch || event_add(g->watch, NULL) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	return 0;
}

/* ---- life ----------------------------------------------------------------- */

int gate_new(struct event_base *base, const struct gate_conf *conf,
	     struct gate **ret, struct err *e)
{
	struct gate *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return err_set(e, -ENOMEM, "out of memory");
	g->base = base;
	g->conf = *conf;
	g->watch_fd = -1;
	r = watch_cluster(g, e);
	if (r == 0)
		r = open_port(g, e);
	if (r < 0)
		(void)gate_free(g);
	else
		*ret = g;
	return r;
}

const struct endpoint_host *gate_at(const struct gate *g)
{
	return &g->conf.at;
}

bool gate_is_over(const struct gate *g)
{
	return g->over;
}

struct gate *gate_free(struct gate *g)
{
	if (!g)
		return NULL;
	while (g->visitors)
		visitor_free(g->visitors);
	(void)acceptor_free(g->acceptor);
	if (g->watch)
		event_free(g->watch);
	close_fd(&g->watch_fd);
	free(g);
	return NULL;
}
