/* SPDX-License-Identifier: MIT */

/* message.c - What the Librarian sends */

#include "message.h"

#include <errno.h>

#include "cleanup.h"
#include "json.h"

/* Errors that the Librarian may name: those of Linux */
#define ERRNO_MAX 4095

static int error_of(const json_t *reply)
{
	uint32_t e;

	if (json_get_u32(reply, "errno", 0, ERRNO_MAX, &e) < 0)
		return -EPROTO;
	/* EPROTO is what we call nonsense ourselves. */
	return e && e != EPROTO ? -(int)e : -EIO;
}

static int parse_reply(struct message *m)
{
	const json_t *context = json_object_get(m->whole, "context");

	if (json_get_u64(context, "seq", 0, INT64_MAX, &m->seq) < 0)
		return -EPROTO;
	m->is_reply = true;
	if (!m->value)
		m->error = error_of(m->whole);
	return m->error == -EPROTO ? -EPROTO : 0;
}

int message_parse(const char *text, size_t len, struct message *ret_message)
{
	CLEANUP_JSON json_t *o = NULL;
	struct message m = { 0 };
	int r;

	r = json_parse_object(text, len, &o);
	if (r < 0)
		return r == -ENOMEM ? r : -EPROTO;
	m.whole = o;
	if (json_object_get(o, "errmsg") == NULL)
		m.value = json_object_get(o, "value");
	if (m.value || json_object_get(o, "errmsg"))
		r = parse_reply(&m);
	else if (!json_object_get(o, "event") && !json_object_get(o, "OOBmsg"))
		r = -EPROTO;
	if (r < 0)
		return r;
	o = NULL;
	*ret_message = m;
	return 0;
}

void message_deinit(struct message *m)
{
	json_decref(m->whole);
	*m = (struct message){ 0 };
}

void reply_deinit(struct reply *reply)
{
	json_decref(reply->whole);
	*reply = (struct reply){ 0 };
}
