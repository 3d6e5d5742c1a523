/* SPDX-License-Identifier: MIT */

/* control_node.c - Requests about one node's machine */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "control_client.h"
#include "json.h"

struct node *control_node(struct client *c, const json_t *request)
{
	const char *name = "";
	struct node *n;

	(void)json_get_string(request, "node", &name);
	n = supervisor_node(c->control->s, name);
	if (!n)
		control_refuse(
			c, -ENOENT,
			"no node '%s' in this cluster: see 'fame-run status'",
			name);
	return n;
}

/* While the cluster starts or ends, that decides about each node. */
static struct node *machine_of(struct client *c, const json_t *request)
{
	struct supervisor *s = c->control->s;
	struct node *n = control_node(c, request);

	if (!n || s->state == SUPERVISOR_READY)
		return n;
	control_refuse(c, -EBUSY, "the cluster is %s: wait until it is ready",
		       supervisor_state_name(s->state));
	return NULL;
}

void control_refuse_paused(struct client *c, const struct node *n)
{
	control_refuse(c, -EAGAIN,
		       "node '%s' is paused: 'fame-run resume%s %s'", n->name,
		       c->control->s->cluster->which, n->name);
}

void control_settle(struct client *c)
{
	const struct node *n = c->node;

	if (c->up ? n->state == NODE_READY : !node_runs(n))
		control_reply(c, json_object());
	else if (c->up && n->state == NODE_FAILED)
		control_refuse(
			c, -EIO,
			"node '%s' did not get ready: %s; see 'fame-run logs%s "
			"%s'",
			n->name, n->why, c->control->s->cluster->which,
			n->name);
	else if (c->up && !c->patient && n->state == NODE_PAUSED)
		control_refuse_paused(c, n);
	else if (c->up && !c->patient &&
		 (n->state == NODE_DOWN || n->state == NODE_STOPPING))
		control_refuse(c, -ECANCELED, "node '%s' was stopped", n->name);
}

static void wait_for_node(struct client *c, struct node *n, bool up)
{
	c->node = n;
	c->up = up;
	c->mode = CLIENT_NODE;
	control_settle(c);
}

/* Wait until its machine has ended. */
static void end(struct client *c, const json_t *request,
		void (*how)(struct node *n))
{
	struct node *n = machine_of(c, request);

	if (!n)
		return;
	how(n);
	wait_for_node(c, n, false);
}

void control_do_start(struct client *c, const json_t *request)
{
	struct node *n = machine_of(c, request);
	struct err e = { "" };

	if (!n)
		return;
	if (node_runs(n) &&
	    (n->state == NODE_STOPPING || n->state == NODE_FAILED)) {
		control_refuse(c, -EBUSY, "node '%s' is just ending: try again",
			       n->name);
		return;
	}
	if (!node_runs(n) && supervisor_start_node(c->control->s, n, &e) < 0) {
		control_refuse(c, -EIO, "%s", e.msg);
		return;
	}
	wait_for_node(c, n, true);
}

void control_do_stop(struct client *c, const json_t *request)
{
	end(c, request, node_stop);
}

void control_do_ring(struct client *c, const json_t *request)
{
	struct doorbell *d = &c->control->s->doorbell;
	struct node *n = control_node(c, request);
	int64_t vector = -1;
	int r;

	if (!n)
		return;
	(void)json_get_i64(request, "vector", &vector);
	r = doorbell_ring(d, n->id,
			  vector < 0 || vector > UINT_MAX ? UINT_MAX :
							    (unsigned)vector);
	if (r == -ENODEV)
		control_refuse(c, r,
			       "the nodes have no doorbells: start them with "
			       "'fame-run "
			       "up --doorbell'");
	else if (r == -ERANGE)
		control_refuse(c, r, "no vector %lld: the nodes have 0 to %u",
			       (long long)vector, d->vectors - 1);
	else if (r < 0)
		control_refuse(c, r, "cannot ring node '%s': %s", n->name,
			       strerror(-r));
	else
		control_reply(c, json_object());
}

void control_do_doorbells(struct client *c, const json_t *request)
{
	(void)request;
	control_reply(c, doorbell_document(&c->control->s->doorbell));
}

void control_do_crash(struct client *c, const json_t *request)
{
	end(c, request, node_crash);
}

void control_do_destroy(struct client *c, const json_t *request)
{
	end(c, request, node_destroy);
}

/* Does nothing to a node that is so already. */
static void change(struct client *c, const json_t *request,
		   void (*how)(struct node *n), enum node_state from,
		   enum node_state to)
{
	struct node *n = machine_of(c, request);

	if (!n)
		return;
	if (n->state == from)
		how(n);
	if (n->state == to)
		control_reply(c, json_object());
	else
		control_refuse(c, -EINVAL, "node '%s' is %s, not %s", n->name,
			       node_state_name(n->state),
			       node_state_name(from));
}

void control_do_pause(struct client *c, const json_t *request)
{
	change(c, request, node_pause, NODE_READY, NODE_PAUSED);
}

void control_do_resume(struct client *c, const json_t *request)
{
	change(c, request, node_resume, NODE_PAUSED, NODE_READY);
}

/* Waits only, also while the cluster starts. */
static void await(struct client *c, const json_t *request, bool up)
{
	struct node *n = control_node(c, request);

	if (!n)
		return;
	c->patient = true;
	wait_for_node(c, n, up);
}

void control_do_await_ready(struct client *c, const json_t *request)
{
	await(c, request, true);
}

void control_do_await_stopped(struct client *c, const json_t *request)
{
	await(c, request, false);
}
