/* SPDX-License-Identifier: MIT */

/* node.c - A node: its channels, its state
 *
 * Theory of operation. A node is a state; whatever happens to it is an event;
 * table[state][event] says what is done and what the state is then. A cell
 * that is not named ignores the event. Nothing else in this file asks for the
 * state.
 *
 * A machine that ends is told from one that reboots by its kernel's last word
 * on the console: to QEMU they are the same. The supervisor starts it again.
 *
 * A machine is stopped in steps, each with a time limit: by its agent, which
 * unmounts and powers off; by SIGTERM to QEMU; by SIGKILL. A machine that
 * failed is killed at once: it holds nothing that is not in the shared memory.
 */

#include "node.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "loop.h"
#include "machine.h"
#include "spawn.h"

/* A kernel's last word if it was told to reboot. */
#define REBOOT "reboot: Restarting system"

enum node_event {
	EVENT_START,
	EVENT_HELLO,   /* the agent speaks */
	EVENT_READY,   /* the agent has done its work */
	EVENT_TROUBLE, /* agent's complaint, kernel panic; n->why is set */
	EVENT_TIMER,
	EVENT_STOP,
	EVENT_DESTROY,
	EVENT_PAUSE,
	EVENT_RESUME,
	EVENT_EXIT,   /* QEMU has ended well: the machine was powered off */
	EVENT_REBOOT, /* ... or wants to be started again */
	EVENT_CRASH,  /* QEMU has ended otherwise */
	EVENT_COUNT,
};

static const char *const state_names[] = {
	[NODE_DOWN] = "down",	      [NODE_BOOTING] = "booting",
	[NODE_STARTING] = "starting", [NODE_READY] = "ready",
	[NODE_PAUSED] = "paused",     [NODE_STOPPING] = "stopping",
	[NODE_FAILED] = "failed",
};
_Static_assert(ARRAY_SIZE(state_names) == NODE_STATE_COUNT, "a name each");

const char *node_state_name(enum node_state s)
{
	return state_names[s];
}

/* ---- actions -------------------------------------------------------------- */

static void set_timer(struct node *n, unsigned seconds)
{
	struct timeval tv = { .tv_sec = (time_t)seconds };

	(void)evtimer_add(n->timer, &tv);
}

/* The first reason is the one that counts. */
__attribute__((format(printf, 2, 3))) static void set_why(struct node *n,
							  const char *fmt, ...)
{
	va_list ap;

	if (n->why[0])
		return;
	va_start(ap, fmt);
	(void)vsnprintf(n->why, sizeof(n->why), fmt, ap);
	va_end(ap);
}

static void do_wait(struct node *n)
{
	set_timer(n, n->plan->timeout_s);
}

static void do_kill(struct node *n)
{
	if (n->pid)
		(void)kill(n->pid, SIGKILL);
}

static void do_identify(struct node *n)
{
	CLEANUP_FREE char *json = NULL;
	char seed[IDENTITY_TOKEN_MAX];
	const struct plan *p = n->plan;
	struct timespec now;
	struct identity id = { .topology = &p->topology,
			       .node = n->id,
			       .token = n->token,
			       .seed = seed,
			       .keys = &p->keys,
			       .user = p->user,
			       .password = p->password };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	id.time_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	if (identity_random(seed) == 0)
		json = identity_json(&id);
	if (json && agent_link_identity(n->agent, json) == 0)
		return;
	set_why(n, "its agent does not take its identity");
	do_kill(n);
}

static void do_ready(struct node *n)
{
	(void)evtimer_del(n->timer);
}

static void do_late(struct node *n)
{
	set_why(n, "not ready after %u s", n->plan->timeout_s);
	do_kill(n);
}

/* Each step gives the machine a little time to end by itself. */
static void do_stop_step(struct node *n)
{
	enum {
		AGENT_S = 4,
		INIT_S = 30, /* one that stops services, each in its time */
		TERM_S = 2
	};

	switch (n->stop_step++) {
	case 0:
		agent_link_poweroff(n->agent);
		set_timer(n, n->plan->image.root[0] ? INIT_S : AGENT_S);
		break;
	case 1:
		log_warn("%s: does not power off, ending its machine", n->name);
		if (n->pid)
			(void)kill(n->pid, SIGTERM);
		set_timer(n, TERM_S);
		break;
	default:
		do_kill(n);
		break;
	}
}

static void do_stop(struct node *n)
{
	n->stop_step = 0;
	do_stop_step(n);
}

/* No agent that could be asked. */
static void do_stop_hard(struct node *n)
{
	n->stop_step = 1;
	do_kill(n);
}

/* The process, not only the processors in it: nothing it does is seen. */
static void do_pause(struct node *n)
{
	if (n->pid)
		(void)kill(n->pid, SIGSTOP);
}

static void do_resume(struct node *n)
{
	if (n->pid)
		(void)kill(n->pid, SIGCONT);
}

static void do_stop_paused(struct node *n)
{
	do_resume(n);
	do_stop(n);
}

