/* SPDX-License-Identifier: MIT */

/* command.c - One command that runs for the host, and its streams
 *
 * Theory of operation
 *
 * Three pipes lead to the command, which leads a session of its own.
 *
 * Output: a pipe is read only while the host has given credit and the port is
 * not full; otherwise the pipe fills and the command waits, as it would for a
 * slow terminal. Input: what the host sends is kept (it cannot be more than
 * FRAME_WINDOW) and written as the command reads; credit goes back in pieces
 * of CREDIT_STEP. The host can be short of credit only while more than
 * FRAME_WINDOW - CREDIT_STEP bytes are still to be written, so it never waits
 * for a piece that does not come.
 *
 * The end has three parts: the command exits, the pipes run dry, and
 * AGENT_EXIT is sent. What the command wrote itself is in the pipes when it
 * exits; this much is always delivered, however slow the host is. Beyond that
 * a process it left behind may keep the pipes open: an error message of a
 * pipeline's last part is still wanted, the years of a daemon are not. So
 * AGENT_EXIT comes at the end of file of both pipes, or LINGER_MS after the
 * command's own output was delivered. Then the pipes are closed; what was left
 * behind lives on, and is told by SIGPIPE if it writes.
 *
 * Hang-up: the output is read and thrown away, the group gets SIGHUP, after
 * KILL_MS SIGKILL. When the command exits, the rest of its group is killed
 * with it; what made itself a session of its own is let be.
 */

#include "command.h"

#include <endian.h>
#include <errno.h>
#include <event2/buffer.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "proto_agent.h"
#include "spawn.h"

#define READ_SIZE 32768U
#define CREDIT_STEP (FRAME_WINDOW / 4)
#define LINGER_MS 200
#define KILL_MS 1000

struct stream {
	struct command *command;
	int fd; /* -1 after the end of file */
	struct event *ev;
	uint8_t type;
	size_t owed; /* to be delivered before AGENT_EXIT, once it exited */
};

struct command {
	struct port *port;
	uint16_t channel;
	command_over_fn over;
	void *arg;

	pid_t pid; /* also of its process group */
	int pidfd;
	struct event *ended;
	bool running; /* not yet reaped */
	int wait_status;

	struct stream out[2];
	uint32_t out_credit;

	int in_fd; /* -1: closed, input is thrown away */
	struct event *in_ev;
	struct evbuffer *in;
	bool in_eof;
	uint32_t in_window; /* what the host may still send */
	uint32_t in_done;   /* written, credit for it not given back */

	bool hung_up;
	struct event *timer; /* SIGKILL, then the end of lingering */
};

uint16_t command_channel(const struct command *c)
{
	return c->channel;
}

static void set_timer(struct command *c, int ms)
{
	const struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	(void)event_add(c->timer, &t);
}

/* ---- the end -------------------------------------------------------------- */

static bool is_dry(const struct command *c)
{
	return c->out[0].fd < 0 && c->out[1].fd < 0;
}

static bool owes(const struct command *c)
{
	return !c->hung_up && (c->out[0].owed || c->out[1].owed);
}

static void finish(struct command *c)
{
	json_t *o;

	if (WIFSIGNALED(c->wait_status))
		o = json_pack("{s:i}", "signal", WTERMSIG(c->wait_status));
	else
		o = json_pack("{s:i}", "status", WEXITSTATUS(c->wait_status));
	(void)port_send_json(c->port, AGENT_EXIT, c->channel, o);
	c->over(c, c->arg); /* frees it */
}

/* Brings events in line with the state. May end the command: call it last. */
static void update(struct command *c)
{
	bool may_read = c->hung_up || (c->out_credit && !port_is_full(c->port));

	if (!c->running && (is_dry(c) || c->hung_up)) {
		finish(c);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(c->out); i++) {
		if (c->out[i].fd < 0)
			continue;
		if (may_read)
			(void)event_add(c->out[i].ev, NULL);
		else
			(void)event_del(c->out[i].ev);
	}
	if (!c->running && !owes(c) && !event_pending(c->timer, EV_TIMEOUT, 0))
		set_timer(c, LINGER_MS);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct command *c = arg;

	(void)fd;
	(void)what;
	if (c->running)
		command_signal(c, SIGKILL);
	else
		finish(c);
}

/* ---- output --------------------------------------------------------------- */

static void stream_close(struct stream *s)
{
	if (s->ev) {
		event_free(s->ev);
		s->ev = NULL;
	}
	close_fd(&s->fd);
	s->owed = 0;
}

