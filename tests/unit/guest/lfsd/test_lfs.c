/* SPDX-License-Identifier: MIT */

/* test_lfs.c - The file system between a real Librarian and a model of fam.ko
 *
 * Two nodes, each with a connection and a cache of its own, share a FAM file
 * with its board. The model notes what fam.ko is told, and what the Librarian
 * has at that moment where order matters.
 */

#include "lfs.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "board.h"
#include "cache.h"
#include "dir.h"
#include "events.h"
#include "hold.h"
#include "json.h"
#include "proto_librarian.h"

#include "../../unit.h"

#define BOOK (2ULL << 20)
#define BOOKS 16 /* of each node */
#define NODES 2

/* ---- the Librarian ---------------------------------------------------------- */

struct librarian {
	char dir[64];
	int fam_fd;
	int listen_fd; /* outlives it */
	uint16_t port;
	pid_t pid;
};

static void path_of_program(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);

	assert_true(n > 0);
	buf[n] = '\0';
	*strstr(buf, "/tests/") = '\0';
	assert_true(strlen(buf) + 24 < size);
	strcat(buf, "/bin/fame-librarian");
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void register_books(const struct librarian *lib)
{
	char program[512], cmd[1024], ini[96];

	path_of_program(program, sizeof(program));
	(void)snprintf(ini, sizeof(ini), "%s/ini", lib->dir);
	(void)snprintf(cmd, sizeof(cmd), "'%s' register %s -d %s/db >%s/log",
		       program, ini, lib->dir, lib->dir);
	write_text(ini, "[global]\nnode_count=2\nbook_size_bytes=2M\n"
			"nvm_size_per_node=16B\n");
	assert_int_equal(system(cmd), 0);
}

