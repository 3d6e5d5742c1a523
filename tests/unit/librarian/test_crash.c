/* SPDX-License-Identifier: MIT */

/* test_crash.c - What was acknowledged survives, wherever the Librarian dies
 *
 * Nodes send all kinds of requests without waiting and write down what was
 * acknowledged. The server, a child, is killed at a random moment, ROUNDS
 * times (FAME_CRASH_ROUNDS; "make soak" does 200). Each time
 *  - the database is one in which all that was acknowledged has happened, and
 *    of what was sent after that, a beginning of each node's requests;
 *  - fsck finds nothing, so no book has two owners;
 *  - every free book reads as zeros, and no shelf shows what another held;
 *  - shelves that were left alone have their data.
 * Once more with a file system that is full.
 */

#include "tree.h"

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

#include "parse.h"
#include "victim.h"

#define ROUNDS 20
#define NODES 3U
#define BOOKS_PER_NODE 240U
#define WINDOW 16U
#define FILE_BOOKS 3U

struct node_client {
	uint32_t node;
	int fd;
	struct victim_lines in;
	struct tree acked;
	struct tree_op sent[WINDOW]; /* not answered yet, in order */
	unsigned n_sent;
	bool touched[TREE_SLOTS]; /* some request has named it */
};

struct stress {
	struct victim v;
	struct node_client nodes[NODES];
	uint64_t seed;
	unsigned long acks;
	bool full; /* errors that say so are no failure */
	unsigned full_replies;
};

/* ---- a node --------------------------------------------------------------- */

static void connect_node(struct node_client *c, const struct sockaddr_in *addr)
{
	c->fd = victim_connect(addr, c->node, 1);
	c->in.len = 0;
	c->n_sent = 0;
	memset(c->touched, 0, sizeof(c->touched));
}

static void ask_one(struct stress *s, struct node_client *c)
{
	struct tree_op *op = &c->sent[c->n_sent++];
	char text[512];

	tree_choose(&c->acked, &s->seed, FILE_BOOKS, op);
	c->touched[op->slot] = true;
	c->touched[op->to] = true;
	if (op->kind == TREE_RMDIR || op->kind == TREE_CLOSE)
		memset(c->touched, 1, sizeof(c->touched));
	tree_request(c->node, op, text, sizeof(text));
	victim_ask(c->fd, text);
}

static bool says_full(int error)
{
	return error == ENOSPC || error == EIO;
}

static void on_reply(const char *line, void *a, void *b)
{
	struct stress *s = a;
	struct node_client *c = b;
	CLEANUP_JSON json_t *reply = json_loads(line, 0, NULL);
	struct tree after = c->acked;
	int e, want;

	assert_non_null(reply);
	assert_true(c->n_sent > 0);
	want = tree_apply(&after, &c->sent[0]);
	e = (int)json_integer_value(json_object_get(reply, "errno"));
	if (e == want) {
		if (!e)
			tree_learn(&after, &c->sent[0], reply);
		c->acked = after;
	} else if (s->full && says_full(e)) {
		s->full_replies++;
	} else {
		fail_msg("node %u, kind %d, slot %u to %u: %s, expected %d",
			 c->node, c->sent[0].kind, c->sent[0].slot,
			 c->sent[0].to, line, want);
	}
	s->acks++;
	c->n_sent--;
	memmove(c->sent, c->sent + 1, c->n_sent * sizeof(c->sent[0]));
}

/* One turn of all nodes; @more: they send, too. */
static void turn(struct stress *s, bool more, int64_t until)
{
	struct pollfd fds[NODES];
	int64_t left = until - now_us();

	for (unsigned i = 0; i < NODES; i++) {
		while (more && s->nodes[i].n_sent < WINDOW)
			ask_one(s, &s->nodes[i]);
		fds[i] = (struct pollfd){ s->nodes[i].fd, POLLIN, 0 };
	}
	if (poll(fds, NODES, left < 0 ? 0 : (int)(left / 1000)) < 0)
		fail_msg("poll: %s", strerror(errno));
	for (unsigned i = 0; i < NODES; i++)
		if (fds[i].revents)
			victim_hear(s->nodes[i].fd, &s->nodes[i].in, on_reply,
				    s, &s->nodes[i]);
}

