/* SPDX-License-Identifier: MIT */

/* test_server.c - The protocol on real sockets
 *
 * Server and clients share the test's thread: whoever waits for a reply lets
 * the loop run.
 */

#include "fixture.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "lease.h"
#include "listen.h"
#include "loop.h"
#include "parse.h"
#include "server.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define PATIENCE 20 /* seconds; a test that waits so long has failed */

struct world {
	struct fixture f;
	struct event_base *base;
	struct server *server;
	int admin;
};

/* ---- both ends ------------------------------------------------------------ */

static void start(struct world *w, enum auth_mode auth, uint32_t books)
{
	struct server_conf conf;
	struct err e = { 0 };
	int sv[2];

	fixture_make(&w->f, 4, books);
	w->f.conf.auth = auth;
	fixture_open(&w->f);
	w->base = loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	w->admin = sv[0];
	conf.admin_fd = sv[1];
	if (listen_open("127.0.0.1", 0, &conf.listen_fd, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(server_new(w->base, &w->f.lib, &conf, &w->server), 0);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	start(w, AUTH_NONE, 16);
	*state = w;
	return 0;
}

static int set_up_token(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	start(w, AUTH_TOKEN, 16);
	*state = w;
	return 0;
}

static int set_up_large(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	start(w, AUTH_NONE, 2000);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	(void)server_free(w->server);
	event_base_free(w->base);
	(void)close(w->admin);
	fixture_end(&w->f);
	free(w);
	return 0;
}

static int connect_pair(struct world *w)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	assert_int_equal(server_add_connection(w->server, sv[1], false), 0);
	return sv[0];
}

static void run_loop(struct world *w)
{
	(void)event_base_loop(w->base, EVLOOP_NONBLOCK);
}

/* Sends all of it, while the server reads. */
static void say_bytes(struct world *w, int fd, const char *text, size_t len)
{
	time_t end = time(NULL) + PATIENCE;

	while (len) {
		ssize_t n = send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		assert_true(n > 0 || errno == EAGAIN);
		assert_true(time(NULL) < end);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
		run_loop(w);
	}
}

/* With " for '. */
static char *unquoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void say(struct world *w, int fd, const char *text)
{
	char *copy = unquoted(text);

	say_bytes(w, fd, copy, strlen(copy));
	free(copy);
}

/* Sent while nobody reads. */
static void put(int fd, const char *text)
{
	char *copy = unquoted(text);
	ssize_t len = (ssize_t)strlen(copy);

	assert_int_equal(send(fd, copy, strlen(copy), MSG_NOSIGNAL), len);
	free(copy);
}

/* Reads until @n bytes are there or the connection ends; returns how many. */
static size_t hear_bytes(struct world *w, int fd, char *buf, size_t n)
{
	time_t end = time(NULL) + PATIENCE;
	size_t len = 0;

	while (len < n) {
		ssize_t r = recv(fd, buf + len, n - len, MSG_DONTWAIT);

		if (r == 0 || (r < 0 && errno == ECONNRESET))
			break;
		assert_true(r > 0 || errno == EAGAIN);
		assert_true(time(NULL) < end);
		len += r > 0 ? (size_t)r : 0;
		run_loop(w);
	}
	return len;
}

/* Exactly this comes next. */
static void hear(struct world *w, int fd, const char *text)
{
	char *want = unquoted(text), *got = calloc(1, strlen(text) + 1);

	(void)hear_bytes(w, fd, got, strlen(want));
	assert_string_equal(got, want);
	free(want);
	free(got);
}

/* Nothing comes, now that the server has had the time to say it. */
static void hear_nothing(struct world *w, int fd)
{
	char c;

	for (int i = 0; i < 10; i++)
		run_loop(w);
	assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void hear_end(struct world *w, int fd)
{
	char c;

	assert_int_equal(hear_bytes(w, fd, &c, 1), 0);
}

#define VERSION "{'command':'version'}"
#define VERSION_REPLY "{'value':'LIBRARIAN 0.997'}"
#define HELLO(n, token)                                                       \
	"{'command':'hello','node_id':" #n ",'token':'" token "','protocol':" \
	"1}"
#define HELLO_REPLY "{'value':{'protocol':1,'version':'LIBRARIAN 0.997'}}\n"
#define SET_TOKEN(n, token) \
	"{'command':'set_token','node_id':" #n ",'token':'" token "'}"

/* ---- tests ---------------------------------------------------------------- */

static void test_framing(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w);

	/* several at once, split anywhere, no newline to old clients */
	say(w, fd, VERSION VERSION "{'comm");
	hear(w, fd, VERSION_REPLY VERSION_REPLY);
	hear_nothing(w, fd);
	say(w, fd, "and':'version'}");
	hear(w, fd, VERSION_REPLY);
	/* garbage */
	say(w, fd, " \n junk 17 [" VERSION "] " VERSION);
	hear(w, fd, VERSION_REPLY);
	say(w, fd, "{'command' 5}{'command':'version','command':'version'}");
	hear(w, fd, "{'errmsg':'Invalid argument','errno':22}");
	hear(w, fd, "{'errmsg':'Invalid argument','errno':22}");
	say(w, fd, "{'command':'nonsense','context':{'seq':9}}{}" VERSION);
	hear(w, fd,
	     "{'errmsg':'unknown command','errno':38,'context':{'seq':9}}"
	     "{'errmsg':'unknown command','errno':38}" VERSION_REPLY);
	hear_nothing(w, fd);
	(void)close(fd);
}

static void test_limits_of_a_request(void **state)
{
	struct world *w = *state;
	size_t len = LIBRARIAN_REQUEST_MAX + 100;
	char *text = malloc(len);
	int fd = connect_pair(w);

	memset(text, '[', len);
	memcpy(text, "{\"a\":", 5);
	memset(text + 100, ']', 95);
	text[195] = '}';
	say_bytes(w, fd, text, 196);
	hear(w, fd, "{'errmsg':'Invalid argument','errno':22}");
	memset(text, 'x', len);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + len - 2, "\"}", 2);
	say_bytes(w, fd, text, len);
	hear(w, fd, "{'errmsg':'Message too long','errno':90}");
	say(w, fd, VERSION);
	hear(w, fd, VERSION_REPLY);
	/* the largest one that is let in */
	memcpy(text + LIBRARIAN_REQUEST_MAX - 2, "\"}", 2);
	say_bytes(w, fd, text, LIBRARIAN_REQUEST_MAX);
	hear(w, fd, "{'errmsg':'unknown command','errno':38}");
	free(text);
	(void)close(fd);
}

