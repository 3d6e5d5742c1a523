/* SPDX-License-Identifier: MIT */

/* test_fame_doorbell.c - A client of the host, and a server that says anything */

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "fame_doorbell.h"
#include "fdpass.h"
#include "proto_doorbell.h"

#define END (-1000) /* of a script: hang up */

static bool hurried;

/* In place of the C library's: cuts the patience of ours short. */
int setsockopt(int fd, int level, int option, const void *value, socklen_t n)
{
	const struct timeval brief = { .tv_usec = 20000 };

	if (hurried && (option == SO_RCVTIMEO || option == SO_SNDTIMEO))
		value = &brief;
	return (int)syscall(SYS_setsockopt, fd, level, option, value, n);
}

/* What a server says; fd: 1 = an eventfd, 2 = the memory, 3 = both, 0 = none. */
struct line {
	int64_t v;
	int fd;
};

struct server {
	char dir[32], path[64];
	int listener, conn;
	int memory, bell; /* the one eventfd that stands for all */
};

static void server_init(struct server *s, unsigned vectors)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct doorbell_mailbox head = { .magic = DOORBELL_MAGIC,
					       .version = 1,
					       .vectors = vectors };

	strcpy(s->dir, "/tmp/hostlib-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/s", s->dir);
	strcpy(a.sun_path, s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&a, sizeof(a)),
			 0);
	assert_int_equal(listen(s->listener, 1), 0);
	s->conn = -1;
	s->memory = memfd_create("mailbox", MFD_CLOEXEC);
	assert_int_equal(ftruncate(s->memory, DOORBELL_MAILBOX_SIZE), 0);
	if (vectors)
		assert_int_equal(pwrite(s->memory, &head, sizeof(head), 0),
				 sizeof(head));
	s->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static void server_deinit(struct server *s)
{
	close_fd(&s->conn);
	close_fd(&s->listener);
	close_fd(&s->memory);
	close_fd(&s->bell);
	(void)unlink(s->path);
	(void)rmdir(s->dir);
}

/* Byte after byte, so that every message comes in parts. */
static void say_line(const struct server *s, int conn, const struct line *l)
{
	const int fds[] = { s->bell, s->memory };
	const int *first = l->fd == 2 ? &fds[1] : &fds[0];
	size_t n = l->fd == 3 ? 2 : l->fd ? 1 : 0;
	uint64_t v = htole64((uint64_t)l->v);

	for (size_t i = 0; i < sizeof(v); i++)
		(void)fdpass_send(conn, (char *)&v + i, 1, first, i ? 0 : n);
}

/* In another process, to the next that connects. */
static pid_t say(const struct server *s, const struct line *lines)
{
	pid_t pid = fork();

	if (pid == 0) {
		int conn = accept(s->listener, NULL, NULL);

		for (; lines->v != END; lines++)
			say_line(s, conn, lines);
		_exit(0);
	}
	return pid;
}

static int connect_and_hear(struct server *s, const struct line *lines,
			    unsigned vectors, struct fame_doorbell **ret)
{
	pid_t pid = say(s, lines);
	int r = fame_doorbell_connect(s->path, vectors, ret);

	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return r;
}