/* ---- afterwards ----------------------------------------------------------- */

/* What was sent was done up to some point, and not less than acknowledged. */
static void check_node(struct stress *s, struct node_client *c)
{
	struct tree t = c->acked, is;

	tree_load(&s->v.f, c->node, &is);
	for (unsigned k = 0; !tree_equal(&t, &is); k++) {
		if (k == c->n_sent)
			fail_msg("node %u: lost something, or did what nobody "
				 "asked for",
				 c->node);
		(void)tree_apply(&t, &c->sent[k]);
	}
	c->acked = is;
}

/* Data in a book, and far into it: the shelf that it belongs to, or nothing. */
static const off_t marks[] = { 0, 1 << 20 };

static int64_t read_mark(const struct fixture *f, uint64_t flat, size_t i)
{
	int64_t mark = -1;

	assert_int_equal(pread(f->fam_fd, &mark, sizeof(mark),
			       (off_t)(flat * BOOK) + marks[i]),
			 sizeof(mark));
	return mark;
}

/* Nothing of it, or as many of its first bytes as a cut has left. */
static bool is_part(int64_t mark, int64_t id)
{
	for (unsigned n = 0; n < sizeof(id); n++)
		if (mark == (id & ((1LL << 8 * n) - 1)))
			return true;
	return false;
}

/* @write: let nodes have written into every book of the slot. */
static void check_data(struct stress *s, struct node_client *c, unsigned slot,
		       bool write)
{
	int64_t id = c->acked.slots[slot].id;
	CLEANUP_JSON json_t *r =
		ask(&s->v.f, c->node,
		    "{'command':'get_shelf','id':%lld,'want_books':true}",
		    (long long)id);
	json_t *books = json_object_get(json_object_get(r, "value"), "books");

	for (size_t b = 0; b < json_array_size(books); b++)
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			uint64_t flat = (uint64_t)json_integer_value(
				json_array_get(books, b));
			uint64_t at = b * BOOK + (uint64_t)marks[i];
			bool inside = at + 8 <= c->acked.slots[slot].size;
			int64_t mark = read_mark(&s->v.f, flat, i);

			if (mark != id &&
			    (!is_part(mark, id) ||
			     (inside && !write && !c->touched[slot])))
				fail_msg("shelf %lld shows %lld at %llu",
					 (long long)id, (long long)mark,
					 (unsigned long long)at);
			if (write && inside)
				assert_int_equal(
					pwrite(s->v.f.fam_fd, &id, sizeof(id),
					       (off_t)(flat * BOOK) + marks[i]),
					sizeof(id));
		}
}

static void check_all_data(struct stress *s, bool write)
{
	for (unsigned i = 0; i < NODES; i++)
		for (unsigned k = TREE_DIRS; k < TREE_SLOTS; k++)
			if (s->nodes[i].acked.slots[k].exists)
				check_data(s, &s->nodes[i], k, write);
}

/* Nodes die as well, now and then: what they had unlinked goes. */
static void end_nodes(struct stress *s)
{
	s->v.f.session.admin = true;
	for (unsigned i = 0; i < NODES; i++) {
		struct node_client *c = &s->nodes[i];

		assert_works(&s->v.f, 0, "{'command':'node_down','node_id':%u}",
			     c->node);
		tree_load(&s->v.f, c->node, &c->acked);
		for (unsigned k = 0; k < TREE_SLOTS; k++)
			assert_int_equal(c->acked.slots[k].opens, 0);
	}
	s->v.f.session.admin = false;
}

static void check_all(struct stress *s)
{
	victim_check(&s->v.f);
	fixture_open(&s->v.f);
	for (unsigned i = 0; i < NODES; i++)
		check_node(s, &s->nodes[i]);
	victim_check_free_books(&s->v.f);
	check_all_data(s, false);
	check_all_data(s, true);
	if (tree_pick(&s->seed, 2))
		end_nodes(s);
	fixture_close(&s->v.f);
}

/* ---- rounds --------------------------------------------------------------- */

