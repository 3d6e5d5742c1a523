/* SPDX-License-Identifier: MIT */

/* spawn.h - Start a program with exactly the descriptors it is given
 *
 * Nothing else is inherited: every other descriptor is closed, signal mask and
 * handlers are the defaults. The child dies with its parent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Descriptor @from of the parent becomes @to of the child; the parent keeps
 * @from and closes it itself. @from -1 means /dev/null.
 */
struct spawn_fd {
	int from;
	int to;
};

struct spawn {
	const char *file;  /* path, or a name for PATH (that of env) */
	char *const *argv; /* ends with NULL; argv[0] included */
	char *const *env;  /* whole environment; NULL = the parent's */
	const char *cwd;   /* to start in; NULL = the parent's */
	bool session;	   /* in a session and process group of its own */
	const struct spawn_fd *fds; /* 0, 1 and 2 not named: /dev/null */
	size_t n_fds;
	int death_signal; /* when the parent dies; 0 = none */
};

/* The most descriptors that a child is given. */
#define SPAWN_FDS_MAX 128

/**
 * spawn() - Start a program
 * @s:		What
 * @ret_pid:	The child; to be waited for by the caller
 * @ret_pidfd:	Readable when it ends, close-on-exec; may be NULL
 *
 * Call it from the main thread: the death signal is bound to the thread that
 * forks.
 *
 * Return: 0 when the program runs, a negative errno if it could not be
 *         started (that of exec included: -ENOENT when it is not there)
 */
int spawn(const struct spawn *s, pid_t *ret_pid, int *ret_pidfd);

/**
 * spawn_piped() - Start a program and read what it writes
 * @s:		What; @s->fds is what else it is given
 * @child_fd:	Its descriptor that is read: STDOUT_FILENO, STDERR_FILENO
 * @ret_pid:	The child
 * @ret_fd:	Where to read; the caller's
 */
int spawn_piped(const struct spawn *s, int child_fd, pid_t *ret_pid,
		int *ret_fd);

/**
 * spawn_output() - The same, until it has ended
 * @buf: @size:	What it wrote, cut off where @buf ends, and a 0
 *
 * Return: as spawn_wait()
 */
int spawn_output(const struct spawn *s, int child_fd, char *buf, size_t size);

/**
 * spawn_wait() - Wait for the end of a child
 *
 * Return: its exit status, 128 + the signal that ended it, or a negative errno
 */
int spawn_wait(pid_t pid);

/* The value of spawn_wait() for a status of waitpid(). */
int spawn_status(int wait_status);

/**
 * spawn_die_with_parent() - Ask for @sig when the parent ends
 * @parent:	Its pid, read before the fork
 * @sig:	Signal
 *
 * Return: 0, or -ESRCH if the parent is dead already
 */
int spawn_die_with_parent(pid_t parent, int sig);

/**
 * spawn_kill_children() - SIGKILL to every child of this process
 * @but:	Not to this one; 0 = to all
 *
 * To a PR_SET_CHILD_SUBREAPER, those of theirs become its own and have to be killed
 * in turn: call it again after wait(2), until it finds none.
 *
 * Return: how many it could send it to
 */
unsigned spawn_kill_children(pid_t but);
