/* SPDX-License-Identifier: MIT */

/* dispatch.c - From a request to its command, and from its result to a reply */

#include "dispatch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "book.h"
#include "check.h"
#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "lease.h"
#include "librarian.h"
#include "log.h"

_Static_assert(DISPATCH_NEEDS_ZEROING == BOOK_NEEDS_ZEROING, "passed through");

enum {
	ANYBODY = 1 << 0, /* without having said hello, too */
	ADMIN = 1 << 1,	  /* the administrator alone */
	NODE = 1 << 2,	  /* acts for a node: it must be known which */
	WRITES = 1 << 3,
};

struct command {
	const char *name;
	int (*run)(struct call *c);
	unsigned flags;
};

static const struct command commands[] = {
	{ "version", cmd_version, ANYBODY },
	{ "hello", cmd_hello, ANYBODY },
	{ "get_fs_stats", cmd_get_fs_stats, 0 },
	{ "create_shelf", cmd_create_shelf, NODE | WRITES },
	{ "open_shelf", cmd_open_shelf, NODE | WRITES },
	{ "close_shelf", cmd_close_shelf, NODE | WRITES },
	{ "list_open_shelves", cmd_list_open_shelves, 0 },
	{ "get_shelf", cmd_get_shelf, 0 },
	{ "resize_shelf", cmd_resize_shelf, NODE | WRITES },
	{ "destroy_shelf", cmd_destroy_shelf, NODE | WRITES },
	{ "rename_shelf", cmd_rename_shelf, NODE | WRITES },
	{ "mkdir", cmd_mkdir, NODE | WRITES },
	{ "rmdir", cmd_rmdir, NODE | WRITES },
	{ "symlink", cmd_symlink, NODE | WRITES },
	{ "readlink", cmd_readlink, 0 },
	{ "get_shelf_path", cmd_get_shelf_path, 0 },
	{ "set_am_time", cmd_set_am_time, NODE | WRITES },
	{ "list_shelves", cmd_list_shelves, 0 },
	{ "set_attr", cmd_set_attr, NODE | WRITES },
	{ "link", cmd_link, NODE | WRITES },
	{ "unlink", cmd_unlink, NODE | WRITES },
	{ "append", cmd_append, NODE | WRITES },
	{ "lock", cmd_lock, NODE | WRITES },
	{ "test_lock", cmd_test_lock, NODE },
	{ "unlock_all", cmd_unlock_all, NODE | WRITES },
	{ "list_shelf_books", cmd_list_shelf_books, 0 },
	{ "get_book", cmd_get_book, 0 },
	{ "get_book_all", cmd_get_book_all, 0 },
	{ "get_book_ig", cmd_get_book_ig, 0 },
	{ "get_book_info_all", cmd_get_book_info_all, 0 },
	{ "kill_zombie_books", cmd_kill_zombie_books, 0 },
	{ "send_OOB", cmd_send_OOB, NODE },
	{ "ack", cmd_ack, NODE | WRITES },
	{ "check_memory", cmd_check_memory, NODE },
	{ "self_check", cmd_self_check, ANYBODY },
	{ "get_xattr", cmd_get_xattr, 0 },
	{ "set_xattr", cmd_set_xattr, NODE | WRITES },
	{ "list_xattrs", cmd_list_xattrs, 0 },
	{ "remove_xattr", cmd_remove_xattr, NODE | WRITES },
	{ "update_node_soc_status", cmd_update_node_soc_status, NODE },
	{ "update_node_mc_status", cmd_update_node_mc_status, NODE },
	{ "set_token", cmd_set_token, ADMIN },
	{ "node_down", cmd_node_down, ADMIN | WRITES },
};

_Static_assert(ARRAY_SIZE(commands) <= METRICS_COMMANDS_MAX, "are counted");

