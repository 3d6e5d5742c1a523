/* SPDX-License-Identifier: MIT */

/* test_sandbox.c - What the switch can do in its filter, and what kills it */

#include "sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../unit.h"
#include "resolvconf.h"
#include "spawn.h"

typedef void (*work_fn)(void);

/* Its end, as spawn_wait() gives it. */
static int sandboxed(work_fn work, bool has_child)
{
	struct err e = { .msg = "" };
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		(void)prctl(PR_SET_DUMPABLE, 0); /* no core file */
		if (sandbox_enter(has_child, &e) < 0)
			_exit(99);
		work();
		_exit(0);
	}
	return spawn_wait(pid);
}

/* ---- what it needs -------------------------------------------------------- */

static void talk(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_DGRAM, 0);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (bind(listener, (struct sockaddr *)&a, len) < 0 ||
	    getsockname(listener, (struct sockaddr *)&a, &len) < 0 ||
	    connect(datagrams, (struct sockaddr *)&a, len) < 0 ||
	    send(datagrams, "x", 1, 0) != 1)
		_exit(1);
	(void)close(fd);
}

static void look_up_resolvers(void)
{
	struct resolvconf rc = { .port = 53 };

	resolvconf_update(&rc, "/etc/resolv.conf");
	_exit(rc.n ? 0 : 1);
}

static void end_child(void)
{
	int status;

	(void)kill(getpid(), 0);
	_exit(waitpid(-1, &status, WNOHANG) < 0 ? 0 : 1);
}

static void works(void **state)
{
	(void)state;
	assert_int_equal(sandboxed(talk, false), 0);
	assert_int_equal(sandboxed(look_up_resolvers, false), 0);
	assert_int_equal(sandboxed(end_child, true), 0);
}

/* ---- what it must not ----------------------------------------------------- */

static void write_file(void)
{
	_exit(open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) < 0 ? 1 : 2);
}

static void truncate_file(void)
{
	_exit(open("/dev/null", O_RDONLY | O_TRUNC | O_CLOEXEC) < 0 ? 1 : 2);
}

static void remove_file(void)
{
	_exit(unlink("/nowhere/at/all") < 0 ? 1 : 2);
}

static void local_socket(void)
{
	_exit(socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? 1 : 2);
}

static void raw_packets(void)
{
	_exit(socket(AF_PACKET, SOCK_RAW, 0) < 0 ? 1 : 2);
}

static void run_program(void)
{
	(void)execl("/bin/true", "true", NULL);
	_exit(1);
}

static void make_process(void)
{
	_exit(fork() < 0 ? 1 : 2);
}

static void look_into_others(void)
{
	_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? 1 : 2);
}

static void map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	_exit(p == MAP_FAILED ? 1 : 2);
}

static void is_killed(void **state)
{
	static const work_fn crimes[] = {
		write_file,   truncate_file, remove_file,  raw_packets,
		local_socket, run_program,   make_process, look_into_others,
		map_code,     end_child, /* it has none */
	};

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < ARRAY_SIZE(crimes); i++)
		assert_int_equal(sandboxed(crimes[i], false), 128 + SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works),
		cmocka_unit_test(is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