/* Far more than the server takes at once; answered in order. */
static void test_pipelining(void **state)
{
	struct world *w = *state;
	const int n = 6000;
	char text[160];
	int fds[3];

	for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
		fds[c] = connect_pair(w);
	for (int i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'command':'version','context':{'seq':%d}}", i);
		for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
			say(w, fds[c], text);
	}
	for (int i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'value':'LIBRARIAN 0.997','context':"
			       "{'seq':%d}}",
			       i);
		for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
			hear(w, fds[c], text);
	}
	for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
		(void)close(fds[c]);
}

/* It asks and asks, and reads nothing: others are served all the same. */
static void test_slow_reader(void **state)
{
	struct world *w = *state;
	static const char ask[] =
		"{\"command\":\"list_shelves\",\"path\":\"/\","
		"\"context\":{\"node_id\":1}}";
	int slow = connect_pair(w), other = connect_pair(w);
	bool full = false;
	char buf[4096];
	size_t n = 0;

	for (int i = 0; i < 1000000 && !full; i++) {
		full = send(slow, ask, sizeof(ask) - 1,
			    MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
		run_loop(w);
	}
	assert_true(full); /* it was not read from for ever */
	say(w, other, VERSION);
	hear(w, other, VERSION_REPLY);
	/* and when it reads, all is there */
	(void)shutdown(slow, SHUT_WR);
	while (hear_bytes(w, slow, buf, sizeof(buf)) == sizeof(buf))
		n += sizeof(buf);
	assert_true(n > 1000000);
	(void)close(slow);
	(void)close(other);
}

/* Whoever reads alone is served without the loop; others are not overlooked. */
static void test_poke(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w), other = connect_pair(w);
	char got[sizeof(VERSION_REPLY)] = "";

	server_poke(w->server);
	say(w, fd, VERSION);
	hear(w, fd, VERSION_REPLY);
	server_poke(w->server);
	put(fd, VERSION);
	server_poke(w->server);
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT),
			 strlen(VERSION_REPLY));
	/* gone, as it finds out */
	(void)close(fd);
	server_poke(w->server);
	server_poke(w->server);
	/* a write is left to the loop */
	say(w, other,
	    "{'command':'set_am_time','path':'/','context':"
	    "{'node_id':1}}");
	hear(w, other, "{'value':null,'context':{'node_id':1}}");
	put(other, VERSION);
	server_poke(w->server);
	assert_int_equal(recv(other, got, 1, MSG_DONTWAIT), -1);
	hear(w, other, VERSION_REPLY);
	(void)close(other);
}

