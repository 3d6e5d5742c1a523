/* SPDX-License-Identifier: MIT */

/* test_board.c - What nodes read in the memory about what has changed */

#include "fixture.h"

#include "proto_board.h"
#include "shelf.h"

/* With room behind the books, which a node sees as well. */
struct world {
	struct fixture f;
	struct board *board;
};

static void map_board(struct world *w)
{
	off_t at = (off_t)(w->f.books * BOOK);

	assert_int_equal(ftruncate(w->f.fam_fd, at + (off_t)BOARD_SIZE), 0);
	w->board = mmap(NULL, BOARD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			w->f.fam_fd, at);
	assert_true(w->board != MAP_FAILED);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	fixture_make(&w->f, 2, 4);
	map_board(w);
	fixture_open(&w->f);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	(void)munmap(w->board, BOARD_SIZE);
	fixture_end(&w->f);
	free(w);
	return 0;
}

static uint64_t shelf_gen(const struct world *w, int64_t id)
{
	return board_read(w->board, board_shelf_slot(id));
}

static uint64_t names_gen(const struct world *w, int64_t id)
{
	return board_read(w->board, board_names_slot(id));
}

static void test_hello(void **state)
{
	struct world *w = *state;
	CLEANUP_JSON json_t *v = NULL;
	json_t *board;

	v = reply_value(
		ask(&w->f, 0, "{'command':'hello','node_id':1,'protocol':2}"));
	assert_int_equal(json_integer_value(json_object_get(v, "protocol")), 2);
	board = json_object_get(v, "board");
	assert_int_equal(json_integer_value(json_object_get(board, "offset")),
			 8 * BOOK);
	assert_int_equal(json_integer_value(json_object_get(board, "size")),
			 BOARD_SIZE);
	assert_true(w->board->magic == BOARD_MAGIC);
	assert_int_equal(w->board->version, BOARD_VERSION);
	assert_int_equal(w->board->slot_count, BOARD_SLOTS);
}

/* Versions that we do not have; ours is the answer. */
static void test_hello_versions(void **state)
{
	static const struct {
		const char *said;
		int answer;
		bool board;
	} cases[] = { { "", 1, false },
		      { ",'protocol':1", 1, false },
		      { ",'protocol':2", 2, true },
		      { ",'protocol':99", 2, true } };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *v;

		w->f.session = (struct session){ 0 };
		v = reply_value(ask(&w->f, 0,
				    "{'command':'hello','node_id':1%s}",
				    cases[i].said));
		assert_int_equal(
			json_integer_value(json_object_get(v, "protocol")),
			cases[i].answer);
		assert_int_equal(json_object_get(v, "board") != NULL,
				 cases[i].board);
		json_decref(v);
	}
	w->f.session = (struct session){ 0 };
	assert_fails(EINVAL, &w->f, 0,
		     "{'command':'hello','node_id':1,'protocol':0}");
	assert_fails(EINVAL, &w->f, 0,
		     "{'command':'hello','node_id':1,'protocol':'x'}");
}

/* A FAM without room behind its books, and a size of no whole pages. */
static void test_no_board(void **state)
{
	static const uint64_t more[] = { 0, BOARD_SIZE - 4096,
					 BOARD_SIZE + 100 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		struct fixture f;
		json_t *v;

		fixture_make(&f, 2, 4);
		assert_int_equal(
			ftruncate(f.fam_fd, (off_t)(8 * BOOK + more[i])), 0);
		fixture_open(&f);
		v = reply_value(ask(
			&f, 0, "{'command':'hello','node_id':1,'protocol':2}"));
		assert_true(json_is_null(json_object_get(v, "board")));
		json_decref(v);
		assert_fails(ENODEV, &f, 1,
			     "{'command':'check_memory','nonce':1}");
		assert_works(&f, 1, "{'command':'create_shelf','path':'/a'}");
		fixture_end(&f);
	}
}

static void test_far_end(void **state)
{
	struct fixture f;
	json_t *v;

	(void)state;
	fixture_make(&f, 2, 4);
	assert_int_equal(ftruncate(f.fam_fd, (off_t)(9 * BOOK)), 0);
	fixture_open(&f);
	v = reply_value(
		ask(&f, 0, "{'command':'hello','node_id':1,'protocol':2}"));
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(v, "board"), "offset")),
			 9 * BOOK - BOARD_SIZE);
	json_decref(v);
	fixture_end(&f);
}

/* Whoever remembers something from before asks again. */
static void test_start_counts_all(void **state)
{
	struct world *w = *state;

	fixture_close(&w->f);
	w->board->slots[0] = 41;
	w->board->slots[BOARD_SLOTS - 1] = UINT64_MAX;
	fixture_open(&w->f);
	assert_int_equal(board_read(w->board, 0), 42);
	assert_int_equal(board_read(w->board, BOARD_SLOTS - 1), 0);
}

static int64_t id_of(struct world *w, const char *path)
{
	return reply_int(ask(&w->f, 1, "{'command':'get_shelf','path':'%s'}",
			     path),
			 "id");
}

enum {
	ROOT_NAMES = 1,
	DIR_NAMES = 2,
	FILE_ITSELF = 4,
	DIR_ITSELF = 8
};

struct counted {
	uint64_t root_names, dir_names, file, dir;
};

