/* SPDX-License-Identifier: MIT */

/* bench_switch.c - How fast fame-switch passes frames between two nodes
 *
 * usage: bench_switch SECONDS
 *
 * A process sends as QEMU does, one system call for length and frame; another
 * receives as QEMU does, by reads of 68 KiB; a third is the switch. The same
 * is done over one socket pair without it, which is the most there can be.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "parse.h"
#include "server.h"

#define QEMU_BUFFER 69632

static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void send_frames(int fd, size_t len)
{
	static uint8_t frame[QEMU_BUFFER];
	uint8_t head[4];
	struct iovec io[2] = { { head, 4 }, { frame, len } };

	put_be32(head, (uint32_t)len);
	memcpy(frame,
	       (uint8_t[]){ 0x48, 0x50, 0x42, 2, 2, 2, 0x48, 0x50, 0x42, 1, 1,
			    1, 0x88, 0xb5 },
	       14);
	while (writev(fd, io, 2) > 0)
		;
	_exit(0);
}

static void run_switch(const int *fds, unsigned mtu)
{
	char node[2][64], size[16];
	char *argv[] = { "fame-switch", "--node", node[0], "--node",
			 node[1],	"--mtu",  size,	   NULL };
	struct options o;
	struct server *s;
	struct err e;

	for (int i = 0; i < 2; i++)
		(void)snprintf(node[i], sizeof(node[i]),
			       "%d,node0%d,48:50:42:0%d:0%d:0%d,192.168.42.%d",
			       fds[i], i + 1, i + 1, i + 1, i + 1, i + 1);
	(void)snprintf(size, sizeof(size), "%u", mtu);
	if (options_parse(7, argv, &o, &e) < 0 || server_new(&o, &e, &s) < 0) {
		(void)fprintf(stderr, "%s\n", e.msg);
		_exit(1);
	}
	_exit(server_run(s) < 0);
}

static double end_child(pid_t pid, int sig)
{
	struct rusage u;

	(void)kill(pid, sig);
	if (wait4(pid, NULL, 0, &u) != pid)
		return 0;
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void bench(unsigned mtu, int through_switch, double duration)
{
	static uint8_t buf[QEMU_BUFFER];
	const size_t len = mtu + 14;
	int a[2], b[2];
	pid_t sender, sw = 0;
	double start, took, cpu = 0, total = 0, frames;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b) < 0) {
		perror("socketpair");
		exit(1);
	}
	if (through_switch) {
		sw = fork_child();
		if (!sw)
			run_switch((int[]){ a[1], b[1] }, mtu);
	}
	sender = fork_child();
	if (!sender)
		send_frames(a[0], len);
	start = seconds();
	do {
		n = read(through_switch ? b[0] : a[1], buf, sizeof(buf));
		total += (double)n;
		took = seconds() - start;
	} while (n > 0 && took < duration);
	(void)end_child(sender, SIGKILL);
	if (sw)
		cpu = end_child(sw, SIGTERM);
	for (int i = 0; i < 2; i++) {
		(void)close(a[i]);
		(void)close(b[i]);
	}
	frames = total / (double)(len + 4);
	printf("MTU %5u  %-8s %6.0f MB/s %8.0f frames/s", mtu,
	       through_switch ? "switch" : "direct", total / took / 1e6,
	       frames / took);
	if (cpu > 0)
		printf("  per CPU second of the switch: %6.0f MB %8.0f frames",
		       total / cpu / 1e6, frames / cpu);
	(void)putchar('\n');
}

int main(int argc, char **argv)
{
	static const unsigned mtus[] = { 1500, 9000 };
	uint32_t duration = 2;

	if (argc > 1 && parse_u32(argv[1], 1, 600, &duration) < 0)
		return 2;
	for (size_t i = 0; i < sizeof(mtus) / sizeof(mtus[0]); i++)
		for (int through = 0; through < 2; through++)
			bench(mtus[i], through, duration);
	return 0;
}
