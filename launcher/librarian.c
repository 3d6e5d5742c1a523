/* SPDX-License-Identifier: MIT */

/* librarian.c - Starting fame-librarian for a cluster */

#include "librarian.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "selfdir.h"

#define PROGRAM "fame-librarian"
#define BACKLOG 128

/* ---- registering ---------------------------------------------------------- */

/* Without its name in front and the newline. */
static void strip(char *words)
{
	static const char name[] = PROGRAM ": ";

	words[strcspn(words, "\n")] = '\0';
	if (!strncmp(words, name, sizeof(name) - 1))
		memmove(words, words + sizeof(name) - 1,
			strlen(words) + 1 - (sizeof(name) - 1));
}

/* 0, or a negative errno; -EIO = it has said why, in @words. */
static int run_register(const struct cluster *c, char *words, size_t size)
{
	CLEANUP_STRV struct strv args = { 0 };
	char program[PATH_MAX];
	int r;

	r = selfdir_program(PROGRAM, program, sizeof(program));
	if (r < 0)
		return r;
	strv_push(&args, PROGRAM);
	strv_push(&args, "register");
	strv_pushf(&args, "%s/" CLUSTER_INI, c->dir);
	strv_push(&args, "-d");
	strv_pushf(&args, "%s/" CLUSTER_DB, c->dir);
	if (!strv_ok(&args))
		return -ENOMEM;
	r = spawn_output(&(struct spawn){ .file = program,
					  .argv = args.v,
					  .death_signal = SIGTERM },
			 STDERR_FILENO, words, size);
	strip(words);
	if (r > 128)
		(void)snprintf(words, size, "it was ended by signal %d",
			       r - 128);
	return r > 0 ? -EIO : r;
}

int librarian_register(const struct cluster *c, const struct topology *t,
		       struct err *e)
{
	CLEANUP_FREE char *ini = topology_ini(t);
	char words[512] = "";
	int r;

	r = !ini ? -ENOMEM :
		   file_write(c->dirfd, CLUSTER_INI, ini, strlen(ini), 0600);
	if (r < 0)
		return err_set(e, r, "cannot write '%s/" CLUSTER_INI "': %s",
			       c->dir, strerror(-r));
	r = run_register(c, words, sizeof(words));
	if (r == -EIO)
		return err_set(e, r,
			       "the metadata in '%s' does not go with this "
			       "memory: %s; 'fame-run down%s --purge' removes "
			       "both",
			       c->dir, words, c->which);
	if (r < 0)
		return err_set(e, r, "cannot run '" PROGRAM " register': %s",
			       strerror(-r));
	return 0;
}

/* ---- serving -------------------------------------------------------------- */

int librarian_listen(int *ret_fd, uint16_t *ret_port, struct err *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	CLEANUP_FD int fd = -1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return err_set(e, -errno,
			       "the Librarian gets no port on 127.0.0.1: %s",
			       strerror(errno));
	*ret_port = ntohs(a.sin_port);
	*ret_fd = take_fd(&fd);
	return 0;
}

enum {
	FD_LISTEN = SERVICE_FD_FIRST,
	FD_ADMIN,
	FD_FAM,
};

static void build_args(const struct cluster *c,
		       const struct librarian_conf *conf, struct strv *args)
{
	strv_push(args, PROGRAM);
	strv_push(args, "serve");
	strv_push(args, "--hosted");
	if (conf->again)
		strv_push(args, "--resume");
	strv_push(args, "-d");
	strv_pushf(args, "%s/" CLUSTER_DB, c->dir);
	strv_pushf(args, "--listen-fd=%d", FD_LISTEN);
	strv_pushf(args, "--admin-fd=%d", FD_ADMIN);
	strv_pushf(args, "--fam-fd=%d", FD_FAM);
	strv_pushf(args, "--ready-fd=%d", SERVICE_FD_READY);
	if (*conf->lmp)
		strv_pushf(args, "--lmp=%s", conf->lmp);
}

int librarian_start(struct service *s, struct event_base *base,
		    const struct cluster *cluster,
		    const struct librarian_conf *conf,
		    const struct service_ops *ops, void *arg, struct err *e)
{
	const struct spawn_fd fds[] = {
		{ conf->listener, FD_LISTEN },
		{ conf->admin, FD_ADMIN },
		{ conf->fam, FD_FAM },
	};
	CLEANUP_STRV struct strv args = { 0 };

	build_args(cluster, conf, &args);
	return service_start(s, base, cluster, "librarian", &args, fds,
			     ARRAY_SIZE(fds), ops, arg, e);
}