static void librarian_start(struct librarian *lib)
{
	char program[512], db[96], fam[16], fd[16], ready[16], c;
	int fds[2];

	path_of_program(program, sizeof(program));
	(void)snprintf(db, sizeof(db), "%s/db", lib->dir);
	(void)snprintf(fam, sizeof(fam), "%d", lib->fam_fd);
	(void)snprintf(fd, sizeof(fd), "%d", lib->listen_fd);
	assert_int_equal(pipe2(fds, 0), 0);
	(void)snprintf(ready, sizeof(ready), "%d", fds[1]);
	lib->pid = fork();
	if (lib->pid == 0) {
		(void)execl(program, program, "serve", "-d", db, "--fam-fd",
			    fam, "--listen-fd", fd, "--auth", "none",
			    "--hosted", "--resume", "--ready-fd", ready,
			    "--no-seccomp", NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	(void)close(fds[0]);
}

static void librarian_kill(struct librarian *lib)
{
	assert_int_equal(kill(lib->pid, SIGKILL), 0);
	assert_int_equal(waitpid(lib->pid, NULL, 0), lib->pid);
}

static int listen_anywhere(uint16_t *ret_port);

static void librarian_make(struct librarian *lib)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(lib->dir, sizeof(lib->dir), "%.30s/lfs.XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(lib->dir));
	register_books(lib);
	lib->fam_fd = memfd_create("fam", 0);
	assert_int_equal(
		ftruncate(lib->fam_fd, NODES * BOOKS * BOOK + BOARD_SIZE), 0);
	lib->listen_fd = listen_anywhere(&lib->port);
	librarian_start(lib);
}

static void librarian_end(struct librarian *lib)
{
	char cmd[96];

	librarian_kill(lib);
	(void)close(lib->fam_fd);
	(void)close(lib->listen_fd);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", lib->dir);
	assert_int_equal(system(cmd), 0);
}

/* ---- a connection that loses answers ------------------------------------------
 *
 * A thread between the nodes and the Librarian. When it is told to, it breaks
 * the connection instead of passing on what the Librarian says.
 */

struct proxy {
	int listen_fd;
	uint16_t port;
	pthread_t thread;
	bool lose; /* the next answer; atomic */
	unsigned questions;
};

static struct proxy proxy;

static int listen_anywhere(uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Whether it goes on */
static bool pass_on(int from, int to, bool answers)
{
	static char buf[65536];
	ssize_t n = recv(from, buf, sizeof(buf), 0);

	if (n <= 0)
		return false;
	if (!answers)
		__atomic_add_fetch(&proxy.questions, 1, __ATOMIC_RELEASE);
	if (answers &&
	    __atomic_exchange_n(&proxy.lose, false, __ATOMIC_ACQ_REL))
		return false;
	return send(to, buf, (size_t)n, MSG_NOSIGNAL) == n;
}

static void pass_all(int client, int librarian)
{
	struct pollfd p[] = { { client, POLLIN, 0 }, { librarian, POLLIN, 0 } };

	while (poll(p, 2, -1) >= 0) {
		if (p[0].revents && !pass_on(client, librarian, false))
			return;
		if (p[1].revents && !pass_on(librarian, client, true))
			return;
	}
}

/* One connection at a time; an invalid port ends it. */
static void *proxy_thread(void *arg)
{
	int client;

	(void)arg;
	while ((client = accept(proxy.listen_fd, NULL, NULL)) >= 0) {
		int librarian = connect_to(proxy.port);

		if (librarian >= 0) {
			pass_all(client, librarian);
			(void)close(librarian);
		}
		(void)close(client);
	}
	return NULL;
}

/* ---- fam.ko ------------------------------------------------------------------ */

#define SHELVES 16

/* What the model has of a shelf on one node; the descriptor is a file. */
struct fam_shelf {
	uint64_t id;
	int fd;
	uint64_t size;
	uint32_t n_books;
	uint32_t books[NODES * BOOKS];
	bool mapped;
	int64_t mtime_ns;
	unsigned sets;
};

struct node {
	struct lfs lfs;
	struct board *board;
	struct fam_shelf shelves[SHELVES];
	int backings;
	int watching;
	unsigned unlocked;
	/* Called at each change of the list */
	void (*on_set)(struct node *n, const struct fam_shelf *f,
		       uint64_t size);
};

static struct world {
	struct librarian lib;
	struct node nodes[NODES];
} world;

static struct node *node_of(const struct fam_dev *fam)
{
	for (int i = 0; i < NODES; i++)
		if (&world.nodes[i].lfs.fam == fam)
			return &world.nodes[i];
	fail();
	return NULL;
}

static struct fam_shelf *fam_of(struct node *n, uint64_t id)
{
	for (int i = 0; i < SHELVES; i++)
		if (n->shelves[i].id == id)
			return &n->shelves[i];
	return NULL;
}

/* By the number of the file, which descriptors of it share */
static struct fam_shelf *fam_by_fd(int fd, struct node **ret_node)
{
	struct stat a, b;

	assert_int_equal(fstat(fd, &a), 0);
	for (int i = 0; i < NODES * SHELVES; i++) {
		struct node *n = &world.nodes[i / SHELVES];
		struct fam_shelf *f = &n->shelves[i % SHELVES];

		if (!f->id || fstat(f->fd, &b) < 0 || a.st_ino != b.st_ino)
			continue;
		*ret_node = n;
		return f;
	}
	fail();
	return NULL;
}

int fam_dev_shelf(const struct fam_dev *fam, uint64_t id, bool existing,
		  int *ret_fd)
{
	struct node *n = node_of(fam);
	struct fam_shelf *f = fam_of(n, id);

	if (!f && existing)
		return -ENOENT;
	if (!f) {
		f = fam_of(n, 0);
		assert_non_null(f);
		*f = (struct fam_shelf){ .id = id };
		f->fd = memfd_create("shelf", MFD_CLOEXEC);
	}
	*ret_fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	return *ret_fd < 0 ? -errno : 0;
}

int fam_shelf_set(int fd, uint64_t size, unsigned shift, const uint32_t *books,
		  uint32_t n_books)
{
	struct node *n;
	struct fam_shelf *f = fam_by_fd(fd, &n);

	assert_int_equal(shift, 21);
	assert_true(n_books <= NODES * BOOKS);
	assert_true(n_books == 0 || size <= n_books * BOOK);
	if (n->on_set)
		n->on_set(n, f, size);
	f->size = size;
	f->n_books = n_books;
	f->sets++;
	if (n_books)
		memcpy(f->books, books, n_books * sizeof(*books));
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

int fam_shelf_state(int fd, bool clear, struct fam_state *ret_state)
{
	struct node *n;
	struct fam_shelf *f = fam_by_fd(fd, &n);

	*ret_state = (struct fam_state){ f->size, f->mapped, f->mtime_ns };
	if (clear)
		f->mtime_ns = 0;
	return 0;
}

/* ---- nodes -------------------------------------------------------------------- */

static int backing_open(void *arg, int fd)
{
	struct node *n = arg;

	(void)fd;
	return ++n->backings;
}

static void backing_close(void *arg, int backing)
{
	(void)arg;
	assert_true(backing > 0);
}

static int watch(void *arg, const struct shelf *s)
{
	struct node *n = arg;

	n->watching += !s->watched;
	return 0;
}

static void unwatch(void *arg, const struct shelf *s)
{
	struct node *n = arg;

	(void)s;
	n->watching--;
}

static void unlocked(void *arg, uint64_t shelf_id)
{
	struct node *n = arg;

	(void)shelf_id;
	__atomic_add_fetch(&n->unlocked, 1, __ATOMIC_RELEASE);
}

static void node_start_at(struct node *n, bool with_board, uint16_t port)
{
	const struct events_conf events = { lfs_event, lfs_due, &n->lfs };
	const uint32_t id = (uint32_t)(n - world.nodes) + 1;
	struct client_conf conf = {
		.address = "127.0.0.1",
		.port = port,
		.node_id = id,
		.token = "",
		.stop_fd = -1,
		.protocol = LIBRARIAN_PROTOCOL_POSIX,
		.patience_ms = 10000,
		.restore = lfs_restore,
		.arg = &n->lfs,
		.event = events_push,
	};
	struct client_hello h;
	struct err e = { "" };

	lfs_init(&n->lfs);
	n->lfs.fam =
		(struct fam_dev){ .fd = world.lib.fam_fd,
				  .base = 1ULL << 32,
				  .size = NODES * BOOKS * BOOK + BOARD_SIZE };
	n->lfs.hooks = (struct lfs_hooks){ backing_open, backing_close, watch,
					   unwatch,	 unlocked,	n };
	assert_int_equal(events_new(&events, &n->lfs.events), 0);
	conf.event_arg = n->lfs.events;
	if (client_new(&conf, &n->lfs.client, &e) < 0)
		fail_msg("%s", e.msg);
	h = client_get_hello(n->lfs.client);
	assert_int_equal(h.protocol, 2);
	assert_int_equal(h.board_size, BOARD_SIZE);
	if (with_board &&
	    board_open(n->lfs.fam.fd, h.board_offset, h.board_size,
		       n->lfs.fam.size, &n->board, &e) < 0)
		fail_msg("%s", e.msg);
	n->lfs.board = n->board;
	n->lfs.board_offset = h.board_offset;
	assert_int_equal(cache_new(n->board, &(struct cache_conf){ 0 },
				   &n->lfs.cache),
			 0);
	if (lfs_start(&n->lfs, id, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(events_start(n->lfs.events), 0);
}

static void node_start(struct node *n, bool with_board)
{
	node_start_at(n, with_board, world.lib.port);
}

/* @clean: it gives its handles back; else it is killed. */
static void node_end(struct node *n, bool clean)
{
	events_stop(n->lfs.events);
	if (clean)
		lfs_stop(&n->lfs);
	n->lfs.client = client_free(n->lfs.client);
	n->lfs.events = events_free(n->lfs.events);
	lfs_deinit(&n->lfs);
	n->lfs.cache = cache_free(n->lfs.cache);
	n->board = board_close(n->board);
}

static void node_reset(struct node *n)
{
	for (int i = 0; i < SHELVES; i++)
		if (n->shelves[i].id)
			(void)close(n->shelves[i].fd);
	memset(n, 0, sizeof(*n));
}

static int setup_world(void **state)
{
	memset(&world, 0, sizeof(world));
	librarian_make(&world.lib);
	for (int i = 0; i < NODES; i++)
		node_start(&world.nodes[i], true);
	*state = &world;
	return 0;
}

static int teardown_world(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++) {
		node_end(&world.nodes[i], true);
		node_reset(&world.nodes[i]);
	}
	librarian_end(&world.lib);
	return 0;
}

/* ---- for the tests ------------------------------------------------------------ */

static const struct caller who = { .uid = 1000, .gid = 100, .pid = 4711 };
static const struct new_shelf plain = { S_IFREG | 0644, 1000, 100, 0 };

#define A (&world.nodes[0].lfs)
#define B (&world.nodes[1].lfs)

static struct place in_root(const char *name)
{
	return (struct place){ A->root_id, name };
}

static struct shelf *create(struct lfs *lfs, const char *name, uint64_t size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	const struct place p = in_root(name);
	struct shelf *s;

	assert_int_equal(lfs_create(lfs, &who, &p, &plain, &s, &info), 0);
	if (size)
		assert_int_equal(lfs_allocate(lfs, &who, s, size, false), 0);
	return s;
}

static int look(struct lfs *lfs, const char *name, struct shelf_info *ret_info)
{
	const struct place p = in_root(name);
	int r = lfs_lookup(lfs, &who, &p, ret_info);

	if (r == 0) {
		free(ret_info->name);
		ret_info->name = NULL;
	}
	return r;
}

static int get_attr(struct lfs *lfs, uint64_t id, struct shelf_info *ret_info)
{
	int r = lfs_getattr(lfs, &who, id, ret_info);

	if (r == 0) {
		free(ret_info->name);
		ret_info->name = NULL;
	}
	return r;
}

static struct shelf *open_by_name(struct lfs *lfs, const char *name)
{
	struct shelf_info info;
	struct shelf *s;

	assert_int_equal(look(lfs, name, &info), 0);
	assert_int_equal(lfs_open(lfs, &who, info.id, &s), 0);
	return s;
}

static uint64_t used_books(struct lfs *lfs)
{
	struct fs_stats stats;

	assert_int_equal(lfs_stats(lfs, &who, &stats), 0);
	return stats.books_used;
}

/* Events arrive when they do. */
#define wait_until(condition)                          \
	do {                                           \
		for (int i_ = 0; !(condition); i_++) { \
			assert_true(i_ < 5000);        \
			(void)poll(NULL, 0, 1);        \
		}                                      \
	} while (0)

/* ---- tests: names --------------------------------------------------------------- */

static void names_are_seen_by_the_next_call(void **state)
{
	const struct place p = in_root("a"), q = in_root("b");
	struct shelf_info info;

	(void)state;
	assert_int_equal(look(B, "a", &info), -ENOENT);
	assert_int_equal(look(B, "a", &info), -ENOENT);
	lfs_release(A, create(A, "a", 10));
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.size, 10);
	assert_int_equal(info.mode, S_IFREG | 0644);
	assert_int_equal(info.uid, 1000);
	assert_int_equal(info.gid, 100);
	assert_int_equal(lfs_rename(B, &who, &p, &q, RENAME_MODE_REPLACE), 0);
	assert_int_equal(look(A, "a", &info), -ENOENT);
	assert_int_equal(look(A, "b", &info), 0);
	assert_int_equal(lfs_unlink(A, &who, &q), 0);
	assert_int_equal(look(B, "b", &info), -ENOENT);
	assert_int_equal(look(A, "b", &info), -ENOENT);
}

/* What was known of a directory stays known when we change it ourselves. */
static void answers_are_kept_while_they_hold(void **state)
{
	const struct place p = in_root("a"), q = in_root("b");
	struct shelf_info info;

	(void)state;
	lfs_release(A, create(A, "a", 10));
	assert_int_equal(look(A, "b", &info), -ENOENT);
	assert_int_equal(look(A, "b", &info), -ENOENT);
	assert_int_equal(look(A, "a", &info), 0);
	/* From now on the Librarian is away: nobody is asked. */
	assert_int_equal(kill(world.lib.pid, SIGSTOP), 0);
	client_set_patience(A->client, 100);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(look(A, "a", &info), 0);
		assert_int_equal(info.size, 10);
		assert_int_equal(look(A, "b", &info), -ENOENT);
		lfs_release(A, open_by_name(A, "a"));
		assert_int_equal(get_attr(A, info.id, &info), 0);
	}
	assert_int_equal(lfs_unlink(A, &who, &p), -EIO);
	client_set_patience(A->client, 10000);
	assert_int_equal(kill(world.lib.pid, SIGCONT), 0);
	(void)lfs_unlink(A, &who, &p);
	(void)lfs_unlink(A, &who, &q);
}

static void every_kind_of_file(void **state)
{
	static const mode_t modes[] = { S_IFIFO | 0600, S_IFSOCK | 0600,
					S_IFCHR | 0600, S_IFBLK | 0600,
					S_IFREG | 06711 };
	static const struct new_shelf link = { S_IFLNK | 0777, 1, 2, 0 };
	struct shelf_info info = { 0 };
	char *target = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct new_shelf n = {
			modes[i], 1, 2,
			S_ISCHR(modes[i]) || S_ISBLK(modes[i]) ? 0x103 : 0
		};
		const struct place p = in_root("node");

		assert_int_equal(lfs_mknod(A, &who, &p, &n, &info), 0);
		shelf_info_deinit(&info);
		assert_int_equal(look(B, "node", &info), 0);
		assert_int_equal(info.mode, modes[i]);
		assert_int_equal(info.rdev, n.rdev);
		assert_int_equal(info.uid, 1);
		assert_int_equal(lfs_mknod(B, &who, &p, &n, &info), -EEXIST);
		assert_int_equal(lfs_unlink(B, &who, &p), 0);
	}
	assert_int_equal(lfs_symlink(A, &who,
				     &(struct place){ A->root_id, "l" }, &link,
				     "\xff/..", &info),
			 0);
	assert_int_equal(lfs_readlink(B, &who, info.id, &target), 0);
	assert_string_equal(target, "\xff/..");
	assert_int_equal(info.size, 4);
	free(target);
	shelf_info_deinit(&info);
}

static void links_and_exchange(void **state)
{
	const struct place a = in_root("a"), b = in_root("b"), c = in_root("c");
	struct shelf_info info, other;
	struct shelf *s = create(A, "a", 5);

	(void)state;
	lfs_release(A, create(A, "c", 7));
	assert_int_equal(lfs_link(B, &who, s->id, &b, &info), 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_link(B, &who, s->id, &c, &info), -EEXIST);
	assert_int_equal(look(A, "b", &info), 0);
	assert_int_equal(info.id, s->id);
	assert_int_equal(info.links, 2);
	assert_int_equal(lfs_rename(A, &who, &b, &c, RENAME_MODE_KEEP),
			 -EEXIST);
	assert_int_equal(lfs_rename(A, &who, &b, &c, RENAME_MODE_EXCHANGE), 0);
	assert_int_equal(look(B, "b", &other), 0);
	assert_int_equal(other.size, 7);
	assert_int_equal(look(A, "b", &other), 0);
	assert_int_equal(other.size, 7);
	/* Two names of one file: nothing happens. */
	assert_int_equal(lfs_rename(A, &who, &a, &c, RENAME_MODE_REPLACE), 0);
	assert_int_equal(look(A, "a", &info), 0);
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.links, 2);
	lfs_release(A, s);
}

static void long_names_and_other_bytes(void **state)
{
	char name[300];
	struct shelf_info info;
	struct place p = in_root(name);

	(void)state;
	memset(name, '\xff', sizeof(name));
	name[255] = '\0';
	lfs_release(A, create(A, name, 0));
	assert_int_equal(look(B, name, &info), 0);
	assert_int_equal(lfs_unlink(B, &who, &p), 0);
	assert_int_equal(look(A, name, &info), -ENOENT);
	name[255] = '\xff';
	name[256] = '\0';
	assert_int_equal(look(A, name, &info), -ENAMETOOLONG);
	assert_int_equal(lfs_unlink(A, &who, &p), -ENAMETOOLONG);
	assert_int_equal(lfs_mkdir(A, &who, &p, &plain, &info), -ENAMETOOLONG);
}

/* ---- tests: directories ---------------------------------------------------------- */

static void positions_in_a_directory_stay(void **state)
{
	const struct dir_entry *e;
	struct dir *d;
	char name[16];

	(void)state;
	for (int i = 0; i < 1500; i++) {
		const struct place p = { A->root_id, name };
		struct shelf_info info;

		(void)snprintf(name, sizeof(name), "f%04d", i);
		assert_int_equal(lfs_mknod(A, &who, &p, &plain, &info), 0);
		shelf_info_deinit(&info);
	}
	assert_int_equal(dir_open(B, &who, B->root_id, &d), 0);
	assert_int_equal(dir_get(d, B, &who, 0, &e), 0);
	assert_string_equal(e->name, ".");
	assert_int_equal(dir_get(d, B, &who, 1, &e), 0);
	assert_string_equal(e->name, "..");
	assert_int_equal(dir_get(d, B, &who, 1300, &e), 0);
	assert_string_equal(e->name, "f1298");
	assert_int_equal(
		lfs_unlink(A, &who, &(struct place){ A->root_id, "f0000" }), 0);
	assert_int_equal(dir_get(d, B, &who, 2, &e), 0);
	assert_string_equal(e->name, "f0000");
	assert_int_equal(dir_get(d, B, &who, 1502, &e), 0);
	assert_string_equal(e->name, "lost+found");
	assert_int_equal(dir_get(d, B, &who, 1503, &e), 0);
	assert_null(e);
	dir_rewind(d);
	assert_int_equal(dir_get(d, B, &who, 2, &e), 0);
	assert_string_equal(e->name, "f0001");
	assert_null(dir_close(d));
}

/* ---- tests: holding ---------------------------------------------------------------- */

static void one_handle_for_all_opens(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	uint64_t handle = s->handle;
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);

	(void)state;
	assert_int_equal(f->n_books, 3);
	assert_ptr_equal(open_by_name(A, "a"), s);
	assert_int_equal(s->handle, handle);
	lfs_release(A, s);
	lfs_release(A, s);
	/* It stays held a little longer... */
	assert_int_equal(s->handle, handle);
	assert_ptr_equal(open_by_name(A, "a"), s);
	assert_int_equal(s->handle, handle);
	lfs_release(A, s);
	/* ... unless somebody wants it, and then nothing is reachable. */
	hold_end(A, f->id);
	assert_int_equal(f->n_books, 0);
	assert_null(shelf_get(&A->table, f->id));
}

