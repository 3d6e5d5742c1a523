/* SPDX-License-Identifier: MIT */

/* supervisor.c - The process that a running cluster is
 *
 * Theory of operation. Start: Librarian, switch and, if there are doorbells, their
 * server; when all say that they work, all nodes at once; ready when every node is. Stop, in reverse order:
 * nodes; when none has a machine left, switch and Librarian; when they have
 * ended, the loop ends. A failure while starting, or of a service, stops the
 * same way, with the reason noted first. A Librarian that ends is started again,
 * on the same port, and told which nodes live; nodes wait for it meanwhile.
 * Every step is taken by advance(),
 * which looks at what there is and runs from the loop after every change, so
 * no order of events can be forgotten and nothing is called from within
 * itself.
 */

#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "control.h"
#include "librarian.h"
#include "log.h"
#include "loop.h"

static const char *const state_names[] = {
	[SUPERVISOR_STARTING] = "starting",
	[SUPERVISOR_READY] = "ready",
	[SUPERVISOR_STOPPING] = "stopping",
	[SUPERVISOR_FAILED] = "failed",
};
_Static_assert(ARRAY_SIZE(state_names) == SUPERVISOR_STATE_COUNT,
	       "a name each");

const char *supervisor_state_name(enum supervisor_state s)
{
	return state_names[s];
}

static unsigned n_nodes(const struct supervisor *s)
{
	return s->plan->topology.n_nodes;
}

static bool is_ending(const struct supervisor *s)
{
	return s->state == SUPERVISOR_STOPPING || s->state == SUPERVISOR_FAILED;
}

__attribute__((format(printf, 3, 4))) static void
fail(struct supervisor *s, const struct node *culprit, const char *fmt, ...)
{
	va_list ap;

	if (is_ending(s))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(s->failure, sizeof(s->failure), fmt, ap);
	va_end(ap);
	log_err("%s", s->failure);
	s->state = SUPERVISOR_FAILED;
	s->culprit = culprit;
}

/* ---- the next step -------------------------------------------------------- */

/* A Librarian that does not run now is told the token when it starts. */
int supervisor_start_node(struct supervisor *s, struct node *n, struct err *e)
{
	CLEANUP_FD int lan = -1, doorbell = -1;
	int r;

	r = identity_random(n->token);
	if (r == 0 && s->admin)
		r = librarian_admin_set_token(s->admin, n->id, n->token);
	if (r == 0)
		r = network_port(&s->net, n->id, &lan);
	if (r == 0)
		r = doorbell_connect(&s->doorbell, n->id, &doorbell);
	if (r < 0)
		return err_set(e, r, "cannot start node '%s': %s", n->name,
			       strerror(-r));
	return node_start(n, lan, doorbell, e);
}

static void start_nodes(struct supervisor *s)
{
	s->started = true;
	for (unsigned i = 0; i < n_nodes(s) && !is_ending(s); i++) {
		struct err e = { "" };

		if (supervisor_start_node(s, &s->nodes[i], &e) < 0)
			fail(s, NULL, "%s", e.msg);
	}
}

static void advance_start(struct supervisor *s)
{
	bool all = true;

	if (!s->librarian.ready || !s->net.service.ready ||
	    !doorbell_is_ready(&s->doorbell))
		return;
	if (!s->started)
		start_nodes(s);
	for (unsigned i = 0; i < n_nodes(s); i++)
		all = all && s->nodes[i].state == NODE_READY;
	if (!all || s->state != SUPERVISOR_STARTING)
		return;
	s->state = SUPERVISOR_READY;
	log_info("all %u nodes are ready", n_nodes(s));
	control_ready(s->control);
}

/* Nodes that were told to reboot, from within. */
static void restart_nodes(struct supervisor *s)
{
	for (unsigned i = 0; i < n_nodes(s); i++) {
		struct node *n = &s->nodes[i];
		struct err e = { "" };

		if (!n->again)
			continue;
		n->again = false;
		if (supervisor_start_node(s, n, &e) < 0)
			log_err("%s", e.msg);
	}
}

static void advance_stop(struct supervisor *s)
{
	bool machines = false;

	for (unsigned i = 0; i < n_nodes(s); i++) {
		node_stop(&s->nodes[i]);
		machines = machines || node_runs(&s->nodes[i]);
	}
	if (machines)
		return;
	doorbell_stop(&s->doorbell);
	service_stop(&s->net.service);
	service_stop(&s->librarian);
	if (!s->net.service.pid && !s->librarian.pid &&
	    !s->doorbell.service.pid)
		(void)event_base_loopbreak(s->base);
}

