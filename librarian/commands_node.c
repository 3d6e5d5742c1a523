/* SPDX-License-Identifier: MIT */

/* commands_node.c - Commands about the machine and its nodes */

#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "commands.h"
#include "jread.h"
#include "json.h"
#include "librarian.h"
#include "proto_board.h"
#include "revoke.h"
#include "shelf.h"

int cmd_version(struct call *c)
{
	return call_return(c, json_string(LIBRARIAN_VERSION));
}

static json_t *board_to_json(const struct board_map *m)
{
	return m->board ?
		       json_pack("{s:I, s:I}", "offset", (json_int_t)m->offset,
				 "size", (json_int_t)BOARD_SIZE) :
		       json_null();
}

/* It hears first what its node has missed. */
static int welcome(struct call *c)
{
	const struct session *s = c->session;
	int r;

	r = s->events ? revoke_remind(c->lib, c->session) : 0;
	if (r < 0)
		return r;
	r = call_return(c, json_pack("{s:i, s:s}", "protocol", (int)s->protocol,
				     "version", LIBRARIAN_VERSION));
	if (r == 0 && s->events &&
	    json_object_set_new(c->value, "events", json_true()) < 0)
		return -ENOMEM;
	if (r == 0 && s->protocol >= LIBRARIAN_PROTOCOL_POSIX &&
	    json_object_set_new(c->value, "board",
				board_to_json(&c->lib->board)) < 0)
		return -ENOMEM;
	return r;
}

int cmd_hello(struct call *c)
{
	struct session *s = c->session;
	int64_t node, protocol = 0;
	bool events = false;
	const char *token = "";
	int r;

	r = call_number(c, "node_id", 1, LIBRARIAN_NODES_MAX, 0, &node);
	if (r == 0)
		r = call_number(c, "protocol", 1, INT64_MAX, 1, &protocol);
	if (r == 0 && jvalue_get(c->args, "token"))
		r = call_text(c, "token", &token);
	if (r == 0)
		r = call_flag(c, "events", &events);
	if (r < 0)
		return r;
	s->newline = true;
	if (s->hello)
		return call_fail(c, -EALREADY, "hello was said already");
	/* No difference to be seen between a wrong token and a wrong node. */
	if (!pool_has_node(&c->lib->pool, (uint64_t)node) ||
	    !auth_token_good(&c->lib->auth, (uint32_t)node, token) ||
	    (s->node_id && s->node_id != (uint32_t)node)) {
		s->closing = true;
		return call_fail(c, -EACCES, "node and token do not match");
	}
	s->hello = true;
	s->protocol = protocol < LIBRARIAN_PROTOCOL_POSIX ?
			      LIBRARIAN_PROTOCOL :
			      LIBRARIAN_PROTOCOL_POSIX;
	s->node_id = (uint32_t)node;
	s->events = events;
	return welcome(c);
}

int cmd_check_memory(struct call *c)
{
	uint64_t added = 0;
	int64_t nonce = 0;
	int r;

	r = call_number(c, "nonce", INT64_MIN, INT64_MAX, 0, &nonce);
	if (r == 0)
		r = board_check(c->lib, c->node_id, (uint64_t)nonce, &added);
	if (r == -EIO)
		return call_fail(c, r,
				 "the node's memory is not the cluster's");
	if (r == -ENODEV)
		return call_fail(c, r, "the memory has no board");
	return r < 0 ? r :
		       call_return(c, json_pack("{s:I}", "added",
						(json_int_t)added));
}

/* Where a group's memory begins; -1 = it has no physical addresses. */
static json_int_t ig_address(const struct pool *p, unsigned ig)
{
	for (uint32_t i = 0; p->mode == BII_PHYSICAL && i < p->n_ranges; i++)
		if (p->ranges[i].ig == ig)
			return (json_int_t)p->ranges[i].first;
	return -1;
}