static void a_mapping_keeps_the_handle(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	struct node *n = &world.nodes[0];
	struct fam_shelf *f = fam_of(n, s->id);
	const struct place p = in_root("a");

	(void)state;
	f->mapped = true;
	lfs_release(A, s);
	assert_int_equal(n->watching, 1);
	assert_int_equal(lfs_unlink(B, &who, &p), 0);
	assert_int_equal(used_books(B), 3);
	lfs_unmapped(A, f->id); /* a false alarm */
	assert_int_equal(n->watching, 1);
	assert_int_equal(f->n_books, 3);
	wait_until(__atomic_load_n(&s->wanted, __ATOMIC_ACQUIRE));
	f->mapped = false;
	lfs_unmapped(A, f->id);
	assert_int_equal(n->watching, 0);
	assert_int_equal(f->n_books, 0);
	wait_until(used_books(B) == 0);
}

static void unlinked_by_another_node(void **state)
{
	const struct place p = in_root("a");
	struct shelf_info info;
	struct shelf *s;

	(void)state;
	lfs_release(A, create(A, "a", BOOK));
	assert_int_equal(used_books(B), 1);
	assert_int_equal(lfs_unlink(B, &who, &p), 0);
	wait_until(used_books(B) == 0); /* given back because it is wanted */
	s = create(A, "a", BOOK);
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(info.links, 0);
	assert_int_equal(used_books(A), 1);
	lfs_release(A, s);
	wait_until(used_books(A) == 0);
}

