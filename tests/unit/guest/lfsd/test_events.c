/* SPDX-License-Identifier: MIT */

/* test_events.c - One thread for what the Librarian tells and for what is due
 */

#include "events.h"

#include <errno.h>
#include <pthread.h>

#include "thread.h"

#include "../../unit.h"

/* What happened, a letter each: the text of a message, or 't' for due() */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char seen[64];
	size_t n;
	int64_t again_ms; /* what due() says; once */
	pthread_t thread;
} seen_log = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, "", 0, -1, 0
};

static void note(char letter)
{
	pthread_mutex_lock(&seen_log.lock);
	seen_log.seen[seen_log.n++] = letter;
	seen_log.thread = pthread_self();
	pthread_cond_signal(&seen_log.changed);
	pthread_mutex_unlock(&seen_log.lock);
}

static void wait_for(size_t n)
{
	pthread_mutex_lock(&seen_log.lock);
	while (seen_log.n < n)
		pthread_cond_wait(&seen_log.changed, &seen_log.lock);
	pthread_mutex_unlock(&seen_log.lock);
}

static void on_event(void *arg, const struct jvalue *message)
{
	assert_ptr_equal(arg, &seen_log);
	note(*jvalue_text(jvalue_get(message, "event")));
}

static int64_t on_due(void *arg)
{
	int64_t ms;

	assert_ptr_equal(arg, &seen_log);
	pthread_mutex_lock(&seen_log.lock);
	ms = seen_log.again_ms;
	seen_log.again_ms = -1;
	pthread_mutex_unlock(&seen_log.lock);
	note('t');
	return ms;
}

static int push(struct events *ev, const char *letter)
{
	static const struct jread_limits limits = { 8, 1 };
	CLEANUP_JREAD struct jread doc = { 0 };
	char *text = malloc(32);

	assert_non_null(text);
	(void)snprintf(text, 32, "{\"event\":\"%s\"}", letter);
	assert_int_equal(jread_object(text, strlen(text), &limits, &doc), 0);
	return events_push(ev, &doc);
}

static struct events *make(bool timer)
{
	const struct events_conf conf = {
		.event = on_event,
		.due = timer ? on_due : NULL,
		.arg = &seen_log,
	};
	struct events *ev;

	memset(seen_log.seen, 0, sizeof(seen_log.seen));
	seen_log.n = 0;
	assert_int_equal(events_new(&conf, &ev), 0);
	return ev;
}

static void what_comes_early_waits(void **state)
{
	struct events *ev = make(false);

	(void)state;
	assert_int_equal(push(ev, "a"), 0);
	assert_int_equal(push(ev, "b"), 0);
	assert_int_equal(events_start(ev), 0);
	assert_int_equal(push(ev, "c"), 0);
	wait_for(3);
	assert_string_equal(seen_log.seen, "abc");
	assert_false(pthread_equal(seen_log.thread, pthread_self()));
	ev = events_free(ev);
}

static void what_is_due_is_done(void **state)
{
	struct events *ev = make(true);
	int64_t start;

	(void)state;
	seen_log.again_ms = 20;
	start = thread_now_ms();
	assert_int_equal(events_start(ev), 0);
	wait_for(2); /* at the start, and 20 ms later */
	assert_true(thread_now_ms() - start >= 19);
	assert_int_equal(push(ev, "a"), 0);
	wait_for(3);
	events_poke(ev);
	wait_for(4);
	assert_string_equal(seen_log.seen, "ttat");
	ev = events_free(ev);
}

static void far_too_many_are_refused(void **state)
{
	struct events *ev = make(false);
	int r = 0, n = 0;

	(void)state;
	while (r == 0 && n < 100000) {
		r = push(ev, "a");
		n++;
	}
	assert_int_equal(r, -ENOBUFS);
	ev = events_free(ev); /* which frees them */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_early_waits),
		cmocka_unit_test(what_is_due_is_done),
		cmocka_unit_test(far_too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
