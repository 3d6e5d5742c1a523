/* SPDX-License-Identifier: MIT */

/* round.c - How long a question to the Librarian takes at least
 *
 *	round IP PORT N		median of N questions, in microseconds
 *
 * The question is as long as one that makes a shelf, and is refused before
 * anything is looked up: who asks has not said who it is. So what is measured is
 * the way there and back, and the reading of a request.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#define REPLY_MAX 4096

static const char question[] =
	"{\"command\":\"create_shelf\",\"dir_id\":2,\"name\":\"fam-bench-x\","
	"\"want_dirs\":true,\"mode\":33152,\"uid\":0,\"gid\":0,\"excl\":true,"
	"\"open\":true,\"want_books\":true,\"context\":{\"seq\":1000}}\n";

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int connect_to(const char *ip, const char *port, int *ret_fd)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	};
	CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int one = 1;

	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		return -EINVAL;
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		return -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* Replies to those who have not said hello are a JSON object and no newline. */
static int ask(int fd)
{
	char reply[REPLY_MAX];
	ssize_t n;

	if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		return -errno;
	n = recv(fd, reply, sizeof(reply), 0);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	return reply[n - 1] == '}' || reply[n - 1] == '\n' ? 0 : -EPROTO;
}

static int measure(int fd, size_t n)
{
	CLEANUP_FREE double *us = calloc(n, sizeof(*us));
	int r = us ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		double start = now_us();

		r = ask(fd);
		us[i] = now_us() - start;
	}
	if (r < 0)
		return r;
	qsort(us, n, sizeof(*us), by_value);
	printf("%.1f\n", us[n / 2]);
	return 0;
}

int main(int argc, char *argv[])
{
	CLEANUP_FD int fd = -1;
	size_t n = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	int r;

	if (!n || n > 1000000) {
		fputs("usage: round IP PORT N\n", stderr);
		return 2;
	}
	r = connect_to(argv[1], argv[2], &fd);
	if (r == 0)
		r = measure(fd, n);
	if (r < 0)
		fprintf(stderr, "round: %s\n", strerror(-r));
	return r < 0;
}