static void stream_deliver(struct stream *s, const void *data, size_t n)
{
	struct command *c = s->command;

	s->owed -= n < s->owed ? n : s->owed;
	if (c->hung_up)
		return;
	c->out_credit -= (uint32_t)n;
	(void)port_send(c->port, s->type, c->channel, data, n);
}

static void on_output(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	struct command *c = s->command;
	char buf[READ_SIZE];
	size_t room = sizeof(buf);
	ssize_t n;

	(void)what;
	if (!c->hung_up && c->out_credit < room)
		room = c->out_credit;
	n = read(fd, buf, room);
	if (n > 0)
		stream_deliver(s, buf, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		stream_close(s);
	update(c);
}

int command_credit(struct command *c, uint32_t n)
{
	if (n > FRAME_WINDOW - c->out_credit)
		return -EPROTO;
	c->out_credit += n;
	update(c);
	return 0;
}

void command_room(struct command *c)
{
	update(c);
}

/* ---- input ---------------------------------------------------------------- */

static void input_done(struct command *c, size_t n)
{
	uint32_t wire;

	c->in_done += (uint32_t)n;
	if (c->in_done < CREDIT_STEP)
		return;
	wire = htole32(c->in_done);
	if (port_send(c->port, AGENT_CREDIT, c->channel, &wire, sizeof(wire)) <
	    0)
		return; /* with the next bytes */
	c->in_window += c->in_done;
	c->in_done = 0;
}

/* What is there and what may come is thrown away, on credit as before. */
static void input_close(struct command *c)
{
	size_t left = evbuffer_get_length(c->in);

	if (c->in_ev) {
		event_free(c->in_ev);
		c->in_ev = NULL;
	}
	close_fd(&c->in_fd);
	(void)evbuffer_drain(c->in, left);
	input_done(c, left);
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	struct command *c = arg;
	int n = evbuffer_write(c->in, fd);

	(void)what;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		input_close(c); /* it reads no more */
		return;
	}
	if (n > 0)
		input_done(c, (size_t)n);
	if (evbuffer_get_length(c->in))
		return;
	(void)event_del(c->in_ev);
	if (c->in_eof)
		input_close(c);
}

int command_stdin(struct command *c, const void *data, size_t len)
{
	if (len > c->in_window || c->in_eof)
		return -EPROTO;
	if (c->in_fd < 0) {
		c->in_window -= (uint32_t)len;
		input_done(c, len);
		return 0;
	}
	if (evbuffer_add(c->in, data, len) < 0)
		return -ENOMEM;
	c->in_window -= (uint32_t)len;
	(void)event_add(c->in_ev, NULL);
	return 0;
}

void command_stdin_eof(struct command *c)
{
	c->in_eof = true;
	if (c->in_fd >= 0 && !evbuffer_get_length(c->in))
		input_close(c);
}

/* ---- the process ---------------------------------------------------------- */

/* A group lives as long as its leader is not reaped: no other can have got
 * its number.
 */
void command_signal(struct command *c, int sig)
{
	if (c->running)
		(void)kill(-c->pid, sig);
}

void command_hang_up(struct command *c)
{
	if (c->hung_up)
		return;
	c->hung_up = true;
	command_signal(c, SIGHUP);
	command_signal(c, SIGCONT); /* one that is stopped, too */
	if (c->running)
		set_timer(c, KILL_MS);
	update(c);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct command *c = arg;
	siginfo_t info = { 0 };

	(void)fd;
	(void)what;
	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		return;
	if (c->hung_up)
		command_signal(c, SIGKILL);
	if (waitpid(c->pid, &c->wait_status, 0) != c->pid)
		return;
	c->running = false;
	(void)event_del(c->ended);
	(void)event_del(c->timer);
	input_close(c);
	for (size_t i = 0; i < ARRAY_SIZE(c->out); i++) {
		int left = 0;

		if (c->out[i].fd >= 0 &&
		    ioctl(c->out[i].fd, FIONREAD, &left) == 0)
			c->out[i].owed = (size_t)left;
	}
	update(c);
}

/* ---- start ---------------------------------------------------------------- */

/* A pipe of which we keep one end. */
struct pipe {
	int ours;
	int theirs;
};

static void pipe_close(struct pipe *p)
{
	close_fd(&p->ours);
	close_fd(&p->theirs);
}

