/* SPDX-License-Identifier: MIT */

/* librarian.c - Starting fame-librarian for a cluster */

#include "librarian.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"
#include "selfdir.h"

#define PROGRAM "fame-librarian"
#define BACKLOG 128
#define INI_MAX 65536

/* ---- registering ---------------------------------------------------------- */

/* What an earlier "up" has registered. */
struct registered {
	uint32_t nodes;
	uint64_t book_size;
	uint64_t books; /* per node */
};

static int on_key(void *arg, const char *section, const char *key,
		  const char *value)
{
	struct registered *g = arg;
	char number[32];
	size_t n = strlen(value);

	if (strcmp(section, "global") != 0)
		return 1;
	if (!strcmp(key, "node_count"))
		(void)parse_u32(value, 1, TOPOLOGY_NODES_MAX, &g->nodes);
	if (!strcmp(key, "book_size_bytes"))
		(void)parse_size(value, &g->book_size);
	if (!strcmp(key, "nvm_size_per_node") && n && n < sizeof(number)) {
		memcpy(number, value, n);
		number[n - 1] = '\0'; /* its unit, books */
		(void)parse_u64(number, 1, UINT32_MAX, &g->books);
	}
	return 1;
}

/* The same memory, for at least as many nodes: what is stored stays valid. */
static bool is_registered(const struct cluster *c, const struct topology *t)
{
	struct registered g = { 0, 0, 0 };
	CLEANUP_FREE char *text = NULL;

	if (faccessat(c->dirfd, CLUSTER_DB, F_OK, 0) < 0 ||
	    file_read(c->dirfd, CLUSTER_INI, INI_MAX, &text, NULL) < 0 ||
	    ini_parse_string(text, on_key, &g) != 0)
		return false;
	return g.nodes >= t->n_nodes && g.book_size == t->book_size &&
	       g.books == t->fam_size / t->book_size / g.nodes;
}

static int run_register(const struct cluster *c)
{
	CLEANUP_STRV struct strv args = { 0 };
	char program[PATH_MAX];
	pid_t pid;
	int r;

	r = selfdir_program(PROGRAM, program, sizeof(program));
	if (r < 0)
		return r;
	strv_push(&args, PROGRAM);
	strv_push(&args, "register");
	strv_pushf(&args, "%s/" CLUSTER_INI ".new", c->dir);
	strv_push(&args, "-d");
	strv_pushf(&args, "%s/" CLUSTER_DB, c->dir);
	if (!strv_ok(&args))
		return -ENOMEM;
	r = spawn(&(struct spawn){ .file = program,
				   .argv = args.v,
				   .fds = &(struct spawn_fd){ 2, 2 },
				   .n_fds = 1,
				   .death_signal = SIGTERM },
		  &pid, NULL);
	if (r == 0)
		r = spawn_wait(pid);
	return r > 0 ? -EIO : r;
}

int librarian_register(const struct cluster *c, const struct topology *t,
		       struct err *e)
{
	CLEANUP_FREE char *ini = NULL;
	int r;

	if (is_registered(c, t))
		return 0;
	ini = topology_ini(t);
	r = !ini ? -ENOMEM :
		   file_write(c->dirfd, CLUSTER_INI ".new", ini, strlen(ini),
			      0600);
	if (r < 0)
		return err_set(e, r, "cannot write '%s/" CLUSTER_INI "': %s",
			       c->dir, strerror(-r));
	r = run_register(c);
	/* Only what the database has agreed to is the topology. */
	if (r == 0 &&
	    renameat(c->dirfd, CLUSTER_INI ".new", c->dirfd, CLUSTER_INI) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(c->dirfd, CLUSTER_INI ".new", 0);
	if (r < 0 && r != -EIO)
		return err_set(e, r, "cannot run '" PROGRAM " register': %s",
			       strerror(-r));
	return r;
}

/* ---- serving -------------------------------------------------------------- */

static int listen_loopback(int *ret_fd, uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	CLEANUP_FD int fd = -1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -errno;
	*ret_port = ntohs(a.sin_port);
	*ret_fd = take_fd(&fd);
	return 0;
}

enum {
	FD_LISTEN = SERVICE_FD_FIRST,
	FD_ADMIN,
	FD_FAM,
};

static void build_args(const struct cluster *c, struct strv *args)
{
	strv_push(args, PROGRAM);
	strv_push(args, "serve");
	strv_push(args, "--hosted");
	strv_push(args, "-d");
	strv_pushf(args, "%s/" CLUSTER_DB, c->dir);
	strv_pushf(args, "--listen-fd=%d", FD_LISTEN);
	strv_pushf(args, "--admin-fd=%d", FD_ADMIN);
	strv_pushf(args, "--fam-fd=%d", FD_FAM);
	strv_pushf(args, "--ready-fd=%d", SERVICE_FD_READY);
}

int librarian_start(struct service *s, struct event_base *base,
		    const struct cluster *cluster, int fam_fd,
		    const struct service_ops *ops, void *arg,
		    struct librarian_admin **ret_admin, uint16_t *ret_port,
		    struct err *e)
{
	CLEANUP_FD int listener = -1, theirs = -1, ours = -1;
	CLEANUP_STRV struct strv args = { 0 };
	int sv[2], r;

	build_args(cluster, &args);
	r = listen_loopback(&listener, ret_port);
	if (r < 0)
		return err_set(e, r,
			       "the Librarian gets no port on 127.0.0.1: %s",
			       strerror(-r));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return err_set(e, -errno, "no socket for the Librarian: %s",
			       strerror(errno));
	ours = sv[0];
	theirs = sv[1];
	const struct spawn_fd fds[] = {
		{ listener, FD_LISTEN },
		{ theirs, FD_ADMIN },
		{ fam_fd, FD_FAM },
	};

	r = service_start(s, base, cluster, "librarian", &args, fds,
			  ARRAY_SIZE(fds), ops, arg, e);
	if (r < 0)
		return r;
	return librarian_admin_new(base, take_fd(&ours), ret_admin);
}
