/* SPDX-License-Identifier: MIT */

/* test_names.c - Names of protocol 2 against a model
 *
 * The model is a table of names, and of what they lead to. Whatever is asked,
 * in whichever order, the Librarian answers as POSIX and the table say, and has
 * the same names with the same links then.
 */

#include "fixture.h"

#include <sys/stat.h>

#include "fsck_passes.h"
#include "hard_link.h"
#include "schema.h"
#include "shelf.h"

#define STEPS 3000
#define DIRS 4	 /* the root, and three that may be made */
#define NAMES 5	 /* in each */
#define NODES 40 /* that the model has at once */

/* What a name leads to. */
struct inode {
	int64_t id; /* 0 = free */
	bool is_dir;
	int links; /* names; of directories, those in it that are directories */
	int dir;   /* of a directory: its number in the table of names */
	int parent;
};

struct world {
	struct fixture f;
	uint64_t seed;
	int64_t dir_ids[DIRS]; /* 0 = there is none now */
	struct inode inodes[NODES];
	struct inode *names[DIRS][NAMES]; /* NULL = there is none */
	unsigned done[2];		  /* refused, done */
};

static uint32_t pick(struct world *w, uint32_t n)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (uint32_t)(w->seed >> 11) % n;
}

static struct inode *free_inode(struct world *w)
{
	for (int i = 0; i < NODES; i++)
		if (!w->inodes[i].id)
			return &w->inodes[i];
	fail_msg("more inodes than names");
	return NULL;
}

static bool is_empty(const struct world *w, int dir)
{
	for (int i = 0; i < NAMES; i++)
		if (w->names[dir][i])
			return false;
	return true;
}

/* Whether directory @dir is @of or in it. */
static bool is_below(const struct world *w, int dir, int of)
{
	while (dir != of && dir)
		for (int i = 0; i < NODES; i++)
			if (w->inodes[i].id && w->inodes[i].is_dir &&
			    w->inodes[i].dir == dir) {
				dir = w->inodes[i].parent;
				break;
			}
	return dir == of;
}

/* ---- what POSIX says ------------------------------------------------------ */

struct place {
	int dir, name;
};

static struct inode **at(struct world *w, struct place p)
{
	return &w->names[p.dir][p.name];
}

static void put(struct world *w, struct place p, struct inode *i)
{
	*at(w, p) = i;
	if (i && i->is_dir)
		i->parent = p.dir;
}

static void drop(struct world *w, struct place p)
{
	struct inode *i = *at(w, p);

	put(w, p, NULL);
	if (i->is_dir)
		w->dir_ids[i->dir] = 0;
	if (i->is_dir || !--i->links)
		*i = (struct inode){ 0 };
}

static int model_link(struct world *w, struct place from, struct place to)
{
	struct inode *i = *at(w, from);

	if (i->is_dir)
		return EPERM;
	if (*at(w, to))
		return EEXIST;
	put(w, to, i);
	i->links++;
	return 0;
}

static int model_rename(struct world *w, struct place from, struct place to)
{
	struct inode *a = *at(w, from), *b = *at(w, to);

	if (!a)
		return ENOENT;
	if (a->is_dir && is_below(w, to.dir, a->dir))
		return EINVAL;
	if (a == b)
		return 0;
	if (b && b->is_dir && !a->is_dir)
		return EISDIR;
	if (b && a->is_dir && !b->is_dir)
		return ENOTDIR;
	if (b && b->is_dir && !is_empty(w, b->dir))
		return ENOTEMPTY;
	if (b)
		drop(w, to);
	put(w, from, NULL);
	put(w, to, a);
	return 0;
}

static int model_exchange(struct world *w, struct place from, struct place to)
{
	struct inode *a = *at(w, from), *b = *at(w, to);

	if (!a || !b)
		return ENOENT;
	if (a == b)
		return 0;
	if ((a->is_dir && is_below(w, to.dir, a->dir)) ||
	    (b->is_dir && is_below(w, from.dir, b->dir)))
		return EINVAL;
	put(w, from, b);
	put(w, to, a);
	return 0;
}

/* ---- what is asked -------------------------------------------------------- */

/* One of the directories that there are. */
static struct place pick_place(struct world *w)
{
	struct place p;

	do
		p.dir = (int)pick(w, DIRS);
	while (!w->dir_ids[p.dir]);
	p.name = (int)pick(w, NAMES);
	return p;
}

static json_t *request(const char *command, const struct world *w,
		       struct place p)
{
	return json_pack("{s:s, s:I, s:s, s:{s:i}}", "command", command,
			 "dir_id", (json_int_t)w->dir_ids[p.dir], "name",
			 (char[]){ (char)('a' + p.name), '\0' }, "context",
			 "node_id", 1);
}

/* Takes the request; the whole reply. */
static json_t *run(struct world *w, json_t *body)
{
	struct request rq = request_of(&w->f, body);
	json_t *reply;

	batch_run(&w->f.lib, &rq, 1);
	reply = json_loadb(rq.reply.text, rq.reply.len, 0, NULL);
	request_deinit(&rq);
	return reply;
}

