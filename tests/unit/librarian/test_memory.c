/* SPDX-License-Identifier: MIT */

/* test_memory.c - However much it has answered, it holds no more memory
 *
 * FAME_MEMORY_REQUESTS says how many requests are made; a million in a soak.
 */

#include "serving.h"

#include <malloc.h>
#include <signal.h>

#define REQUESTS 5000
#define FEW 4096 /* bytes; less than one a client */

/* ASan has the allocator then, and mallinfo2() knows nothing. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static size_t in_use(void)
{
	struct mallinfo2 m;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

/* Of the shelf that the last reply has opened. */
#define CLOSE "{'command':'close_shelf','id':%lld,'open_handle':%lld}"

/* What one client asks for; nothing of it is left behind. */
static const char *const asks[] = {
	"{'command':'hello','node_id':2,'protocol':1}",
	"{'command':'version'}",
	"{'command':'get_fs_stats'}",
	"{'command':'mkdir','path':'/d','mode':511}",
	"{'command':'create_shelf','path':'/d/a','mode':33279}",
	CLOSE,
	"{'command':'open_shelf','path':'/d/a'}",
	"{'command':'resize_shelf','path':'/d/a','size_bytes':16384}",
	"{'command':'resize_shelf','path':'/d/a','size_bytes':1e99}",
	"{'command':'get_shelf','path':'/d/a'}",
	"{'command':'set_xattr','path':'/d/a','xattr':'user.x','value':'y'}",
	"{'command':'get_xattr','path':'/d/a','xattr':'user.x'}",
	"{'command':'list_xattrs','path':'/d/a'}",
	"{'command':'get_xattr','path':'/d/a',"
	"'xattr':'user.LFS.AllocationPolicy'}",
	"{'command':'list_shelves','path':'/d'}",
	"{'command':'list_open_shelves'}",
	"{'command':'get_shelf_path','path':'/nowhere/\\u00e4'}",
	"{'command':'no such','context':{'seq':[{'deep':[1,2.5,null]}]}}",
	"{'command':5}",
	"{'command':'send_OOB','msg':{'for':'all'}}",
	"{'command':'destroy_shelf','path':'/d/a'}",
	CLOSE,
	"{'command':'destroy_shelf','path':'/d/a'}",
	"{'command':'rmdir','path':'/d'}",
	"{'command':'rmdir','path':'/d'}",
};

struct client {
	int fd;
	char line[4096];
	long long id, handle; /* of the shelf it has open */
};

static void hear_line(struct world *w, struct client *c)
{
	time_t end = time(NULL) + PATIENCE;
	size_t len = 0;

	while (!len || c->line[len - 1] != '\n') {
		ssize_t r = recv(c->fd, c->line + len,
				 sizeof(c->line) - 1 - len, MSG_DONTWAIT);

		assert_true(r > 0 || (r < 0 && errno == EAGAIN));
		assert_true(time(NULL) < end);
		len += r > 0 ? (size_t)r : 0;
		run_loop(w);
	}
	c->line[len] = '\0';
}

static void note_open(struct client *c)
{
	CLEANUP_JSON json_t *reply = json_loads(c->line, 0, NULL);
	json_t *value = json_object_get(reply, "value");
	json_t *handle = json_object_get(value, "open_handle");

	assert_non_null(reply);
	if (!json_is_integer(handle))
		return;
	c->handle = json_integer_value(handle);
	c->id = json_integer_value(json_object_get(value, "id"));
}

/* Some leave in the middle of a request, some without waiting for the reply. */
static void one_client(struct world *w, unsigned i)
{
	struct client c = { .fd = connect_tcp(w) };

	for (unsigned k = 0; k < ARRAY_SIZE(asks); k++) {
		char text[256];

		if (strcmp(asks[k], CLOSE) == 0)
			(void)snprintf(text, sizeof(text), CLOSE, c.id,
				       c.handle);
		say(w, c.fd, strcmp(asks[k], CLOSE) ? asks[k] : text);
		hear_line(w, &c);
		note_open(&c);
	}
	if (i % 3 == 1)
		put(c.fd, "{'command':'create_shelf','path");
	if (i % 3 == 2)
		put(c.fd, "{'command':'list_shelves','path':'/'}{'wrong':[}");
	(void)close(c.fd);
	for (int k = 0; k < 10; k++)
		run_loop(w);
}

static void test_memory(void **state)
{
	const char *text = getenv("FAME_MEMORY_REQUESTS");
	struct world *w = *state;
	uint32_t requests = REQUESTS, clients;
	size_t before = 0, after;

	if (text)
		assert_int_equal(parse_u32(text, 1, UINT32_MAX, &requests), 0);
	clients = requests / (uint32_t)ARRAY_SIZE(asks) + 1;
	/* By then SQLite's caches and everybody's buffers have their size. */
	for (uint32_t i = 0; i < 2 * clients; i++) {
		if (i == clients)
			before = in_use();
		one_client(w, i);
	}
	after = in_use();
	print_message("%u requests, twice: %zu bytes in use, then %zu\n",
		      requests, before, after);
	assert_true(after < before + FEW);
	assert_int_equal(w->f.lib.pool.counts.n[BOOK_INUSE], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_memory) };

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