static const struct command *find_command(const struct jvalue *body)
{
	const char *name = jvalue_text(jvalue_get(body, "command"));

	if (!name)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

bool dispatch_writes(struct request *rq)
{
	rq->command = find_command(rq->body.values);
	return rq->command && rq->command->flags & WRITES;
}

size_t dispatch_number(const struct request *rq)
{
	return rq->command ? (size_t)(rq->command - commands) :
			     METRICS_COMMANDS_MAX;
}

const char *dispatch_name(size_t number)
{
	return number < ARRAY_SIZE(commands) ? commands[number].name :
					       "unknown";
}

void dispatch_count(struct librarian *lib, const struct request *rq,
		    uint64_t now)
{
	metrics_answer(&lib->metrics, dispatch_number(rq), now - rq->arrived,
		       rq->failed);
}

/* ---- replies -------------------------------------------------------------- */

/* Whoever cannot be answered is not to wait for it. */
static void finish(struct request *rq)
{
	const struct jvalue *context = jvalue_get(rq->body.values, "context");

	if (context) {
		jwrite_key(&rq->reply, "context");
		jwrite_value(&rq->reply, context);
	}
	jwrite_close(&rq->reply, '}');
	if (!rq->reply.error)
		return;
	jwrite_deinit(&rq->reply);
	if (rq->session)
		rq->session->closing = true;
}

static void start(struct request *rq)
{
	jwrite_deinit(&rq->reply);
	jwrite_init(&rq->reply, REPLY_MAX);
	jwrite_open(&rq->reply, '{');
}

static void start_failure(struct request *rq, int error, const char *why)
{
	if (!why)
		why = strerror(-error);
	rq->later = check_free(rq->later);
	start(rq);
	jwrite_key(&rq->reply, "errmsg");
	jwrite_text(&rq->reply, why, strlen(why));
	jwrite_key(&rq->reply, "errno");
	jwrite_int(&rq->reply, -error);
	rq->failed = true;
}

void dispatch_fail(struct request *rq, int error, const char *why)
{
	start_failure(rq, error, why);
	finish(rq);
}

/* Who hears that there is no such name may remember it. */
static void fail_call(const struct call *c, struct request *rq, int error)
{
	start_failure(rq, error, c->why);
	if (error == -ENOENT && c->looked_in && c->lib->board.board) {
		jwrite_key(&rq->reply, "names_gen");
		jwrite_int(&rq->reply, board_names_gen(c->lib, c->looked_in));
	}
	finish(rq);
}

void request_deinit(struct request *rq)
{
	jread_deinit(&rq->body);
	jwrite_deinit(&rq->reply);
	(void)check_free(rq->later);
	*rq = (struct request){ 0 };
}

/* ---- who ------------------------------------------------------------------ */

/* The node that the context speaks of; 0 = none. */
static uint32_t context_node(const struct call *c)
{
	const struct jvalue *id = jvalue_get(c->context, "node_id");
	int64_t v;

	return call_to_number(id, &v) && v > 0 && v <= UINT32_MAX ?
		       (uint32_t)v :
		       0;
}

static int identify(struct call *c, const struct command *cmd)
{
	const struct session *s = c->session;
	uint32_t said = context_node(c);

	if (cmd->flags & ANYBODY)
		return 0;
	if (cmd->flags & ADMIN && !s->admin)
		return call_fail(c, -EPERM, "for the administrator only");
	if (!s->admin && !s->node_id && c->lib->auth.mode != AUTH_NONE)
		return call_fail(c, -EACCES, "say hello first");
	/* With a hello it is that node, whatever the contexts say. */
	c->node_id = s->node_id ? s->node_id : said;
	if (!s->hello && s->node_id && said && said != s->node_id)
		return call_fail(c, -EPERM, "not the node of this address");
	if (c->node_id && !pool_has_node(&c->lib->pool, c->node_id))
		return call_fail(c, -EPERM, "unknown node");
	if (!c->node_id && !s->admin)
		return call_fail(c, -EPERM, "context.node_id is missing");
	if (!c->node_id && cmd->flags & NODE)
		return call_fail(c, -EPERM, "which node? node_id is missing");
	if (c->node_id && !s->admin) {
		c->lib->nodes.node[c->node_id].heartbeat = time(NULL);
		c->lib->nodes.node[c->node_id].alive = lease_now();
		c->lib->nodes.node[c->node_id].released = false;
	}
	return 0;
}

/* ---- running -------------------------------------------------------------- */

/* The database is what it was before when the transaction is rolled back. */
static int run_alone(struct call *c, const struct command *cmd)
{
	const struct undo before = librarian_mark(c->lib);
	int r = cmd->run(c);

	if (r != 0)
		librarian_undo(c->lib, &before);
	return r;
}

/* Nothing of what the command did stays, should it fail. */
static int run_in_savepoint(struct call *c, const struct command *cmd)
{
	struct librarian *lib = c->lib;
	const struct undo before = librarian_mark(lib);
	int r, undo;

	r = db_run(lib->db, SQL_SAVEPOINT);
	if (r < 0)
		return r;
	r = cmd->run(c);
	if (r == 0)
		return db_run(lib->db, SQL_RELEASE);
	librarian_undo(lib, &before);
	if (!db_in_transaction(lib->db))
		return r; /* SQLite has rolled back everything */
	undo = db_run(lib->db, SQL_ROLLBACK_TO);
	if (undo == 0)
		undo = db_run(lib->db, SQL_RELEASE);
	return undo < 0 ? undo : r;
}

static bool is_internal(int r)
{
	return r == -EIO || r == -EUCLEAN || r == -ENOMEM;
}

static int run(struct call *c, const struct command *cmd, bool alone)
{
	size_t messages = c->lib->outbox.n;
	int r;

	r = identify(c, cmd);
	if (r < 0)
		return r;
	r = !(cmd->flags & WRITES) ? cmd->run(c) :
	    alone		   ? run_alone(c, cmd) :
				     run_in_savepoint(c, cmd);
	if (r != 0 && r != CALL_LATER)
		outbox_cut(&c->lib->outbox, messages);
	if (is_internal(r) && !c->why)
		log_err_errno(r, "%s of node %u failed: %s", cmd->name,
			      c->node_id, db_message(c->lib->db));
	else
		log_debug("%s of node %u: %s", cmd->name, c->node_id,
			  r == 0	  ? "done" :
			  r < 0		  ? strerror(-r) :
			  r == CALL_LATER ? "takes long" :
					    "waits for zeroed books");
	return r;
}

/* Without a result it is null. */
static int answer(struct call *c, struct request *rq, bool alone)
{
	size_t before;
	int r;

	start(rq);
	jwrite_key(&rq->reply, "value");
	before = rq->reply.len;
	c->out = &rq->reply;
	r = rq->command ? run(c, rq->command, alone) :
			  call_fail(c, -ENOSYS, "unknown command");
	if (r != 0)
		return r;
	if (c->value)
		jwrite_json(&rq->reply, c->value);
	else if (rq->reply.len == before)
		jwrite_null(&rq->reply);
	finish(rq);
	rq->failed = false;
	return 0;
}

int dispatch_run(struct librarian *lib, struct request *rq, bool alone)
{
	struct call c = { .lib = lib, .session = rq->session };
	int r;

	if (!rq->body.values) {
		dispatch_fail(rq, rq->error, NULL);
		return 0;
	}
	c.args = rq->body.values;
	c.context = jvalue_get(c.args, "context");
	if (!jvalue_is(c.context, JVALUE_OBJECT))
		c.context = NULL;
	r = answer(&c, rq, alone);
	json_decref(c.value);
	if (r > 0)
		jwrite_deinit(&rq->reply);
	else if (r < 0)
		fail_call(&c, rq, r);
	rq->later = c.later;
	return r == BOOK_NEEDS_ZEROING ? DISPATCH_NEEDS_ZEROING : 0;
}

bool dispatch_go_on(struct librarian *lib, struct request *rq)
{
	int r = check_step(rq->later, lib);

	if (r > 0)
		return true;
	if (r < 0) {
		log_err_errno(r, "a check failed: %s", db_message(lib->db));
		dispatch_fail(rq, r, NULL);
		return false;
	}
	start(rq);
	jwrite_key(&rq->reply, "value");
	check_write(rq->later, &rq->reply);
	finish(rq);
	rq->later = check_free(rq->later);
	return false;
}
