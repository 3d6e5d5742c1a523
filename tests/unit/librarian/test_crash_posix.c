/* SPDX-License-Identifier: MIT */

/* test_crash_posix.c - What was acknowledged of protocol 2 survives a kill
 *
 * As test_crash.c, for links, renames, attributes, sizes and locks. What has to
 * be there is not computed by a model but by a second Librarian, which nobody
 * kills: it gets each request whose reply has come, and has to give the same
 * one. After a kill the tables of both say the same of a node's files, at the
 * latest when the second one has got some of what was not answered as well.
 */

#include "victim.h"

#include <poll.h>

#include "parse.h"
#include "schema.h"
#include "tree.h" /* tree_pick() */

#define ROUNDS 20
#define NODES 3U
#define WINDOW 16U
#define TEXT_MAX 256
#define KEPT 3U /* files whose numbers are known, with names that stay */
#define KNOWN_TIME "7000000000" /* others are the clock's */

enum kind {
	CREATE,
	CREATE_HELD,
	MKDIR,
	RMDIR,
	SYMLINK,
	LINK,
	UNLINK,
	MOVE,
	MOVE_IF_FREE,
	EXCHANGE,
	RIGHTS,
	TIMES,
	RESIZE,
	RESERVE,
	APPEND,
	XATTR,
	XATTR_NEW,
	XATTR_GONE,
	LOCK,
	FLOCK,
	UNLOCK,
	UNLOCK_ALL,
	KINDS,
};

/* @ a directory and a name in it, % the same for another one, # a kept file, $ a
 * number from 1 to 7.
 */
static const char *const templates[KINDS] = {
	[CREATE] = "{'command':'create_shelf',@,'open':false,'excl':true}",
	[CREATE_HELD] = "{'command':'create_shelf',@,'open':true}",
	[MKDIR] = "{'command':'mkdir',@,'mode':493}",
	[RMDIR] = "{'command':'rmdir',@}",
	[SYMLINK] = "{'command':'symlink',@,'target':'to/$'}",
	[LINK] = "{'command':'link','id':#,@}",
	[UNLINK] = "{'command':'unlink',@}",
	[MOVE] = "{'command':'rename_shelf',@,%}",
	[MOVE_IF_FREE] = "{'command':'rename_shelf',@,%,'replace':false}",
	[EXCHANGE] = "{'command':'rename_shelf',@,%,'exchange':true}",
	[RIGHTS] = "{'command':'set_attr',@,'mode':4$,'uid':$,'gid':1$}",
	[TIMES] = "{'command':'set_attr',@,'mtime_ns':" KNOWN_TIME "}",
	[RESIZE] = "{'command':'resize_shelf',@,'size_bytes':$000000}",
	[RESERVE] = "{'command':'resize_shelf',@,'size_bytes':$000000,"
		    "'keep_size':true}",
	[APPEND] = "{'command':'append',@,'len':$00}",
	[XATTR] = "{'command':'set_xattr',@,'xattr':'user.x$','value':'$'}",
	[XATTR_NEW] = "{'command':'set_xattr',@,'xattr':'user.x$',"
		      "'value':'new','flags':'create'}",
	[XATTR_GONE] = "{'command':'remove_xattr',@,'xattr':'user.x$'}",
	[LOCK] = "{'command':'lock',@,'type':'write','kind':'posix',"
		 "'owner':'o','start':$0,'end':1$0}",
	[FLOCK] = "{'command':'lock',@,'type':'read','kind':'flock',"
		  "'owner':'$'}",
	[UNLOCK] = "{'command':'lock',@,'type':'unlock','kind':'posix',"
		   "'owner':'o','start':$0,'end':2$}",
	[UNLOCK_ALL] = "{'command':'unlock_all','owner':'$'}",
};

struct op {
	enum kind kind;
	char text[TEXT_MAX];
};

struct actor {
	uint32_t id;
	int64_t dirs[2], kept[KEPT];
	int fd;
	struct victim_lines in;
	struct op sent[WINDOW]; /* not answered yet, in order */
	unsigned n_sent;
};

struct stress {
	struct victim v;
	struct fixture twin;
	struct actor nodes[NODES];
	uint64_t seed;
	unsigned done[KINDS];
};

/* ---- requests ------------------------------------------------------------- */

static void put_place(struct stress *s, const struct actor *n, const char *dir,
		      const char *name, FILE *out)
{
	unsigned i = tree_pick(&s->seed, 2);
	unsigned c = tree_pick(&s->seed, 6);

	(void)fprintf(out, "'%s':%lld,'%s':'%c'", dir, (long long)n->dirs[i],
		      name, "abcdef"[c]);
}

