/* SPDX-License-Identifier: MIT */

/* exec.c - The commands that run for the host, by channel */

#include "exec.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "exec_request.h"
#include "log.h"
#include "proto_agent.h"

struct exec {
	struct event_base *base;
	struct port *port;
	struct command *commands[EXEC_CHANNELS_MAX]; /* the first @n */
	size_t n;
};

/* Where the channel's command is, or would go: @n */
static size_t place_of(const struct exec *e, uint16_t channel)
{
	size_t i = 0;

	while (i < e->n && command_channel(e->commands[i]) != channel)
		i++;
	return i;
}

static void on_over(struct command *c, void *arg)
{
	struct exec *e = arg;
	size_t i = place_of(e, command_channel(c));

	e->commands[i] = e->commands[--e->n];
	(void)command_free(c);
}

/* ---- frames --------------------------------------------------------------- */

static void refuse(struct exec *e, uint16_t channel, int error,
		   const char *text)
{
	json_t *o = json_pack("{s:i, s:s}", "errno", -error, "errmsg", text);

	if (!o) /* the text is no UTF-8 */
		o = json_pack("{s:i, s:s}", "errno", -error, "errmsg",
			      strerror(-error));
	(void)port_send_json(e->port, AGENT_EXIT, channel, o);
}

static int start(struct exec *e, const struct frame *f, struct err *err)
{
	CLEANUP_EXEC_REQUEST struct exec_request req = { 0 };
	char hostname[65] = "";
	int r;

	if (e->n == EXEC_CHANNELS_MAX)
		return err_set(err, -EAGAIN,
			       "%d commands run in this node already",
			       EXEC_CHANNELS_MAX);
	(void)gethostname(hostname, sizeof(hostname) - 1);
	r = exec_request_parse((const char *)f->data, f->len, hostname, &req,
			       err);
	if (r < 0)
		return r;
	r = command_start(e->base, e->port, f->channel, &req, on_over, e,
			  &e->commands[e->n], err);
	if (r == 0)
		e->n++;
	return r;
}

static int frame_exec(struct exec *e, const struct frame *f)
{
	struct err err = { "" };
	int r;

	if (place_of(e, f->channel) < e->n)
		return -EPROTO; /* of a command that runs */
	r = start(e, f, &err);
	if (r < 0)
		refuse(e, f->channel, r, err.msg);
	return 0;
}

static int frame_credit(struct command *c, const struct frame *f)
{
	uint32_t n;

	if (f->len != sizeof(n))
		return -EPROTO;
	memcpy(&n, f->data, sizeof(n));
	return command_credit(c, le32toh(n));
}

static int frame_signal(struct command *c, const struct frame *f)
{
	int sig = exec_request_parse_signal((const char *)f->data, f->len);

	if (sig < 0)
		return sig;
	command_signal(c, sig);
	return 0;
}

static int frame_to_command(struct command *c, const struct frame *f)
{
	switch (f->type) {
	case AGENT_STDIN:
		return command_stdin(c, f->data, f->len);
	case AGENT_STDIN_EOF:
		command_stdin_eof(c);
		return 0;
	case AGENT_SIGNAL:
		return frame_signal(c, f);
	case AGENT_HANGUP:
		command_hang_up(c);
		return 0;
	case AGENT_CREDIT:
		return frame_credit(c, f);
	default:
		return 0; /* of a newer host */
	}
}

void exec_frame(struct exec *e, const struct frame *f)
{
	size_t i = place_of(e, f->channel);
	int r = 0;

	if (f->type == AGENT_EXEC)
		r = frame_exec(e, f);
	else if (i < e->n) /* else it ended while the frame was on its way */
		r = frame_to_command(e->commands[i], f);
	if (r < 0)
		log_err_errno(r, "frame %u of channel %u is ignored",
			      (unsigned)f->type, (unsigned)f->channel);
}

/* ---- all of them ---------------------------------------------------------- */

/* From the last: one that is over gives its place to the last, seen already. */
static void for_each(struct exec *e, void (*fn)(struct command *c))
{
	for (size_t i = e->n; i-- > 0;)
		fn(e->commands[i]);
}

void exec_hang_up(struct exec *e)
{
	for_each(e, command_hang_up);
}

void exec_room(struct exec *e)
{
	for_each(e, command_room);
}

/* ---- life ----------------------------------------------------------------- */

int exec_new(struct event_base *base, struct port *port, struct exec **ret_e)
{
	struct exec *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->base = base;
	e->port = port;
	*ret_e = e;
	return 0;
}

struct exec *exec_free(struct exec *e)
{
	if (!e)
		return NULL;
	while (e->n)
		(void)command_free(e->commands[--e->n]);
	free(e);
	return NULL;
}
