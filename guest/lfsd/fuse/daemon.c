/* SPDX-License-Identifier: MIT */

/* daemon.c - lfsd at work: mount, serve, unmount
 *
 * Threads: libfuse's serve requests of the kernel, those of serve.h what fam.ko
 * asks, one handles what the Librarian tells unasked, the client's keep the
 * connection, and one waits for signals (stop.h). This one waits for the end.
 * Until the file system is mounted, a signal ends the process.
 */

#include "daemon.h"

#include <errno.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../board.h"
#include "../cache.h"
#include "../client.h"
#include "../events.h"
#include "../lfs.h"
#include "../options.h"
#include "../selftest.h"
#include "cleanup.h"
#include "log.h"
#include "mount.h"
#include "ops.h"
#include "proto_librarian.h"
#include "serve.h"
#include "stop.h"

#define TOKEN_MAX 256

/* How long operations wait for a Librarian that is away, before EIO */
#define PATIENCE_MS 30000

/* Requests that are served at the same time; others wait. */
#define THREADS 32

struct daemon {
	const struct options *opt;
	char token[TOKEN_MAX + 1];
	struct fuse_session *session;
	struct board *board;
	struct lfs lfs;
	struct serve serve;
	struct stop stop;
	struct ops_data ops;
	bool mounted;
	bool incapable;
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

static int connect_librarian(struct daemon *d, struct err *e)
{
	const struct events_conf events = {
		.event = lfs_event,
		.due = lfs_due,
		.arg = &d->lfs,
	};
	struct client_conf conf = {
		.address = d->opt->address,
		.port = d->opt->port,
		.node_id = d->opt->node_id,
		.token = d->token,
		.protocol = LIBRARIAN_PROTOCOL_POSIX,
		.stop_fd = -1,
		.patience_ms = PATIENCE_MS,
		.restore = lfs_restore,
		.arg = &d->lfs,
		.event = events_push,
	};
	int r = events_new(&events, &d->lfs.events);

	if (r < 0)
		return err_set(e, r, "no memory");
	conf.event_arg = d->lfs.events;
	return client_new(&conf, &d->lfs.client, e);
}

/* What this Librarian can do, and whether we share its memory */
static int meet_librarian(struct daemon *d, struct err *e)
{
	struct client_hello h = client_get_hello(d->lfs.client);
	int r = 0;

	if (h.protocol < LIBRARIAN_PROTOCOL_POSIX)
		return err_set(e, -EPROTO,
			       "the Librarian speaks protocol %u, this lfsd "
			       "needs %u; start a Librarian of this version",
			       h.protocol, (unsigned)LIBRARIAN_PROTOCOL_POSIX);
	if (h.board_size)
		r = board_open(d->lfs.fam.fd, h.board_offset, h.board_size,
			       d->lfs.fam.size, &d->board, e);
	else
		log_warn("the memory has no board: each operation asks the "
			 "Librarian");
	if (r == 0 && d->board)
		r = selftest_run(d->lfs.client, d->board, d->opt->node_id, e);
	if (r < 0)
		return r;
	d->lfs.board = d->board;
	d->lfs.board_offset = h.board_offset;
	r = cache_new(d->board, &(struct cache_conf){ 0 }, &d->lfs.cache);
	return r < 0 ? err_set(e, r, "no memory") : 0;
}

static int new_session(struct daemon *d, struct err *e)
{
	char name[] = "lfsd";
	char *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	int r;

	d->session =
		fuse_session_new(&args, &fuse_ops, sizeof(fuse_ops), &d->ops);
	if (!d->session)
		return err_set(e, -EINVAL, "libfuse refuses its options");
	r = stop_start(&d->stop, d->session, d->lfs.client);
	return r < 0 ? err_set(e, r, "cannot start a thread: %s",
			       strerror(-r)) :
		       0;
}

/* libfuse serves a device that is mounted already, but for its own place. */
static int mount_session(struct daemon *d, struct err *e)
{
	CLEANUP_FD int mount = -1;
	char path[32];
	int dev = -1, r;

	r = new_session(d, e);
	if (r == 0)
		r = mount_make(&dev, &mount, e);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", dev);
	if (fuse_session_mount(d->session, path) < 0) {
		(void)close(dev);
		return err_set(e, -EINVAL, "libfuse refuses its device");
	}
	r = mount_place(mount, d->opt->mountpoint, e);
	d->mounted = r == 0;
	return r;
}

static int start_threads(struct daemon *d, struct err *e)
{
	int r = serve_start(&d->serve, e);

	if (r < 0)
		return r;
	r = events_start(d->lfs.events);
	if (r == 0)
		r = moved_start(&d->ops.moved);
	return r < 0 ? err_set(e, r, "cannot start a thread: %s",
			       strerror(-r)) :
		       0;
}

static int start(struct daemon *d, struct err *e)
{
	int r;

	r = read_token(d, e);
	if (r == 0)
		r = fam_dev_open("/dev/fam", &d->lfs.fam, e);
	if (r == 0)
		r = serve_init(&d->serve, &d->lfs, e);
	if (r == 0)
		r = connect_librarian(d, e);
	if (r == 0)
		r = meet_librarian(d, e);
	if (r == 0)
		r = lfs_start(&d->lfs, d->opt->node_id, e);
	if (r == 0)
		r = start_threads(d, e);
	if (r == 0)
		r = mount_session(d, e);
	return r;
}

/* ---- hooks ------------------------------------------------------------------ */

static int backing_open(void *arg, int fd)
{
	const struct daemon *d = arg;
	struct fuse_backing_map map = { .fd = fd };
	int id = ioctl(fuse_session_fd(d->session), FUSE_DEV_IOC_BACKING_OPEN,
		       &map);

	if (id > 0)
		return id;
	log_err_errno(errno, "FUSE does not take a shelf as a backing file");
	return -EIO;
}

static void backing_close(void *arg, int backing)
{
	const struct daemon *d = arg;
	uint32_t id = (uint32_t)backing;

	if (d->session && ioctl(fuse_session_fd(d->session),
				FUSE_DEV_IOC_BACKING_CLOSE, &id) < 0)
		log_warn_errno(errno, "FUSE keeps backing file %d", backing);
}

static int watch(void *arg, const struct shelf *s)
{
	struct daemon *d = arg;

	return serve_watch(&d->serve, s);
}

static void unwatch(void *arg, const struct shelf *s)
{
	struct daemon *d = arg;

	serve_unwatch(&d->serve, s);
}

static void unlocked(void *arg, uint64_t shelf_id)
{
	struct daemon *d = arg;

	ops_unlocked(&d->ops, shelf_id);
}

static void tell_ready(int fd)
{
	ssize_t n = write(fd, "\n", 1);

	if (n < 0)
		log_warn_errno(errno, "cannot say that we are ready");
	(void)close(fd);
}

/* FUSE and we have agreed on everything; what others ask now, waits for that. */
static void on_ready(void *arg, bool capable)
{
	struct daemon *d = arg;

	if (!capable) {
		d->incapable = true;
		fuse_session_exit(d->session);
		return;
	}
	log_info("mounted on '%s' as node %u", d->opt->mountpoint,
		 d->opt->node_id);
	if (d->opt->ready_fd >= 0)
		tell_ready(d->opt->ready_fd);
}

/* ---- signals ---------------------------------------------------------------- */

/*
 * The board went with its device. It becomes zeros where it is looked at, which
 * no counter of an answer is; so from now on, everything is asked.
 */
static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *addr = info->si_addr;