static void all_is_heard(void **state)
{
	static const struct line lines[] = {
		{ 0, 0 },   { 256, 0 }, { -1, 2 },  { 1, 1 },
		{ 1, 1 },   { 257, 1 }, { 257, 1 }, { 256, 1 },
		{ 256, 1 }, { 257, 0 }, { 9, 0 },   { END, 0 },
	};
	struct fame_doorbell *d = NULL;
	const uint64_t *counts;
	struct pollfd said;
	struct server s;
	size_t size;
	uint64_t n;
	void *p;
	int r;

	(void)state;
	server_init(&s, 2);
	assert_int_equal(connect_and_hear(&s, lines, 0, &d), 0);
	assert_int_equal(fame_doorbell_number(d), 256);
	assert_int_equal(fame_doorbell_vectors(d), 2);
	p = fame_doorbell_mailbox(d, &size);
	assert_non_null(p);
	assert_int_equal(size, DOORBELL_MAILBOX_SIZE);

	/* What is said after the introduction. */
	said = (struct pollfd){ fame_doorbell_server_fd(d), POLLIN, 0 };
	while ((r = fame_doorbell_process(d)) == 0)
		assert_int_equal(poll(&said, 1, -1), 1);
	assert_int_equal(r, -EPIPE);
	assert_int_equal(fame_doorbell_ring(d, 257, 0), -ENODEV);
	assert_int_equal(fame_doorbell_ring(d, 1, 2), -ERANGE);
	assert_int_equal(fame_doorbell_ring(d, 1, 1), 0);
	assert_int_equal(fame_doorbell_ring(d, 256, 0), 0);
	assert_int_equal(read(s.bell, &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 2);
	assert_true(fame_doorbell_fd(d, 1) >= 0);
	assert_int_equal(fame_doorbell_fd(d, 2), -ERANGE);
	counts = (const uint64_t *)(const void *)((char *)p + DOORBELL_COUNTS);
	assert_int_equal(counts[1], 1);
	fame_doorbell_close(d);
	server_deinit(&s);
}

static void without_memory(void **state)
{
	static const struct line lines[] = {
		{ 0, 0 }, { 0, 0 }, { -1, 0 }, { 0, 1 }, { END, 0 },
	};
	struct fame_doorbell *d = NULL;
	struct server s;
	size_t size;

	(void)state;
	server_init(&s, 0);
	assert_int_equal(connect_and_hear(&s, lines, 1, &d), 0);
	assert_null(fame_doorbell_mailbox(d, &size));
	assert_int_equal(fame_doorbell_ring(d, 0, 0), 0);
	fame_doorbell_close(d);
	assert_int_equal(connect_and_hear(&s, lines, 0, &d), -EINVAL);
	assert_int_equal(fame_doorbell_connect(s.path, 257, &d), -EINVAL);
	fame_doorbell_close(NULL);
	server_deinit(&s);
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static void bad_servers(void **state)
{
	static const struct {
		int error;
		struct line lines[8];
	} cases[] = {
		{ -EPIPE, { { END, 0 } } },
		{ -EPROTO, { { 1, 0 }, { END, 0 } } },
		{ -EPROTO, { { 0, 1 }, { END, 0 } } },
		{ -EPROTO, { { 0, 3 }, { END, 0 } } },
		{ -EPROTO, { { 0, 0 }, { 7, 0 }, { -1, 3 }, { END, 0 } } },
		{ -EPROTO, { { 0, 0 }, { -5, 0 }, { END, 0 } } },
		{ -EPROTO, { { 0, 0 }, { 65536, 0 }, { END, 0 } } },
		{ -EPROTO, { { 0, 0 }, { 7, 1 }, { END, 0 } } },
		{ -EPROTO, { { 0, 0 }, { 7, 0 }, { 7, 1 }, { END, 0 } } },
		/* an eventfd for memory */
		{ -EPROTO, { { 0, 0 }, { 7, 0 }, { -1, 1 }, { END, 0 } } },
		{ -EPROTO,
		  { { 0, 0 }, { 7, 0 }, { -1, 2 }, { -1, 1 }, { END, 0 } } },
		{ -EPROTO,
		  { { 0, 0 }, { 7, 0 }, { -1, 2 }, { 65536, 1 }, { END, 0 } } },
		{ -EPIPE,
		  { { 0, 0 }, { 7, 0 }, { -1, 2 }, { 7, 1 }, { END, 0 } } },
	};
	struct server s;
	unsigned descriptors;

	(void)state;
	server_init(&s, 2);
	descriptors = count_descriptors();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fame_doorbell *d = NULL;

		assert_int_equal(connect_and_hear(&s, cases[i].lines, 0, &d),
				 cases[i].error);
		assert_int_equal(count_descriptors(), descriptors);
	}
	server_deinit(&s);
}

/* What follows the fault is not heard. */
static void errors_are_final(void **state)
{
	static const struct line lines[] = {
		{ 0, 0 },     { 7, 0 }, { -1, 0 }, { 1, 1 },   { 7, 1 },
		{ 65536, 0 }, { 2, 1 }, { 1, 0 },  { END, 0 },
	};
	struct fame_doorbell *d = NULL;
	struct server s;

	(void)state;
	server_init(&s, 0);
	assert_int_equal(connect_and_hear(&s, lines, 1, &d), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fame_doorbell_process(d), -EPROTO);
	assert_int_equal(fame_doorbell_ring(d, 2, 0), -ENODEV);
	assert_int_equal(fame_doorbell_ring(d, 1, 0), 0);
	fame_doorbell_close(d);
	server_deinit(&s);
}

static void too_many_vectors(void **state)
{
	struct line lines[FAME_DOORBELL_VECTORS_MAX + 6] = { { 0, 0 },
							     { 7, 0 },
							     { -1, 2 } };
	struct fame_doorbell *d = NULL;
	struct server s;
	unsigned i;

	(void)state;
	for (i = 0; i < FAME_DOORBELL_VECTORS_MAX + 1; i++)
		lines[i + 3] = (struct line){ 1, 1 };
	lines[i + 3] = (struct line){ END, 0 };
	server_init(&s, 2);
	assert_int_equal(connect_and_hear(&s, lines, 0, &d), -EPROTO);
	server_deinit(&s);
}

static void nobody_there(void **state)
{
	struct fame_doorbell *d;
	char path[200];

	(void)state;
	assert_int_equal(fame_doorbell_connect("/tmp/none/here", 1, &d),
			 -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(fame_doorbell_connect(path, 1, &d), -ENAMETOOLONG);
}

/* It says nothing; and then its queue is full. */
static void patience_ends(void **state)
{
	struct fame_doorbell *d;
	struct server s;

	(void)state;
	server_init(&s, 0);
	hurried = true;
	for (int i = 0; i < 4; i++)
		assert_int_equal(fame_doorbell_connect(s.path, 1, &d),
				 -ETIMEDOUT);
	hurried = false;
	server_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_heard),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(bad_servers),
		cmocka_unit_test(errors_are_final),
		cmocka_unit_test(too_many_vectors),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