static void without_a_name(void **state)
{
	const struct place nameless = { A->root_id, NULL };
	const struct place p = in_root("named");
	struct shelf_info info;
	struct shelf *s;

	(void)state;
	assert_int_equal(lfs_create(A, &who, &nameless, &plain, &s, &info), 0);
	assert_int_equal(info.links, 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_allocate(A, &who, s, 1, false), 0);
	lfs_release(A, s);
	wait_until(used_books(A) == 0);
	assert_int_equal(lfs_create(A, &who, &nameless, &plain, &s, &info), 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_link(A, &who, s->id, &p, &info), 0);
	shelf_info_deinit(&info);
	lfs_release(A, s);
	assert_int_equal(look(B, "named", &info), 0);
	assert_int_equal(info.links, 1);
}

/* ---- tests: sizes ----------------------------------------------------------------- */

/* What is cut off must be out of reach before the Librarian hears of it. */
static void still_whole_there(struct node *n, const struct fam_shelf *f,
			      uint64_t size)
{
	struct shelf_info info;

	(void)n;
	assert_true(size < f->size);
	assert_int_equal(
		lfs_ask_shelf(B, &who, request_get(f->id, false), &info), 0);
	assert_int_equal(info.size, f->size);
	shelf_info_deinit(&info);
}