static struct counted look(const struct world *w, int64_t dir, int64_t file)
{
	return (struct counted){ names_gen(w, 2), names_gen(w, dir),
				 shelf_gen(w, file), shelf_gen(w, dir) };
}

/* Each request, and of what nodes have to hear. */
static void test_changes(void **state)
{
	static const struct {
		const char *request;
		unsigned changes;
	} steps[] = {
		{ "{'command':'get_shelf','path':'/d/f'}", 0 },
		{ "{'command':'list_shelves','path':'/d'}", 0 },
		{ "{'command':'create_shelf','path':'/d/g'}",
		  DIR_NAMES | DIR_ITSELF },
		{ "{'command':'resize_shelf','path':'/d/f','size_bytes':9}",
		  FILE_ITSELF },
		{ "{'command':'resize_shelf','path':'/d/f','size_bytes':9}",
		  0 },
		{ "{'command':'set_am_time','path':'/d/f','mtime':7}",
		  FILE_ITSELF },
		{ "{'command':'set_xattr','path':'/d/f','xattr':'user.a',"
		  "'value':'1'}",
		  FILE_ITSELF },
		{ "{'command':'remove_xattr','path':'/d/f','xattr':'user.a'}",
		  FILE_ITSELF },
		{ "{'command':'rename_shelf','path':'/d/f','newpath':'/f'}",
		  ROOT_NAMES | DIR_NAMES | DIR_ITSELF | FILE_ITSELF },
		{ "{'command':'symlink','path':'/d/l','target':'x'}",
		  DIR_NAMES | DIR_ITSELF },
		{ "{'command':'mkdir','path':'/e'}", ROOT_NAMES },
		{ "{'command':'rmdir','path':'/e'}", ROOT_NAMES },
		{ "{'command':'destroy_shelf','path':'/f'}",
		  ROOT_NAMES | FILE_ITSELF },
	};
	struct world *w = *state;
	int64_t dir, file;

	assert_works(&w->f, 1, "{'command':'mkdir','path':'/d'}");
	reply_int(ask(&w->f, 1, "{'command':'create_shelf','path':'/d/f'}"),
		  "open_handle");
	dir = id_of(w, "/d");
	file = id_of(w, "/d/f");
	assert_int_equal(shelf_node_down(&w->f.lib, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct counted a = look(w, dir, file), b;

		assert_works(&w->f, 1, "%s", steps[i].request);
		b = look(w, dir, file);
		if (((a.root_names != b.root_names) * ROOT_NAMES |
		     (a.dir_names != b.dir_names) * DIR_NAMES |
		     (a.file != b.file) * FILE_ITSELF |
		     (a.dir != b.dir) * DIR_ITSELF) != steps[i].changes)
			fail_msg("%s", steps[i].request);
	}
}

/* It goes with its last handle: nobody may believe in it any more. */
static void test_last_handle(void **state)
{
	struct world *w = *state;
	int64_t handle, id;
	uint64_t before;

	handle = reply_int(ask(&w->f, 1,
			       "{'command':'create_shelf','path':'/a'}"),
			   "open_handle");
	id = id_of(w, "/a");
	assert_works(&w->f, 1,
		     "{'command':'rename_shelf','id':%lld,"
		     "'newpath':'/.lfs_unlinked_%lld'}",
		     (long long)id, (long long)id);
	before = shelf_gen(w, id);
	assert_works(&w->f, 1,
		     "{'command':'close_shelf','id':%lld,'open_handle':%lld}",
		     (long long)id, (long long)handle);
	assert_true(shelf_gen(w, id) != before);
}

static void test_check_memory(void **state)
{
	struct world *w = *state;
	struct board_node *line = &w->board->nodes[1];

	line->nonce = 0x8000000000000007ULL;
	line->word = 5;
	assert_fails(EIO, &w->f, 2, "{'command':'check_memory','nonce':7}");
	assert_true(line->nonce == 0x8000000000000007ULL);
	assert_int_equal(line->word, 5);
	/* another node's line is not ours */
	assert_fails(EIO, &w->f, 1,
		     "{'command':'check_memory','nonce':-9223372036854775801}");
	assert_int_equal(reply_int(ask(&w->f, 2,
				       "{'command':'check_memory',"
				       "'nonce':-9223372036854775801}"),
				   "added"),
			 20000);
	assert_true(line->nonce == ~0x8000000000000007ULL);
	assert_int_equal(line->word, 20005);
	assert_fails(EINVAL, &w->f, 2,
		     "{'command':'check_memory','nonce':'x'}");
}

/* As good as any: of 50,000 shelves in a row few share a slot. */
static void test_spread(void **state)
{
	unsigned char *n = calloc(BOARD_SLOTS, 1);
	unsigned worst = 0;

	(void)state;
	for (int64_t id = 2; id < 50002; id++) {
		unsigned slot = board_shelf_slot(id);

		assert_true(slot < BOARD_SLOTS);
		assert_true(board_names_slot(id) < BOARD_SLOTS);
		n[slot]++;
		if (n[slot] > worst)
			worst = n[slot];
	}
	assert_true(worst <= 2);
	free(n);
}

#define WITH_WORLD(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_hello),
		WITH_WORLD(test_hello_versions),
		cmocka_unit_test(test_no_board),
		cmocka_unit_test(test_far_end),
		WITH_WORLD(test_start_counts_all),
		WITH_WORLD(test_changes),
		WITH_WORLD(test_last_handle),
		WITH_WORLD(test_check_memory),
		cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
