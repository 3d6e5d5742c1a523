/* SPDX-License-Identifier: MIT */

/* test_lmp.c - Monitoring: answers by HTTP, and who gets them */

#include "fixture.h"

#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "listen.h"
#include "lmp.h"
#include "lmp_clients.h"
#include "loop.h"

/* ---- answers -------------------------------------------------------------- */

struct world {
	struct fixture f;
	struct event_base *base;
	struct lmp *lmp;
	char address[LISTEN_ADDRESS_MAX];
	int listen_fd; /* to find the address */
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err e = { 0 };

	fixture_make(&w->f, 2, 600);
	fixture_open(&w->f);
	w->base = loop_new();
	assert_int_equal(listen_open("127.0.0.1", 0, &w->listen_fd, &e), 0);
	if (lmp_new(w->base, &w->f.lib, w->f.db, dup(w->listen_fd), &w->lmp,
		    &e) < 0)
		fail_msg("%s", e.msg);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	(void)lmp_free(w->lmp);
	(void)close(w->listen_fd);
	event_base_free(w->base);
	fixture_end(&w->f);
	free(w);
	return 0;
}

static int connect_to(const struct world *w)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(getsockname(w->listen_fd, (struct sockaddr *)&a, &len),
			 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* All that comes back until the end of the connection. */
static char *exchange(struct world *w, const char *request)
{
	CLEANUP_FD int fd = connect_to(w);
	size_t room = 1 << 20, len = 0;
	char *text = malloc(room);

	assert_non_null(text);
	assert_int_equal(write(fd, request, strlen(request)),
			 (ssize_t)strlen(request));
	for (;;) {
		ssize_t n = read(fd, text + len, room - 1 - len);

		if (n == 0)
			break;
		if (n < 0) {
			if (errno != EAGAIN)
				break; /* cut off */
			assert_true(event_base_loop(w->base, EVLOOP_NONBLOCK) >=
				    0);
			continue;
		}
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

static char *get(struct world *w, const char *path, const char *accept)
{
	char request[512];

	(void)snprintf(request, sizeof(request),
		       "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		       "Accept: %s\r\n\r\n",
		       path, accept);
	return exchange(w, request);
}

static int status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) ? -1 : atoi(answer + 9);
}

#define JSON "application/json;version=1.0"

static int get_status(struct world *w, const char *path, const char *accept)
{
	CLEANUP_FREE char *answer = get(w, path, accept);

	return status_of(answer);
}

static json_t *get_json(struct world *w, const char *path)
{
	CLEANUP_FREE char *answer = get(w, path, JSON);
	const char *body = strstr(answer, "\r\n\r\n");
	json_t *o;

	if (status_of(answer) != 200)
		fail_msg("%s: %s", path, answer);
	assert_non_null(strstr(answer, "Content-Type: application/json;"
				       "charset=utf-8;version=1.0\r\n"));
	assert_non_null(body);
	o = json_loads(body + 4, 0, NULL);
	if (!o)
		fail_msg("%s: %s", path, answer);
	return o;
}

/* The same of an answer that is sent in pieces. */
static json_t *get_chunks(struct world *w, const char *path)
{
	CLEANUP_FREE char *answer = get(w, path, JSON);
	char *from = strstr(answer, "\r\n\r\n"), *to = answer;
	json_t *o;

	assert_non_null(from);
	for (from += 4;;) {
		size_t n = strtoul(from, &from, 16);

		from += 2;
		memmove(to, from, n);
		to += n;
		from += n + 2;
		if (!n)
			break;
	}
	*to = '\0';
	o = json_loads(answer, 0, NULL);
	if (!o)
		fail_msg("%s: %s", path, answer);
	return o;
}

/* A number two levels down. */
static json_int_t number(json_t *o, const char *a, const char *b)
{
	json_t *v = json_object_get(json_object_get(o, a), b);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static void make_shelves(struct world *w)
{
	struct fixture *f = &w->f;

	assert_works(f, 1, "{'command': 'mkdir', 'path': '/d', 'mode': 511}");
	assert_works(f, 2,
		     "{'command': 'create_shelf', 'path': '/d/a', "
		     "'mode': 420}");
	assert_works(f, 2,
		     "{'command': 'set_xattr', 'path': '/d/a', "
		     "'xattr': 'user.LFS.AllocationPolicy', "
		     "'value': 'LocalNode'}");
	assert_works(f, 2,
		     "{'command': 'resize_shelf', 'path': '/d/a', "
		     "'size_bytes': 5000000}");
}

static void test_global(void **state)
{
	struct world *w = *state;
	json_t *o;

	make_shelves(w);
	o = get_json(w, "/lmp/global/");
	assert_int_equal(number(o, "memory", "total"), 1200 * BOOK);
	assert_int_equal(number(o, "memory", "allocated"), 3 * BOOK);
	assert_int_equal(number(o, "memory", "available"), 1197 * BOOK);
	assert_int_equal(number(o, "socs", "total"), 2);
	assert_int_equal(number(o, "socs", "offline"), 2);
	assert_int_equal(number(o, "pools", "total"), 8);
	assert_int_equal(number(o, "active", "shelves"), 1);
	assert_int_equal(number(o, "active", "books"), 3);
	json_decref(o);
	assert_works(&w->f, 1,
		     "{'command': 'update_node_soc_status', 'status': 1, "
		     "'cpu_percent': 40}");
	o = get_json(w, "/lmp/global/");
	assert_int_equal(number(o, "socs", "active"), 1);
	assert_int_equal(number(o, "socs", "cpu_percent"), 40);
	json_decref(o);
	w->f.lib.nodes.node[1].heartbeat -= 60;
	o = get_json(w, "/lmp/global/");
	assert_int_equal(number(o, "socs", "indeterminate"), 1);
	json_decref(o);
}

static const char *coordinate_of(json_t *nodes, size_t i, char *buf,
				 size_t size, const char *path)
{
	json_t *n = json_array_get(json_object_get(nodes, "nodes"), i);

	(void)snprintf(buf, size, "%s%s", path,
		       json_string_value(json_object_get(n, "coordinate")));
	return buf;
}

static void test_places(void **state)
{
	struct world *w = *state;
	json_t *nodes, *o, *soc[2];
	char path[512];

	make_shelves(w);
	nodes = get_json(w, "/lmp/nodes/");
	assert_int_equal(json_array_size(json_object_get(nodes, "nodes")), 2);
	for (size_t i = 0; i < 2; i++)
		soc[i] = json_object_get(
			json_object_get(
				json_array_get(json_object_get(nodes, "nodes"),
					       i),
				"soc"),
			"coordinate");
	assert_string_not_equal(json_string_value(soc[0]),
				json_string_value(soc[1]));
	o = get_json(w, coordinate_of(nodes, 1, path, sizeof(path),
				      "/lmp/allocated"));
	assert_int_equal(number(o, "memory", "total"), 600 * BOOK);
	assert_int_equal(number(o, "memory", "allocated"), 3 * BOOK);
	json_decref(o);
	o = get_json(w, coordinate_of(nodes, 0, path, sizeof(path),
				      "/lmp/active"));
	assert_int_equal(number(o, "active", "shelves"), 0);
	json_decref(o);
	o = get_json(w, coordinate_of(nodes, 1, path, sizeof(path),
				      "/lmp/active"));
	assert_int_equal(number(o, "active", "books"), 3);
	json_decref(o);
	/* One of four media controllers. */
	(void)coordinate_of(nodes, 1, path, sizeof(path), "/lmp/allocated");
	(void)strcat(path, "/MemoryBoard/1/MediaController/2");
	o = get_json(w, path);
	assert_int_equal(number(o, "memory", "total"), 150 * BOOK);
	json_decref(o);
	(void)strcat(path, "9");
	assert_int_equal(get_status(w, path, JSON), 404);
	o = get_json(w, "/lmp/allocated/MachineVersion/1");
	assert_int_equal(number(o, "memory", "total"), 1200 * BOOK);
	json_decref(o);
	assert_int_equal(get_status(w, "/lmp/allocated/Machine", JSON), 404);
	json_decref(nodes);
}

static void test_shelf(void **state)
{
	struct world *w = *state;
	json_t *o, *entry;

	make_shelves(w);
	o = get_json(w, "/lmp/shelf/");
	entry = json_array_get(json_object_get(o, "entries"), 0);
	assert_string_equal(json_string_value(json_object_get(entry, "name")),
			    "d");
	assert_string_equal(json_string_value(json_object_get(entry, "type")),
			    "directory");
	json_decref(o);
	o = get_json(w, "/lmp/shelf/d/a");
	assert_int_equal(json_integer_value(json_object_get(o, "size")),
			 5000000);
	assert_string_equal(json_string_value(json_object_get(o, "policy")),
			    "LocalNode");
	assert_int_equal(json_array_size(json_object_get(o, "books")), 3);
	assert_int_equal(json_array_size(json_object_get(o, "active")), 1);
	json_decref(o);
	/* Not by its bare name. */
	assert_int_equal(get_status(w, "/lmp/shelf/a", JSON), 404);
	assert_int_equal(get_status(w, "/lmp/shelf/d/../d", JSON), 404);
}

/* Sent in pieces: each book once, those of a shelf with their offsets. */
static void test_books(void **state)
{
	struct world *w = *state;
	CLEANUP_FREE char *text = NULL;
	size_t n = 0;

	make_shelves(w);
	text = get(w, "/lmp/books/", JSON);
	for (const char *at = text; (at = strstr(at, "\"lza\":")); at++)
		n++;
	assert_int_equal(n, 1200);
	assert_non_null(strstr(text, "{\"lza\":70368744177664,\"state\":"
				     "\"allocated\",\"ig\":1,\"offset\":0,"
				     "\"shelf\":\"d/a\"}"));
	assert_non_null(strstr(text, "\"offset\":4194304"));
	assert_null(strstr(text, "\"offset\":6291456"));
	assert_int_equal(get_status(w, "/lmp/books/1", JSON), 200);
	assert_int_equal(get_status(w, "/lmp/books/2", JSON), 404);
	assert_int_equal(get_status(w, "/lmp/books/x", JSON), 404);
}

/* Names of a node's files are bytes. */
static void test_bytes(void **state)
{
	struct world *w = *state;
	json_t *o;

	w->f.session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	assert_works(&w->f, 1,
		     "{'command': 'create_shelf', 'dir_id': 2, "
		     "'name_b64': 'Zv8=', 'mode': 33188}");
	assert_works(&w->f, 1,
		     "{'command': 'resize_shelf', 'id': 4, 'size_bytes': 1}");
	o = get_json(w, "/lmp/shelf/");
	assert_int_equal(json_array_size(json_object_get(o, "entries")), 2);
	json_decref(o);
	o = get_json(w, "/lmp/shelf/f%ff");
	assert_int_equal(json_array_size(json_object_get(o, "books")), 1);
	json_decref(o);
	o = get_chunks(w, "/lmp/books/");
	assert_int_equal(json_array_size(json_object_get(o, "books")), 1200);
	json_decref(o);
}

/* Who goes away amidst a list leaves nothing behind. */
static void test_gone(void **state)
{
	static const char request[] = "GET /lmp/books/ HTTP/1.1\r\n"
				      "Host: x\r\n\r\n";
	struct world *w = *state;

	for (int i = 0; i < 40; i++) {
		int fd = connect_to(w);

		assert_int_equal(write(fd, request, strlen(request)),
				 (ssize_t)strlen(request));
		for (int turns = 0; turns < i % 5; turns++)
			(void)event_base_loop(w->base, EVLOOP_NONBLOCK);
		(void)close(fd);
	}
	assert_int_equal(get_status(w, "/lmp/books/", JSON), 200);
}

static void test_versions(void **state)
{
	struct world *w = *state;
	CLEANUP_FREE char *page = NULL;

	assert_int_equal(get_status(w, "/lmp/global/", "application/json"),
			 418);
	assert_int_equal(get_status(w, "/lmp/", JSON), 404);
	page = get(w, "/lmp/", "text/html");
	assert_int_equal(status_of(page), 200);
	assert_non_null(strstr(page, "<!DOCTYPE html>"));
	assert_int_equal(get_status(w, "/lmp/metrics", "*/*"), 200);
}

static void test_bad_requests(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "POST /lmp/global/ HTTP/1.1\r\nHost: x\r\n"
		  "Content-Length: 0\r\nConnection: close\r\n\r\n",
		  501 },
		{ "GET /lmp/global/ HTTP/1.1\r\nHost: x\r\n"
		  "Content-Length: 5\r\nConnection: close\r\n\r\nhello",
		  413 },
		{ "nonsense\r\n\r\n", 400 },
	};
	struct world *w = *state;
	char *large = malloc(100000);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *answer = exchange(w, cases[i].text);

		if (status_of(answer) != cases[i].status)
			fail_msg("%s: %s", cases[i].text, answer);
	}
	assert_non_null(large);
	(void)snprintf(large, 100000,
		       "GET /lmp/ HTTP/1.1\r\nX: %060000d\r\n\r\n", 0);
	free(exchange(w, large));
	free(large);
	assert_int_equal(get_status(w, "/lmp/global/", JSON), 200);
}