static void advance(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)fd;
	(void)what;
	if (s->state == SUPERVISOR_STARTING)
		advance_start(s);
	if (is_ending(s))
		advance_stop(s);
	else
		restart_nodes(s);
}

static void changed(struct supervisor *s)
{
	event_active(s->step, EV_TIMEOUT, 0);
}

void supervisor_stop(struct supervisor *s)
{
	if (is_ending(s))
		return;
	log_info("stopping");
	s->state = SUPERVISOR_STOPPING;
	changed(s);
}

void supervisor_abandon(struct supervisor *s)
{
	s->end = s->state == SUPERVISOR_STARTING ? SUPERVISOR_UNWANTED :
						   SUPERVISOR_ABANDONED;
	supervisor_stop(s);
}

/* ---- what happens --------------------------------------------------------- */

static void node_changed(void *arg, struct node *n)
{
	struct supervisor *s = arg;

	log_info("%s: %s%s%s", n->name, node_state_name(n->state),
		 n->why[0] ? ": " : "", n->why);
	control_node_changed(s->control, n);
	if (s->state == SUPERVISOR_STARTING && n->state == NODE_FAILED)
		fail(s,
		     n, "node '%s' did not get ready: %s; see 'fame-run logs%s %s'",
		     n->name, n->why, s->cluster->which, n->name);
	/* It was ready, and the others are not yet. */
	if (s->state == SUPERVISOR_STARTING && n->state == NODE_DOWN &&
	    !n->again)
		fail(s, n,
		     "node '%s' powered off before all nodes were ready; see "
		     "'fame-run logs%s %s'",
		     n->name, s->cluster->which, n->name);
	changed(s);
}

/* Only now can nothing of the node reach the shared memory any more. */
static void node_ended(void *arg, struct node *n)
{
	struct supervisor *s = arg;

	/* Or the next Librarian is told when it starts. */
	if (s->admin)
		(void)librarian_admin_node_down(s->admin, n->id);
	control_node_ended(s->control, n);
	changed(s);
}

static const struct node_ops node_ops = { .changed = node_changed,
					  .ended = node_ended };

static void service_ready(void *arg)
{
	changed(arg);
}

static void service_ended(struct supervisor *s, const char *what, int status,
			  bool asked)
{
	if (!asked)
		fail(s, NULL, "the %s ended (%s %d); see 'fame-run logs%s %s'",
		     what, status > 128 ? "signal" : "status",
		     status > 128 ? status - 128 : status, s->cluster->which,
		     what);
	changed(s);
}

/* Nodes notice nothing but a pause. Before the first node there is none to
 * notice, and whoever waits for the start is better told.
 */
static void librarian_ended(void *arg, int status, bool asked)
{
	struct supervisor *s = arg;
	struct timeval delay;
	int ms = -1;

	s->admin = librarian_admin_free(s->admin);
	if (!asked && !is_ending(s) && s->started)
		ms = restart_delay(&s->restart, clock_ms());
	if (ms < 0) {
		service_ended(s, "librarian", status, asked);
		return;
	}
	delay = (struct timeval){ ms / 1000, ms % 1000 * 1000 };
	log_warn("the librarian ended (%s %d), started again in %d ms",
		 status > 128 ? "signal" : "status",
		 status > 128 ? status - 128 : status, ms);
	(void)evtimer_add(s->again, &delay);
}

static void switch_ended(void *arg, int status, bool asked)
{
	service_ended(arg, "switch", status, asked);
}

static void doorbell_ended(void *arg, int status, bool asked)
{
	service_ended(arg, "doorbell", status, asked);
}

static const struct doorbell_ops doorbell_ops = {
	.ready = service_ready,
	.ended = doorbell_ended,
};

static const struct service_ops librarian_ops = {
	.ready = service_ready,
	.ended = librarian_ended,
};

static const struct service_ops switch_ops = {
	.ready = service_ready,
	.ended = switch_ended,
};

/* Tokens, and which nodes are dead, are sent before it runs. */
static int tell_librarian(struct supervisor *s, bool again)
{
	int r = 0;

	for (unsigned i = 0; i < n_nodes(s) && r == 0; i++) {
		const struct node *n = &s->nodes[i];

		if (again && !node_runs(n))
			r = librarian_admin_node_down(s->admin, n->id);
		else
			r = librarian_admin_set_token(s->admin, n->id,
						      n->token);
	}
	return r < 0 ? r : librarian_admin_flush(s->admin);
}

