/* SPDX-License-Identifier: MIT */

/* service.c - The file system's daemon, lfsd: start, watch, restart, stop
 *
 * Theory of operation
 *
 *	OFF ──start──> STARTING ──ready──> RUNNING ──end──> WAITING
 *	 ^                │                  ^                 │
 *	 └──end, if it ───┘                  └─────ready───────┤ timer:
 *	    never was ready                                 (STARTING)
 *
 * STOPPING leads from any state with a process to OFF, or, if a new start was
 * asked for meanwhile, to STARTING. SIGTERM makes lfsd unmount and end, and
 * one that does not is killed; an lfsd that died so or by itself leaves a dead
 * mount behind, whose place the next one takes.
 *
 * The token goes through a pipe: command lines can be read by everybody.
 */

#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include "loop.h"
#include "spawn.h"
#include "strv.h"

#define TOKEN_FD 3
#define READY_FD 4
#define LINE_SIZE 512

#define STOP_MS 2000 /* for the unmounting */
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 10000
#define STABLE_MS 10000 /* having run so long, it starts again at once */

enum service_state {
	SERVICE_OFF,
	SERVICE_STARTING,
	SERVICE_RUNNING,
	SERVICE_WAITING,
	SERVICE_STOPPING,
};

struct service {
	struct event_base *base;
	const char *program;
	const struct service_ops *ops;
	void *arg;

	enum service_state state;
	bool was_ready;	  /* since service_start() */
	bool start_again; /* after STOPPING */
	bool tell_stopped;
	unsigned node_id;
	struct identity_librarian librarian;

	pid_t pid;
	struct loop_child *child;
	int ready_fd;
	struct event *ready;
	int err_fd;
	struct event *err;
	char line[LINE_SIZE]; /* of its standard error, not yet complete */
	size_t line_len;
	char last_line[LINE_SIZE];

	struct event *timer;
	int backoff_ms;
	long ready_since_ms;
};

static void start_or_fail(struct service *s);

static long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void set_timer(struct service *s, int ms)
{
	const struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	(void)event_add(s->timer, &t);
}

static void drop_event(struct event **ev, int *fd)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
	close_fd(fd);
}

/* ---- what it says --------------------------------------------------------- */

static void line_end(struct service *s)
{
	if (!s->line_len)
		return;
	s->line[s->line_len] = '\0';
	s->line_len = 0;
	log_info("%s", s->line);
	memcpy(s->last_line, s->line, sizeof(s->last_line));
}

static void take_text(struct service *s, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n' || s->line_len == sizeof(s->line) - 1)
			line_end(s);
		if (text[i] != '\n')
			s->line[s->line_len++] = text[i];
	}
}

static void on_err(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	char buf[1024];
	ssize_t n;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		take_text(s, buf, (size_t)n);
	if (n == 0) {
		line_end(s);
		drop_event(&s->err, &s->err_fd);
	}
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	bool is_first = !s->was_ready;
	char c;
	ssize_t n = read(fd, &c, 1);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	drop_event(&s->ready, &s->ready_fd);
	if (n != 1 || c != '\n' || s->state != SERVICE_STARTING)
		return; /* its end will tell */
	s->state = SERVICE_RUNNING;
	s->was_ready = true;
	s->ready_since_ms = now_ms();
	if (is_first)
		s->ops->ready(s->arg);
	else
		log_info("\"%s\" runs again", s->program);
}

/* ---- its end -------------------------------------------------------------- */

static void wait_to_restart(struct service *s)
{
	s->state = SERVICE_WAITING;
	set_timer(s, s->backoff_ms);
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
}

static void end_stopped(struct service *s)
{
	(void)event_del(s->timer);
	s->state = SERVICE_OFF;
	if (s->tell_stopped) {
		s->tell_stopped = false;
		s->ops->stopped(s->arg);
	}
	if (s->start_again) {
		s->start_again = false;
		start_or_fail(s);
	}
}

/* What lfsd said last, from its name on: the time is of no interest. */
static const char *last_words(const struct service *s)
{
	const char *slash = strrchr(s->program, '/');
	const char *name = slash ? slash + 1 : s->program;
	const char *words = strstr(s->last_line, name);

	return words && words[strlen(name)] == ':' ? words : s->last_line;
}

static void end_unasked(struct service *s, int status)
{
	char why[LINE_SIZE + 64];

	if (s->was_ready) {
		if (s->state == SERVICE_RUNNING &&
		    now_ms() - s->ready_since_ms >= STABLE_MS)
			s->backoff_ms = BACKOFF_MIN_MS;
		log_warn("\"%s\" ended with status %d; next start in %d ms",
			 s->program, status, s->backoff_ms);
		wait_to_restart(s);
		return;
	}
	s->state = SERVICE_OFF;
	if (*s->last_line)
		(void)snprintf(why, sizeof(why), "%s", last_words(s));
	else
		(void)snprintf(
			why, sizeof(why),
			"\"%s\" ended with status %d before it was ready",
			s->program, status);
	s->ops->failed(s->arg, why);
}

static void on_end(pid_t pid, int status, void *arg)
{
	struct service *s = arg;

	(void)pid;
	s->child = NULL;
	if (s->err) /* what it wrote last is the reason */
		on_err(s->err_fd, 0, s);
	line_end(s);
	drop_event(&s->err, &s->err_fd);
	drop_event(&s->ready, &s->ready_fd);
	if (s->state == SERVICE_STOPPING)
		end_stopped(s);
	else
		end_unasked(s, status);
}

/* ---- its start ------------------------------------------------------------ */