static void choose(struct stress *s, const struct actor *n, struct op *op)
{
	FILE *out = fmemopen(op->text, sizeof(op->text), "w");

	assert_non_null(out);
	op->kind = (enum kind)tree_pick(&s->seed, KINDS);
	for (const char *p = templates[op->kind]; *p; p++)
		if (*p == '@')
			put_place(s, n, "dir_id", "name", out);
		else if (*p == '%')
			put_place(s, n, "newdir_id", "newname", out);
		else if (*p == '#')
			(void)fprintf(
				out, "%lld",
				(long long)n->kept[tree_pick(&s->seed, KEPT)]);
		else if (*p == '$')
			(void)fprintf(out, "%u", 1 + tree_pick(&s->seed, 7));
		else
			(void)fputc(*p, out);
	assert_false(ferror(out));
	(void)fclose(out);
}

/* The twin does it; the errno of its reply. */
static int repeat(struct stress *s, const struct actor *n, const struct op *op)
{
	return reply_errno(ask(&s->twin, n->id, "%s", op->text));
}

static void forget_first(struct actor *n)
{
	n->n_sent--;
	memmove(n->sent, n->sent + 1, n->n_sent * sizeof(n->sent[0]));
}

/* ---- a node --------------------------------------------------------------- */

static void on_reply(const char *line, void *a, void *b)
{
	struct stress *s = a;
	struct actor *n = b;
	CLEANUP_JSON json_t *reply = json_loads(line, 0, NULL);
	int is, want;

	assert_non_null(reply);
	if (json_object_get(reply, "event"))
		return;
	assert_true(n->n_sent > 0);
	is = (int)json_integer_value(json_object_get(reply, "errno"));
	want = repeat(s, n, &n->sent[0]);
	if (is != want)
		fail_msg("node %u: %s: errno %d, expected %d", n->id,
			 n->sent[0].text, is, want);
	s->done[n->sent[0].kind] += is == 0;
	forget_first(n);
}

static void turn(struct stress *s, int64_t until)
{
	struct pollfd fds[NODES];
	int64_t left = until - now_us();

	for (unsigned i = 0; i < NODES; i++) {
		struct actor *n = &s->nodes[i];

		while (n->n_sent < WINDOW) {
			choose(s, n, &n->sent[n->n_sent]);
			victim_ask(n->fd, n->sent[n->n_sent++].text);
		}
		fds[i] = (struct pollfd){ n->fd, POLLIN, 0 };
	}
	if (poll(fds, NODES, left < 0 ? 0 : (int)(left / 1000)) < 0)
		fail_msg("poll: %s", strerror(errno));
	for (unsigned i = 0; i < NODES; i++)
		if (fds[i].revents)
			victim_hear(s->nodes[i].fd, &s->nodes[i].in, on_reply,
				    s, &s->nodes[i]);
}

/* ---- afterwards ----------------------------------------------------------- */

#define NAMES                                                        \
	"(SELECT id, parent_id AS dir, name FROM shelves UNION ALL " \
	"SELECT shelf_id, parent_id, name FROM hard_links)"
#define LISTED(what, from) \
	"(SELECT group_concat(" what ", ';') FROM (SELECT * FROM " from "))"

/* A node's names, and all that there is to say of what they lead to; in the end
 * what it holds without a name.
 */
static const char contents[] =
	"SELECT json_array(n.dir, n.name, (SELECT MIN(o.dir || "
	"'/' || o.name)"
	" FROM " NAMES " o WHERE o.id = n.id), s.mode, s.uid, s.gid,"
	" s.size_bytes, s.book_count, s.spare_books, s.stale_tail,"
	" s.link_count, s.mtime = " KNOWN_TIME ","
	" (SELECT COUNT(*) FROM books_on_shelves b WHERE "
	"b.shelf_id = s.id),"
	" (SELECT COUNT(*) FROM opened_shelves o WHERE o.shelf_id "
	"= s.id),"
	" (SELECT target FROM links l WHERE l.shelf_id = "
	"s.id)," LISTED(
		"xattr || '=' || value",
		"shelf_xattrs x "
		"WHERE "
		"x.shelf_id = "
		"s.id ORDER BY "
		"xattr") "," LISTED("kind || owner || ':' || first || '-' || "
				    "last || "
				    "exclusive",
				    "locks k WHERE k.shelf_id = s.id ORDER BY "
				    "kind, "
				    "owner, first") ") FROM " NAMES
						    " n JOIN shelves s ON s.id "
						    "= n.id"
						    " WHERE n.dir IN (%lld, "
						    "%lld) "
						    "ORDER BY n.dir, n.name";

static const char nameless[] =
	"SELECT json_array(COUNT(*), SUM(s.size_bytes)) FROM shelves s"
	" JOIN opened_shelves o ON o.shelf_id = s.id"
	" WHERE o.node_id = %u AND s.link_count = 0";

static int add_row(sqlite3_stmt *row, void *arg)
{
	(void)fprintf(arg, "%s\n", (const char *)sqlite3_column_text(row, 0));
	return 0;
}