static int start_librarian(struct supervisor *s, bool again, struct err *e)
{
	CLEANUP_FD int theirs = -1;
	int r;

	r = librarian_admin_new(s->base, &theirs, &s->admin);
	if (r == 0)
		r = tell_librarian(s, again);
	if (r < 0)
		return err_set(e, r, "no connection to the Librarian: %s",
			       strerror(-r));
	return librarian_start(
		&s->librarian, s->base, s->cluster,
		&(struct librarian_conf){ .listener = s->librarian_fd,
					  .admin = theirs,
					  .fam = s->plan->fam_fd,
					  .lmp = s->plan->lmp,
					  .again = again },
		&librarian_ops, s, e);
}

static void restart_librarian(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct err e = { "" };

	(void)fd;
	(void)what;
	if (is_ending(s))
		return;
	if (start_librarian(s, true, &e) < 0) {
		s->admin = librarian_admin_free(s->admin);
		fail(s, NULL, "%s", e.msg);
	}
	changed(s);
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	/* SIGTERM is also what comes when the guardian is killed. */
	log_info("told to end by signal %d", (int)sig);
	supervisor_stop(arg);
}

/* ---- life ----------------------------------------------------------------- */

struct node *supervisor_node(struct supervisor *s, const char *name)
{
	unsigned id = topology_find(&s->plan->topology, name);

	return id ? &s->nodes[id - 1] : NULL;
}

static int init_signals(struct supervisor *s)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	_Static_assert(ARRAY_SIZE(signals) == ARRAY_SIZE(s->signals), "all");
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		s->signals[i] = evsignal_new(s->base, signals[i], on_signal, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL) < 0)
			return -ENOMEM;
	}
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}

static int init(struct supervisor *s, int listener)
{
	int r;

	s->base = loop_new();
	if (s->base) {
		s->step = event_new(s->base, -1, 0, advance, s);
		s->again = evtimer_new(s->base, restart_librarian, s);
	}
	if (!s->step || !s->again) {
		close_fd(&listener);
		return -ENOMEM;
	}
	r = control_new(s, listener, &s->control);
	if (r == 0)
		r = init_signals(s);
	for (unsigned i = 0; i < n_nodes(s) && r == 0; i++)
		r = node_init(&s->nodes[i], i + 1, s->plan, s->cluster, s->base,
			      &node_ops, s);
	return r;
}

static int start_services(struct supervisor *s, struct err *e)
{
	int r;

	r = doorbell_init(&s->doorbell, s->plan->doorbell_vectors, n_nodes(s),
			  s->base, s->cluster, &doorbell_ops, s, e);
	if (r == 0)
		r = doorbell_start(&s->doorbell, e);
	if (r == 0)
		r = network_start(&s->net, s->plan->network, s->base,
				  s->cluster, &s->plan->topology,
				  &s->plan->reach, &switch_ops, s,
				  &s->librarian_fd, e);
	return r < 0 ? r : start_librarian(s, false, e);
}

/* Whatever still runs dies with this process. */
static void deinit(struct supervisor *s)
{
	/* Clients first: they use nodes. */
	s->control = control_free(s->control);
	for (unsigned i = 0; i < n_nodes(s); i++)
		node_deinit(&s->nodes[i]);
	network_deinit(&s->net);
	service_deinit(&s->librarian);
	doorbell_deinit(&s->doorbell);
	s->admin = librarian_admin_free(s->admin);
	close_fd(&s->librarian_fd);
	for (size_t i = 0; i < ARRAY_SIZE(s->signals); i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	if (s->step)
		event_free(s->step);
	if (s->again)
		event_free(s->again);
	if (s->base)
		event_base_free(s->base);
}

int supervisor_run(const struct plan *plan, const struct cluster *cluster,
		   int listener)
{
	struct supervisor s = { .plan = plan,
				.cluster = cluster,
				.librarian_fd = -1 };
	struct err e = { "" };
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &s.since);
	r = init(&s, listener);
	if (r < 0)
		log_err_errno(r, "cannot start");
	if (r == 0 && start_services(&s, &e) < 0) {
		fail(&s, NULL, "%s", e.msg);
		changed(&s);
	}
	if (r == 0 && event_base_dispatch(s.base) < 0)
		r = -EIO;
	if (r == 0)
		control_ended(s.control);
	deinit(&s);
	return r < 0 ? r : (int)s.end;
}
