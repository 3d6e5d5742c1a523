/* SPDX-License-Identifier: MIT */

/* test_shell.c - Lines to words to requests, and a session with a server */

#include "fixture.h"

#include <event2/event.h>
#include <signal.h>
#include <sys/prctl.h>

#include "listen.h"
#include "loop.h"
#include "server.h"
#include "shell.h"
#include "shell_request.h"
#include "shell_words.h"
#include "spawn.h"

/* ---- words ---------------------------------------------------------------- */

static int look_up(void *arg, const char *name, char **ret_text)
{
	(void)arg;
	if (strcmp(name, "a") != 0)
		return -ENOENT;
	*ret_text = strdup("A B");
	return *ret_text ? 0 : -ENOMEM;
}

/* The words of a line, expanded, with | behind each; NULL = refused. */
static const char *words_of(const char *line, char *buf, size_t size)
{
	CLEANUP_STRV struct strv words = { 0 };
	struct err e = { "" };
	size_t n = 0;

	*buf = '\0';
	if (shell_split(line, &words, &e) < 0)
		return *e.msg ? NULL : "no message";
	for (size_t i = 0; i < words.n; i++) {
		CLEANUP_FREE char *text = NULL;

		if (shell_expand(words.v[i], look_up, NULL, &text, &e) < 0)
			return *e.msg ? NULL : "no message";
		n += (size_t)snprintf(buf + n, size - n, "%s|", text);
	}
	return buf;
}

static void test_words(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "", "" },
		{ "  \t ", "" },
		{ "# all", "" },
		{ "a b # c", "a|b|" },
		{ "a#b", "a#b|" },
		{ "'a b' \"c d\" e\\ f ''", "a b|c d|e f||" },
		{ "$a x${a}y", "A B|xA By|" },
		{ "'$a' \\$a \"$a\"", "$a|$a|A B|" },
		{ "\"\\\"q\\\\\" $ $$", "\"q\\|$|$$|" },
		{ "$b", NULL },
		{ "${a", NULL },
		{ "${}", NULL },
		{ "'a", NULL },
		{ "\"a", NULL },
	};
	char buf[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *have = words_of(cases[i].line, buf, sizeof(buf));
		const char *want = cases[i].want;

		if (!have != !want || (want && strcmp(have, want) != 0))
			fail_msg("%s: %s", cases[i].line, have ? have : "-");
	}
}

/* ---- requests ------------------------------------------------------------- */