static int token_pipe(const struct service *s, int *ret_fd)
{
	CLEANUP_FD int from = -1, to = -1;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	from = fds[0];
	to = fds[1];
	/* Far below a pipe's capacity: it does not wait. */
	r = write_all(to, s->librarian.token, strlen(s->librarian.token));
	if (r < 0)
		return r;
	*ret_fd = take_fd(&from);
	return 0;
}

static int listen_pipe(struct service *s, event_callback_fn fn, int *ret_ours,
		       struct event **ret_ev, int *ret_theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_ours = fds[0];
	*ret_theirs = fds[1];
	(void)evutil_make_socket_nonblocking(fds[0]);
	*ret_ev = event_new(s->base, fds[0], EV_READ | EV_PERSIST, fn, s);
	return *ret_ev && event_add(*ret_ev, NULL) == 0 ? 0 : -ENOMEM;
}

static void build_argv(const struct service *s, struct strv *argv)
{
	char address[INET_ADDRSTRLEN];

	strv_push(argv, s->program);
	strv_push(argv, "--librarian");
	strv_pushf(argv, "%s:%u",
		   inet_ntop(AF_INET, &s->librarian.address, address,
			     sizeof(address)),
		   s->librarian.port);
	strv_push(argv, "--node-id");
	strv_pushf(argv, "%u", s->node_id);
	strv_push(argv, "--token-fd");
	strv_pushf(argv, "%d", TOKEN_FD);
	strv_push(argv, "--ready-fd");
	strv_pushf(argv, "%d", READY_FD);
	strv_push(argv, s->librarian.mount);
}

static int run(struct service *s, int token, int ready, int err)
{
	CLEANUP_STRV struct strv argv = { 0 };
	const struct spawn_fd fds[] = { { err, STDOUT_FILENO },
					{ err, STDERR_FILENO },
					{ token, TOKEN_FD },
					{ ready, READY_FD } };
	struct spawn sp = { .file = s->program,
			    .session = true,
			    .fds = fds,
			    .n_fds = ARRAY_SIZE(fds),
			    .death_signal = SIGTERM };
	int pidfd, r;

	build_argv(s, &argv);
	if (!strv_ok(&argv))
		return -ENOMEM;
	sp.argv = argv.v;
	r = spawn(&sp, &s->pid, &pidfd);
	if (r < 0)
		return r;
	r = loop_child_watch(s->base, s->pid, pidfd, on_end, s, &s->child);
	if (r < 0) {
		(void)kill(s->pid, SIGKILL);
		(void)spawn_wait(s->pid);
	}
	return r;
}

static int start(struct service *s)
{
	CLEANUP_FD int token = -1, ready = -1, err = -1;
	int r;

	r = mkdir_parents(s->librarian.mount, 0755);
	if (r < 0 && r != -ENOTCONN) /* the mount of one that died */
		return r;
	r = token_pipe(s, &token);
	if (r == 0)
		r = listen_pipe(s, on_ready, &s->ready_fd, &s->ready, &ready);
	if (r == 0)
		r = listen_pipe(s, on_err, &s->err_fd, &s->err, &err);
	if (r == 0)
		r = run(s, token, ready, err);
	if (r < 0) {
		drop_event(&s->ready, &s->ready_fd);
		drop_event(&s->err, &s->err_fd);
	}
	return r;
}

static void start_or_fail(struct service *s)
{
	int r;

	s->state = SERVICE_STARTING;
	s->last_line[0] = '\0';
	r = start(s);
	if (r == 0)
		return;
	(void)snprintf(s->last_line, sizeof(s->last_line),
		       "cannot start \"%s\" on \"%s\": %s", s->program,
		       s->librarian.mount, strerror(-r));
	end_unasked(s, -1);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	if (s->state != SERVICE_STOPPING) {
		start_or_fail(s);
		return;
	}
	log_warn("\"%s\" does not end; it is killed", s->program);
	(void)kill(s->pid, SIGKILL);
}

/* ---- what is asked for ---------------------------------------------------- */

static void ask_to_end(struct service *s)
{
	if (s->state == SERVICE_STOPPING)
		return;
	s->state = SERVICE_STOPPING;
	(void)kill(s->pid, SIGTERM);
	set_timer(s, STOP_MS);
}

void service_stop(struct service *s)
{
	s->start_again = false;
	s->tell_stopped = true;
	if (s->child)
		ask_to_end(s);
	else
		end_stopped(s);
}

void service_start(struct service *s, unsigned node_id,
		   const struct identity_librarian *l)
{
	s->node_id = node_id;
	s->librarian = *l;
	s->was_ready = false;
	s->backoff_ms = BACKOFF_MIN_MS;
	if (s->child) {
		s->start_again = true;
		ask_to_end(s);
		return;
	}
	(void)event_del(s->timer);
	start_or_fail(s);
}

/* ---- life ----------------------------------------------------------------- */

int service_new(struct event_base *base, const char *program,
		const struct service_ops *ops, void *arg,
		struct service **ret_s)
{
	struct service *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base = base;
	s->program = program;
	s->ops = ops;
	s->arg = arg;
	s->ready_fd = -1;
	s->err_fd = -1;
	s->timer = evtimer_new(base, on_timer, s);
	if (!s->timer) {
		free(s);
		return -ENOMEM;
	}
	*ret_s = s;
	return 0;
}

struct service *service_free(struct service *s)
{
	if (!s)
		return NULL;
	if (s->child) {
		(void)kill(s->pid, SIGTERM);
		loop_child_unwatch(s->child);
	}
	drop_event(&s->ready, &s->ready_fd);
	drop_event(&s->err, &s->err_fd);
	event_free(s->timer);
	free(s);
	return NULL;
}
