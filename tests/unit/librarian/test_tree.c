/* SPDX-License-Identifier: MIT */

/* test_tree.c - Random requests about names, sizes and handles, against a model
 *
 * Each node has a tree of directories and files (tree.h). After each batch the
 * errno of every reply is the model's, after some of them every tree is, and
 * the database never contradicts itself.
 */

#include "tree.h"

#include "fsck_passes.h"

#define NODES 3U
#define BOOKS 60U
#define BATCHES 400U
#define BATCH 12U
#define FILE_BOOKS 4U

struct model {
	struct fixture f;
	struct tree trees[NODES];
	uint64_t seed;
	unsigned done[TREE_KINDS]; /* with success */
};

static void print_finding(const char *pass, const char *text, bool done,
			  void *arg)
{
	(void)done;
	(void)arg;
	print_error("%s: %s\n", pass, text);
}

static void check_rules(struct model *m)
{
	struct fsck_report report = { .found = print_finding };

	assert_int_equal(fsck_look(m->f.lib.db, &report), 0);
	assert_int_equal(report.wrong, 0);
}

static void check_trees(struct model *m)
{
	for (uint32_t n = 0; n < NODES; n++) {
		struct tree is;

		tree_load(&m->f, n + 1, &is);
		assert_true(tree_equal(&m->trees[n], &is));
	}
}

static void check_reply(struct model *m, uint32_t n, const struct tree_op *op,
			json_t *reply)
{
	struct tree *t = &m->trees[n];
	int e = (int)json_integer_value(json_object_get(reply, "errno"));
	int want = tree_apply(t, op);

	if (e != want) {
		CLEANUP_FREE char *text = json_line(reply);

		fail_msg("node %u, kind %d, slot %u to %u: %s, expected %d",
			 n + 1, op->kind, op->slot, op->to, text, want);
	}
	if (!e) {
		tree_learn(t, op, reply);
		m->done[op->kind]++;
	}
}

static void run_batch(struct model *m)
{
	unsigned n = 1 + tree_pick(&m->seed, BATCH);
	struct request rqs[BATCH];
	struct tree_op ops[BATCH];
	uint32_t nodes[BATCH];

	for (unsigned i = 0; i < n; i++) {
		char text[512];

		nodes[i] = tree_pick(&m->seed, NODES);
		tree_choose(&m->trees[nodes[i]], &m->seed, FILE_BOOKS, &ops[i]);
		tree_request(nodes[i] + 1, &ops[i], text, sizeof(text));
		rqs[i] = request_of(&m->f, quoted(text));
	}
	batch_run(&m->f.lib, rqs, n);
	for (unsigned i = 0; i < n; i++) {
		json_t *reply = reply_of(&rqs[i]);

		check_reply(m, nodes[i], &ops[i], reply);
		json_decref(reply);
		request_deinit(&rqs[i]);
	}
}

static void end_node(struct model *m, uint32_t n)
{
	m->f.session.admin = true;
	assert_works(&m->f, 0, "{'command':'node_down','node_id':%u}", n + 1);
	m->f.session.admin = false;
	tree_load(&m->f, n + 1, &m->trees[n]);
}

static void test_trees(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	assert_non_null(m);
	m->seed = 88172645463325252ULL;
	fixture_make(&m->f, NODES, BOOKS);
	fixture_open(&m->f);
	for (uint32_t n = 0; n < NODES; n++) {
		assert_works(&m->f, n + 1,
			     "{'command':'mkdir','path':'/n%u','mode':511}",
			     n + 1);
		m->trees[n].slots[0].exists = true;
	}
	for (unsigned i = 0; i < BATCHES; i++) {
		run_batch(m);
		check_rules(m);
		if (!tree_pick(&m->seed, 4))
			check_trees(m);
		if (!tree_pick(&m->seed, 10))
			end_node(m, tree_pick(&m->seed, NODES));
		if (!tree_pick(&m->seed, 50)) {
			fixture_close(&m->f);
			fixture_open(&m->f);
			check_trees(m);
		}
	}
	for (unsigned k = 0; k < TREE_KINDS; k++)
		assert_true(m->done[k] > 3); /* not of errors alone */
	fixture_end(&m->f);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
