/* SPDX-License-Identifier: MIT */

/* message.c - What the Librarian sends */

#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jget.h"
#include "proto_librarian.h"

/* Errors that the Librarian may name: those of Linux */
#define ERRNO_MAX 4095

/* As much as a line may have */
static const struct jread_limits limits = { JREAD_MAX / 2,
					    LIBRARIAN_DEPTH_MAX };

static int error_of(const struct jvalue *reply)
{
	uint32_t e;

	if (jget_u32(reply, "errno", 0, ERRNO_MAX, &e) < 0)
		return -EPROTO;
	/* EPROTO is what we call nonsense ourselves. */
	return e && e != EPROTO ? -(int)e : -EIO;
}

static int parse_reply(struct message *m)
{
	const struct jvalue *context = jvalue_get(m->doc.values, "context");

	if (jget_u64(context, "seq", 0, INT64_MAX, &m->seq) < 0)
		return -EPROTO;
	m->is_reply = true;
	if (!m->value)
		m->error = error_of(m->doc.values);
	return m->error == -EPROTO ? -EPROTO : 0;
}

static int parse(struct message *m)
{
	const struct jvalue *whole = m->doc.values;
	bool failed = jvalue_get(whole, "errmsg");

	if (!failed)
		m->value = jvalue_get(whole, "value");
	if (m->value || failed)
		return parse_reply(m);
	return jvalue_get(whole, "event") || jvalue_get(whole, "OOBmsg") ?
		       0 :
		       -EPROTO;
}

int message_parse(const char *text, size_t len, struct message *ret_message)
{
	CLEANUP_MESSAGE struct message m = { 0 };
	char *copy = malloc(len + 1);
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	r = jread_object(copy, len, &limits, &m.doc);
	if (r == 0)
		r = parse(&m);
	if (r < 0)
		return r == -ENOMEM ? r : -EPROTO;
	*ret_message = m;
	m = (struct message){ 0 };
	return 0;
}

void message_deinit(struct message *m)
{
	jread_deinit(&m->doc);
	*m = (struct message){ 0 };
}

void reply_deinit(struct reply *reply)
{
	jread_deinit(&reply->doc);
	*reply = (struct reply){ 0 };
}
