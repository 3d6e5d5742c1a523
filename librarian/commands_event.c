/* SPDX-License-Identifier: MIT */

/* commands_event.c - Commands about what clients hear without having asked */

#include <errno.h>
#include <jansson.h>

#include "commands.h"
#include "json.h"
#include "librarian.h"
#include "revoke.h"

#define OOB_MAX 16384U /* bytes of a message: it goes to everybody */

/* Old clients have always heard them; ours have to want them. Whoever would
 * have to say hello first hears nothing before.
 */
static bool hears(const struct call *c, const struct session *s)
{
	if (s == c->session || s->admin || s->closing)
		return false;
	if (s->newline)
		return s->events;
	return s->node_id || c->lib->auth.mode == AUTH_NONE;
}

int cmd_send_OOB(struct call *c)
{
	json_t *msg = json_object_get(c->args, "msg");
	CLEANUP_JSON json_t *oob = NULL;
	struct session *s;
	int r = 0;

	if (!msg)
		return call_fail(c, -EINVAL, "msg is missing");
	if (json_dumpb(msg, NULL, 0, JSON_ENCODE_ANY) > OOB_MAX)
		return call_fail(c, -E2BIG, "too long for all to hear");
	oob = json_pack("{s:O}", "OOBmsg", msg);
	if (!oob)
		return -ENOMEM;
	TAILQ_FOREACH(s, &c->lib->sessions, link)
	if (r == 0 && hears(c, s))
		r = outbox_put(&c->lib->outbox, s, oob, false);
	if (r < 0)
		return r;
	return call_return(c,
			   json_pack("{s:I}", "value", (json_int_t)c->node_id));
}

int cmd_ack(struct call *c)
{
	int64_t shelf_id, generation;
	int r;

	r = call_number(c, "shelf_id", 1, INT64_MAX, 0, &shelf_id);
	if (r == 0)
		r = call_number(c, "generation", 1, INT64_MAX, 0, &generation);
	if (r == 0)
		r = revoke_ack(c->lib, c->node_id, shelf_id, generation);
	if (r == -ESTALE)
		return call_fail(c, r, "that was about another shelf");
	return r;
}
