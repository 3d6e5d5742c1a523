/* SPDX-License-Identifier: MIT */

/* librarian.h - A real Librarian for tests of a node
 */
#pragma once

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto_board.h"

#include "../../unit.h"

#define BOOK (2ULL << 20)
#define BOOKS 16 /* of each node */
#define NODES 2

struct librarian {
	char dir[64];
	int fam_fd;
	int listen_fd; /* outlives it */
	uint16_t port;
	pid_t pid;
};

UNUSED static void path_of_program(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);

	assert_true(n > 0);
	buf[n] = '\0';
	*strstr(buf, "/tests/") = '\0';
	assert_true(strlen(buf) + 24 < size);
	strcat(buf, "/bin/fame-librarian");
}

UNUSED static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

UNUSED static void register_books(const struct librarian *lib)
{
	char program[512], cmd[1024], ini[96];

	path_of_program(program, sizeof(program));
	(void)snprintf(ini, sizeof(ini), "%s/ini", lib->dir);
	(void)snprintf(cmd, sizeof(cmd), "'%s' register %s -d %s/db >%s/log",
		       program, ini, lib->dir, lib->dir);
	write_text(ini, "[global]\nnode_count=2\nbook_size_bytes=2M\n"
			"nvm_size_per_node=16B\n");
	assert_int_equal(system(cmd), 0);
}

UNUSED static void librarian_start(struct librarian *lib)
{
	char program[512], db[96], fam[16], fd[16], ready[16], c;
	int fds[2];

	path_of_program(program, sizeof(program));
	(void)snprintf(db, sizeof(db), "%s/db", lib->dir);
	(void)snprintf(fam, sizeof(fam), "%d", lib->fam_fd);
	(void)snprintf(fd, sizeof(fd), "%d", lib->listen_fd);
	assert_int_equal(pipe2(fds, 0), 0);
	(void)snprintf(ready, sizeof(ready), "%d", fds[1]);
	lib->pid = fork();
	if (lib->pid == 0) {
		(void)execl(program, program, "serve", "-d", db, "--fam-fd",
			    fam, "--listen-fd", fd, "--auth", "none",
			    "--hosted", "--resume", "--ready-fd", ready,
			    "--no-seccomp", NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	(void)close(fds[0]);
}

UNUSED static void librarian_kill(struct librarian *lib)
{
	assert_int_equal(kill(lib->pid, SIGKILL), 0);
	assert_int_equal(waitpid(lib->pid, NULL, 0), lib->pid);
}

UNUSED static int listen_anywhere(uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

UNUSED static void librarian_make(struct librarian *lib)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(lib->dir, sizeof(lib->dir), "%.30s/lfs.XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(lib->dir));
	register_books(lib);
	lib->fam_fd = memfd_create("fam", 0);
	assert_int_equal(
		ftruncate(lib->fam_fd, NODES * BOOKS * BOOK + BOARD_SIZE), 0);
	lib->listen_fd = listen_anywhere(&lib->port);
	librarian_start(lib);
}

UNUSED static void librarian_end(struct librarian *lib)
{
	char cmd[96];

	librarian_kill(lib);
	(void)close(lib->fam_fd);
	(void)close(lib->listen_fd);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", lib->dir);
	assert_int_equal(system(cmd), 0);
}
