/* SPDX-License-Identifier: MIT */

/* test_fetch.c - Downloads, from a small server that misbehaves on wish */

#include "fetch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../unit.h"
#include "hash.h"
#include "scratch.h"

/* "0123456789" x 100 */
#define BODY_LEN 1000

static void body_fill(char *body)
{
	for (int i = 0; i < BODY_LEN; i++)
		body[i] = (char)('0' + i % 10);
}

static void body_hash(const char *body, char hex[HASH_HEX])
{
	CLEANUP_HASH struct hash h;

	hash_init(&h);
	hash_update(&h, body, BODY_LEN);
	assert_int_equal(hash_final(&h, hex), 0);
}

/* What the server does with the Nth request. */
enum act {
	ACT_WHOLE,
	ACT_CUT,   /* half of it, then the connection ends */
	ACT_REST,  /* as it is asked for by Range */
	ACT_WRONG, /* other bytes */
	ACT_404,
	ACT_503,
};

static void send_body(int fd, const char *body, size_t from, size_t told,
		      size_t sent)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
			 "Connection: close\r\n",
			 from ? "206 Partial" : "200 OK", told - from);

	if (from)
		n += snprintf(head + n, sizeof(head) - (size_t)n,
			      "Content-Range: bytes %zu-%zu/%zu\r\n", from,
			      told - 1, told);
	(void)snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	(void)!write(fd, head, strlen(head));
	(void)!write(fd, body + from, sent - from);
}

static void answer(int fd, enum act act, char *body)
{
	static const char absent[] = "HTTP/1.1 404 Not Found\r\n"
				     "Content-Length: 0\r\n\r\n";
	static const char busy[] = "HTTP/1.1 503 Busy\r\n"
				   "Content-Length: 0\r\n\r\n";
	char request[4096] = "";

	(void)!read(fd, request, sizeof(request) - 1);
	switch (act) {
	case ACT_WHOLE:
		send_body(fd, body, 0, BODY_LEN, BODY_LEN);
		break;
	case ACT_CUT:
		send_body(fd, body, 0, BODY_LEN, BODY_LEN / 2);
		break;
	case ACT_REST:
		if (strstr(request, "Range: bytes=500-"))
			send_body(fd, body, BODY_LEN / 2, BODY_LEN, BODY_LEN);
		break;
	case ACT_WRONG:
		body[7] = 'x';
		send_body(fd, body, 0, BODY_LEN, BODY_LEN);
		body[7] = '7';
		break;
	case ACT_404:
		(void)!write(fd, absent, sizeof(absent) - 1);
		break;
	case ACT_503:
		(void)!write(fd, busy, sizeof(busy) - 1);
		break;
	}
}

struct server {
	pid_t pid;
	char url[64];
};

static void server_start(struct server *s, const enum act *acts, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char body[BODY_LEN];

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/f",
		       ntohs(a.sin_port));
	body_fill(body);
	s->pid = fork();
	if (!s->pid) {
		for (size_t i = 0; i < n; i++) {
			int c = accept(fd, NULL, NULL);

			answer(c, acts[i], body);
			(void)close(c);
		}
		_exit(0);
	}
	(void)close(fd);
}

static void server_stop(const struct server *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
}

struct expect {
	enum act acts[6];
	size_t n;
	int want;
};