static void cut_here_before_there(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	struct node *n = &world.nodes[0];
	struct fam_shelf *f = fam_of(n, s->id);

	(void)state;
	n->on_set = still_whole_there;
	assert_int_equal(lfs_truncate(A, &who, s->id, BOOK + 1), 0);
	n->on_set = NULL;
	assert_int_equal(f->size, BOOK + 1);
	assert_int_equal(f->n_books, 2);
	wait_until(used_books(B) == 2);
	assert_int_equal(lfs_truncate(A, &who, s->id, INT64_MAX), -EFBIG);
	assert_int_equal(lfs_truncate(A, &who, s->id, 1ULL << 63), -EFBIG);
	assert_int_equal(lfs_truncate(A, &who, s->id, 1ULL << 40), -ENOSPC);
	assert_int_equal(f->size, BOOK + 1);
	lfs_release(A, s);
}

static void cut_by_another_node(void **state)
{
	struct shelf *s = create(A, "a", 3 * BOOK);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);

	(void)state;
	assert_int_equal(lfs_truncate(B, &who, s->id, 1), 0);
	/* Nobody sees anything else from now on. */
	assert_int_equal(f->n_books, 1);
	assert_int_equal(f->size, 1);
	/* Acknowledged: its books are free. */
	wait_until(used_books(B) == 1);
	lfs_release(A, s);
}

static void growth_elsewhere_is_found_at_the_end(void **state)
{
	struct shelf *a = create(A, "a", BOOK), *b = open_by_name(B, "a");
	struct fam_shelf *f = fam_of(&world.nodes[1], a->id);
	unsigned sets;

	(void)state;
	assert_int_equal(lfs_grow(A, a->id, BOOK + 5), 0);
	assert_int_equal(f->size, BOOK);
	assert_int_equal(lfs_extend(B, a->id), 0);
	assert_int_equal(f->size, BOOK + 5);
	assert_int_equal(f->n_books, 2);
	/* Nothing new: fam.ko is not told. */
	sets = f->sets;
	assert_int_equal(lfs_extend(B, a->id), 0);
	assert_int_equal(lfs_grow(B, a->id, BOOK), 0);
	assert_int_equal(f->sets, sets);
	assert_int_equal(lfs_grow(B, a->id, 1ULL << 63), -EFBIG);
	assert_int_equal(lfs_grow(B, a->id, 1ULL << 40), -ENOSPC);
	assert_int_equal(lfs_grow(B, 999, 1), -EIO);
	assert_int_equal(lfs_extend(B, 999), 0);
	lfs_release(A, a);
	lfs_release(B, b);
}

static void appends_do_not_meet(void **state)
{
	struct shelf *a = create(A, "a", 3), *b = open_by_name(B, "a");

	(void)state;
	assert_int_equal(lfs_append(A, a->id, 10), 3);
	assert_int_equal(lfs_append(B, a->id, 5), 13);
	assert_int_equal(lfs_append(A, a->id, 1), 18);
	assert_int_equal(a->size, 19);
	assert_int_equal(lfs_append(A, 999, 1), -EIO);
	lfs_release(A, a);
	lfs_release(B, b);
}

static void room_without_size(void **state)
{
	struct shelf *s = create(A, "a", 1);
	struct shelf_info info;

	(void)state;
	assert_int_equal(lfs_allocate(A, &who, s, 3 * BOOK, true), 0);
	assert_int_equal(s->size, 1);
	assert_int_equal(s->n_books, 3);
	assert_int_equal(get_attr(B, s->id, &info), 0);
	assert_int_equal(info.size, 1);
	assert_int_equal(info.n_books, 3);
	assert_int_equal(lfs_allocate(A, &who, s, 2 * BOOK, false), 0);
	assert_int_equal(s->size, 2 * BOOK);
	assert_int_equal(lfs_truncate(A, &who, s->id, 2 * BOOK - 1), 0);
	assert_int_equal(s->n_books, 2);
	lfs_release(A, s);
}

