/* SPDX-License-Identifier: MIT */

/* commands_event.c - Commands about what clients hear without having asked */

#include <errno.h>
#include <jansson.h>

#include "commands.h"
#include "jread.h"
#include "json.h"
#include "jwrite.h"
#include "librarian.h"
#include "revoke.h"

#define OOB_MAX 16384U /* bytes of "msg": it goes to everybody */
#define OOB_ENVELOPE (sizeof("{\"OOBmsg\":}") - 1)

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

static int make_oob(struct call *c, json_t **ret_oob)
{
	const struct jvalue *msg = jvalue_get(c->args, "msg");
	struct jwrite text;
	int r;

	if (!msg)
		return call_fail(c, -EINVAL, "msg is missing");
	jwrite_init(&text, OOB_MAX + OOB_ENVELOPE);
	jwrite_open(&text, '{');
	jwrite_key(&text, "OOBmsg");
	jwrite_value(&text, msg);
	jwrite_close(&text, '}');
	r = text.error;
	if (r == 0) {
		*ret_oob =
			json_loadb(text.text, text.len, JSON_ALLOW_NUL, NULL);
		r = *ret_oob ? 0 : -ENOMEM;
	}
	jwrite_deinit(&text);
	return r == -EMSGSIZE ?
		       call_fail(c, -E2BIG, "too long for all to hear") :
		       r;
}

int cmd_send_OOB(struct call *c)
{
	CLEANUP_JSON json_t *oob = NULL;
	struct session *s;
	int r;

	r = make_oob(c, &oob);
	if (r < 0)
		return r;
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
