/* SPDX-License-Identifier: MIT */

/* moved.c - Directories that other nodes have moved
 *
 * Theory of operation. Linux has a directory in one place only. When a lookup
 * shows it in another, the kernel moves its own entry there; but in the midst of
 * a rename between directories it cannot, and fails with ESTALE. The system
 * call then begins anew, once, and would fail again.
 *
 * So the place that the kernel has for a directory is remembered here. Whoever
 * meets one in another place goes on; but a thread looks at the new name, by the
 * mount itself, which moves the entry. The lookup that it thereby makes is what
 * changes the place here, so that a look that failed, or was not made because of
 * another one, is made at the next occasion. The second attempt of a rename asks
 * for attributes first, before it takes any lock: it waits until that is done.
 * All other threads need not.
 *
 * What is forgotten costs a rename its success, what is remembered wrongly one
 * look too many.
 */

#include "moved.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "lfs.h"
#include "log.h"
#include "thread.h"

/* Rather an ESTALE than a thread that hangs. */
#define WAIT_MS 1000

/* Other renames may be under way. */
#define LOOKS 8

void moved_init(struct moved *m, struct lfs *lfs, const char *mountpoint)
{
	memset(m, 0, sizeof(*m));
	m->lfs = lfs;
	m->mountpoint = mountpoint;
	(void)pthread_mutex_init(&m->lock, NULL);
	(void)thread_cond_init(&m->changed);
}

/* ---- places; with the lock -------------------------------------------------- */

static void put(struct moved *m, uint64_t id, uint64_t parent_id)
{
	const size_t i = id & (MOVED_KNOWN - 1);

	m->known[i].id = id;
	m->known[i].parent_id = parent_id;
}

static bool is_elsewhere(const struct moved *m, uint64_t id, uint64_t parent_id)
{
	const size_t i = id & (MOVED_KNOWN - 1);

	return m->known[i].id == id && m->known[i].parent_id != parent_id;
}

/* ---- the thread that looks --------------------------------------------------- */

static void look(struct moved *m, const struct place *p)
{
	CLEANUP_FREE char *below = NULL;
	char path[PATH_MAX];
	struct stat st;
	int r = lfs_path(m->lfs, p, &below);

	if (r == 0 && snprintf(path, sizeof(path), "%s%s", m->mountpoint,
			       below) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	for (int i = 0; r == 0 && i < LOOKS; i++)
		if (stat(path, &st) == 0 || errno != ESTALE)
			return;
	if (r == 0)
		r = -ESTALE;
	log_debug("a moved directory stays in its old place: %s", strerror(-r));
}

static void *look_thread(void *arg)
{
	struct moved *m = arg;

	(void)pthread_mutex_lock(&m->lock);
	m->self = gettid();
	while (!m->quit) {
		char name[LIBRARIAN_NAME_MAX + 1];
		const struct place p = { m->parent_id, name };

		if (!m->pid) {
			thread_wait(&m->changed, &m->lock, -1);
			continue;
		}
		memcpy(name, m->name, sizeof(name));
		(void)pthread_mutex_unlock(&m->lock);
		look(m, &p);
		(void)pthread_mutex_lock(&m->lock);
		__atomic_store_n(&m->pid, 0, __ATOMIC_RELEASE);
		(void)pthread_cond_broadcast(&m->changed);
	}
	(void)pthread_mutex_unlock(&m->lock);
	return NULL;
}

int moved_start(struct moved *m)
{
	int r = thread_start(&m->thread, look_thread, m);

	m->started = r == 0;
	return r;
}

void moved_stop(struct moved *m)
{
	if (!m->started)
		return;
	m->started = false;
	(void)pthread_mutex_lock(&m->lock);
	m->quit = true;
	(void)pthread_cond_broadcast(&m->changed);
	(void)pthread_mutex_unlock(&m->lock);
	(void)pthread_join(m->thread, NULL);
}

/* ---- what the kernel asks ------------------------------------------------------ */

void moved_note(struct moved *m, uint64_t id, uint64_t parent_id)
{
	(void)pthread_mutex_lock(&m->lock);
	put(m, id, parent_id);
	(void)pthread_mutex_unlock(&m->lock);
}

void moved_meet(struct moved *m, uint64_t id, uint64_t parent_id,
		const char *name, pid_t pid)
{
	(void)pthread_mutex_lock(&m->lock);
	if (pid == m->self || !is_elsewhere(m, id, parent_id)) {
		put(m, id, parent_id);
	} else if (!m->pid) {
		m->parent_id = parent_id;
		(void)snprintf(m->name, sizeof(m->name), "%s", name);
		__atomic_store_n(&m->pid, pid, __ATOMIC_RELEASE);
		(void)pthread_cond_broadcast(&m->changed);
	}
	(void)pthread_mutex_unlock(&m->lock);
}

void moved_wait(struct moved *m, pid_t pid)
{
	const int64_t end = thread_now_ms() + WAIT_MS;

	if (__atomic_load_n(&m->pid, __ATOMIC_ACQUIRE) != pid || !pid)
		return;
	(void)pthread_mutex_lock(&m->lock);
	while (m->pid == pid && thread_now_ms() < end)
		thread_wait(&m->changed, &m->lock, end - thread_now_ms());
	(void)pthread_mutex_unlock(&m->lock);
}