static void test_requests(void **state)
{
	static const struct {
		const char *line, *want; /* NULL = refused */
	} cases[] = {
		{ "version", "{'command':'version'}" },
		{ "create_shelf /a",
		  "{'command':'create_shelf','path':'/a','mode':438}" },
		{ "create_shelf /a 644",
		  "{'command':'create_shelf','path':'/a','mode':420}" },
		{ "resize_shelf /a 4M", "{'command':'resize_shelf','path':'/a',"
					"'size_bytes':4194304}" },
		{ "resize_shelf /a 1 7",
		  "{'command':'resize_shelf','path':'/a','size_bytes':1,"
		  "'id':7}" },
		{ "get_book_ig 0 1",
		  "{'command':'get_book_ig','intlv_group':[0,1]}" },
		{ "list_shelves", "{'command':'list_shelves','path':'/'}" },
		{ "'{\"command\": \"x\"}'", "{'command':'x'}" },
		{ "create_shelf", NULL },
		{ "create_shelf /a 999", NULL },
		{ "create_shelf /a 644 x", NULL },
		{ "resize_shelf /a -1", NULL },
		{ "get_book_ig", NULL },
		{ "nothing", NULL },
		{ "'{'", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_STRV struct strv words = { 0 };
		json_t *have = NULL, *want;
		struct err e = { "" };
		int r;

		assert_int_equal(shell_split(cases[i].line, &words, &e), 0);
		r = shell_request_make(words.v, words.n, &have, &e);
		if ((r == 0) != !!cases[i].want || (r < 0 && !*e.msg))
			fail_msg("%s: %d %s", cases[i].line, r, e.msg);
		if (r < 0)
			continue;
		want = quoted(cases[i].want);
		if (!json_equal(have, want))
			fail_msg("%s", cases[i].line);
		json_decref(have);
		json_decref(want);
	}
}

/* ---- a session ------------------------------------------------------------- */

struct world {
	struct fixture f;
	pid_t server;
	char where[LISTEN_ADDRESS_MAX];
	struct shell_link *link;
	struct shell shell;
	FILE *out;
	char *text;
	size_t len;
	unsigned events;
};

static void serve(struct fixture *f, int fd)
{
	struct server_conf conf = { .listen_fd = fd, .admin_fd = -1 };
	struct event_base *base = loop_new();
	struct server *server;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fixture_open(f);
	if (server_new(base, &f->lib, &conf, &server) < 0)
		_exit(1);
	(void)loop_stop_on_signals(base);
	(void)event_base_dispatch(base);
	_exit(0);
}

static void count_event(const json_t *message, void *arg)
{
	struct world *w = arg;

	assert_non_null(json_object_get(message, "OOBmsg"));
	w->events++;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	json_t *hello = json_pack("{s:s}", "command", "version"), *reply;
	struct err e = { "" };
	int fd;

	fixture_make(&w->f, 2, 16);
	if (listen_open("127.0.0.1", 0, &fd, &e) < 0)
		fail_msg("%s", e.msg);
	(void)listen_describe(fd, w->where, sizeof(w->where));
	w->server = fork();
	if (!w->server)
		serve(&w->f, fd);
	(void)close(fd);
	if (shell_link_open(&(struct shell_link_conf){ .host = w->where,
						       .node_id = 2,
						       .event = count_event,
						       .arg = w },
			    &w->link, &e) < 0)
		fail_msg("%s", e.msg);
	/* It has its signals by then. */
	assert_int_equal(shell_link_call(w->link, hello, &reply, &e), 0);
	json_decref(reply);
	json_decref(hello);
	w->out = open_memstream(&w->text, &w->len);
	assert_int_equal(shell_init(&w->shell, w->link, 2, w->out, w->out), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	shell_deinit(&w->shell);
	(void)shell_link_close(w->link);
	(void)fclose(w->out);
	free(w->text);
	(void)kill(w->server, SIGTERM);
	assert_int_equal(spawn_wait(w->server), 0);
	fixture_end(&w->f);
	free(w);
	return 0;
}

static const char *output(struct world *w)
{
	(void)fflush(w->out);
	return w->text;
}

/* As a script: until a line fails. */
static int run(struct world *w, const char *lines)
{
	CLEANUP_FILE FILE *in =
		fmemopen((void *)(uintptr_t)lines, strlen(lines), "r");

	assert_non_null(in);
	return shell_run_file(&w->shell, in, NULL);
}

static void test_session(void **state)
{
	struct world *w = *state;

	assert_int_equal(run(w, "create_shelf /a # mine\n"
				"set me $id\n"
				"resize_shelf /a 3M $me\n"
				"close_shelf $me $open_handle\n"
				"loop 3 loop 2 mkdir \"/d$i-$NODE\"\n"),
			 -EREMOTEIO);
	/* The inner loop has counted last; the second turn met the first's. */
	assert_non_null(strstr(output(w), "\"name\":\"d2-2\""));
	assert_non_null(strstr(output(w), "'mkdir': "));
	assert_int_equal(run(w, "get_shelf_path a 2\nself_check\n"), 0);
	assert_non_null(strstr(output(w), "{\"count\":0,\"problems\":[]}"));
	assert_non_null(strstr(output(w), "\n/a\n"));
	assert_int_equal(run(w, "get_shelf /nope\nversion\n"), -EREMOTEIO);
	assert_null(strstr(output(w), LIBRARIAN_VERSION));
	assert_int_equal(run(w, "verbose 1\nversion\nquit\nget_shelf /nope"),
			 0);
	assert_non_null(strstr(output(w), "\"node_id\": 2"));
	assert_non_null(strstr(output(w), LIBRARIAN_VERSION));
}

static void test_history(void **state)
{
	static const char lines[] = "mkdir /d\nversion\n!!\n!1\n!9\nhistory\n";
	struct world *w = *state;
	CLEANUP_FILE FILE *in =
		fmemopen((void *)(uintptr_t)lines, strlen(lines), "r");

	/* What fails does not end it. */
	assert_int_equal(shell_run_file(&w->shell, in, "> "), 0);
	assert_non_null(strstr(output(w), "    3  version\n    4  mkdir /d\n"));
	assert_non_null(strstr(output(w), "there is no such line"));
}

/* The oldest lines are forgotten, and the others are still found. */
static void test_long_history(void **state)
{
	struct world *w = *state;
	char line[32];

	for (unsigned i = 1; i <= SHELL_HISTORY_MAX + 2; i++) {
		(void)snprintf(line, sizeof(line), "set a v%u", i);
		assert_int_equal(shell_run_typed(&w->shell, line), 0);
	}
	assert_int_equal(w->shell.history.n, SHELL_HISTORY_MAX);
	assert_int_equal(shell_run_typed(&w->shell, "!1"), 0);
	assert_int_equal(shell_run_typed(&w->shell, "mkdir /$a"), 0);
	assert_non_null(strstr(output(w), "\"name\":\"v3\""));
}

static void test_too_deep(void **state)
{
	struct world *w = *state;
	char line[256] = "";

	for (unsigned i = 0; i <= SHELL_SCRIPT_DEPTH; i++)
		(void)strcat(line, "loop 1 ");
	(void)strcat(line, "version");
	assert_int_equal(shell_run_line(&w->shell, line), -ELOOP);
	assert_true(shell_run_line(&w->shell, "script /nonexistent") < 0);
}

static void test_no_server(void **state)
{
	static const char *const wheres[] = { "",      "[::1", "127.0.0.1:x",
					      "a:0",   ":1",   "127.0.0.1:1",
					      "[::1]:" };
	struct shell_link *link;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wheres); i++) {
		struct err e = { "" };

		assert_true(shell_link_open(
				    &(struct shell_link_conf){
					    .host = wheres[i], .node_id = 1 },
				    &link, &e) < 0);
		assert_true(*e.msg);
	}
}

#define SESSION_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_requests),
		SESSION_TEST(test_session),
		SESSION_TEST(test_history),
		SESSION_TEST(test_long_history),
		SESSION_TEST(test_too_deep),
		cmocka_unit_test(test_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
