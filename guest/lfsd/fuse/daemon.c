/* SPDX-License-Identifier: MIT */

/* daemon.c - lfsd at work: mount, serve, unmount
 *
 * One thread serves all requests, one after the other. That is right as long
 * as the Librarian answers a node's requests one after the other too; loads,
 * stores and reads of files opened for reading do not come here at all.
 *
 * Signals arrive on a descriptor. The client watches it as well, so that a
 * wait for the Librarian does not hold up the end.
 */

#include "daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "../client.h"
#include "../lfs.h"
#include "../options.h"
#include "cleanup.h"
#include "fuse_ops.h"
#include "log.h"
#include "loop.h"
#include "proto_librarian.h"

#define TOKEN_MAX 256

/* How long operations wait for a Librarian that is away, before EIO */
#define PATIENCE_MS 30000

/* And how long the end waits to give handles back. Those that stay are dropped
 * when the node ends.
 */
#define PATIENCE_AT_END_MS 2000

struct daemon {
	const struct options *opt;
	char token[TOKEN_MAX + 1];
	int signal_fd;
	struct event_base *base;
	struct event *signal_event;
	struct event *fuse_event;
	struct fuse_session *session;
	struct fuse_buf buf;
	struct lfs lfs;
	struct ops_data ops;
	bool mounted;
	bool ready;
	int result;
};

/* ---- start ----------------------------------------------------------------- */

static int read_token(struct daemon *d, struct err *e)
{
	size_t len = 0;
	int fd = d->opt->token_fd;

	while (len < TOKEN_MAX) {
		ssize_t n = read(fd, d->token + len, TOKEN_MAX - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, -errno,
				       "cannot read the token from descriptor "
				       "%d: %s",
				       fd, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	(void)close(fd);
	d->token[len] = '\0';
	d->token[strcspn(d->token, "\n")] = '\0';
	if (!d->token[0])
		return err_set(e, -EINVAL,
			       "descriptor %d gives no token; write this "
			       "node's token to it",
			       fd);
	return 0;
}

static int open_signals(struct daemon *d, struct err *e)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(e, -errno, "signals: %s", strerror(errno));
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signal_fd < 0)
		return err_set(e, -errno, "signals: %s", strerror(errno));
	return 0;
}

static int connect_librarian(struct daemon *d, struct err *e)
{
	const struct client_conf conf = {
		.address = d->opt->address,
		.port = d->opt->port,
		.node_id = d->opt->node_id,
		.token = d->token,
		.protocol = LIBRARIAN_PROTOCOL,
		.stop_fd = d->signal_fd,
		.patience_ms = PATIENCE_MS,
		.restore = lfs_restore,
		.arg = &d->lfs,
	};

	return client_new(&conf, &d->lfs.client, e);
}

