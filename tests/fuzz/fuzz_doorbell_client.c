/* SPDX-License-Identifier: MIT */

/* fuzz_doorbell_client.c - room: hostlib
 *
 * What a server says. The first byte is the vectors that the client expects; then
 * come pieces: a byte with a length (low half) and what is passed with it (1: an
 * eventfd, 2: the memory, 3: both), and so many bytes.
 */

#include <dirent.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "fame_doorbell.h"
#include "fdpass.h"
#include "proto_doorbell.h"

struct script {
	const uint8_t *data;
	size_t size;
	int listener;
	int eventfd, memory;
};

static void say_piece(const struct script *s, int conn, uint8_t passed,
		      const uint8_t *data, size_t n)
{
	int fds[2];
	unsigned n_fds = 0;

	if (passed & 1)
		fds[n_fds++] = s->eventfd;
	if (passed & 2)
		fds[n_fds++] = s->memory;
	(void)fdpass_send(conn, data, n, fds, n_fds);
}

static void *serve(void *arg)
{
	const struct script *s = arg;
	CLEANUP_FD int conn = accept(s->listener, NULL, NULL);

	for (size_t at = 1; at + 1 < s->size;) {
		uint8_t head = s->data[at++];
		size_t n = head & 0xf;

		if (n > s->size - at)
			n = s->size - at;
		if (n)
			say_piece(s, conn, head >> 4, s->data + at, n);
		at += n;
	}
	return NULL;
}

static int make_memory(void)
{
	const struct doorbell_mailbox head = { .magic = DOORBELL_MAGIC,
					       .version = 1,
					       .vectors = 2 };
	int fd = memfd_create("mailbox", MFD_CLOEXEC);

	if (ftruncate(fd, DOORBELL_MAILBOX_SIZE) < 0 ||
	    pwrite(fd, &head, sizeof(head), 0) < 0)
		abort();
	return fd;
}

static int make_listener(char *path, size_t size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(path, size, "/tmp/fuzz-doorbell-%d", (int)getpid());
	memcpy(a.sun_path, path, strlen(path));
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1) < 0)
		abort();
	return fd;
}

static void use(struct fame_doorbell *d)
{
	unsigned n = fame_doorbell_vectors(d);

	while (fame_doorbell_process(d) == 0)
		;
	for (uint32_t peer = 0; peer < 4; peer++)
		(void)fame_doorbell_ring(d, peer, peer);
	/* Ours are always all there. */
	if (fame_doorbell_ring(d, fame_doorbell_number(d), n - 1) < 0 ||
	    fame_doorbell_fd(d, n - 1) < 0)
		abort();
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	if (!dir)
		abort();
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static void try(const uint8_t *data, size_t size)
{
	char path[64];
	struct script s = { data, size, make_listener(path, sizeof(path)),
			    eventfd(0, EFD_CLOEXEC), make_memory() };
	struct fame_doorbell *d;
	pthread_t server;

	if (pthread_create(&server, NULL, serve, &s) != 0)
		abort();
	if (fame_doorbell_connect(path, size ? data[0] % 4 : 0, &d) == 0) {
		use(d);
		fame_doorbell_close(d);
	}
	(void)pthread_join(server, NULL);
	(void)unlink(path);
	(void)close(s.listener);
	(void)close(s.eventfd);
	(void)close(s.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned before = count_descriptors();

	try(data, size);
	if (count_descriptors() != before)
		abort();
	return 0;
}