static void expect(struct world *w, json_t *body, int error)
{
	int r = reply_errno(run(w, body));

	w->done[!error]++;
	assert_int_equal(r, error);
}

static void step_create(struct world *w, struct place p)
{
	json_t *rq = request("create_shelf", w, p);
	struct inode *i = *at(w, p);

	(void)json_object_set_new(rq, "excl", json_true());
	(void)json_object_set_new(rq, "open", json_false());
	if (i) {
		expect(w, rq, EEXIST);
		return;
	}
	i = free_inode(w);
	*i = (struct inode){ .id = reply_int(run(w, rq), "id"), .links = 1 };
	put(w, p, i);
}

static void step_mkdir(struct world *w, struct place p)
{
	json_t *rq = request("mkdir", w, p);
	int dir = 1;

	while (dir < DIRS && w->dir_ids[dir])
		dir++;
	if (*at(w, p)) {
		expect(w, rq, EEXIST);
	} else if (dir == DIRS) {
		json_decref(rq);
	} else {
		struct inode *i = free_inode(w);

		w->dir_ids[dir] = reply_int(run(w, rq), "id");
		*i = (struct inode){ .id = w->dir_ids[dir],
				     .is_dir = true,
				     .dir = dir };
		put(w, p, i);
	}
}

static void step_remove(struct world *w, struct place p, bool dir)
{
	const struct inode *i = *at(w, p);
	int error = !i				? ENOENT :
		    dir && !i->is_dir		? ENOTDIR :
		    !dir && i->is_dir		? EISDIR :
		    dir && !is_empty(w, i->dir) ? ENOTEMPTY :
						  0;

	expect(w, request(dir ? "rmdir" : "unlink", w, p), error);
	if (!error)
		drop(w, p);
}

static void step_link(struct world *w, struct place from, struct place to)
{
	json_t *rq;

	if (!*at(w, from))
		return;
	rq = request("link", w, to);
	(void)json_object_set_new(rq, "id", json_integer((*at(w, from))->id));
	expect(w, rq, model_link(w, from, to));
}

static void step_rename(struct world *w, struct place from, struct place to,
			bool exchange)
{
	json_t *rq = request("rename_shelf", w, from);

	(void)json_object_set_new(rq, "newdir_id",
				  json_integer(w->dir_ids[to.dir]));
	(void)json_object_set_new(
		rq, "newname",
		json_string((char[]){ (char)('a' + to.name), '\0' }));
	(void)json_object_set_new(rq, "exchange", json_boolean(exchange));
	expect(w, rq,
	       exchange ? model_exchange(w, from, to) :
			  model_rename(w, from, to));
}

/* ---- what is there then --------------------------------------------------- */

static void check_name(struct world *w, struct place p)
{
	json_t *reply = run(w, request("get_shelf", w, p));
	const struct inode *i = *at(w, p);

	if (!i) {
		assert_int_equal(reply_errno(reply), ENOENT);
		return;
	}
	reply = reply_value(reply);
	assert_int_equal(json_integer_value(json_object_get(reply, "id")),
			 i->id);
	if (!i->is_dir)
		assert_int_equal(json_integer_value(
					 json_object_get(reply, "link_count")),
				 i->links);
	json_decref(reply);
}

static void check(struct world *w)
{
	struct fsck_report report = { 0 };
	struct place p;

	for (p.dir = 0; p.dir < DIRS; p.dir++)
		for (p.name = 0; w->dir_ids[p.dir] && p.name < NAMES; p.name++)
			check_name(w, p);
	/* links of directories, and all that must not be */
	assert_int_equal(fsck_look(w->f.lib.db, &report), 0);
	assert_int_equal(report.wrong, 0);
}

static void step(struct world *w)
{
	struct place from = pick_place(w), to = pick_place(w);

	switch (pick(w, 8)) {
	case 0:
	case 1:
		step_create(w, from);
		break;
	case 2:
		step_mkdir(w, from);
		break;
	case 3:
		step_remove(w, from, pick(w, 2));
		break;
	case 4:
		step_link(w, from, to);
		break;
	case 5:
		step_rename(w, from, to, true);
		break;
	default:
		step_rename(w, from, to, false);
	}
}

static void test_names(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	w->seed = 88172645463325252ULL;
	fixture_make(&w->f, 2, 4);
	fixture_open(&w->f);
	w->f.session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	w->dir_ids[0] = SCHEMA_ROOT;
	for (int i = 0; i < STEPS; i++) {
		step(w);
		if (!(i % 20))
			check(w);
	}
	check(w);
	print_message("%u done, %u refused\n", w->done[1], w->done[0]);
	assert_true(w->done[0] > STEPS / 6 && w->done[1] > STEPS / 6);
	fixture_end(&w->f);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