/* {"ig": [books, physical address]} */
static json_t *igs_to_json(const struct pool *p)
{
	CLEANUP_JSON json_t *o = json_object();

	for (unsigned ig = 0; o && ig <= LZA_IG_MAX; ig++) {
		char key[8];

		if (!p->igs[ig].books)
			continue;
		(void)snprintf(key, sizeof(key), "%u", ig);
		if (json_object_set_new(o, key,
					json_pack("[i, I]",
						  (int)p->igs[ig].books,
						  ig_address(p, ig))) < 0)
			return NULL;
	}
	return take_ptr(&o);
}

int cmd_get_fs_stats(struct call *c)
{
	const struct pool *p = &c->lib->pool;
	json_int_t total = (json_int_t)p->books;
	json_int_t bytes = (json_int_t)p->book_size * total;
	int r;

	r = call_return(
		c, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:i}",
			     "schema_version", LIBRARIAN_VERSION,
			     "book_size_bytes", (json_int_t)p->book_size,
			     "nvm_bytes_total", bytes, "books_total", total,
			     "nodes_total", (json_int_t)p->nodes, "books_used",
			     total - (json_int_t)p->counts.n[BOOK_FREE],
			     "books_per_IG", igs_to_json(p), "BIImode",
			     (int)p->mode));
	if (r == 0 && call_is_posix(c) &&
	    json_object_set_new(c->value, "shelves",
				json_integer(p->counts.shelves)) < 0)
		return -ENOMEM;
	return r;
}

int cmd_update_node_soc_status(struct call *c)
{
	struct node *n = &c->lib->nodes.node[c->node_id];
	struct node new = *n;
	const struct {
		const char *key;
		int64_t max;
		int64_t absent;
		int64_t *v;
	} fields[] = {
		{ "status", NODE_STATUS_COUNT - 1, -1, &new.status },
		{ "cpu_percent", 100, 0, &new.cpu_percent },
		{ "rootfs_percent", 100, 0, &new.rootfs_percent },
		{ "mem_percent", 100, 0, &new.mem_percent },
		{ "network_in", INT64_MAX, 0, &new.network_in },
		{ "network_out", INT64_MAX, 0, &new.network_out },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fields); i++)
		r = call_number(c, fields[i].key, 0, fields[i].max,
				fields[i].absent, fields[i].v);
	if (r == 0)
		*n = new;
	return r;
}

int cmd_update_node_mc_status(struct call *c)
{
	return call_number(c, "status", 0, NODE_STATUS_COUNT - 1, -1,
			   &c->lib->nodes.node[c->node_id].mc_status);
}

/* ---- the administrator's -------------------------------------------------- */

static int admin_node(struct call *c, uint32_t *ret_node)
{
	int64_t node;
	int r;

	r = call_number(c, "node_id", 1, LIBRARIAN_NODES_MAX, 0, &node);
	if (r < 0)
		return r;
	if (!pool_has_node(&c->lib->pool, (uint64_t)node))
		return call_fail(c, -ENOENT, "unknown node");
	*ret_node = (uint32_t)node;
	return 0;
}

int cmd_set_token(struct call *c)
{
	const char *token = "";
	uint32_t node = 0;
	int r;

	r = admin_node(c, &node);
	if (r == 0)
		r = call_text(c, "token", &token);
	if (r < 0)
		return r;
	if (auth_set_token(&c->lib->auth, node, token) < 0)
		return call_fail(c, -EINVAL, "a token is hexadecimal");
	librarian_close_sessions(c->lib, node);
	return 0;
}

int cmd_node_down(struct call *c)
{
	uint32_t node = 0;
	int r;

	r = admin_node(c, &node);
	if (r < 0)
		return r;
	/* Even if the rest should fail: the node is dead. */
	librarian_close_sessions(c->lib, node);
	(void)auth_set_token(&c->lib->auth, node, NULL);
	c->lib->nodes.node[node].status = NODE_OFFLINE;
	return shelf_node_down(c->lib, node);
}