static void test_half_closed(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w);

	say(w, fd, VERSION VERSION "{'unfin");
	(void)shutdown(fd, SHUT_WR);
	hear(w, fd, VERSION_REPLY VERSION_REPLY);
	hear_end(w, fd);
	(void)close(fd);
}

static void test_gone_before_the_reply(void **state)
{
	struct world *w = *state;
	int fd;

	for (int i = 0; i < 50; i++) {
		fd = connect_pair(w);
		assert_true(send(fd, "{\"command\":\"version\"}{\"", 23,
				 MSG_NOSIGNAL) > 0);
		if (i % 2)
			run_loop(w);
		(void)close(fd);
	}
	fd = connect_pair(w);
	say(w, fd, VERSION);
	hear(w, fd, VERSION_REPLY);
	(void)close(fd);
}

static void test_hello(void **state)
{
	struct world *w = *state;
	int old = connect_pair(w), good = connect_pair(w);
	int bad = connect_pair(w), early = connect_pair(w);
	char large[8192];

	say(w, early, HELLO(1, TOKEN)); /* no token was set yet */
	hear(w, early, "{'errmsg':'node and token do not match','errno':13}\n");
	hear_end(w, early);
	say(w, w->admin, SET_TOKEN(1, TOKEN) SET_TOKEN(2, OTHER));
	hear(w, w->admin, "{'value':null}\n{'value':null}\n");
	say(w, w->admin, SET_TOKEN(1, "too short") SET_TOKEN(9, TOKEN));
	hear(w, w->admin,
	     "{'errmsg':'a token is hexadecimal','errno':22}\n"
	     "{'errmsg':'unknown node','errno':2}\n");

	say(w, old,
	    VERSION "{'command':'get_fs_stats','context':{'node_id':1}}");
	hear(w, old,
	     VERSION_REPLY "{'errmsg':'say hello first','errno':13,"
			   "'context':{'node_id':1}}");
	say(w, old, SET_TOKEN(1, TOKEN));
	hear(w, old, "{'errmsg':'for the administrator only','errno':1}");

	/* strangers get little room, nodes get more */
	memset(large, ' ', sizeof(large) - 1);
	memcpy(large, "{", 1);
	memcpy(large + sizeof(large) - 2, "}", 2);
	say(w, old, large);
	hear(w, old, "{'errmsg':'Message too long','errno':90}");

	/* what comes behind a refused hello is not heard */
	say(w, bad, HELLO(1, OTHER) VERSION);
	hear(w, bad, "{'errmsg':'node and token do not match','errno':13}\n");
	hear_end(w, bad);

	say(w, good, HELLO(1, TOKEN) HELLO(1, TOKEN));
	hear(w, good,
	     HELLO_REPLY "{'errmsg':'hello was said already','errno':114}\n");
	say(w, good, large);
	hear(w, good, "{'errmsg':'unknown command','errno':38}\n");
	/* it is node 1 whatever it says */
	say(w, good,
	    "{'command':'get_xattr','path':'/','xattr':"
	    "'user.LFS.AllocationPolicyDefault','context':{'node_id':77}}");
	hear(w, good,
	     "{'value':{'value':'RandomBooks'},'context':{'node_id':77}}\n");
	(void)close(old);
	(void)close(good);
	(void)close(bad);
	(void)close(early);
}