static void do_ended(struct node *n)
{
	(void)evtimer_del(n->timer);
}

static void do_reboot(struct node *n)
{
	n->again = true;
	do_ended(n);
}

static void do_ended_early(struct node *n)
{
	set_why(n, "its machine powered off before it was ready");
	do_ended(n);
}

static void do_crashed(struct node *n)
{
	char words[160];

	if (n->status == 128 + SIGBUS)
		set_why(n,
			"QEMU was ended by SIGBUS: is the file system of "
			"'%s' full?",
			n->plan->fam_path);
	else if (n->status > 128)
		set_why(n, "QEMU was ended by signal %d", n->status - 128);
	machine_last_words(n->cluster, n->name, words, sizeof(words));
	set_why(n, "QEMU ended with status %d%s", n->status, words);
	do_ended(n);
}

/* ---- the table ------------------------------------------------------------ */

struct cell {
	void (*action)(struct node *n); /* NULL: the event is ignored */
	enum node_state next;
};

static const struct cell table[NODE_STATE_COUNT][EVENT_COUNT] = {
	[NODE_DOWN] = {
		[EVENT_START] = { do_wait, NODE_BOOTING },
	},
	[NODE_BOOTING] = {
		[EVENT_HELLO] = { do_identify, NODE_STARTING },
		[EVENT_TROUBLE] = { do_kill, NODE_FAILED },
		[EVENT_TIMER] = { do_late, NODE_FAILED },
		[EVENT_STOP] = { do_stop_hard, NODE_STOPPING },
		[EVENT_DESTROY] = { do_kill, NODE_STOPPING },
		[EVENT_EXIT] = { do_ended_early, NODE_FAILED },
		[EVENT_REBOOT] = { do_ended_early, NODE_FAILED },
		[EVENT_CRASH] = { do_crashed, NODE_FAILED },
	},
	[NODE_STARTING] = {
		[EVENT_HELLO] = { do_identify, NODE_STARTING },
		[EVENT_READY] = { do_ready, NODE_READY },
		[EVENT_TROUBLE] = { do_kill, NODE_FAILED },
		[EVENT_TIMER] = { do_late, NODE_FAILED },
		[EVENT_STOP] = { do_stop, NODE_STOPPING },
		[EVENT_DESTROY] = { do_kill, NODE_STOPPING },
		[EVENT_EXIT] = { do_ended_early, NODE_FAILED },
		[EVENT_REBOOT] = { do_ended_early, NODE_FAILED },
		[EVENT_CRASH] = { do_crashed, NODE_FAILED },
	},
	[NODE_READY] = {
		/* The agent was restarted by the node's init. */
		[EVENT_HELLO] = { do_identify, NODE_READY },
		[EVENT_TROUBLE] = { do_kill, NODE_FAILED },
		[EVENT_STOP] = { do_stop, NODE_STOPPING },
		[EVENT_DESTROY] = { do_kill, NODE_STOPPING },
		[EVENT_PAUSE] = { do_pause, NODE_PAUSED },
		[EVENT_EXIT] = { do_ended, NODE_DOWN },
		[EVENT_REBOOT] = { do_reboot, NODE_DOWN },
		[EVENT_CRASH] = { do_crashed, NODE_FAILED },
	},
	/* What it said before may still come. */
	[NODE_PAUSED] = {
		[EVENT_HELLO] = { do_identify, NODE_PAUSED },
		[EVENT_TROUBLE] = { do_kill, NODE_FAILED },
		[EVENT_STOP] = { do_stop_paused, NODE_STOPPING },
		[EVENT_DESTROY] = { do_kill, NODE_STOPPING },
		[EVENT_RESUME] = { do_resume, NODE_READY },
		[EVENT_EXIT] = { do_ended, NODE_DOWN },
		[EVENT_REBOOT] = { do_reboot, NODE_DOWN },
		[EVENT_CRASH] = { do_crashed, NODE_FAILED },
	},
	[NODE_STOPPING] = {
		[EVENT_TIMER] = { do_stop_step, NODE_STOPPING },
		[EVENT_DESTROY] = { do_kill, NODE_STOPPING },
		[EVENT_TROUBLE] = { do_kill, NODE_STOPPING },
		[EVENT_EXIT] = { do_ended, NODE_DOWN },
		[EVENT_REBOOT] = { do_ended, NODE_DOWN },
		[EVENT_CRASH] = { do_ended, NODE_DOWN },
	},
	[NODE_FAILED] = {
		[EVENT_START] = { do_wait, NODE_BOOTING },
		[EVENT_STOP] = { do_kill, NODE_FAILED },
		[EVENT_EXIT] = { do_ended, NODE_FAILED },
		[EVENT_REBOOT] = { do_ended, NODE_FAILED },
		[EVENT_CRASH] = { do_ended, NODE_FAILED },
	},
};

