/* SPDX-License-Identifier: MIT */

/* test_metrics.c - What is counted, as Prometheus reads it */

#include "fixture.h"

#include <event2/buffer.h>

#include "loop.h"
#include "metrics.h"

static char *text_of(const struct fixture *f)
{
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	char *text;
	size_t len;

	assert_int_equal(metrics_text(&f->lib, out), 0);
	len = evbuffer_get_length(out);
	text = malloc(len + 1);
	assert_non_null(text);
	assert_int_equal(evbuffer_remove(out, text, len), (int)len);
	text[len] = '\0';
	return text;
}

static void has(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at || (at != text && at[-1] != '\n'))
		fail_msg("no line '%s' in:\n%s", line, text);
}

static void test_books_and_commits(void **state)
{
	CLEANUP_FREE char *text = NULL;
	struct fixture f;

	(void)state;
	fixture_make(&f, 2, 8);
	fixture_open(&f);
	assert_works(&f, 1,
		     "{'command': 'create_shelf', 'path': '/a', 'mode': 420}");
	assert_works(&f, 1,
		     "{'command': 'resize_shelf', 'path': '/a', "
		     "'size_bytes': 4194304}");
	assert_works(&f, 1, "{'command': 'get_shelf', 'path': '/a'}");
	text = text_of(&f);
	has(text, "fame_librarian_books{state=\"free\"} 14\n");
	has(text, "fame_librarian_books{state=\"inuse\"} 2\n");
	has(text, "fame_librarian_commits_total 2\n");
	has(text, "fame_librarian_commit_seconds_count 2\n");
	has(text, "fame_librarian_batch_requests_count 3\n");
	has(text, "fame_librarian_batch_requests_sum 3\n");
	fixture_end(&f);
}

static void test_histogram(void **state)
{
	static const char name[] = "fame_librarian_request_seconds";
	CLEANUP_FREE char *text = NULL;
	struct fixture f;
	char line[128];

	(void)state;
	fixture_make(&f, 1, 8);
	fixture_open(&f);
	/* On a limit, just above it, and above all. */
	metrics_answer(&f.lib.metrics, 0, 50, false);
	metrics_answer(&f.lib.metrics, 0, 51, true);
	metrics_answer(&f.lib.metrics, 0, 2000000, false);
	metrics_answer(&f.lib.metrics, METRICS_COMMANDS_MAX, 1, true);
	text = text_of(&f);
	for (size_t i = 0; i < 4; i++) {
		static const char *const ends[] = {
			"_bucket{command=\"version\",le=\"5e-05\"} 1\n",
			"_bucket{command=\"version\",le=\"0.0001\"} 2\n",
			"_bucket{command=\"version\",le=\"+Inf\"} 3\n",
			"_count{command=\"version\"} 3\n",
		};

		(void)snprintf(line, sizeof(line), "%s%s", name, ends[i]);
		has(text, line);
	}
	has(text,
	    "fame_librarian_request_errors_total{command=\"version\"} 1\n");
	has(text,
	    "fame_librarian_request_errors_total{command=\"unknown\"} 1\n");
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_books_and_commits),
		cmocka_unit_test(test_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