static void test_tokens_end(void **state)
{
	struct world *w = *state;
	int a, b;

	say(w, w->admin, SET_TOKEN(1, TOKEN));
	hear(w, w->admin, "{'value':null}\n");
	a = connect_pair(w);
	say(w, a, HELLO(1, TOKEN));
	hear(w, a, HELLO_REPLY);
	/* another life of the node */
	say(w, w->admin, SET_TOKEN(1, OTHER));
	hear(w, w->admin, "{'value':null}\n");
	hear_end(w, a);
	b = connect_pair(w);
	say(w, b, HELLO(1, TOKEN));
	hear(w, b, "{'errmsg':'node and token do not match','errno':13}\n");
	hear_end(w, b);
	(void)close(b);
	b = connect_pair(w);
	say(w, b, HELLO(1, OTHER));
	hear(w, b, HELLO_REPLY);
	say(w, w->admin, "{'command':'node_down','node_id':1}");
	hear(w, w->admin, "{'value':null}\n");
	hear_end(w, b);
	(void)close(b);
	b = connect_pair(w);
	say(w, b, HELLO(1, OTHER));
	hear(w, b, "{'errmsg':'node and token do not match','errno':13}\n");
	hear_end(w, b);
	(void)close(a);
	(void)close(b);
}

/* It must not have the last word: a handle that nobody would close. */
static void test_node_down_and_its_last_request(void **state)
{
	static const char open[] =
		"{\"command\":\"create_shelf\",\"path\":\"/a\"}";
	static const char down[] = "{\"command\":\"node_down\",\"node_id\":1}";
	struct world *w = *state;
	int fd = connect_pair(w);
	char c;

	say(w, w->admin, SET_TOKEN(1, TOKEN));
	hear(w, w->admin, "{'value':null}\n");
	say(w, fd, HELLO(1, TOKEN));
	hear(w, fd, HELLO_REPLY);
	/* both are there when the server looks next; in which order is open */
	assert_true(send(w->admin, down, sizeof(down) - 1, 0) > 0);
	assert_true(send(fd, open, sizeof(open) - 1, 0) > 0);
	hear(w, w->admin, "{'value':null}\n");
	while (recv(fd, &c, 1, MSG_DONTWAIT) > 0)
		; /* its reply, if it came first */
	hear_end(w, fd);
	(void)close(fd);
	/* Whether it exists or not, nobody holds it. */
	w->f.session.admin = true;
	assert_true(reply_errno(ask(&w->f, 2,
				    "{'command':'destroy_shelf',"
				    "'path':'/a'}")) != EBUSY);
}

#define OOB(n)                                                                \
	"{'command':'send_OOB','msg':'hi','context':{'node_id':" #n ",'seq':" \
	"1}}"
#define OOB_REPLY(n) \
	"{'value':{'value':" #n "},'context':{'node_id':" #n ",'seq':1}}"
#define EVENTS(n) "{'command':'hello','node_id':" #n ",'events':true}"
#define EVENTS_REPLY                                                   \
	"{'value':{'protocol':1,'version':'LIBRARIAN 0.997','events':" \
	"true}}\n"

/* To all but its sender; ours hear it only if they want to. */
static void test_broadcast(void **state)
{
	struct world *w = *state;
	int a = connect_pair(w), b = connect_pair(w), c = connect_pair(w);
	int ours = connect_pair(w), quiet = connect_pair(w);

	say(w, ours, EVENTS(1));
	hear(w, ours, EVENTS_REPLY);
	say(w, quiet, "{'command':'hello','node_id':2}");
	hear(w, quiet, HELLO_REPLY);
	say(w, a, OOB(3));
	hear(w, a, OOB_REPLY(3));
	hear(w, b, "{'OOBmsg':'hi'}");
	hear(w, c, "{'OOBmsg':'hi'}");
	hear(w, ours, "{'OOBmsg':'hi'}\n");
	hear_nothing(w, a);
	hear_nothing(w, quiet);
	/* two at once, and a reply: all are whole */
	say(w, a, OOB(3));
	say(w, b, VERSION OOB(4));
	hear(w, a, OOB_REPLY(3) "{'OOBmsg':'hi'}");
	hear(w, b, "{'OOBmsg':'hi'}" VERSION_REPLY OOB_REPLY(4));
	say(w, a, "{'command':'send_OOB','context':{'node_id':3}}");
	hear(w, a,
	     "{'errmsg':'msg is missing','errno':22,"
	     "'context':{'node_id':3}}");
	(void)close(a);
	(void)close(b);
	(void)close(c);
	(void)close(ours);
	(void)close(quiet);
}

