/* SPDX-License-Identifier: MIT */

/* test_sandbox.c - What can be done in the filter, and what kills; and what a
 * service manager hands over
 */

#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "activation.h"
#include "listen.h"
#include "parse.h"
#include "sandbox.h"
#include "spawn.h"
#include "zero.h"

/* ---- the filter ----------------------------------------------------------- */

typedef void (*work_fn)(struct fixture *f);

static void child(struct fixture *f, work_fn work)
{
	struct err e = { "" };

	(void)prctl(PR_SET_DUMPABLE, 0); /* no core file */
	fixture_open(f);
	if (db_settle(f->lib.db) < 0 || sandbox_enter(&e) < 0)
		_exit(99);
	work(f);
	fixture_close(f);
	_exit(0);
}

/* The child's end, as spawn_wait() gives it. */
static int sandboxed(work_fn work)
{
	struct fixture f;
	pid_t pid;
	int r;

	fixture_make(&f, 2, 16);
	f.conf.auth = AUTH_NONE;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child(&f, work);
	r = spawn_wait(pid);
	fixture_end(&f);
	return r;
}

/* A first commit to a new log, books zeroed, a checkpoint. */
static void serve(struct fixture *f)
{
	for (int i = 0; i < 200; i++)
		assert_works(f, 1,
			     "{'command': 'create_shelf', 'path': '/s%d', "
			     "'mode': 420}",
			     i);
	assert_works(f, 1,
		     "{'command': 'resize_shelf', 'path': '/s1', "
		     "'size_bytes': 20000000}");
	assert_works(f, 1,
		     "{'command': 'resize_shelf', 'path': '/s1', "
		     "'size_bytes': 0}");
	assert_int_equal(zero_all(&f->lib), 0);
	assert_works(f, 1, "{'command': 'list_shelves', 'path': '/'}");
}

static void open_file(struct fixture *f)
{
	int fd = open(f->db, O_RDONLY | O_CLOEXEC);

	_exit(fd < 0 ? 1 : 2);
}

static void make_socket(struct fixture *f)
{
	(void)f;
	_exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 2);
}

static void run_program(struct fixture *f)
{
	(void)f;
	(void)execl("/bin/true", "true", NULL);
	_exit(1);
}

static void map_code(struct fixture *f)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)f;
	_exit(p == MAP_FAILED ? 1 : 2);
}

static void remove_file(struct fixture *f)
{
	_exit(unlink(f->db) < 0 ? 1 : 2);
}

static void test_serves(void **state)
{
	(void)state;
	assert_int_equal(sandboxed(serve), 0);
}

static void test_kills(void **state)
{
	static const work_fn crimes[] = { open_file, make_socket, run_program,
					  map_code, remove_file };

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < ARRAY_SIZE(crimes); i++)
		assert_int_equal(sandboxed(crimes[i]), 128 + SIGSYS);
}

/* ---- what is handed over --------------------------------------------------- */

struct handed {
	const char *fds, *names;
	bool second_listens;
	int result;
	int listen, lmp;
};

/* In a child, where descriptors 3 and 4 are free to be used. */
static void take(const struct handed *h)
{
	struct activation a = { -2, -2 };
	struct err e = { "" };
	char pid[16];
	int one, two, r;

	if (listen_open("127.0.0.1", 0, &one, &e) < 0 ||
	    listen_open("127.0.0.1", 0, &two, &e) < 0)
		_exit(90);
	one = fcntl(one, F_DUPFD, 20);
	two = h->second_listens ? fcntl(two, F_DUPFD, 20) :
				  open("/dev/null", O_RDWR);
	if (dup2(one, 3) < 0 || dup2(two, 4) < 0)
		_exit(91);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", h->fds, 1);
	if (h->names)
		(void)setenv("LISTEN_FDNAMES", h->names, 1);
	else
		(void)unsetenv("LISTEN_FDNAMES");
	r = activation_take(&a, &e);
	if (r != h->result)
		_exit(92);
	if (r == 0 && (a.listen_fd != h->listen || a.lmp_fd != h->lmp))
		_exit(93);
	_exit(r < 0 && !*e.msg ? 94 : 0);
}

static void test_handed_over(void **state)
{
	static const struct handed cases[] = {
		{ "0", NULL, true, 0, -1, -1 },
		{ "1", NULL, true, 0, 3, -1 },
		{ "1", "lmp", true, 0, -1, 3 },
		{ "2", "librarian:lmp", true, 0, 3, 4 },
		{ "2", "lmp:x", true, 0, 4, 3 },
		{ "2", NULL, true, -EINVAL, 0, 0 },
		{ "2", "a:lmpx", true, -EINVAL, 0, 0 },
		{ "2", "lmp:lmp", true, -EINVAL, 0, 0 },
		{ "2", "x:lmp", false, -EINVAL, 0, 0 },
		{ "3", NULL, true, -EINVAL, 0, 0 },
		{ "x", NULL, true, -EINVAL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t pid = fork();
		int r;

		assert_true(pid >= 0);
		if (!pid)
			take(&cases[i]);
		r = spawn_wait(pid);
		if (r != 0)
			fail_msg("case %zu: %d", i, r);
	}
}

/* Meant for another process: it is inherited. */
static void test_not_ours(void **state)
{
	struct activation a;

	(void)state;
	(void)setenv("LISTEN_PID", "1", 1);
	(void)setenv("LISTEN_FDS", "2", 1);
	assert_int_equal(activation_take(&a, NULL), 0);
	assert_int_equal(a.listen_fd, -1);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
}

static void test_notify(void **state)
{
	struct sockaddr_un_any {
		sa_family_t family;
		char path[108];
	} addr = { .family = AF_UNIX };
	CLEANUP_FD int manager = -1;
	char name[64], text[32] = "";
	int fd = -1;

	(void)state;
	(void)unsetenv("NOTIFY_SOCKET");
	assert_int_equal(activation_notify_open(&fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(activation_notify_ready(fd), 0);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)snprintf(name, sizeof(name), "@fame-test-%d", (int)getpid());
	memcpy(addr.path + 1, name + 1, strlen(name) - 1);
	assert_int_equal(bind(manager, (struct sockaddr *)&addr,
			      (socklen_t)(sizeof(sa_family_t) + strlen(name))),
			 0);
	(void)setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(activation_notify_open(&fd), 0);
	assert_int_equal(activation_notify_ready(fd), 0);
	assert_int_equal(recv(manager, text, sizeof(text), 0), 7);
	assert_string_equal(text, "READY=1");
	(void)setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(activation_notify_open(&fd), -EINVAL);
	(void)unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serves),
		cmocka_unit_test(test_kills),
		cmocka_unit_test(test_handed_over),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