static void zeros_and_copies(void **state)
{
	struct shelf *a = create(A, "a", 100), *b = create(A, "b", 0);
	char buf[100];
	uint64_t addr;

	(void)state;
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(pwrite(a->fd, buf, 100, 0), 100);
	assert_int_equal(lfs_zero(A, &who, a, 10, 5), 0);
	assert_int_equal(lfs_zero(A, &who, a, 95, INT64_MAX), 0);
	assert_int_equal(pread(a->fd, buf, 100, 0), 100);
	assert_int_equal(buf[9] + buf[15], 2 * 'x');
	assert_int_equal(buf[10] + buf[14] + buf[95] + buf[99], 0);
	assert_int_equal(a->size, 100);
	assert_int_equal(lfs_copy(A, &who, a, 90, b, 3, 50), 10);
	assert_int_equal(b->size, 13);
	assert_int_equal(pread(b->fd, buf, 100, 0), 13);
	assert_memory_equal(buf, "\0\0\0xxxxx\0\0\0\0\0", 13);
	assert_int_equal(lfs_copy(A, &who, a, 100, b, 0, 50), 0);
	assert_int_equal(lfs_phys(A, &who, a, 99, &addr), 0);
	assert_int_equal(addr, (1ULL << 32) + a->books[0] * BOOK + 99);
	assert_int_equal(lfs_phys(A, &who, a, 100, &addr), -ENXIO);
	lfs_release(A, a);
	lfs_release(A, b);
}

/* ---- tests: attributes ---------------------------------------------------------------- */

#define SECOND 1000000000LL

static int64_t seconds_ago(int64_t n)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((int64_t)t.tv_sec - n) * SECOND + t.tv_nsec;
}

static void assert_mtime(struct lfs *lfs, uint64_t id, int64_t ago)
{
	const int64_t want = seconds_ago(ago);
	struct shelf_info info;

	assert_int_equal(get_attr(lfs, id, &info), 0);
	assert_in_range(info.mtime_ns, want - 10 * SECOND, want + SECOND);
}

static void the_time_of_writes_is_told(void **state)
{
	struct shelf *s = create(A, "a", 1);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);
	const struct attr_change c = { .what = ATTR_MTIME, .mtime_ns = 5 };
	struct shelf_info info;

	(void)state;
	f->mtime_ns = seconds_ago(3600);
	assert_mtime(A, s->id, 3600);
	assert_mtime(B, s->id, 3600);
	f->mtime_ns = seconds_ago(1800);
	assert_int_equal(lfs_sync(A, &who, s), 0);
	assert_mtime(B, s->id, 1800);
	/* A clock that was ahead: never later than now. */
	f->mtime_ns = seconds_ago(-3600);
	assert_mtime(B, s->id, 1800);
	assert_mtime(A, s->id, 0);
	/* utimens() wins over a write before it, not over one after it. */
	f->mtime_ns = seconds_ago(0);
	assert_int_equal(lfs_set_attr(A, &who, s->id, &c), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(info.mtime_ns, 5);
	f->mtime_ns = seconds_ago(0);
	assert_mtime(A, s->id, 0);
	lfs_release(A, s);
}

/* What the Librarian stamped for a write is not told again. */
static void growing_tells_the_time(void **state)
{
	struct shelf *s = create(A, "a", 0);
	struct fam_shelf *f = fam_of(&world.nodes[0], s->id);
	struct shelf_info before, after;

	(void)state;
	assert_int_equal(lfs_grow(A, s->id, 10), 0);
	f->mtime_ns = s->told_ns + 1000000;
	assert_int_equal(get_attr(B, s->id, &before), 0);
	assert_int_equal(get_attr(A, s->id, &after), 0);
	assert_int_equal(before.ctime_ns, after.ctime_ns);
	f->mtime_ns = s->told_ns + 20000000;
	assert_int_equal(get_attr(A, s->id, &after), 0);
	assert_true(after.mtime_ns > before.mtime_ns);
	lfs_release(A, s);
}

static void rights_and_owners(void **state)
{
	const struct attr_change c = {
		ATTR_MODE | ATTR_UID | ATTR_GID, 06771, 5, 6, 0, 0
	};
	struct shelf *s = create(A, "a", 1);
	struct shelf_info info;

	(void)state;
	assert_int_equal(lfs_set_attr(A, &who, s->id, &c), 0);
	assert_int_equal(get_attr(B, s->id, &info), 0);
	assert_int_equal(info.mode, S_IFREG | 06771);
	assert_int_equal(info.uid, 5);
	assert_int_equal(info.gid, 6);
	assert_int_equal(lfs_kill_rights(B, &who, s->id), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(info.mode, S_IFREG | 0771);
	assert_int_equal(lfs_set_attr(A, &who, 999, &c), -ESTALE);
	assert_int_equal(get_attr(A, 999, &info), -ESTALE);
	lfs_release(A, s);
}

static void extended_attributes(void **state)
{
	struct shelf *s = create(A, "a", 0);
	char *names = NULL;
	void *value = NULL;
	size_t len;

	(void)state;
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "user.a", "\0\xff", 2,
				       XATTR_MODE_REPLACE),
			 -ENODATA);
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "user.a", "\0\xff", 2,
				       XATTR_MODE_CREATE),
			 0);
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "user.a", "", 0,
				       XATTR_MODE_CREATE),
			 -EEXIST);
	assert_int_equal(lfs_set_xattr(A, &who, s->id, "trusted.b", "", 0,
				       XATTR_MODE_ANY),
			 0);
	assert_int_equal(lfs_get_xattr(B, &who, s->id, "user.a", &value, &len),
			 0);
	assert_int_equal(len, 2);
	assert_memory_equal(value, "\0\xff", 2);
	free(value);
	assert_int_equal(lfs_list_xattrs(B, &who, s->id, &names, &len), 0);
	assert_int_equal(len, 17);
	free(names);
	assert_int_equal(lfs_remove_xattr(B, &who, s->id, "user.a"), 0);
	assert_int_equal(lfs_get_xattr(A, &who, s->id, "user.a", &value, &len),
			 -ENODATA);
	assert_int_equal(lfs_remove_xattr(B, &who, s->id, "user.a"), -ENODATA);
	assert_int_equal(lfs_get_xattr(A, &who, s->id,
				       "system.posix_acl_access", &value, &len),
			 -EOPNOTSUPP);
	lfs_release(A, s);
}