static void feed(struct node *n, enum node_event ev)
{
	const struct cell *c = &table[n->state][ev];
	enum node_state before = n->state;

	if (!c->action)
		return;
	c->action(n);
	n->state = c->next;
	if (n->state == before)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &n->since);
	n->ops->changed(n->arg, n);
}

/* ---- where events come from ----------------------------------------------- */

static void on_hello(void *arg)
{
	feed(arg, EVENT_HELLO);
}

static void on_ready(void *arg)
{
	feed(arg, EVENT_READY);
}

static void on_agent_failed(void *arg, const char *text)
{
	set_why(arg, "%s", text);
	feed(arg, EVENT_TROUBLE);
}

static void on_agent_broken(void *arg)
{
	set_why(arg, "its agent does not keep to the protocol");
	feed(arg, EVENT_TROUBLE);
}

static const struct agent_link_ops agent_ops = {
	.hello = on_hello,
	.ready = on_ready,
	.failed = on_agent_failed,
	.broken = on_agent_broken,
};

static void on_panic(void *arg)
{
	set_why(arg, "its kernel panicked");
	feed(arg, EVENT_TROUBLE);
}

static enum node_event end_of(const struct node *n)
{
	if (n->status)
		return EVENT_CRASH;
	return console_last_has(n->console, REBOOT) ? EVENT_REBOOT : EVENT_EXIT;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	feed(arg, EVENT_TIMER);
}

static void on_exit_of_qemu(pid_t pid, int status, void *arg)
{
	struct node *n = arg;

	(void)pid;
	n->watch = NULL;
	n->pid = 0;
	n->status = status;
	/* A panic's text may still be on its way; it is the better reason. */
	console_drain(n->console);
	n->agent = agent_link_free(n->agent);
	n->ops->ended(n->arg, n);
	feed(n, end_of(n));
}

/* ---- starting ------------------------------------------------------------- */

/* The host's ends, and QEMU's. */
struct ends {
	int host;
	int qemu;
};

static void ends_close(struct ends *e)
{
	close_fd(&e->host);
	close_fd(&e->qemu);
}

static int ends_open(struct ends *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	*e = (struct ends){ sv[0], sv[1] };
	return 0;
}

static int connect_and_run(struct node *n, struct ends *console,
			   struct ends *agent, int lan, int doorbell)
{
	int r, pidfd = -1;

	r = ends_open(console);
	if (r == 0)
		r = ends_open(agent);
	if (r == 0)
		r = console_new(n->base, n->cluster, n->name,
				take_fd(&console->host), on_panic, n,
				&n->console);
	if (r == 0)
		r = agent_link_new(n->base, take_fd(&agent->host), &agent_ops,
				   n, &n->agent);
	if (r == 0)
		r = machine_run(n->plan, n->cluster, n->id,
				&(struct machine_fds){ .console = console->qemu,
						       .agent = agent->qemu,
						       .lan = lan,
						       .doorbell = doorbell },
				&n->pid, &pidfd);
	if (r < 0)
		return r;
	r = loop_child_watch(n->base, n->pid, pidfd, on_exit_of_qemu, n,
			     &n->watch);
	if (r < 0) {
		/* Nobody would ever learn of its end. */
		(void)kill(n->pid, SIGKILL);
		(void)spawn_wait(n->pid);
		n->pid = 0;
	}
	return r;
}

int node_start(struct node *n, int lan, int doorbell, struct err *e)
{
	struct ends console = { -1, -1 }, agent = { -1, -1 };
	int r;

	n->console = console_free(n->console);
	n->why[0] = '\0';
	n->again = false;
	r = connect_and_run(n, &console, &agent, lan, doorbell);
	ends_close(&console);
	ends_close(&agent);
	if (r < 0)
		return err_set(e, r, "cannot start QEMU for node '%s': %s",
			       n->name, strerror(-r));
	feed(n, EVENT_START);
	return 0;
}

void node_stop(struct node *n)
{
	feed(n, EVENT_STOP);
}

void node_destroy(struct node *n)
{
	feed(n, EVENT_DESTROY);
}

void node_pause(struct node *n)
{
	feed(n, EVENT_PAUSE);
}

void node_resume(struct node *n)
{
	feed(n, EVENT_RESUME);
}

void node_crash(struct node *n)
{
	do_kill(n);
}

int node_init(struct node *n, unsigned id, const struct plan *plan,
	      const struct cluster *cluster, struct event_base *base,
	      const struct node_ops *ops, void *arg)
{
	*n = (struct node){ .id = id,
			    .plan = plan,
			    .cluster = cluster,
			    .base = base,
			    .ops = ops,
			    .arg = arg };
	(void)topology_name(&plan->topology, id, n->name);
	n->timer = evtimer_new(base, on_timer, n);
	if (!n->timer)
		return -ENOMEM;
	return identity_random(n->token);
}

void node_deinit(struct node *n)
{
	loop_child_unwatch(n->watch);
	n->watch = NULL;
	n->agent = agent_link_free(n->agent);
	n->console = console_free(n->console);
	if (n->timer)
		event_free(n->timer);
	n->timer = NULL;
}
