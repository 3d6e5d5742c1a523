/* SPDX-License-Identifier: MIT */

/* selftest.c - Is the node's memory that of the cluster? */

#include "selftest.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "cleanup.h"
#include "client.h"
#include "jget.h"
#include "thread.h"

/* The question is asked by a thread of its own, so that this one adds while the
 * Librarian does.
 */
struct question {
	struct client *client;
	int64_t nonce;
	int result;
	uint64_t added;
	bool done; /* atomic */
};

static int ask(struct question *q)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(q->client, NULL,
		       json_pack("{s:s, s:I}", "command", "check_memory",
				 "nonce", (json_int_t)q->nonce),
		       &reply);
	if (r < 0)
		return r;
	return jget_u64(reply.value, "added", 0, INT64_MAX, &q->added) < 0 ?
		       -EPROTO :
		       0;
}

static void *ask_thread(void *arg)
{
	struct question *q = arg;

	q->result = ask(q);
	__atomic_store_n(&q->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Return: how often */
static uint64_t add_meanwhile(uint64_t *word, const struct question *q)
{
	uint64_t n = 0;

	while (!__atomic_load_n(&q->done, __ATOMIC_ACQUIRE)) {
		(void)__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
		n++;
	}
	return n;
}

static int not_shared(struct err *e)
{
	return err_set(e, -EIO,
		       "the node's memory is not the cluster's: the Librarian "
		       "does not see what the node writes; start the node with "
		       "share=on and the file that is the Librarian's --fam");
}

static int judge(const struct question *q, const struct board_node *line,
		 uint64_t own, struct err *e)
{
	const uint64_t sum = __atomic_load_n(&line->word, __ATOMIC_ACQUIRE);
	const uint64_t want = own + q->added;

	if (q->result == -EIO)
		return not_shared(e);
	if (q->result < 0)
		return err_set(e, q->result,
			       "the Librarian does not test the memory: %s",
			       strerror(-q->result));
	if (__atomic_load_n(&line->nonce, __ATOMIC_ACQUIRE) !=
	    ~(uint64_t)q->nonce)
		return not_shared(e);
	if (sum != want)
		return err_set(e, -EIO,
			       "atomic operations on the memory are not: node "
			       "and Librarian added %llu, the sum is %llu; "
			       "start the node with '-smp 1,maxcpus=2' and, "
			       "under TCG, 'thread=multi'",
			       (unsigned long long)want,
			       (unsigned long long)sum);
	return 0;
}

int selftest_run(struct client *c, struct board *b, uint32_t node_id,
		 struct err *e)
{
	struct board_node *line = &b->nodes[node_id - 1];
	struct question q = { .client = c };
	pthread_t thread;
	uint64_t own;
	int r;

	if (getrandom(&q.nonce, sizeof(q.nonce), 0) != (ssize_t)sizeof(q.nonce))
		return err_set(e, -EIO, "the kernel has no random numbers");
	__atomic_store_n(&line->word, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&line->nonce, (uint64_t)q.nonce, __ATOMIC_SEQ_CST);
	r = thread_start(&thread, ask_thread, &q);
	if (r < 0)
		return err_set(e, r, "cannot start a thread: %s", strerror(-r));
	own = add_meanwhile(&line->word, &q);
	(void)pthread_join(thread, NULL);
	return judge(&q, line, own, e);
}