static void locks_between_nodes(void **state)
{
	struct shelf *a = create(A, "a", 0), *b = open_by_name(B, "a");
	struct lock l = {
		a->id, LOCK_KIND_POSIX, LOCK_TYPE_WRITE, 1, 10, 19, 5
	};
	struct lock_info info;

	(void)state;
	assert_int_equal(lfs_lock(A, &who, a, &l, false), 0);
	assert_int_equal(lfs_lock(B, &who, b, &l, true), -EAGAIN);
	assert_int_equal(lfs_test_lock(B, &who, &l, &info), 0);
	assert_true(info.taken && info.write);
	assert_int_equal(info.start, 10);
	assert_int_equal(info.end, 19);
	assert_int_equal(info.node_id, 1);
	assert_int_equal(lfs_unlock_posix(A, &who, a, 1), 0);
	wait_until(__atomic_load_n(&world.nodes[1].unlocked, __ATOMIC_ACQUIRE));
	assert_int_equal(lfs_lock(B, &who, b, &l, false), 0);
	/* A dead daemon has no locks. */
	node_end(&world.nodes[1], false);
	node_start(&world.nodes[1], true);
	assert_int_equal(lfs_lock(A, &who, a, &l, false), 0);
	lfs_release(A, a);
}

/* ---- tests: death ---------------------------------------------------------------------- */

static void a_new_daemon_adopts_what_is_mapped(void **state)
{
	struct shelf *a = create(A, "a", BOOK), *b = create(A, "b", BOOK);
	uint64_t a_id = a->id, b_id = b->id, handle = a->handle;
	struct node *n = &world.nodes[0];

	(void)state;
	fam_of(n, a_id)->mapped = true;
	node_end(n, false);
	node_start(n, true);
	assert_int_equal(fam_of(n, b_id)->n_books, 0);
	assert_null(shelf_get(&A->table, b_id));
	a = shelf_get(&A->table, a_id);
	assert_int_equal(a->handle, handle);
	shelf_put(&A->table, a);
	/* It is cut by another, though nobody here has opened it. */
	assert_int_equal(lfs_truncate(B, &who, a_id, 0), 0);
	wait_until(fam_of(n, a_id)->n_books == 0);
	wait_until(used_books(B) == 1);
	fam_of(n, a_id)->mapped = false;
}

static void the_librarian_dies(void **state)
{
	struct shelf *a = create(A, "a", BOOK);
	struct shelf_info info;
	uint64_t handle = a->handle;

	(void)state;
	librarian_kill(&world.lib);
	librarian_start(&world.lib);
	assert_int_equal(look(A, "b", &info), -ENOENT);
	wait_until(!__atomic_load_n(&A->unsettled, __ATOMIC_ACQUIRE));
	assert_int_equal(lfs_grow(A, a->id, BOOK + 1), 0);
	assert_int_equal(a->handle, handle);
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.size, BOOK + 1);
	lfs_release(A, a);
}

/* ---- tests: answers that get lost ---------------------------------------------- */

/* What this node looks at will not change any more, though its counters are
 * those of a Librarian that has just begun.
 */
static void the_board_moves(void **state)
{
	const struct attr_change c = { .what = ATTR_MODE, .mode = 0701 };
	struct shelf_info info;
	uint64_t id;

	(void)state;
	librarian_kill(&world.lib);
	assert_int_equal(ftruncate(world.lib.fam_fd,
				   NODES * BOOKS * BOOK + 2 * BOARD_SIZE),
			 0);
	librarian_start(&world.lib);
	assert_int_equal(look(A, "lost+found", &info), 0);
	id = info.id;
	assert_int_equal(get_attr(A, id, &info), 0);
	assert_int_equal(lfs_set_attr(B, &who, id, &c), 0);
	assert_int_equal(get_attr(A, id, &info), 0);
	assert_int_equal(info.mode & 07777, 0701);
}

static int setup_lossy(void **state)
{
	uint16_t port;

	memset(&world, 0, sizeof(world));
	librarian_make(&world.lib);
	proxy.port = world.lib.port;
	proxy.listen_fd = listen_anywhere(&port);
	assert_int_equal(
		pthread_create(&proxy.thread, NULL, proxy_thread, NULL), 0);
	node_start_at(&world.nodes[0], true, port);
	node_start(&world.nodes[1], true);
	*state = &world;
	return 0;
}

static int teardown_lossy(void **state)
{
	node_end(&world.nodes[0], true);
	(void)shutdown(proxy.listen_fd, SHUT_RDWR);
	assert_int_equal(pthread_join(proxy.thread, NULL), 0);
	(void)close(proxy.listen_fd);
	node_end(&world.nodes[1], true);
	node_reset(&world.nodes[0]);
	node_reset(&world.nodes[1]);
	librarian_end(&world.lib);
	(void)state;
	return 0;
}

static void lose_next(void)
{
	__atomic_store_n(&proxy.lose, true, __ATOMIC_RELEASE);
}

/* Since the last time, if they were asked one after the other */
static unsigned questions(void)
{
	return __atomic_exchange_n(&proxy.questions, 0, __ATOMIC_ACQ_REL);
}

static size_t handles_of_a(void)
{
	CLEANUP_JSON json_t *value = NULL;
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n = 0;

	assert_int_equal(
		client_call(B->client, NULL, request_list_open(), &value), 0);
	assert_int_equal(open_infos_parse(value, 1, &opens, &n), 0);
	return n;
}

static void how_often_the_librarian_is_asked(void **state)
{
	const struct place p = in_root("new");
	struct shelf_info info;
	struct shelf *s;
	void *value;
	size_t len;

	(void)state;
	lfs_release(A, create(A, "a", 0));
	assert_int_equal(look(A, "b", &info), -ENOENT);
	assert_int_equal(look(A, "c", &info), -ENOENT);
	(void)questions();
	assert_int_equal(look(A, "new", &info), -ENOENT);
	assert_int_equal(questions(), 0);
	s = create(A, "new", 0);
	assert_int_equal(questions(), 1);
	assert_int_equal(look(A, "new", &info), 0);
	assert_int_equal(get_attr(A, A->root_id, &info), 0);
	assert_int_equal(questions(), 0);
	assert_int_equal(get_attr(A, s->id, &info), 0);
	assert_int_equal(questions(), 0);
	assert_int_equal(lfs_get_xattr(A, &who, s->id, "security.capability",
				       &value, &len),
			 -ENODATA);
	assert_int_equal(questions(), 0);
	assert_int_equal(lfs_grow(A, s->id, 10), 0);
	assert_int_equal(questions(), 1);
	assert_int_equal(lfs_sync(A, &who, s), 0);
	assert_int_equal(lfs_unlock_posix(A, &who, s, 1), 0);
	lfs_release(A, s);
	assert_ptr_equal(open_by_name(A, "new"), s);
	assert_int_equal(lfs_extend(A, s->id), 0);
	lfs_release(A, s);
	assert_int_equal(questions(), 0);
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(questions(), 1); /* with the handle */
	assert_int_equal(handles_of_a(), 1);
	(void)questions();
	assert_int_equal(look(A, "new", &info), -ENOENT);
	assert_int_equal(get_attr(A, A->root_id, &info), 0);
	assert_int_equal(questions(), 0);
}