/* A predecessor that was killed leaves its mount behind, without life. */
static int clear_mountpoint(const char *path, struct err *e)
{
	struct stat st;

	while (stat(path, &st) < 0) {
		if (errno != ENOTCONN)
			return err_set(e, -errno, "mount point '%s': %s", path,
				       strerror(errno));
		log_info("'%s' is a dead mount; unmounting it", path);
		if (umount2(path, MNT_DETACH) < 0)
			return err_set(e, -errno, "cannot unmount '%s': %s",
				       path, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(e, -ENOTDIR, "mount point '%s' is no directory",
			       path);
	return 0;
}

static int mount_session(struct daemon *d, struct err *e)
{
	char name[] = "lfsd";
	char opts[] = "-oallow_other,nosuid,nodev,fsname=lfs,subtype=lfs";
	char *argv[] = { name, opts, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(2, argv);

	d->session =
		fuse_session_new(&args, &fuse_ops, sizeof(fuse_ops), &d->ops);
	if (!d->session)
		return err_set(e, -EINVAL, "libfuse refuses its options");
	if (fuse_session_mount(d->session, d->opt->mountpoint) < 0)
		return err_set(e, -EPERM,
			       "cannot mount on '%s'; lfsd has to run as root, "
			       "with /dev/fuse",
			       d->opt->mountpoint);
	d->mounted = true;
	return 0;
}

/* ---- events ---------------------------------------------------------------- */

static void stop(struct daemon *d, int result)
{
	if (d->result == 0)
		d->result = result;
	(void)event_base_loopbreak(d->base);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct signalfd_siginfo info;

	(void)what;
	/* Taken off: only a second one ends the wait for the Librarian that
	 * takes our handles back.
	 */
	(void)!read(fd, &info, sizeof(info));
	stop(arg, 0);
}

/* The first request has been served: FUSE and we have agreed on everything. */
static void on_first_request(struct daemon *d)
{
	d->ready = true;
	if (d->ops.no_passthrough) {
		log_err("this kernel's FUSE has no passthrough; Linux 6.9 with "
			"CONFIG_FUSE_PASSTHROUGH is the least");
		stop(d, -EOPNOTSUPP);
		return;
	}
	log_info("mounted on '%s' as node %u", d->opt->mountpoint,
		 d->opt->node_id);
	if (d->opt->ready_fd >= 0)
		(void)loop_ready(d->opt->ready_fd);
}

static void on_fuse(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	int n = fuse_session_receive_buf(d->session, &d->buf);

	(void)fd;
	(void)what;
	if (n == -EINTR || n == -EAGAIN)
		return;
	if (n <= 0) { /* 0: unmounted from outside */
		if (n == 0)
			d->mounted = false;
		stop(d, n);
		return;
	}
	fuse_session_process_buf(d->session, &d->buf);
	if (!d->ready)
		on_first_request(d);
}

/* ---- shelves that are mapped but not open ---------------------------------- */

struct watch {
	struct daemon *daemon;
	struct shelf *shelf;
	struct event *event;
};

static void on_unmapped(evutil_socket_t fd, short what, void *arg)
{
	const struct watch *w = arg;

	(void)fd;
	(void)what;
	lfs_unmapped(&w->daemon->lfs, w->shelf);
}

static int watch(void *arg, struct shelf *s)
{
	struct daemon *d = arg;
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->daemon = d;
	w->shelf = s;
	w->event =
		event_new(d->base, s->fd, EV_READ | EV_PERSIST, on_unmapped, w);
	if (!w->event || event_add(w->event, NULL) < 0) {
		if (w->event)
			event_free(w->event);
		free(w);
		return -ENOMEM;
	}
	s->watch = w;
	return 0;
}

static void unwatch(void *arg, struct shelf *s)
{
	struct watch *w = s->watch;

	(void)arg;
	event_free(w->event);
	free(w);
	s->watch = NULL;
}

/* ---- all of it ------------------------------------------------------------- */

static int add_event(struct daemon *d, int fd, event_callback_fn fn,
		     struct event **ret_ev)
{
	struct event *ev = event_new(d->base, fd, EV_READ | EV_PERSIST, fn, d);

	if (!ev)
		return -ENOMEM;
	*ret_ev = ev;
	return event_add(ev, NULL) < 0 ? -ENOMEM : 0;
}

static int start_loop(struct daemon *d, struct err *e)
{
	int fd = fuse_session_fd(d->session);
	int flags = fcntl(fd, F_GETFL);
	int r;

	/* A request may be taken back between the event and the read. */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_set(e, -errno, "/dev/fuse: %s", strerror(errno));
	r = add_event(d, d->signal_fd, on_signal, &d->signal_event);
	if (r == 0)
		r = add_event(d, fd, on_fuse, &d->fuse_event);
	return r < 0 ? err_set(e, r, "no memory") : 0;
}

static int start(struct daemon *d, struct err *e)
{
	int r;

	d->base = loop_new();
	if (!d->base)
		return err_set(e, -ENOMEM, "no memory");
	r = read_token(d, e);
	if (r == 0)
		r = open_signals(d, e);
	if (r == 0)
		r = fam_dev_open("/dev/fam", &d->lfs.fam, e);
	if (r == 0)
		r = clear_mountpoint(d->opt->mountpoint, e);
	if (r == 0)
		r = connect_librarian(d, e);
	if (r == 0)
		r = lfs_start(&d->lfs, d->opt->node_id, e);
	if (r == 0)
		r = mount_session(d, e);
	if (r == 0)
		r = start_loop(d, e);
	return r;
}

/* Open files and mappings may hold the mount: then it goes when they do. */
static void unmount(struct daemon *d)
{
	if (d->mounted && umount2(d->opt->mountpoint, 0) < 0 &&
	    umount2(d->opt->mountpoint, MNT_DETACH) < 0)
		log_warn_errno(errno, "cannot unmount '%s'",
			       d->opt->mountpoint);
}

static void finish(struct daemon *d)
{
	unmount(d);
	if (d->lfs.client) {
		client_set_patience(d->lfs.client, PATIENCE_AT_END_MS);
		lfs_stop(&d->lfs);
	}
	if (d->fuse_event)
		event_free(d->fuse_event);
	if (d->signal_event)
		event_free(d->signal_event);
	if (d->session)
		fuse_session_destroy(d->session);
	d->lfs.client = client_free(d->lfs.client);
	fam_dev_close(&d->lfs.fam);
	free(d->buf.mem);
	if (d->base)
		event_base_free(d->base);
	close_fd(&d->signal_fd);
}

int daemon_run(const struct options *opt, struct err *e)
{
	struct daemon d = { .opt = opt, .signal_fd = -1 };
	int r;

	d.lfs.fam.fd = -1;
	d.lfs.hooks = (struct lfs_hooks){ watch, unwatch, &d };
	d.ops.lfs = &d.lfs;
	r = start(&d, e);
	if (r == 0 && event_base_dispatch(d.base) < 0)
		r = err_set(e, -EIO, "the event loop failed");
	if (r == 0 && d.result < 0)
		r = err_set(e, d.result, "serving '%s' failed: %s",
			    opt->mountpoint, strerror(-d.result));
	finish(&d);
	return r;
}
