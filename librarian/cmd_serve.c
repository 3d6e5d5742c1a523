/* SPDX-License-Identifier: MIT */

/* cmd_serve.c - fame-librarian serve: answer clients until told to end */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "activation.h"
#include "cleanup.h"
#include "cmd.h"
#include "listen.h"
#include "lmp.h"
#include "log.h"
#include "loop.h"
#include "optable.h"
#include "sandbox.h"
#include "serve.h"
#include "spin.h"

struct serving {
	struct server *server;
	struct lmp *lmp; /* NULL: no monitoring */
};

/* A descriptor for each client, and for the rest. */
static void raise_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
}

static int open_fam(struct serve_conf *conf, struct err *e)
{
	if (!conf->fam)
		return 0;
	conf->librarian.fam_fd = open(conf->fam, O_RDWR | O_CLOEXEC);
	if (conf->librarian.fam_fd < 0)
		return err_set(e, -errno, "cannot open the FAM '%s': %s",
			       conf->fam, strerror(errno));
	return 0;
}

/* Whoever has started us learns that we work when nothing can fail any more. */
static int tell_ready(const struct serve_conf *conf, int notify_fd)
{
	int r;

	r = loop_ready(conf->ready_fd);
	return r < 0 ? r : activation_notify_ready(notify_fd);
}

static int run_loop(struct librarian *lib, struct event_base *base,
		    struct server *server, const struct serve_conf *conf,
		    struct err *e)
{
	int notify_fd = -1, r;

	r = loop_stop_on_signals(base);
	if (r == 0)
		r = activation_notify_open(&notify_fd);
	if (r < 0)
		return err_set(e, r, "cannot serve: %s", strerror(-r));
	log_info("serves %u nodes with %llu books on %s", lib->pool.nodes,
		 (unsigned long long)lib->pool.books, server_address(server));
	if (!conf->no_seccomp) {
		r = db_settle(lib->db);
		if (r < 0)
			return err_set(e, r, "cannot write the database: %s",
				       db_message(lib->db));
		r = sandbox_enter(e);
		if (r < 0)
			return r;
	}
	r = tell_ready(conf, notify_fd);
	if (r == 0)
		r = spin_dispatch(base, &(struct spin){ &lib->metrics.batches,
							server_poke, server });
	if (r < 0)
		return err_set(e, r, "cannot serve: %s", strerror(-r));
	log_info("stopped");
	return 0;
}

/* Monitoring that nobody has asked for must not keep clients from being
 * served: another Librarian may have its port.
 */
static int start_lmp(const struct librarian *lib, struct event_base *base,
		     struct serve_conf *conf, struct lmp **ret_lmp,
		     struct err *e)
{
	char address[LISTEN_ADDRESS_MAX];
	int fd = conf->lmp_fd, r;

	conf->lmp_fd = -1;
	if (fd < 0 && !conf->lmp_address[0])
		return 0;
	if (fd < 0) {
		r = listen_open(conf->lmp_address, conf->lmp_port, &fd, e);
		if (r < 0 && !conf->lmp_given) {
			log_warn("no monitoring: %s", e->msg);
			return 0;
		}
		if (r < 0)
			return r;
	}
	(void)listen_describe(fd, address, sizeof(address));
	r = lmp_new(base, lib, conf->librarian.db_path, fd, ret_lmp, e);
	if (r == 0)
		log_info("monitoring on http://%s/lmp/", address);
	return r;
}

static int start(struct librarian *lib, struct event_base *base,
		 struct serve_conf *conf, struct serving *s, struct err *e)
{
	int r;

	if (conf->server.listen_fd < 0) {
		r = listen_open(conf->listen, conf->port,
				&conf->server.listen_fd, e);
		if (r < 0)
			return r;
	}
	r = server_new(base, lib, &conf->server, &s->server);
	if (r < 0)
		return err_set(e, r, "cannot serve: %s", strerror(-r));
	return start_lmp(lib, base, conf, &s->lmp, e);
}

static int serve(struct librarian *lib, struct event_base *base,
		 struct serve_conf *conf, struct err *e)
{
	struct serving s = { NULL, NULL };
	int r;

	r = start(lib, base, conf, &s, e);
	if (r == 0)
		r = run_loop(lib, base, s.server, conf, e);
	(void)lmp_free(s.lmp);
	(void)server_free(s.server);
	return r;
}

static int run(struct serve_conf *conf, struct err *e)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	struct librarian lib;
	int r;

	if (!base)
		return err_set(e, -ENOMEM, "no event loop");
	raise_limit();
	r = open_fam(conf, e);
	if (r == 0)
		r = librarian_init(&lib, &conf->librarian, e);
	if (r < 0)
		return r;
	r = serve(&lib, base, conf, e);
	librarian_deinit(&lib);
	close_fd(&conf->librarian.fam_fd);
	return r;
}

int cmd_serve(int argc, char **argv)
{
	struct serve_conf conf;
	struct err e = { 0 };
	int r;

	r = serve_parse(argc, argv, &conf, &e);
	if (r == OPTABLE_HELP)
		return CMD_OK;
	if (r < 0) {
		log_err("%s", e.msg);
		return CMD_USAGE;
	}
	log_open("fame-librarian",
		 conf.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, true);
	if (run(&conf, &e) == 0)
		return CMD_OK;
	log_err("%s", e.msg);
	return CMD_FAILED;
}
