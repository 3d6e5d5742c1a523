/* SPDX-License-Identifier: MIT */

/* lmp.c - Librarian Monitoring Protocol: the state of the machine by HTTP
 *
 * The same loop as the Librarian's clients, by a read-only connection to the
 * database: what is given out is what was committed. No answer but the list of
 * books grows with the machine beyond what fits into a millisecond or two, and
 * that one is sent in pieces.
 */

#include "lmp.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "jwrite.h"
#include "lmp_books.h"
#include "lmp_clients.h"
#include "lmp_route.h"
#include "lmp_view.h"
#include "log.h"
#include "loop.h"
#include "parse.h"

#define HEADERS_MAX 8192
#define TIMEOUT 10 /* seconds of silence */
#define ANSWER_MAX (64U << 20)
#define TEAPOT 418 /* tm-librarian's answer to a wrong version */

static const char json_media[] =
	"application/json;charset=utf-8;version=" LMP_VERSION;
static const char metrics_media[] = "text/plain; version=0.0.4; charset=utf-8";
static const char html_media[] = "text/html;charset=utf-8;version=" LMP_VERSION;

static const char index_page[] =
	"<!DOCTYPE html>\n<title>Librarian</title>\n<h1>Librarian</h1>\n<ul>\n"
	"<li><a href=\"/lmp/global/\">global</a>\n"
	"<li><a href=\"/lmp/nodes/\">nodes</a>\n"
	"<li><a href=\"/lmp/interleaveGroups/\">interleave groups</a>\n"
	"<li><a href=\"/lmp/shelf/\">shelves</a>\n"
	"<li><a href=\"/lmp/books/\">books</a>\n"
	"<li>/lmp/allocated/COORDINATE, /lmp/active/COORDINATE\n"
	"<li><a href=\"/lmp/metrics\">metrics</a>\n</ul>\n";

struct lmp {
	struct lmp_view view;
	struct evhttp *http;
	struct lmp_clients clients;
	unsigned lists; /* of books, under way */
};

/* ---- answers -------------------------------------------------------------- */

/* One request for each connection: then it may take its time, but not more. */
static void set_type(struct evhttp_request *req, const char *type)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);

	evhttp_clear_headers(h);
	(void)evhttp_add_header(h, "Content-Type", type);
	(void)evhttp_add_header(h, "Cache-Control", "no-store");
	(void)evhttp_add_header(h, "Connection", "close");
}

static void send_text(struct evhttp_request *req, const char *type,
		      struct evbuffer *body)
{
	set_type(req, type);
	evhttp_send_reply(req, HTTP_OK, "OK", body);
}

static void send_error(struct evhttp_request *req, int status, const char *why)
{
	CLEANUP_EVBUFFER struct evbuffer *body = evbuffer_new();

	set_type(req, json_media);
	if (body)
		(void)evbuffer_add_printf(body, "{\"error\":\"%s\"}\n", why);
	evhttp_send_reply(req, status, why, body);
}

static void send_failure(struct lmp *l, struct evhttp_request *req, int r)
{
	if (r == -ENOENT) {
		send_error(req, HTTP_NOTFOUND, "there is no such thing");
	} else if (r == -EBUSY) {
		send_error(req, HTTP_SERVUNAVAIL, "too many at once");
	} else {
		log_err_errno(r, "a monitoring request failed: %s",
			      db_message(l->view.reader.db));
		send_error(req, HTTP_INTERNAL, "it failed, see the log");
	}
}

/* Takes @value over. */
static void send_value(struct lmp *l, struct evhttp_request *req, json_t *value)
{
	CLEANUP_EVBUFFER struct evbuffer *body = evbuffer_new();
	CLEANUP_JSON json_t *v = value;
	int r = body ? jwrite_evbuffer(body, v, ANSWER_MAX) : -ENOMEM;

	if (r == 0 && evbuffer_add(body, "\n", 1) < 0)
		r = -ENOMEM;
	if (r < 0)
		send_failure(l, req, r);
	else
		send_text(req, json_media, body);
}

/* ---- requests ------------------------------------------------------------- */

static int view(struct lmp *l, const struct lmp_route *route,
		json_t **ret_value)
{
	struct lmp_view *v = &l->view;

	switch (route->what) {
	case LMP_GLOBAL:
		return lmp_view_global(v, ret_value);
	case LMP_NODES:
		return lmp_view_nodes(v, ret_value);
	case LMP_GROUPS:
		return lmp_view_groups(v, ret_value);
	case LMP_ALLOCATED:
		return lmp_view_allocated(v, route->arg, ret_value);
	case LMP_ACTIVE:
		return lmp_view_active(v, route->arg, ret_value);
	case LMP_SHELF:
		return lmp_view_shelf(v, route->arg, ret_value);
	case LMP_FABRIC:
		/* There is no fabric whose load could be measured. */
		*ret_value = json_pack("{s:{s:i}}", "fabric", "percentage", 0);
		return *ret_value ? 0 : -ENOMEM;
	case LMP_INDEX:
	case LMP_BOOKS:
	case LMP_METRICS:
	case LMP_WHAT_COUNT:
		break;
	}
	return -ENOENT;
}

