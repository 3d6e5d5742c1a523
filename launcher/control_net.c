/* SPDX-License-Identifier: MIT */

/* control_net.c - Requests about the nodes' network */

#include <errno.h>
#include <string.h>

#include "control_client.h"
#include "json.h"
#include "log.h"
#include "proto_control.h"

void control_do_link(struct client *c, const json_t *request)
{
	struct node *n = control_node(c, request);
	struct switch_link k = { 0 };
	int r;

	if (!n)
		return;
	(void)json_get_bool(request, "down", &k.down);
	r = json_get_u32(request, "loss_ppm", 0, SWITCH_LOSS_MAX_PPM,
			 &k.loss_ppm);
	if (r == 0)
		r = json_get_u32(request, "delay_us", 0, SWITCH_DELAY_MAX_US,
				 &k.delay_us);
	if (r == 0)
		r = json_get_u64(request, "rate", 0, INT64_MAX, &k.rate);
	if (r == 0)
		r = network_link(&c->control->s->net, n->id, &k);
	if (r == -ENOTSUP)
		control_refuse(c, r,
			       "network 'bridge' knows 'down' and 'up' only: "
			       "loss, delay and rate are those of 'fame-run up "
			       "--net user'");
	else if (r < 0)
		control_refuse(c, r, "cannot change the link of node '%s': %s",
			       n->name, strerror(-r));
	else
		control_reply(c, json_object());
}

/* The reader's connection becomes one of the switch, once the answer is sent:
 * frames pass nobody else.
 */
void control_do_capture(struct client *c, const json_t *request)
{
	c->node = NULL;
	if (json_object_get(request, "node")) {
		c->node = control_node(c, request);
		if (!c->node)
			return;
	}
	c->mode = CLIENT_CAPTURE;
	(void)bufferevent_disable(c->bev, EV_READ);
	control_send(c, CONTROL_REPLY, json_object());
}

void control_hand_over(const struct client *c)
{
	int r = network_capture(&c->control->s->net, c->node ? c->node->id : 0,
				bufferevent_getfd(c->bev));

	if (r < 0)
		log_warn_errno(r, "nobody can look on");
}