static void test_read_only(void **state)
{
	struct fixture f;
	struct db *reader;
	struct err e = { 0 };

	(void)state;
	fixture_make(&f, 1, 8);
	assert_int_equal(db_open("/nonexistent", DB_READER, &reader, &e), -EIO);
	fixture_open(&f);
	assert_int_equal(db_open(f.db, DB_READER, &reader, &e), 0);
	assert_true(db_run(reader, SQL_OPENS_DELETE) < 0);
	(void)db_close(reader);
	/* The writer still has its locks. */
	assert_works(&f, 1,
		     "{'command': 'create_shelf', 'path': '/a', 'mode': 420}");
	fixture_end(&f);
}

/* ---- many clients ---------------------------------------------------------- */

#define CROWD (LMP_CLIENTS_MAX + 30)

static void run_loop(const struct world *w)
{
	for (int i = 0; i < 3 * (int)CROWD; i++)
		(void)event_base_loop(w->base, EVLOOP_NONBLOCK);
}

static unsigned count_sockets(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		n += fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	}
	return n;
}

/* Those who say nothing hold no more than the places there are, and give them
 * back when they go.
 */
static void test_crowd(void **state)
{
	struct world *w = *state;
	unsigned before = count_sockets();
	int fd[CROWD];

	for (unsigned i = 0; i < CROWD; i++) {
		fd[i] = connect_to(w);
		run_loop(w);
	}
	assert_int_equal(count_sockets(), before + CROWD + LMP_CLIENTS_MAX);
	for (unsigned i = 0; i < CROWD; i++)
		(void)close(fd[i]);
	assert_int_equal(get_status(w, "/lmp/global/", JSON), 200);
	for (int i = 0; i < 20 && count_sockets() > before; i++)
		(void)event_base_loop(w->base, EVLOOP_ONCE);
	assert_int_equal(count_sockets(), before);
}

