/* SPDX-License-Identifier: MIT */

/* latency.c - How long it takes to wake another node
 *
 *	latency serve FILE		on one node: answers
 *	latency measure FILE IP N	on another: half of the time there and back,
 *					N times each; for each way a line
 *					"NAME MEDIAN P99", in microseconds
 *	latency idle FILE N		the same of calls that nobody waits for:
 *					fam_wake(), and the shortest system call;
 *					fails if one rings, which is an exit
 *
 * The ways: a ring, between processes that sleep in read(2); the same by
 * fam_wait(), which looks a while before it sleeps; TCP; and two processors that
 * look at a word all the time. FILE is on a shelf, IP the address of the one
 * that serves.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fam_atomic.h>
#include <fam_doorbell.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../guest/fam/fam_doorbell_ioctl.h"
#include "cleanup.h"

#define SIZE 65536
#define PORT 7357
#define VECTOR 1 /* not that of words */
#define TIMEOUT_MS 10000

struct shared {
	struct fam_word ask, answer;
};

struct end {
	struct shared *s;
	struct fam_doorbell *bell;
	int fd; /* the same doorbell, another open file */
	uint32_t number, peer;
	int tcp;
	bool serves;
};

static int end_init(struct end *e, const char *path)
{
	struct fam_doorbell_mask m = { { 1U << VECTOR } };
	struct fam_doorbell_info info = { 0 };
	CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		return -errno;
	e->s = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (e->s == MAP_FAILED)
		return -errno;
	e->fd = open("/dev/fam-doorbell", O_RDWR | O_CLOEXEC);
	if (e->fd < 0 || ioctl(e->fd, FAM_DOORBELL_INFO, &info) < 0 ||
	    ioctl(e->fd, FAM_DOORBELL_MASK, &m) < 0)
		return -errno;
	e->number = info.number;
	(void)fam_atomic_register_region(e->s, SIZE, fd, 0);
	return fam_doorbell_open(NULL, &e->bell);
}

/* ---- the ways: send one, await one --------------------------------------------- */

struct way {
	const char *name;
	int (*send)(struct end *e, int32_t i);
	int (*await)(struct end *e, int32_t i);
};

static int ring(struct end *e, int32_t i)
{
	const struct fam_ring r = { e->peer, VECTOR };

	(void)i;
	return write(e->fd, &r, sizeof(r)) < 0 ? -errno : 0;
}

static int hear(struct end *e, int32_t i)
{
	struct fam_rung r;

	(void)i;
	return read(e->fd, &r, sizeof(r)) < 0 ? -errno : 0;
}

static struct fam_word *mine(const struct end *e)
{
	return e->serves ? &e->s->answer : &e->s->ask;
}

static struct fam_word *theirs(const struct end *e)
{
	return e->serves ? &e->s->ask : &e->s->answer;
}

static int store(struct end *e, int32_t i)
{
	fam_atomic_32_write(&mine(e)->value, i);
	return 0;
}

static int wake(struct end *e, int32_t i)
{
	(void)store(e, i);
	return fam_wake(e->bell, mine(e)) < 0 ? -EIO : 0;
}

static int sleep_for(struct end *e, int32_t i)
{
	return fam_wait(e->bell, theirs(e), i - 1, TIMEOUT_MS);
}

static int spin(struct end *e, int32_t i)
{
	while (fam_atomic_32_read(&theirs(e)->value) != i)
		__builtin_ia32_pause();
	return 0;
}