static void lost_answers_of_opens(void **state)
{
	const struct place p = in_root("a");
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s, *same;

	(void)state;
	lose_next();
	s = create(A, "a", 0);
	wait_until(handles_of_a() == 1);
	assert_int_equal(lfs_grow(A, s->id, BOOK), 0);
	lose_next();
	assert_int_equal(lfs_grow(A, s->id, 2 * BOOK), 0);
	assert_int_equal(s->n_books, 2);
	/* A name that others have made is still refused. */
	lfs_release(B, create(B, "b", 0));
	lose_next();
	assert_int_equal(lfs_create(A, &who, &(struct place){ A->root_id, "b" },
				    &plain, &same, &info),
			 -EEXIST);
	lfs_release(A, s);
	hold_end(A, s->id);
	lose_next();
	s = open_by_name(A, "a");
	wait_until(handles_of_a() == 1);
	lfs_release(A, s);
	lose_next();
	assert_int_equal(lfs_unlink(A, &who, &p), 0);
	assert_int_equal(lfs_unlink(A, &who, &p), -ENOENT);
	wait_until(handles_of_a() == 0);
	wait_until(used_books(B) == 0);
}

static void lost_answers_of_names(void **state)
{
	static const struct new_shelf dir = { S_IFDIR | 0755, 1000, 100, 0 };
	const struct place a = in_root("a"), b = in_root("b"), c = in_root("c");
	struct shelf_info info = { 0 };
	uint64_t a_id, b_id;

	(void)state;
	lose_next();
	assert_int_equal(lfs_mkdir(A, &who, &a, &dir, &info), 0);
	a_id = info.id;
	shelf_info_deinit(&info);
	lose_next();
	assert_int_equal(lfs_mknod(A, &who, &b, &plain, &info), 0);
	b_id = info.id;
	shelf_info_deinit(&info);
	lose_next();
	assert_int_equal(lfs_link(A, &who, b_id, &c, &info), 0);
	shelf_info_deinit(&info);
	assert_int_equal(lfs_link(A, &who, b_id, &c, &info), -EEXIST);
	lose_next();
	assert_int_equal(lfs_rename(A, &who, &a, &b, RENAME_MODE_EXCHANGE), 0);
	assert_int_equal(look(B, "a", &info), 0);
	assert_int_equal(info.id, b_id);
	lose_next();
	assert_int_equal(lfs_rename(A, &who, &a, &c, RENAME_MODE_REPLACE), 0);
	lose_next();
	assert_int_equal(lfs_rmdir(A, &who, &b), 0);
	assert_int_equal(lfs_rmdir(A, &who, &b), -ENOENT);
	/* Who is still in it, sees a directory without a name. */
	assert_int_equal(get_attr(A, a_id, &info), 0);
	assert_true(S_ISDIR(info.mode));
	assert_int_equal(info.links, 0);
}

/* The same without a board: everybody is asked each time. */
static int setup_without_board(void **state)
{
	memset(&world, 0, sizeof(world));
	librarian_make(&world.lib);
	for (int i = 0; i < NODES; i++)
		node_start(&world.nodes[i], false);
	*state = &world;
	return 0;
}

#define WITH_BOARD(test) \
	cmocka_unit_test_setup_teardown(test, setup_world, teardown_world)
#define WITHOUT_BOARD(test)                                        \
	{                                                          \
#test "_without_board", test, setup_without_board, \
			teardown_world, NULL                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(names_are_seen_by_the_next_call),
		WITHOUT_BOARD(names_are_seen_by_the_next_call),
		WITH_BOARD(answers_are_kept_while_they_hold),
		WITH_BOARD(every_kind_of_file),
		WITH_BOARD(links_and_exchange),
		WITHOUT_BOARD(links_and_exchange),
		WITH_BOARD(long_names_and_other_bytes),
		WITH_BOARD(positions_in_a_directory_stay),
		WITH_BOARD(one_handle_for_all_opens),
		WITH_BOARD(a_mapping_keeps_the_handle),
		WITH_BOARD(unlinked_by_another_node),
		WITH_BOARD(without_a_name),
		WITH_BOARD(cut_here_before_there),
		WITH_BOARD(cut_by_another_node),
		WITH_BOARD(growth_elsewhere_is_found_at_the_end),
		WITHOUT_BOARD(growth_elsewhere_is_found_at_the_end),
		WITH_BOARD(appends_do_not_meet),
		WITH_BOARD(room_without_size),
		WITH_BOARD(zeros_and_copies),
		WITH_BOARD(the_time_of_writes_is_told),
		WITH_BOARD(growing_tells_the_time),
		WITH_BOARD(rights_and_owners),
		WITH_BOARD(extended_attributes),
		WITH_BOARD(locks_between_nodes),
		WITH_BOARD(a_new_daemon_adopts_what_is_mapped),
		WITH_BOARD(the_librarian_dies),
		WITH_BOARD(the_board_moves),
		cmocka_unit_test_setup_teardown(how_often_the_librarian_is_asked,
						setup_lossy, teardown_lossy),
		cmocka_unit_test_setup_teardown(lost_answers_of_opens,
						setup_lossy, teardown_lossy),
		cmocka_unit_test_setup_teardown(lost_answers_of_names,
						setup_lossy, teardown_lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
