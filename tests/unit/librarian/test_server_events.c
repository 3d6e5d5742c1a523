/* SPDX-License-Identifier: MIT */

/* test_server_events.c - What clients have not asked for, and what takes long */

#include "serving.h"

#include <signal.h>

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

/* Of "msg" alone, with its quotes. */
static void test_longest_broadcast(void **state)
{
	struct world *w = *state;
	int a = connect_pair(w), b = connect_pair(w);
	char msg[16384 + 1], text[sizeof(msg) + 64];

	memset(msg, 'x', sizeof(msg) - 1);
	msg[sizeof(msg) - 1] = '\0';
	for (size_t more = 0; more <= 1; more++) {
		(void)snprintf(text, sizeof(text),
			       "{'command':'send_OOB','msg':'%.*s',"
			       "'context':{'node_id':3}}",
			       (int)(16384 - 2 + more), msg);
		say(w, a, text);
		if (more) {
			hear(w, a,
			     "{'errmsg':'too long for all to hear','errno':7,"
			     "'context':{'node_id':3}}");
			hear_nothing(w, b);
			continue;
		}
		hear(w, a, "{'value':{'value':3},'context':{'node_id':3}}");
		(void)snprintf(text, sizeof(text), "{'OOBmsg':'%.*s'}",
			       16384 - 2, msg);
		hear(w, b, text);
	}
	(void)close(a);
	(void)close(b);
}

/* What is still to be sent when its client has gone is nobody's. */
static void test_message_to_nobody(void **state)
{
	struct world *w = *state;
	CLEANUP_JSON json_t *body = json_pack("{s:s}", "event", "wanted");
	int b = connect_pair(w), a = connect_pair(w);
	struct outbox *o = &w->f.lib.outbox;

	say(w, a, VERSION);
	hear(w, a, VERSION_REPLY);
	assert_int_equal(
		outbox_put(o, TAILQ_LAST(&w->f.lib.sessions, session_list),
			   body, true),
		0);
	(void)close(a);
	for (int i = 0; i < 10 && o->n; i++)
		run_loop(w);
	assert_int_equal(o->n, 0);
	say(w, b, VERSION);
	hear(w, b, VERSION_REPLY);
	(void)close(b);
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

static int set_up_large(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	start(w, AUTH_NONE, 2000);
	*state = w;
	return 0;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_broadcast),
		TEST(test_longest_broadcast),
		TEST(test_message_to_nobody),
		TEST(test_broadcast_to_slow_reader),
		TEST(test_revoke),
		TEST(test_self_check),
		TEST(test_self_check_given_up),
		cmocka_unit_test_setup_teardown(test_zeroing_lets_others_in,
						set_up_large, tear_down),
	};

	/* as loop_stop_on_signals() has it in the program */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
