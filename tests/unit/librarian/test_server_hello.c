/* SPDX-License-Identifier: MIT */

/* test_server_hello.c - Who a client is, and when it is not any more */

#include "serving.h"

#include <signal.h>

#include "lease.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define PATIENCE 20 /* seconds; a test that waits so long has failed */

#define HELLO(n, token)                                                       \
	"{'command':'hello','node_id':" #n ",'token':'" token "','protocol':" \
	"1}"
#define SET_TOKEN(n, token) \
	"{'command':'set_token','node_id':" #n ",'token':'" token "'}"

static int set_up_token(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	start(w, AUTH_TOKEN, 16);
	*state = w;
	return 0;
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

#define TEST_TOKEN(t) \
	cmocka_unit_test_setup_teardown(t, set_up_token, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_TOKEN(test_hello),
		TEST_TOKEN(test_tokens_end),
		TEST_TOKEN(test_node_down_and_its_last_request),
		TEST(test_lease),
		TEST(test_end_of_the_administrator),
	};

	/* as loop_stop_on_signals() has it in the program */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
