/* SPDX-License-Identifier: MIT */

/* stream.c - How fast TCP is between two nodes
 *
 *	stream serve			on one node; says "ready" when it is
 *	stream measure IP SECONDS	on another: "MBIT/S MEDIAN P99", the times in
 *					microseconds there and back
 *	stream hold N			on one node: has N connections at once
 *	stream many IP N		on another: makes them, and hears on each
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#define PORT 7359
#define TAKE 't' /* take all, and say so at the end */
#define ECHO 'e' /* give it back */
#define CHUNK 262144
#define ROUNDS 1000
#define BACKLOG 1024

static char buf[CHUNK];

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address(const char *ip)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(PORT) };

	if (ip && inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
		(void)fprintf(stderr, "stream: '%s' is no address\n", ip);
		exit(2);
	}
	return a;
}

/* ---- one node ------------------------------------------------------------- */

static void answer(int fd)
{
	int one = 1;
	char what;
	ssize_t n;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (read(fd, &what, 1) != 1)
		_exit(1);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (what == ECHO && write(fd, buf, (size_t)n) != n)
			_exit(1);
	_exit(write(fd, &what, 1) != 1);
}

static int listen_here(void)
{
	const struct sockaddr_in a = address(NULL);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		die("listen");
	(void)puts("ready");
	(void)fflush(stdout);
	return fd;
}

static void serve(void)
{
	int fd = listen_here(), c;

	(void)signal(SIGCHLD, SIG_IGN);
	while ((c = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (!fork())
			answer(c);
		(void)close(c);
	}
	die("accept");
}

/* ---- the other ------------------------------------------------------------ */

static int start(const char *ip, char what)
{
	const struct sockaddr_in a = address(ip);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    write(fd, &what, 1) != 1)
		die(ip);
	return fd;
}

static double throughput(const char *ip, double seconds)
{
	CLEANUP_FD int fd = start(ip, TAKE);
	double begin = now(), bytes = 0;
	ssize_t n;

	while (now() - begin < seconds) {
		n = write(fd, buf, sizeof(buf));
		if (n < 0)
			die("write");
		bytes += (double)n;
	}
	(void)shutdown(fd, SHUT_WR);
	if (read(fd, buf, 1) != 1)
		die("the end");
	return bytes * 8 / 1e6 / (now() - begin);
}

/* ---- many at once --------------------------------------------------------- */

#define MANY_MAX 4096

static int fds[MANY_MAX];

static int many(const char *text)
{
	long n = strtol(text, NULL, 10);
	struct rlimit l = { MANY_MAX + 64, MANY_MAX + 64 };

	if (n < 1 || n > MANY_MAX) {
		(void)fprintf(stderr, "stream: '%s' is no number of ours\n",
			      text);
		exit(2);
	}
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		die("setrlimit");
	return (int)n;
}

/* Nobody is answered before all are there. */
static void hold(int n)
{
	int fd = listen_here();

	for (int i = 0; i < n; i++) {
		fds[i] = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (fds[i] < 0)
			die("accept");
	}
	for (int i = 0; i < n; i++)
		if (read(fds[i], buf, 1) != 1 || write(fds[i], buf, 1) != 1)
			die("answer");
	for (int i = 0; i < n; i++)
		if (read(fds[i], buf, 1) != 0)
			die("end");
}

static void make_many(const char *ip, int n)
{
	char byte;

	for (int i = 0; i < n; i++)
		fds[i] = start(ip, (char)i);
	for (int i = 0; i < n; i++)
		if (read(fds[i], &byte, 1) != 1 || byte != (char)i)
			die("hear");
	printf("%d\n", n);
}

/* ---- figures -------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void latency(const char *ip, double *ret_median, double *ret_p99)
{
	CLEANUP_FD int fd = start(ip, ECHO);
	static double us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double begin = now();

		if (write(fd, buf, 64) != 64 ||
		    recv(fd, buf, 64, MSG_WAITALL) != 64)
			die("echo");
		us[i] = 1e6 * (now() - begin);
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	*ret_median = us[ROUNDS / 2];
	*ret_p99 = us[ROUNDS * 99 / 100];
}

int main(int argc, char **argv)
{
	double mbit, median, p99;

	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (argc == 3 && !strcmp(argv[1], "hold")) {
		hold(many(argv[2]));
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "many")) {
		make_many(argv[2], many(argv[3]));
		return 0;
	}
	if (argc != 4 || strcmp(argv[1], "measure") != 0) {
		(void)fputs("usage: stream serve | measure IP SECONDS | "
			    "hold N | many IP N\n",
			    stderr);
		return 2;
	}
	mbit = throughput(argv[2], strtod(argv[3], NULL));
	latency(argv[2], &median, &p99);
	printf("%.1f %.1f %.1f\n", mbit, median, p99);
	return 0;
}