static int tcp_send(struct end *e, int32_t i)
{
	return send(e->tcp, &i, sizeof(i), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int tcp_await(struct end *e, int32_t i)
{
	return recv(e->tcp, &i, sizeof(i), MSG_WAITALL) == sizeof(i) ? 0 :
								       -EPIPE;
}

static const struct way ways[] = {
	{ "ring", ring, hear },
	{ "fam_wait", wake, sleep_for },
	{ "tcp", tcp_send, tcp_await },
	{ "spin", store, spin },
};

/* ---- figures --------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, double *us, int32_t n)
{
	qsort(us, (size_t)n, sizeof(*us), by_value);
	printf("%s %.3f %.3f\n", name, us[n / 2], us[n - 1 - n / 100]);
}

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int measure(struct end *e, const struct way *w, int32_t n)
{
	CLEANUP_FREE double *us = calloc((size_t)n, sizeof(*us));
	int r = us ? 0 : -ENOMEM;

	/* Both words begin at 0 in each way. */
	fam_atomic_32_write(&e->s->ask.value, 0);
	fam_atomic_32_write(&e->s->answer.value, 0);
	if (r == 0)
		r = tcp_send(e, n);
	if (r == 0)
		r = tcp_await(e, 0);
	for (int32_t i = 1; r == 0 && i <= n; i++) {
		double start = now_us();

		r = w->send(e, i);
		if (r == 0)
			r = w->await(e, i);
		us[i - 1] = (now_us() - start) / 2;
	}
	if (r == 0)
		print(w->name, us, n);
	return r;
}

/* ---- calls that nobody waits for ------------------------------------------------- */

#define BATCH 100 /* calls between two looks at the clock */

static int wake_nobody(struct end *e)
{
	return fam_wake(e->bell, &e->s->ask);
}

static int system_call(struct end *e)
{
	(void)e;
	return syscall(SYS_getppid) < 0 ? -errno : 0;
}

static int measure_calls(struct end *e, const char *name,
			 int (*call)(struct end *e), int32_t n)
{
	CLEANUP_FREE double *us = calloc((size_t)n, sizeof(*us));
	int r = us ? 0 : -ENOMEM;

	for (int32_t i = 0; r >= 0 && i < n; i++) {
		double start = now_us();

		for (int k = 0; r >= 0 && k < BATCH; k++)
			r = call(e);
		us[i] = (now_us() - start) / BATCH;
	}
	if (r >= 0)
		print(name, us, n);
	return r < 0 ? r : 0;
}

static int idle(struct end *e, int32_t n)
{
	struct fam_doorbell_stats before, after;
	int r = wake_nobody(e); /* who has died may have left its bit */

	fam_doorbell_get_stats(e->bell, &before);
	if (r >= 0)
		r = measure_calls(e, "idle", wake_nobody, n);
	if (r == 0)
		r = measure_calls(e, "syscall", system_call, n);
	fam_doorbell_get_stats(e->bell, &after);
	return r == 0 && after.rings != before.rings ? -EILSEQ : r;
}

/* ---- the two ends ---------------------------------------------------------------- */

static int serve(struct end *e, const struct way *w)
{
	int32_t n = 0;
	int r;

	if (recv(e->tcp, &n, sizeof(n), MSG_WAITALL) != sizeof(n))
		return -EPIPE;
	r = tcp_send(e, 0);
	for (int32_t i = 1; r == 0 && i <= n; i++) {
		r = w->await(e, i);
		if (r == 0)
			r = w->send(e, i);
	}
	return r;
}

static int accept_one(int *ret_fd)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
				       .sin_port = htons(PORT) };
	CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 1) < 0)
		return -errno;
	puts("ready");
	(void)fflush(stdout);
	*ret_fd = accept(fd, NULL, NULL);
	return *ret_fd < 0 ? -errno : 0;
}

static int connect_to(const char *ip, int *ret_fd)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*ret_fd < 0 || inet_pton(AF_INET, ip, &a.sin_addr) != 1 ||
	    connect(*ret_fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return errno ? -errno : -EINVAL;
	return 0;
}

static int run_idle(char *argv[])
{
	struct end e = { .serves = false };
	int r = end_init(&e, argv[2]);

	return r < 0 ? r : idle(&e, (int32_t)strtol(argv[3], NULL, 10));
}

static int run(int argc, char *argv[])
{
	struct end e = { .serves = argc == 3, .tcp = -1 };
	const int one = 1;
	int r = end_init(&e, argv[2]);

	if (r == 0 && e.serves)
		r = accept_one(&e.tcp);
	else if (r == 0)
		r = connect_to(argv[3], &e.tcp);
	if (r < 0)
		return r;
	(void)setsockopt(e.tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* Each learns the other's number. */
	if (send(e.tcp, &e.number, sizeof(e.number), 0) < 0 ||
	    recv(e.tcp, &e.peer, sizeof(e.peer), MSG_WAITALL) < 0)
		return -errno;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ways); i++)
		r = e.serves ? serve(&e, &ways[i]) :
			       measure(&e, &ways[i],
				       (int32_t)strtol(argv[4], NULL, 10));
	return r;
}

int main(int argc, char *argv[])
{
	int r;

	if (!(argc == 3 && !strcmp(argv[1], "serve")) &&
	    !(argc == 4 && !strcmp(argv[1], "idle")) &&
	    !(argc == 5 && !strcmp(argv[1], "measure"))) {
		fputs("latency: wrong usage\n", stderr);
		return 2;
	}
	r = argc == 4 ? run_idle(argv) : run(argc, argv);
	if (r < 0)
		fprintf(stderr, "latency: %s\n", strerror(-r));
	return r < 0;
}