static bool is_closed(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	return n == 0 || errno != EAGAIN;
}

/* A client that is never silent for long, but never done, either. */
static void test_slow(void **state)
{
	struct evhttp *http;
	struct evhttp_bound_socket *socket;
	struct lmp_clients clients = { 0 };
	struct world *w = *state;
	int fd;

	w->lmp = lmp_free(w->lmp);
	http = evhttp_new(w->base);
	assert_int_equal(lmp_clients_init(&clients, w->base, http), 0);
	socket = evhttp_accept_socket_with_handle(http, dup(w->listen_fd));
	clients.listener = evhttp_bound_socket_get_listener(socket);
	fd = connect_to(w);
	assert_int_equal(write(fd, "GET / HT", 8), 8);
	run_loop(w);
	assert_int_equal(clients.n, 1);
	lmp_clients_expire(&clients, 60000);
	assert_int_equal(clients.n, 1);
	assert_false(is_closed(fd));
	lmp_clients_expire(&clients, 0);
	assert_int_equal(clients.n, 0);
	assert_true(is_closed(fd));
	(void)close(fd);
	evhttp_free(http);
	lmp_clients_deinit(&clients);
}

/* A connection is for one request. */
static void test_one_request(void **state)
{
	static const char request[] = "GET /lmp/books/ HTTP/1.1\r\n"
				      "Host: x\r\n\r\n";
	struct world *w = *state;
	unsigned before = count_sockets();
	int fd = connect_to(w);

	assert_int_equal(write(fd, request, strlen(request)),
			 (ssize_t)strlen(request));
	run_loop(w);
	/* The answer has gone, and so has the connection. */
	assert_true(is_closed(fd));
	for (int i = 0; i < 20 && count_sockets() > before + 1; i++)
		(void)event_base_loop(w->base, EVLOOP_ONCE);
	assert_int_equal(count_sockets(), before + 1);
	(void)close(fd);
}

#define HTTP_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HTTP_TEST(test_global),	     HTTP_TEST(test_places),
		HTTP_TEST(test_shelf),	     HTTP_TEST(test_books),
		HTTP_TEST(test_bytes),	     HTTP_TEST(test_gone),
		HTTP_TEST(test_versions),    HTTP_TEST(test_bad_requests),
		HTTP_TEST(test_crowd),	     HTTP_TEST(test_slow),
		HTTP_TEST(test_one_request), cmocka_unit_test(test_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