static void answer_index(struct evhttp_request *req, enum lmp_accept accept)
{
	CLEANUP_EVBUFFER struct evbuffer *body = evbuffer_new();

	/* As JSON it does not exist. */
	if (accept == LMP_ACCEPT_JSON || !body ||
	    evbuffer_add(body, index_page, strlen(index_page)) < 0)
		send_error(req, HTTP_NOTFOUND, "there is no such thing");
	else
		send_text(req, html_media, body);
}

static void answer_metrics(struct lmp *l, struct evhttp_request *req)
{
	CLEANUP_EVBUFFER struct evbuffer *body = evbuffer_new();
	int r = body ? metrics_text(l->view.lib, body) : -ENOMEM;

	if (r < 0)
		send_failure(l, req, r);
	else
		send_text(req, metrics_media, body);
}

static int answer_books(struct lmp *l, struct evhttp_request *req,
			const char *arg)
{
	uint32_t ig = 0;

	if (*arg && parse_u32(arg, 0, LZA_IG_MAX, &ig) < 0)
		return -ENOENT;
	set_type(req, json_media);
	return lmp_books_send(&l->view, req, *arg ? (int)ig : -1, &l->lists);
}

static void answer(struct lmp *l, struct evhttp_request *req,
		   const struct lmp_route *route, enum lmp_accept accept)
{
	json_t *value = NULL;
	int r;

	if (route->what == LMP_METRICS) {
		answer_metrics(l, req);
		return;
	}
	if (accept == LMP_ACCEPT_VERSION) {
		send_error(req, TEAPOT, "say version=" LMP_VERSION);
		return;
	}
	if (route->what == LMP_INDEX) {
		answer_index(req, accept);
		return;
	}
	if (route->what == LMP_BOOKS) {
		r = answer_books(l, req, route->arg);
		if (r < 0)
			send_failure(l, req, r);
		return;
	}
	r = view(l, route, &value);
	if (r < 0)
		send_failure(l, req, r);
	else
		send_value(l, req, value);
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct evkeyvalq *h = evhttp_request_get_input_headers(req);
	struct lmp_route route;
	int r;

	r = lmp_route_parse(evhttp_request_get_uri(req), &route);
	if (r == -EINVAL || r == -ENAMETOOLONG)
		send_error(req, HTTP_BADREQUEST, "that is no address");
	else if (r < 0)
		send_failure(arg, req, r);
	else
		answer(arg, req, &route,
		       lmp_accept_parse(evhttp_find_header(h, "Accept")));
}

/* ---- life ----------------------------------------------------------------- */

/* Takes @fd over on success. */
static int start(struct lmp *l, struct event_base *base, int fd)
{
	struct evhttp_bound_socket *socket;
	int r;

	l->http = evhttp_new(base);
	if (!l->http)
		return -ENOMEM;
	evhttp_set_allowed_methods(l->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(l->http, HEADERS_MAX);
	evhttp_set_max_body_size(l->http, 0);
	evhttp_set_timeout(l->http, TIMEOUT);
	evhttp_set_gencb(l->http, on_request, l);
	r = lmp_clients_init(&l->clients, base, l->http);
	if (r < 0)
		return r;
	(void)evutil_make_socket_nonblocking(fd);
	socket = evhttp_accept_socket_with_handle(l->http, fd);
	if (!socket)
		return -ENOMEM;
	l->clients.listener = evhttp_bound_socket_get_listener(socket);
	return 0;
}

int lmp_new(struct event_base *base, const struct librarian *lib,
	    const char *db_path, int fd, struct lmp **ret_lmp, struct err *e)
{
	struct lmp *l = calloc(1, sizeof(*l));
	int r = -ENOMEM;

	if (l) {
		l->view.lib = lib;
		r = db_open(db_path, DB_READER, &l->view.reader.db, e);
		if (r < 0) {
			(void)close(fd);
			free(l);
			return r;
		}
		r = start(l, base, fd);
	}
	if (r < 0) {
		(void)close(fd);
		(void)lmp_free(l);
		return err_set(e, r, "cannot serve monitoring: %s",
			       strerror(-r));
	}
	*ret_lmp = l;
	return 0;
}

struct lmp *lmp_free(struct lmp *l)
{
	if (!l)
		return NULL;
	if (l->http)
		evhttp_free(l->http);
	lmp_clients_deinit(&l->clients);
	l->view.reader.db = db_close(l->view.reader.db);
	free(l);
	return NULL;
}
