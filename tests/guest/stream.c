/* SPDX-License-Identifier: MIT */

/* stream.c - How fast TCP is between two nodes
 *
 *	stream serve			on one node; says "ready" when it is
 *	stream measure IP SECONDS	on another: "MBIT/S MEDIAN P99", the times in
 *					microseconds there and back
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#define PORT 7359
#define TAKE 't' /* take all, and say so at the end */
#define ECHO 'e' /* give it back */
#define CHUNK 262144
#define ROUNDS 1000

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

static void serve(void)
{
	const struct sockaddr_in a = address(NULL);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, c;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 8) < 0)
		die("listen");
	(void)signal(SIGCHLD, SIG_IGN);
	(void)puts("ready");
	(void)fflush(stdout);
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
	if (argc != 4 || strcmp(argv[1], "measure") != 0) {
		(void)fputs("usage: stream serve | measure IP SECONDS\n",
			    stderr);
		return 2;
	}
	mbit = throughput(argv[2], strtod(argv[3], NULL));
	latency(argv[2], &median, &p99);
	printf("%.1f %.1f %.1f\n", mbit, median, p99);
	return 0;
}