static void run(struct scratch *s, const struct expect *x, bool with_alt)
{
	const struct fetch f = { .proxy = "" };
	char path[PATH_MAX], part[PATH_MAX], body[BODY_LEN], hex[HASH_HEX];
	struct fetch_item item;
	struct server server;
	struct err e = { 0 };
	char *text = NULL;
	size_t len = 0;
	int r;

	body_fill(body);
	body_hash(body, hex);
	server_start(&server, x->acts, x->n);
	item = (struct fetch_item){
		.url = server.url,
		.alt_url = with_alt ? server.url : NULL,
		.path = scratch_path(s, "file", path, sizeof(path)),
		.part = scratch_path(s, "part", part, sizeof(part)),
		.sha256 = hex,
		.size = BODY_LEN,
	};
	r = fetch_all(&f, &item, 1, &e);
	server_stop(&server);
	if (r != x->want)
		fail_msg("%d, not %d: \"%s\"", r, x->want, e.msg);
	assert_int_equal(faccessat(s->fd, "part", F_OK, 0), -1);
	if (r < 0) {
		assert_int_equal(faccessat(s->fd, "file", F_OK, 0), -1);
		assert_non_null(strstr(e.msg, server.url));
		return;
	}
	assert_int_equal(file_read(s->fd, "file", 4096, &text, &len), 0);
	assert_int_equal(len, BODY_LEN);
	assert_memory_equal(text, body, BODY_LEN);
	free(text);
}

static void whole(void **state)
{
	run(*state, &(struct expect){ { ACT_WHOLE }, 1, 0 }, false);
}

static void broken_ones_go_on(void **state)
{
	run(*state, &(struct expect){ { ACT_CUT, ACT_REST }, 2, 0 }, false);
}

static void wrong_bytes_once(void **state)
{
	run(*state, &(struct expect){ { ACT_WRONG, ACT_WHOLE }, 2, 0 }, false);
}

static void wrong_bytes_twice(void **state)
{
	run(*state,
	    &(struct expect){
		    { ACT_WRONG, ACT_WRONG, ACT_WHOLE }, 3, -EBADMSG },
	    false);
}

static void busy_server(void **state)
{
	run(*state, &(struct expect){ { ACT_503, ACT_WHOLE }, 2, 0 }, false);
}

static void absent(void **state)
{
	run(*state, &(struct expect){ { ACT_404 }, 1, -ENOENT }, false);
}

static void absent_but_elsewhere(void **state)
{
	run(*state, &(struct expect){ { ACT_404, ACT_WHOLE }, 2, 0 }, true);
}

static void nobody_there(void **state)
{
	run(*state, &(struct expect){ { ACT_WHOLE }, 0, -ENETUNREACH }, false);
}

static void count(const struct fetch_item *item, void *arg)
{
	(void)item;
	++*(int *)arg;
}

/* Many at once, from a directory; sizes are limits where no hash is known. */
static void many_files(void **state)
{
	struct scratch *s = *state;
	struct fetch_item items[20] = { 0 };
	char url[PATH_MAX], path[20][PATH_MAX], part[20][PATH_MAX];
	struct err e = { 0 };
	int done = 0;
	const struct fetch f = { .proxy = "", .done = count, .arg = &done };

	scratch_put(s, "from", "some text");
	(void)snprintf(url, sizeof(url), "file://%s/from", s->path);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		(void)snprintf(path[i], sizeof(path[i]), "%s/to%zu", s->path,
			       i);
		(void)snprintf(part[i], sizeof(part[i]), "%s/p%zu", s->path, i);
		items[i] = (struct fetch_item){
			.url = url, .path = path[i], .part = part[i], .size = 9
		};
	}
	assert_int_equal(fetch_all(&f, items, ARRAY_SIZE(items), &e), 0);
	assert_int_equal(done, ARRAY_SIZE(items));
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		assert_int_equal(access(path[i], F_OK), 0);
	items[0].size = 8;
	assert_int_equal(fetch_all(&f, items, 1, &e), -EBADMSG);
	items[0].url = "ftp://localhost/x";
	assert_true(fetch_all(&f, items, 1, &e) < 0);
	items[0].part = "/nonexistent/part";
	assert_int_equal(fetch_all(&f, items, 1, &e), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(whole),
		scratch_test(broken_ones_go_on),
		scratch_test(wrong_bytes_once),
		scratch_test(wrong_bytes_twice),
		scratch_test(busy_server),
		scratch_test(absent),
		scratch_test(absent_but_elsewhere),
		scratch_test(nobody_there),
		scratch_test(many_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
