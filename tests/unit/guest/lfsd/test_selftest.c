/* SPDX-License-Identifier: MIT */

/* test_selftest.c - Is the node's memory that of the cluster?
 *
 * client_call() is replaced by a Librarian that is well, or not.
 */

#include "selftest.h"

#include <errno.h>
#include <sys/mman.h>

#include "board.h"
#include "client.h"
#include "json.h"

#include "../../unit.h"

#define NODE 3

/* What the Librarian is like */
static struct {
	struct board *board; /* as it sees it */
	int error;
	bool silent; /* says yes, and writes nothing */
	int lost;    /* additions */
	bool nonsense;
} librarian;

static void answer(const char *value, struct reply *ret_reply)
{
	static const struct jread_limits limits = { 8, 2 };
	char *text = strdup(value);

	assert_non_null(text);
	assert_int_equal(
		jread_object(text, strlen(text), &limits, &ret_reply->doc), 0);
	ret_reply->value = ret_reply->doc.values;
}

int client_ask(struct client *c, const struct caller *who, json_t *request,
	       struct reply *ret_reply)
{
	struct board_node *line = &librarian.board->nodes[NODE - 1];
	CLEANUP_JSON json_t *o = request;
	int64_t nonce;

	(void)c;
	(void)who;
	assert_int_equal(json_get_i64(o, "nonce", &nonce), 0);
	if (librarian.error)
		return librarian.error;
	if (line->nonce != (uint64_t)nonce && !librarian.silent)
		return -EIO;
	if (!librarian.silent)
		__atomic_store_n(&line->nonce, ~(uint64_t)nonce,
				 __ATOMIC_RELEASE);
	for (int i = librarian.lost; i < 20000; i++)
		(void)__atomic_add_fetch(&line->word, 1, __ATOMIC_RELAXED);
	answer(librarian.nonsense ? "{}" : "{\"added\":20000}", ret_reply);
	return 0;
}

static struct board *shared(void)
{
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(b, MAP_FAILED);
	return b;
}

static int tear_down(void **state)
{
	(void)state;
	librarian.board = board_close(librarian.board);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&librarian, 0, sizeof(librarian));
	librarian.board = shared();
	return 0;
}

static int run(struct board *b, struct err *e)
{
	return selftest_run(NULL, b, NODE, e);
}

static void good_memory(void **state)
{
	struct err e = { "" };

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(run(librarian.board, &e), 0);
	assert_string_equal(e.msg, "");
	assert_int_equal(librarian.board->nodes[NODE].nonce, 0);
	assert_int_equal(librarian.board->nodes[NODE - 2].word, 0);
}

static void private_memory(void **state)
{
	struct board *other = shared();
	struct err e = { "" };

	(void)state;
	assert_int_equal(run(other, &e), -EIO);
	assert_non_null(strstr(e.msg, "share=on"));
	other = board_close(other);
}

static void the_librarians_writes_do_not_arrive(void **state)
{
	struct err e = { "" };

	(void)state;
	librarian.silent = true;
	assert_int_equal(run(librarian.board, &e), -EIO);
	assert_non_null(strstr(e.msg, "share=on"));
}

static void additions_get_lost(void **state)
{
	struct err e = { "" };

	(void)state;
	librarian.lost = 1;
	assert_int_equal(run(librarian.board, &e), -EIO);
	assert_non_null(strstr(e.msg, "maxcpus=2"));
}

static void the_librarian_does_not_know(void **state)
{
	struct err e = { "" };

	(void)state;
	librarian.error = -ENODEV;
	assert_int_equal(run(librarian.board, &e), -ENODEV);
	librarian.error = 0;
	librarian.nonsense = true;
	assert_int_equal(run(librarian.board, &e), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
		TEST(good_memory),
		TEST(private_memory),
		TEST(the_librarians_writes_do_not_arrive),
		TEST(additions_get_lost),
		TEST(the_librarian_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