/* Messages for somebody who does not read them are left out one day. */
static void test_broadcast_to_slow_reader(void **state)
{
	struct world *w = *state;
	int a = connect_pair(w), slow = connect_pair(w);
	char text[9000], reply[256];

	(void)snprintf(text, sizeof(text),
		       "{\"command\":\"send_OOB\",\"msg\":\"%08000d\","
		       "\"context\":{\"node_id\":1}}",
		       0);
	for (int i = 0; i < 1000; i++) {
		say_bytes(w, a, text, strlen(text));
		hear(w, a, "{'value':{'value':1},'context':{'node_id':1}}");
	}
	/* it is still served, and what came was whole */
	say(w, slow, VERSION);
	while (hear_bytes(w, slow, reply, 1) == 1 && reply[0] != 'v')
		;
	(void)close(a);
	(void)close(slow);
}

/* The books of a shelf that two nodes hold, cut by one of them. */
static void test_revoke(void **state)
{
	struct world *w = *state;
	int a = connect_pair(w), b = connect_pair(w);

	say(w, a, "{'command':'hello','node_id':1}");
	hear(w, a, HELLO_REPLY);
	say(w, b, EVENTS(2));
	hear(w, b, EVENTS_REPLY);
	say(w, a, "{'command':'create_shelf','path':'/a'}");
	while (recv(a, (char[1]){ 0 }, 1, MSG_DONTWAIT) != 1)
		run_loop(w);
	assert_works(&w->f, 2, "{'command':'open_shelf','path':'/a'}");
	assert_works(&w->f, 1,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':6291456}");
	say(w, b, VERSION); /* nothing before it */
	hear(w, b, VERSION_REPLY "\n");
	say(w, a, "{'command':'resize_shelf','path':'/a','size_bytes':0}");
	hear(w, b,
	     "{'event':'revoke','shelf_id':4,'generation':5,'gone':false,"
	     "'size_bytes':0,'books':[]}\n");
	/* it connects anew before it has acknowledged */
	(void)close(b);
	b = connect_pair(w);
	say(w, b, EVENTS(2));
	hear(w, b,
	     EVENTS_REPLY
	     "{'event':'revoke','shelf_id':4,'generation':5,'gone':false,"
	     "'size_bytes':0,'books':[]}\n");
	assert_int_equal(w->f.lib.pool.counts.n[BOOK_INUSE], 3);
	say(w, b, "{'command':'ack','shelf_id':4,'generation':5}");
	hear(w, b, "{'value':null}\n");
	while (w->f.lib.pool.counts.n[BOOK_FREE] != 64)
		run_loop(w);
	(void)close(a);
	(void)close(b);
}

/* Silence ends a node: what it held goes, its connections as well. */
static void test_lease(void **state)
{
	struct world *w = *state;
	struct node *n = &w->f.lib.nodes.node[1];
	int a = connect_pair(w);

	say(w, a, "{'command':'hello','node_id':1}");
	hear(w, a, HELLO_REPLY);
	assert_works(&w->f, 1, "{'command':'create_shelf','path':'/a'}");
	w->f.lib.lease = 30;
	w->f.lib.started = n->alive - 100;
	assert_int_equal(lease_check(&w->f.lib, n->alive + 29), 0);
	assert_fails(EBUSY, &w->f, 2,
		     "{'command':'destroy_shelf','path':'/a'}");
	assert_int_equal(lease_check(&w->f.lib, n->alive + 30), 0);
	assert_works(&w->f, 2, "{'command':'destroy_shelf','path':'/a'}");
	/* the next turn ends it */
	say(w, w->admin, VERSION);
	hear_end(w, a);
	(void)close(a);
}

static void test_end_of_the_administrator(void **state)
{
	struct world *w = *state;

	(void)shutdown(w->admin, SHUT_WR);
	/* returns: the loop was left */
	assert_int_equal(event_base_dispatch(w->base), 0);
	assert_true(event_base_got_exit(w->base));
}

/* A request and the reply, whatever it is, by single passes of the loop: one
 * that does not wait goes on for as long as there is anything to be done.
 */
static void exchange(struct world *w, int fd, const char *text)
{
	char reply[512];

	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	while (recv(fd, reply, sizeof(reply), MSG_DONTWAIT) <= 0)
		(void)event_base_loop(w->base, EVLOOP_ONCE);
}

/* Thousands of books to zero: clients are served in between. */
static void test_zeroing_lets_others_in(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w);

	assert_works(&w->f, 1, "{'command':'create_shelf','path':'/a'}");
	assert_works(&w->f, 1,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':16777216000}");
	exchange(w, fd,
		 "{\"command\":\"resize_shelf\",\"path\":\"/a\","
		 "\"size_bytes\":0,\"context\":{\"node_id\":1}}");
	exchange(w, fd, "{\"command\":\"version\"}");
	assert_true(w->f.lib.pool.counts.n[BOOK_ZOMBIE] > 0);
	while (w->f.lib.pool.counts.n[BOOK_ZOMBIE])
		run_loop(w);
	assert_int_equal(w->f.lib.pool.counts.n[BOOK_FREE], 8000);
	(void)close(fd);
}

static int connect_tcp(struct world *w)
{
	const char *port = strrchr(server_address(w->server), ':');
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint32_t n;
	int fd;

	assert_int_equal(parse_u32(port + 1, 1, 65535, &n), 0);
	a.sin_port = htons((uint16_t)n);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

#define CHECK "{'command':'self_check'}"
#define CHECK_REPLY "{'value':{'count':0,'problems':[]}}\n"

/* What libevent does before it looks at the sockets again. */
static void step(struct world *w)
{
	(void)event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Others are served while a check goes on; who has asked for it gets its
 * replies in order.
 */
static void test_self_check(void **state)
{
	struct world *w = *state;
	int other = connect_pair(w);
	char c;

	put(w->admin, CHECK VERSION CHECK);
	step(w);
	put(other, VERSION);
	while (recv(other, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
		step(w);
	assert_int_equal(recv(w->admin, &c, 1, MSG_DONTWAIT), -1);
	hear(w, other, VERSION_REPLY);
	hear(w, w->admin,
	     CHECK_REPLY VERSION_REPLY
	     "\n{'errmsg':'another one is running','errno':16}\n");
	(void)close(other);
}

/* Whoever breaks its connection off takes its check along. */
static void test_self_check_given_up(void **state)
{
	const struct linger reset = { .l_onoff = 1 };
	struct world *w = *state;
	int fd = connect_tcp(w);

	put(fd, CHECK VERSION);
	for (int i = 0; i < 5; i++)
		step(w);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
				    sizeof(reset)),
			 0);
	(void)close(fd);
	step(w);
	say(w, w->admin, VERSION CHECK);
	hear(w, w->admin, VERSION_REPLY "\n" CHECK_REPLY);
}

static void test_too_many_clients(void **state)
{
	struct world *w = *state;
	struct rlimit lim;
	int fds[SERVER_CLIENTS_MAX], last;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = lim.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	if (lim.rlim_cur < 2 * SERVER_CLIENTS_MAX + 64)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_tcp(w);
		run_loop(w);
	}
	last = connect_tcp(w);
	hear_end(w, last);
	(void)close(last);
	say(w, fds[0], VERSION);
	hear(w, fds[0], VERSION_REPLY);
	/* room for another one */
	(void)close(fds[0]);
	for (int i = 0; i < 10; i++)
		run_loop(w);
	last = connect_tcp(w);
	say(w, last, VERSION);
	hear(w, last, VERSION_REPLY);
	(void)close(last);
	for (size_t i = 1; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
#define TEST_TOKEN(t) \
	cmocka_unit_test_setup_teardown(t, set_up_token, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_framing),
		TEST(test_limits_of_a_request),
		TEST(test_pipelining),
		TEST(test_slow_reader),
		TEST(test_poke),
		TEST(test_half_closed),
		TEST(test_gone_before_the_reply),
		TEST(test_self_check),
		TEST(test_self_check_given_up),
		TEST_TOKEN(test_hello),
		TEST_TOKEN(test_tokens_end),
		TEST_TOKEN(test_node_down_and_its_last_request),
		TEST(test_broadcast),
		TEST(test_broadcast_to_slow_reader),
		TEST(test_revoke),
		TEST(test_lease),
		TEST(test_end_of_the_administrator),
		TEST(test_too_many_clients),
		cmocka_unit_test_setup_teardown(test_zeroing_lets_others_in,
						set_up_large, tear_down),
	};

	/* as loop_stop_on_signals() has it in the program */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
