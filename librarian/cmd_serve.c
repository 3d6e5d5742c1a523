/* SPDX-License-Identifier: MIT */

/* cmd_serve.c - fame-librarian serve: answer clients until told to end */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "cleanup.h"
#include "cmd.h"
#include "librarian.h"
#include "listen.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "parse.h"
#include "server.h"
#include "spin.h"

#define FD_NUMBER_MAX 65535
#define LEASE_MAX 86400

struct conf {
	struct librarian_conf librarian;
	struct server_conf server;
	const char *listen;
	uint16_t port;
	const char *fam;
	int ready_fd;
	bool auth_given;
	bool resume;
	bool verbose;
};

/* ---- options -------------------------------------------------------------- */

static int set_db(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	conf->librarian.db_path = value;
	return 0;
}

static int set_port(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;
	uint32_t port;

	if (parse_u32(value, 0, UINT16_MAX, &port) < 0)
		return err_set(e, -EINVAL,
			       "--port '%s' is not a number from 0 to 65535",
			       value);
	conf->port = (uint16_t)port;
	return 0;
}

static int set_listen(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	conf->listen = value;
	return 0;
}

/* An open descriptor that was inherited; no child of ours inherits it. */
static int inherit_fd(const char *option, const char *value, int *ret_fd,
		      struct err *e)
{
	uint32_t fd;

	if (parse_u32(value, 0, FD_NUMBER_MAX, &fd) < 0 ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, -EINVAL,
			       "--%s '%s' is not an open descriptor", option,
			       value);
	*ret_fd = (int)fd;
	return 0;
}

static int set_listen_fd(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	return inherit_fd("listen-fd", value, &conf->server.listen_fd, e);
}

static int set_admin_fd(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	return inherit_fd("admin-fd", value, &conf->server.admin_fd, e);
}

static int set_ready_fd(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	return inherit_fd("ready-fd", value, &conf->ready_fd, e);
}

static int set_fam(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	conf->fam = value;
	return 0;
}

static int set_fam_fd(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	return inherit_fd("fam-fd", value, &conf->librarian.fam_fd, e);
}

static int set_auth(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	if (auth_mode_parse(value, &conf->librarian.auth) < 0)
		return err_set(e, -EINVAL,
			       "--auth '%s' is not token, address or none",
			       value);
	conf->auth_given = true;
	return 0;
}

static int set_hosted(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	(void)value;
	conf->librarian.hosted = true;
	return 0;
}

static int set_resume(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	(void)value;
	conf->resume = true;
	return 0;
}

static int set_lease(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;
	uint32_t seconds;

	if (parse_u32(value, 0, LEASE_MAX, &seconds) < 0)
		return err_set(e, -EINVAL,
			       "--lease '%s' is not a number of seconds up to "
			       "a day",
			       value);
	conf->librarian.lease = seconds;
	return 0;
}

static int set_verbose(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	(void)value;
	conf->verbose = true;
	return 0;
}

static const struct option_def defs[] = {
	{ "db", 'd', "DB", "database made by 'register'", set_db },
	{ "port", 'p', "PORT", "TCP port (default 9093; 0 = any free one)",
	  set_port },
	{ "listen", 'l', "ADDRESS", "address (default 127.0.0.1)", set_listen },
	{ "listen-fd", 0, "FD", "inherited socket that listens already",
	  set_listen_fd },
	{ "admin-fd", 0, "FD", "inherited connection of the administrator",
	  set_admin_fd },
	{ "ready-fd", 0, "FD", "gets a newline when clients are served",
	  set_ready_fd },
	{ "fam", 0, "FILE", "the memory, for zeroing books that are given back",
	  set_fam },
	{ "fam-fd", 0, "FD", "the same as an inherited descriptor",
	  set_fam_fd },
	{ "auth", 0, "HOW", "who a client is: token, address or none",
	  set_auth },
	{ "hosted", 0, NULL, "no node runs yet; --auth token is the default",
	  set_hosted },
	{ "resume", 0, NULL,
	  "with --hosted: nodes run, and keep what they hold", set_resume },
	{ "lease", 0, "SECONDS",
	  "silence that ends a node (default 0: none does)", set_lease },
	{ "verbose", 'v', NULL, "a line for each request", set_verbose },
};

static const struct option_table table = {
	"serve -d DB [OPTION...]",
	defs,
	ARRAY_SIZE(defs),
};

static int parse(int argc, char **argv, struct conf *conf, struct err *e)
{
	int first, r;

	r = options_parse(&table, argc, argv, conf, &first, e);
	if (r != 0)
		return r;
	if (first < argc)
		return err_set(e, -EINVAL, "'%s' is too much; see --help",
			       argv[first]);
	if (!conf->librarian.db_path)
		return err_set(e, -EINVAL, "which database? say -d DB");
	if (conf->fam && conf->librarian.fam_fd >= 0)
		return err_set(e, -EINVAL,
			       "--fam and --fam-fd are one too "
			       "many");
	if (!conf->auth_given)
		conf->librarian.auth = conf->librarian.hosted ? AUTH_TOKEN :
								AUTH_NONE;
	if (conf->resume)
		conf->librarian.hosted = false;
	return 0;
}

/* ---- running -------------------------------------------------------------- */

/* A descriptor for each client, and for the rest. */
static void raise_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
}

static int open_fam(struct conf *conf, struct err *e)
{
	if (!conf->fam)
		return 0;
	conf->librarian.fam_fd = open(conf->fam, O_RDWR | O_CLOEXEC);
	if (conf->librarian.fam_fd < 0)
		return err_set(e, -errno, "cannot open the FAM '%s': %s",
			       conf->fam, strerror(errno));
	return 0;
}

static int run_loop(struct librarian *lib, struct event_base *base,
		    const struct server *server, int ready_fd)
{
	int r;

	r = loop_stop_on_signals(base);
	if (r < 0)
		return r;
	log_info("serves %u nodes with %llu books on %s", lib->pool.nodes,
		 (unsigned long long)lib->pool.books, server_address(server));
	r = loop_ready(ready_fd);
	if (r < 0)
		return r;
	r = spin_dispatch(base, &lib->metrics.batches);
	if (r < 0)
		return r;
	log_info("stopped");
	return 0;
}

static int serve(struct librarian *lib, struct event_base *base,
		 struct conf *conf, struct err *e)
{
	struct server *server = NULL;
	int r;

	if (conf->server.listen_fd < 0) {
		r = listen_open(conf->listen, conf->port,
				&conf->server.listen_fd, e);
		if (r < 0)
			return r;
	}
	r = server_new(base, lib, &conf->server, &server);
	if (r == 0)
		r = run_loop(lib, base, server, conf->ready_fd);
	(void)server_free(server);
	return r < 0 ? err_set(e, r, "cannot serve: %s", strerror(-r)) : 0;
}

static int run(struct conf *conf, struct err *e)
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
	struct conf conf = {
		.librarian = { .fam_fd = -1 },
		.server = { .listen_fd = -1, .admin_fd = -1 },
		.listen = "127.0.0.1",
		.port = LIBRARIAN_PORT,
		.ready_fd = -1,
	};
	struct err e = { 0 };
	int r;

	r = parse(argc, argv, &conf, &e);
	if (r == OPTIONS_HELP)
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