static void stress_init(struct stress *s)
{
	*s = (struct stress){ .seed = 88172645463325252ULL };
	fixture_make(&s->v.f, NODES, BOOKS_PER_NODE);
	fixture_open(&s->v.f);
	for (unsigned i = 0; i < NODES; i++) {
		s->nodes[i].node = i + 1;
		assert_works(&s->v.f, i + 1,
			     "{'command':'mkdir','path':'/n%u','mode':511}",
			     i + 1);
		s->nodes[i].acked.slots[0].exists = true;
	}
	fixture_close(&s->v.f);
}

static void connect_all(struct stress *s, const struct sockaddr_in *addr)
{
	for (unsigned i = 0; i < NODES; i++)
		connect_node(&s->nodes[i], addr);
}

static void close_all(struct stress *s)
{
	for (unsigned i = 0; i < NODES; i++)
		(void)close(s->nodes[i].fd);
}

static void run_round(struct stress *s)
{
	struct sockaddr_in addr;
	pid_t pid = victim_start(&s->v, &addr);
	int64_t until;

	connect_all(s, &addr);
	until = now_us() + 1000 + tree_pick(&s->seed, 60000);
	while (now_us() < until)
		turn(s, true, until);
	victim_end(pid);
	close_all(s);
	check_all(s);
}

static void test_killed(void **state)
{
	const char *text = getenv("FAME_CRASH_ROUNDS");
	uint32_t rounds = ROUNDS;
	struct stress *s = malloc(sizeof(*s));

	(void)state;
	if (text)
		assert_int_equal(parse_u32(text, 1, 1000000, &rounds), 0);
	stress_init(s);
	for (uint32_t i = 0; i < rounds; i++)
		run_round(s);
	print_message("%u times killed, %lu replies\n", rounds, s->acks);
	assert_true(s->acks > rounds);
	fixture_end(&s->v.f);
	free(s);
}

/* ---- no room -------------------------------------------------------------- */

static int write_proc(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write_all(fd, text, strlen(text));
}

/* From now on temporary files of this process have little room. */
static int make_room(const char *size, unsigned long flags)
{
	return mount("small", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | flags,
		     size) < 0 ?
		       -errno :
		       0;
}

static int map_ids(const char *path, unsigned id)
{
	char map[64];

	(void)snprintf(map, sizeof(map), "0 %u 1", id);
	return write_proc(path, map);
}

static int enter_small(void)
{
	/* They are not known any more after the first step. */
	unsigned uid = geteuid(), gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	(void)write_proc("/proc/self/setgroups", "deny");
	r = map_ids("/proc/self/uid_map", uid);
	if (r == 0)
		r = map_ids("/proc/self/gid_map", gid);
	return r < 0 ? r : make_room("size=2m", 0);
}

/* Until it has no room for anything, and is asked for more all the same. */
static void fill(struct stress *s)
{
	int64_t until = now_us() + 30000000;
	struct sockaddr_in addr;
	pid_t pid = victim_start(&s->v, &addr);

	connect_all(s, &addr);
	while (s->full_replies < 300 && now_us() < until)
		turn(s, true, until);
	/* Which of several commits have failed is not to be guessed. */
	for (unsigned i = 0; i < NODES; i++)
		while (s->nodes[i].n_sent)
			turn(s, false, until);
	victim_end(pid);
	close_all(s);
}

/* The last test: this process does not come back from there. Where it must
 * not go, no file may get larger than a little.
 */
static void test_full(void **state)
{
	struct stress *s = malloc(sizeof(*s));
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *old = tmp ? strdup(tmp) : NULL;
	bool small = enter_small() == 0;

	(void)state;
	if (small)
		(void)setenv("TMPDIR", "/tmp", 1);
	stress_init(s);
	s->full = true;
	s->v.limit = small ? 0 : 1000000;
	fill(s);
	print_message("full%s: %lu replies, %u of them said so\n",
		      small ? "" : " (limit of a file's size)", s->acks,
		      s->full_replies);
	assert_true(s->full_replies >= 300);
	assert_true(s->acks > s->full_replies);
	/* Somebody makes room. */
	if (small)
		assert_int_equal(make_room("size=64m", MS_REMOUNT), 0);
	s->full = false;
	s->v.limit = 0;
	check_all(s);
	run_round(s);
	fixture_end(&s->v.f);
	free(s);
	if (small && old)
		(void)setenv("TMPDIR", old, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_full),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