static int pipe_open(struct pipe *p, bool we_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p->ours = fds[we_write];
	p->theirs = fds[!we_write];
	return evutil_make_socket_nonblocking(p->ours) < 0 ? -errno : 0;
}

static int start_in_pipes(struct command *c, const struct exec_request *req,
			  struct pipe pipes[3], struct err *e)
{
	const struct spawn_fd fds[] = {
		{ pipes[0].theirs, STDIN_FILENO },
		{ pipes[1].theirs, STDOUT_FILENO },
		{ pipes[2].theirs, STDERR_FILENO },
	};
	const struct spawn s = {
		.file = req->argv.v[0],
		.argv = req->argv.v,
		.env = req->env.v,
		.cwd = req->cwd,
		.session = true,
		.fds = fds,
		.n_fds = ARRAY_SIZE(fds),
		.death_signal = SIGHUP,
	};
	struct stat st;
	int r;

	if (stat(req->cwd, &st) < 0)
		return err_set(e, -errno, "cannot go to \"%s\": %s", req->cwd,
			       strerror(errno));
	r = spawn(&s, &c->pid, &c->pidfd);
	if (r < 0)
		return err_set(e, r, "cannot run \"%s\": %s", s.file,
			       strerror(-r));
	c->running = true;
	return 0;
}

static int start(struct command *c, const struct exec_request *req,
		 struct err *e)
{
	struct pipe pipes[3] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int r = 0;

	for (int i = 0; r == 0 && i < 3; i++)
		r = pipe_open(&pipes[i], i == STDIN_FILENO);
	if (r < 0)
		(void)err_set(e, r, "cannot make pipes: %s", strerror(-r));
	else
		r = start_in_pipes(c, req, pipes, e);
	if (r == 0) {
		c->in_fd = take_fd(&pipes[0].ours);
		c->out[0].fd = take_fd(&pipes[1].ours);
		c->out[1].fd = take_fd(&pipes[2].ours);
	}
	for (int i = 0; i < 3; i++)
		pipe_close(&pipes[i]);
	return r;
}

static int watch(struct command *c, struct event_base *base)
{
	c->in = evbuffer_new();
	c->timer = evtimer_new(base, on_timer, c);
	c->ended = event_new(base, c->pidfd, EV_READ | EV_PERSIST, on_end, c);
	c->in_ev =
		event_new(base, c->in_fd, EV_WRITE | EV_PERSIST, on_input, c);
	for (size_t i = 0; i < ARRAY_SIZE(c->out); i++) {
		struct stream *s = &c->out[i];

		s->ev = event_new(base, s->fd, EV_READ | EV_PERSIST, on_output,
				  s);
		if (!s->ev || event_add(s->ev, NULL) < 0)
			return -ENOMEM;
	}
	if (!c->in || !c->timer || !c->ended || !c->in_ev ||
	    event_add(c->ended, NULL) < 0)
		return -ENOMEM;
	return 0;
}

int command_start(struct event_base *base, struct port *port, uint16_t channel,
		  const struct exec_request *req, command_over_fn over,
		  void *arg, struct command **ret_c, struct err *ret_err)
{
	struct command *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(ret_err, -ENOMEM, "out of memory");
	*c = (struct command){
		.port = port,
		.channel = channel,
		.over = over,
		.arg = arg,
		.pidfd = -1,
		.in_fd = -1,
		.out = { { c, -1, NULL, AGENT_STDOUT, 0 },
			 { c, -1, NULL, AGENT_STDERR, 0 } },
		.out_credit = FRAME_WINDOW,
		.in_window = FRAME_WINDOW,
	};
	r = start(c, req, ret_err);
	if (r == 0) {
		r = watch(c, base);
		if (r < 0)
			(void)err_set(ret_err, r, "out of memory");
	}
	if (r < 0) {
		(void)command_free(c);
		return r;
	}
	*ret_c = c;
	return 0;
}

struct command *command_free(struct command *c)
{
	struct event *events[] = { c ? c->ended : NULL, c ? c->timer : NULL,
				   c ? c->in_ev : NULL };

	if (!c)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i])
			event_free(events[i]);
	for (size_t i = 0; i < ARRAY_SIZE(c->out); i++)
		stream_close(&c->out[i]);
	if (c->running) {
		command_signal(c, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
	}
	if (c->in)
		evbuffer_free(c->in);
	close_fd(&c->in_fd);
	close_fd(&c->pidfd);
	free(c);
	return NULL;
}
