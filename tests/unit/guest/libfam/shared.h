/* SPDX-License-Identifier: MIT */

/* shared.h - Memory that two processes share, as two nodes would */
#pragma once

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../guest/litmus.h"
#include "../../unit.h"
#include "fam_atomic.h"

#define SHARED_SIZE 65536

/**
 * struct shared - A file that is mapped and registered
 * @fd: @p:	The file, and where it is
 * @at_gate:	How many have come to gate()
 */
struct shared {
	char path[32];
	int fd;
	int64_t *p;
	int64_t *at_gate;
};

static inline void shared_open(struct shared *s)
{
	strcpy(s->path, "/tmp/fam_atomic-XXXXXX");
	s->fd = mkstemp(s->path);
	assert_true(s->fd >= 0);
	assert_int_equal(ftruncate(s->fd, SHARED_SIZE), 0);
	s->p = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    s->fd, 0);
	assert_ptr_not_equal(s->p, MAP_FAILED);
	assert_int_equal(
		fam_atomic_register_region(s->p, SHARED_SIZE, s->fd, 0), 0);
	s->at_gate = s->p + SHARED_SIZE / sizeof(*s->p) - 1;
}

static inline void shared_close(struct shared *s)
{
	fam_atomic_unregister_region(s->p, SHARED_SIZE);
	(void)munmap(s->p, SHARED_SIZE);
	(void)close(s->fd);
	(void)unlink(s->path);
}

/* Wait until as many have come here as make it a multiple of @n. */
static inline void gate(const struct shared *s, int64_t n)
{
	litmus_gate(s->at_gate, n);
}

/* Another process does it, and ends with what it returns. */
static inline pid_t child(const struct shared *s,
			  int (*work)(const struct shared *))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(work(s));
	return pid;
}

static inline void assert_ends_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}