	(void)sig;
	(void)context;
	addr -= (uintptr_t)addr % page;
	if (mmap(addr, page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort();
}

static void prepare_signals(void)
{
	struct sigaction bus = { .sa_sigaction = on_bus_error,
				 .sa_flags = SA_SIGINFO };

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigaction(SIGBUS, &bus, NULL);
}

/* ---- all of it ------------------------------------------------------------- */

static int run(struct daemon *d, struct err *e)
{
	struct fuse_loop_config *conf = fuse_loop_cfg_create();
	int r;

	if (!conf)
		return err_set(e, -ENOMEM, "no memory");
	fuse_loop_cfg_set_max_threads(conf, THREADS);
	fuse_loop_cfg_set_idle_threads(conf, THREADS);
	r = fuse_session_loop_mt(d->session, conf);
	fuse_loop_cfg_destroy(conf);
	if (d->incapable)
		return err_set(e, -EOPNOTSUPP,
			       "this kernel's FUSE has no passthrough; Linux "
			       "6.9 with CONFIG_FUSE_PASSTHROUGH is the least");
	if (r < 0)
		return err_set(e, r, "serving '%s' failed: %s",
			       d->opt->mountpoint, strerror(-r));
	return 0; /* unmounted from outside, or a signal */
}

static void finish(struct daemon *d)
{
	if (d->mounted)
		mount_remove(d->opt->mountpoint);
	serve_stop(&d->serve);
	if (d->lfs.events)
		events_stop(d->lfs.events);
	stop_end(&d->stop);
	if (d->lfs.client && d->lfs.cache)
		lfs_stop(&d->lfs);
	if (d->session) {
		fuse_session_destroy(d->session);
		d->session = NULL;
	}
	moved_stop(&d->ops.moved);
	d->lfs.client = client_free(d->lfs.client);
	d->lfs.events = events_free(d->lfs.events);
	lfs_deinit(&d->lfs);
	d->lfs.cache = cache_free(d->lfs.cache);
	d->board = board_close(d->board);
	fam_dev_close(&d->lfs.fam);
}

int daemon_run(const struct options *opt, struct err *e)
{
	struct daemon d = { .opt = opt, .serve = { .fd = -1, .epoll_fd = -1 } };
	int r;

	prepare_signals();
	lfs_init(&d.lfs);
	d.lfs.hooks = (struct lfs_hooks){
		.backing_open = backing_open,
		.backing_close = backing_close,
		.watch = watch,
		.unwatch = unwatch,
		.unlocked = unlocked,
		.arg = &d,
	};
	d.ops = (struct ops_data){ .lfs = &d.lfs,
				   .ready = on_ready,
				   .arg = &d };
	waiters_init(&d.ops.waiters);
	moved_init(&d.ops.moved, &d.lfs, opt->mountpoint);
	r = start(&d, e);
	if (r == 0)
		r = run(&d, e);
	finish(&d);
	return r;
}
