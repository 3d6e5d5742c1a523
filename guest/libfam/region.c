/* SPDX-License-Identifier: MIT */

/* region.c - Which memory is registered
 *
 * Theory of operation. Every operation looks its address up, so a look-up must
 * be cheap and must not write to memory that other threads read. The regions
 * are a sorted table under a sequence counter: it is odd while the table
 * changes, and a reader that saw it change looks again. A table that became
 * too small stays in memory, as somebody may still read it; each is twice as
 * large as the one before, so all of these together are as large as the one in
 * use. Signals are blocked during a change: a handler that looks up would wait
 * for the thread that it interrupts.
 */

#include "region.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fam_atomic.h"
#include "file_lock.h"

#define ROOM_MIN 16

struct region {
	uintptr_t start, end; /* the first byte, and behind the last */
	struct file_lock *lock;
};

struct table {
	struct table *older;
	size_t room;
	size_t n;
	struct region r[];
};

/* The interface has no handle: there is one set of regions in a process. */
static struct {
	pthread_mutex_t change;
	unsigned seq;
	struct table *table;
} regions = { .change = PTHREAD_MUTEX_INITIALIZER };

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define STORE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)

/* ---- looking up ------------------------------------------------------------ */

/* How many regions begin at or before @p; whatever it reads, it ends. */
static size_t search(const struct table *t, uintptr_t p)
{
	size_t low = 0, high = LOAD(t->n);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (LOAD(t->r[middle].start) <= p)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool find(uintptr_t p, size_t size, struct file_lock **ret_lock)
{
	const struct table *t =
		__atomic_load_n(&regions.table, __ATOMIC_ACQUIRE);
	size_t i = t ? search(t, p) : 0;
	uintptr_t end;

	if (!i)
		return false;
	end = LOAD(t->r[i - 1].end);
	*ret_lock = LOAD(t->r[i - 1].lock);
	return p < end && size <= end - p;
}

int region_find(const void *address, size_t size, struct file_lock **ret_lock)
{
	struct file_lock *lock = NULL;
	unsigned seq;
	bool found;

	do {
		while ((seq = __atomic_load_n(&regions.seq, __ATOMIC_ACQUIRE)) &
		       1)
			__builtin_ia32_pause();
		found = find((uintptr_t)address, size, &lock);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (LOAD(regions.seq) != seq);
	if (!found)
		return -EFAULT;
	if ((uintptr_t)address % size)
		return -EINVAL;
	if (ret_lock)
		*ret_lock = lock;
	return 0;
}

void region_die(const void *address, const char *why)
{
	char line[160];
	int n = snprintf(line, sizeof(line), "fam_atomic: %p %s\n", address,
			 why);

	(void)!write(STDERR_FILENO, line, (size_t)n);
	(void)raise(SIGSEGV);
	/* A handler has returned: nothing good can follow. */
	(void)signal(SIGSEGV, SIG_DFL);
	(void)raise(SIGSEGV);
	_exit(128 + SIGSEGV);
}

void region_check(const void *address, size_t size)
{
	int r = region_find(address, size, NULL);

	if (r == -EFAULT)
		region_die(address, "is in no registered region: "
				    "fam_atomic_register_region() comes first");
	if (r < 0)
		region_die(address, "is no multiple of the operation's size");
}

/* ---- changing -------------------------------------------------------------- */

static void change_begin(sigset_t *saved)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, saved);
	STORE(regions.seq, regions.seq + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void change_end(const sigset_t *saved)
{
	__atomic_store_n(&regions.seq, regions.seq + 1, __ATOMIC_RELEASE);
	(void)pthread_sigmask(SIG_SETMASK, saved, NULL);
}

static void move_region(struct region *to, const struct region *from)
{
	STORE(to->start, from->start);
	STORE(to->end, from->end);
	STORE(to->lock, from->lock);
}

/* Room for one more. */
static int make_room(void)
{
	struct table *t = regions.table, *more;
	size_t room = t ? t->room * 2 : ROOM_MIN;

	if (t && t->n < t->room)
		return 0;
	more = calloc(1, sizeof(*more) + room * sizeof(more->r[0]));
	if (!more)
		return -ENOMEM;
	more->older = t;
	more->room = room;
	for (; t && more->n < t->n; more->n++)
		more->r[more->n] = t->r[more->n];
	__atomic_store_n(&regions.table, more, __ATOMIC_RELEASE);
	return 0;
}

static int insert(const struct region *r)
{
	struct table *t;
	sigset_t saved;
	size_t at;
	int error;

	error = make_room();
	if (error)
		return error;
	t = regions.table;
	at = search(t, r->start);
	if ((at && t->r[at - 1].end > r->start) ||
	    (at < t->n && t->r[at].start < r->end))
		return -EEXIST;
	change_begin(&saved);
	for (size_t i = t->n; i > at; i--)
		move_region(&t->r[i], &t->r[i - 1]);
	move_region(&t->r[at], r);
	STORE(t->n, t->n + 1);
	change_end(&saved);
	return 0;
}

static struct file_lock *take_out(uintptr_t start, uintptr_t end)
{
	struct table *t = regions.table;
	size_t at = t ? search(t, start) : 0;
	struct file_lock *lock;
	sigset_t saved;

	if (!at || t->r[at - 1].start != start || t->r[at - 1].end != end)
		return NULL;
	lock = t->r[at - 1].lock;
	change_begin(&saved);
	for (size_t i = at; i < t->n; i++)
		move_region(&t->r[i - 1], &t->r[i]);
	STORE(t->n, t->n - 1);
	change_end(&saved);
	return lock;
}

int fam_atomic_register_region(void *region_start, size_t region_length, int fd,
			       off_t offset)
{
	struct region r = { .start = (uintptr_t)region_start };
	int error;

	/* The same bytes are found by the file's lock wherever they are. */
	(void)offset;
	r.end = r.start + region_length;
	if (!r.start || r.end <= r.start)
		return -EINVAL;
	r.lock = file_lock_new(fd);
	if (!r.lock)
		return -ENOMEM;
	(void)pthread_mutex_lock(&regions.change);
	error = insert(&r);
	(void)pthread_mutex_unlock(&regions.change);
	if (error)
		file_lock_free(r.lock);
	return error;
}

void fam_atomic_unregister_region(void *region_start, size_t region_length)
{
	uintptr_t start = (uintptr_t)region_start;
	struct file_lock *lock;

	(void)pthread_mutex_lock(&regions.change);
	lock = take_out(start, start + region_length);
	(void)pthread_mutex_unlock(&regions.change);
	file_lock_free(lock);
}
