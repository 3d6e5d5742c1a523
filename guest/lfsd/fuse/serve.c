/* SPDX-License-Identifier: MIT */

/* serve.c - Threads that answer what fam.ko asks, and hear of lost mappings
 *
 * They are ended by cancellation, which is possible only while they wait.
 */

#include "serve.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../../fam/fam_ioctl.h"
#include "../thread.h"
#include "cleanup.h"
#include "log.h"

static void set_cancel(int state)
{
	(void)pthread_setcancelstate(state, NULL);
}

/* ---- questions -------------------------------------------------------------- */

static int64_t answer(struct lfs *lfs, const struct fam_request *q)
{
	switch (q->kind) {
	case FAM_REQUEST_GROW:
		if (q->len > INT64_MAX || q->pos > INT64_MAX - q->len)
			return -EFBIG;
		return lfs_grow(lfs, q->id, q->pos + q->len);
	case FAM_REQUEST_APPEND:
		return lfs_append(lfs, q->id, q->len);
	case FAM_REQUEST_EXTENT:
		return lfs_extend(lfs, q->id);
	default:
		return -EINVAL;
	}
}

static void *serve_thread(void *arg)
{
	struct serve *s = arg;

	set_cancel(PTHREAD_CANCEL_DISABLE);
	for (;;) {
		struct fam_request q;
		struct fam_answer a;
		ssize_t n;

		set_cancel(PTHREAD_CANCEL_ENABLE);
		n = read(s->fd, &q, sizeof(q));
		set_cancel(PTHREAD_CANCEL_DISABLE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(q)) {
			log_err_errno(n < 0 ? errno : EPROTO,
				      "fam.ko asks no more");
			return NULL;
		}
		a = (struct fam_answer){ .seq = q.seq,
					 .result = answer(s->lfs, &q) };
		if (write(s->fd, &a, sizeof(a)) < 0 && errno != ENOENT)
			log_warn_errno(errno, "fam.ko refuses an answer");
	}
}

/* ---- mappings --------------------------------------------------------------- */

int serve_watch(void *arg, const struct shelf *shelf)
{
	const struct serve *s = arg;
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.u64 = shelf->id,
	};
	int op = shelf->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	return epoll_ctl(s->epoll_fd, op, shelf->fd, &ev) < 0 ? -errno : 0;
}

void serve_unwatch(void *arg, const struct shelf *shelf)
{
	const struct serve *s = arg;

	(void)epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, shelf->fd, NULL);
}

static void *watch_thread(void *arg)
{
	struct serve *s = arg;

	set_cancel(PTHREAD_CANCEL_DISABLE);
	for (;;) {
		struct epoll_event ev;
		int n;

		set_cancel(PTHREAD_CANCEL_ENABLE);
		n = epoll_wait(s->epoll_fd, &ev, 1, -1);
		set_cancel(PTHREAD_CANCEL_DISABLE);
		if (n == 1)
			lfs_unmapped(s->lfs, ev.data.u64);
	}
	return NULL;
}

/* ---- life ------------------------------------------------------------------- */

int serve_init(struct serve *s, struct lfs *lfs, struct err *e)
{
	*s = (struct serve){ .lfs = lfs, .fd = -1, .epoll_fd = -1 };
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0)
		return err_set(e, -errno, "epoll: %s", strerror(errno));
	return 0;
}

int serve_start(struct serve *s, struct err *e)
{
	int r = fam_dev_serve(&s->lfs->fam, &s->fd);

	if (r < 0)
		return err_set(e, r, "'/dev/fam' has another daemon: %s",
			       strerror(-r));
	r = thread_start(&s->watcher, watch_thread, s);
	s->watching = r == 0;
	while (r == 0 && s->n < SERVE_THREADS) {
		r = thread_start(&s->threads[s->n], serve_thread, s);
		if (r == 0)
			s->n++;
	}
	return r < 0 ? err_set(e, r, "cannot start threads: %s", strerror(-r)) :
		       0;
}

static void end(pthread_t thread)
{
	(void)pthread_cancel(thread);
	(void)pthread_join(thread, NULL);
}

void serve_stop(struct serve *s)
{
	for (; s->n; s->n--)
		end(s->threads[s->n - 1]);
	if (s->watching)
		end(s->watcher);
	s->watching = false;
	close_fd(&s->fd);
	close_fd(&s->epoll_fd);
}