/* For free(). */
static char *describe(const struct fixture *f, const struct actor *n)
{
	char sql[sizeof(contents) + 64], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	(void)snprintf(sql, sizeof(sql), contents, (long long)n->dirs[0],
		       (long long)n->dirs[1]);
	assert_int_equal(db_select(f->lib.db, sql, add_row, out), 0);
	(void)snprintf(sql, sizeof(sql), nameless, n->id);
	assert_int_equal(db_select(f->lib.db, sql, add_row, out), 0);
	(void)fclose(out);
	return text;
}

/* What was sent was done up to some point, and not less than acknowledged. */
static void check_node(struct stress *s, struct actor *n)
{
	CLEANUP_FREE char *is = describe(&s->v.f, n);

	for (;;) {
		CLEANUP_FREE char *want = describe(&s->twin, n);

		if (!strcmp(is, want))
			break;
		if (!n->n_sent)
			fail_msg("node %u has\n%snot\n%s", n->id, is, want);
		(void)repeat(s, n, &n->sent[0]);
		forget_first(n);
	}
	n->n_sent = 0;
}

/* ---- rounds --------------------------------------------------------------- */

static int64_t make(struct fixture *f, uint32_t node, const char *command,
		    int64_t dir, const char *name)
{
	return reply_int(ask(f, node,
			     "{'command':'%s','dir_id':%lld,'name':'%s%u',"
			     "'open':false}",
			     command, (long long)dir, name, node),
			 "id");
}

/* The same numbers in both, as they are new. */
static void populate(struct fixture *f, struct actor *n)
{
	static const char *const names[KEPT] = { "k", "l", "m" };

	n->dirs[0] = make(f, n->id, "mkdir", SCHEMA_ROOT, "n");
	n->dirs[1] = make(f, n->id, "mkdir", n->dirs[0], "sub");
	for (unsigned i = 0; i < KEPT; i++)
		n->kept[i] =
			make(f, n->id, "create_shelf", n->dirs[0], names[i]);
}

static void stress_init(struct stress *s)
{
	*s = (struct stress){ .seed = 88172645463325252ULL };
	fixture_make(&s->v.f, NODES, 400);
	fixture_make(&s->twin, NODES, 400);
	fixture_open(&s->v.f);
	fixture_open(&s->twin);
	s->v.f.session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	s->twin.session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	/* It is not killed. */
	assert_int_equal(db_script(s->twin.lib.db, "PRAGMA synchronous = OFF"),
			 0);
	for (unsigned i = 0; i < NODES; i++) {
		s->nodes[i].id = i + 1;
		populate(&s->v.f, &s->nodes[i]);
		populate(&s->twin, &s->nodes[i]);
	}
	fixture_close(&s->v.f);
}

/* Nodes die as well, now and then: what they held and had locked goes. */
static void end_nodes(struct fixture *f)
{
	f->session.admin = true;
	for (unsigned i = 0; i < NODES; i++)
		assert_works(f, 0, "{'command':'node_down','node_id':%u}",
			     i + 1);
	f->session.admin = false;
}

static void check_all(struct stress *s)
{
	victim_check(&s->v.f);
	fixture_open(&s->v.f);
	for (unsigned i = 0; i < NODES; i++)
		check_node(s, &s->nodes[i]);
	victim_check_free_books(&s->v.f);
	if (!tree_pick(&s->seed, 4)) {
		end_nodes(&s->v.f);
		end_nodes(&s->twin);
		for (unsigned i = 0; i < NODES; i++)
			check_node(s, &s->nodes[i]);
	}
	fixture_close(&s->v.f);
}

static void run_round(struct stress *s)
{
	struct sockaddr_in addr;
	pid_t pid = victim_start(&s->v, &addr);
	int64_t until;

	for (unsigned i = 0; i < NODES; i++) {
		s->nodes[i].fd = victim_connect(&addr, s->nodes[i].id,
						LIBRARIAN_PROTOCOL_POSIX);
		s->nodes[i].in.len = 0;
	}
	until = now_us() + 1000 + tree_pick(&s->seed, 60000);
	while (now_us() < until)
		turn(s, until);
	victim_end(pid);
	for (unsigned i = 0; i < NODES; i++)
		(void)close(s->nodes[i].fd);
	check_all(s);
}

static void test_killed(void **state)
{
	const char *text = getenv("FAME_CRASH_ROUNDS");
	struct stress *s = malloc(sizeof(*s));
	uint32_t rounds = ROUNDS;

	(void)state;
	if (text)
		assert_int_equal(parse_u32(text, 1, 1000000, &rounds), 0);
	stress_init(s);
	for (uint32_t i = 0; i < rounds; i++)
		run_round(s);
	for (unsigned k = 0; k < KINDS; k++)
		if (!s->done[k])
			fail_msg("never worked: %s", templates[k]);
	fixture_end(&s->v.f);
	fixture_end(&s->twin);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
