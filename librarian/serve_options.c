/* SPDX-License-Identifier: MIT */

/* serve_options.c - What "fame-librarian serve" was told */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "activation.h"
#include "cleanup.h"
#include "lmp.h"
#include "optable.h"
#include "parse.h"
#include "serve.h"

#define LEASE_MAX 86400

/* ---- options -------------------------------------------------------------- */

static int set_port(void *arg, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct serve_conf *conf = arg;
	uint32_t port;

	(void)def;
	if (parse_u32(value, 0, UINT16_MAX, &port) < 0)
		return err_set(e, -EINVAL,
			       "--port '%s' is not a number from 0 to 65535",
			       value);
	conf->port = (uint16_t)port;
	return 0;
}

/* An open descriptor that was inherited; no child of ours inherits it. */
static int set_inherited(void *arg, const struct option_def *def,
			 const char *value, struct err *e)
{
	int r = option_set_fd(arg, def, value, e);
	const int *fd = (const int *)((char *)arg + def->at);

	if (r == 0 && fcntl(*fd, F_SETFD, FD_CLOEXEC) < 0)
		r = err_set(e, -EBADF, "--%s '%s' is not an open descriptor",
			    def->name, value);
	return r;
}

static int set_auth(void *arg, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct serve_conf *conf = arg;

	(void)def;
	if (auth_mode_parse(value, &conf->librarian.auth) < 0)
		return err_set(e, -EINVAL,
			       "--auth '%s' is not token, address or none",
			       value);
	conf->auth_given = true;
	return 0;
}

static int set_lease(void *arg, const struct option_def *def, const char *value,
		     struct err *e)
{
	struct serve_conf *conf = arg;
	uint32_t seconds;

	(void)def;
	if (parse_u32(value, 0, LEASE_MAX, &seconds) < 0)
		return err_set(e, -EINVAL,
			       "--lease '%s' is not a number of seconds up to "
			       "a day",
			       value);
	conf->librarian.lease = seconds;
	return 0;
}

/* "ADDRESS:PORT", "[ADDRESS]:PORT", "ADDRESS" or "none". */
static int set_lmp(void *arg, const struct option_def *def, const char *value,
		   struct err *e)
{
	struct serve_conf *conf = arg;
	const char *colon = strrchr(value, ':'), *end = value + strlen(value);
	bool bracket = *value == '[';
	uint32_t port = LMP_PORT;
	size_t n;

	(void)def;
	conf->lmp_given = true;
	conf->lmp_address[0] = '\0';
	if (!strcmp(value, "none"))
		return 0;
	/* Of several colons without brackets, none is before a port. */
	if (colon &&
	    (bracket ? colon[-1] == ']' : strchr(value, ':') == colon)) {
		if (parse_u32(colon + 1, 0, UINT16_MAX, &port) < 0)
			return err_set(e, -EINVAL,
				       "--lmp '%s' has no port from 0 to 65535",
				       value);
		end = colon;
	}
	value += bracket;
	end -= bracket;
	n = end > value ? (size_t)(end - value) : 0;
	if (!n || n >= sizeof(conf->lmp_address) || (bracket && *end != ']'))
		return err_set(e, -EINVAL, "--lmp needs ADDRESS:PORT, or none");
	memcpy(conf->lmp_address, value, n);
	conf->lmp_address[n] = '\0';
	conf->lmp_port = (uint16_t)port;
	return 0;
}

#define AT(field) offsetof(struct serve_conf, field)

static const struct option_def defs[] = {
	{ "db", 'd', "DB", "database made by 'register'", option_set_text,
	  AT(librarian.db_path) },
	{ "port", 'p', "PORT", "TCP port (default 9093; 0 = any free one)",
	  set_port, 0 },
	{ "listen", 'l', "ADDRESS", "address (default 127.0.0.1)",
	  option_set_text, AT(listen) },
	{ "listen-fd", 0, "FD", "inherited socket that listens already",
	  set_inherited, AT(server.listen_fd) },
	{ "admin-fd", 0, "FD", "inherited connection of the administrator",
	  set_inherited, AT(server.admin_fd) },
	{ "ready-fd", 0, "FD", "gets a newline when clients are served",
	  set_inherited, AT(ready_fd) },
	{ "fam", 0, "FILE", "the memory, for zeroing books that are given back",
	  option_set_text, AT(fam) },
	{ "fam-fd", 0, "FD", "the same as an inherited descriptor",
	  set_inherited, AT(librarian.fam_fd) },
	{ "auth", 0, "HOW", "who a client is: token, address or none", set_auth,
	  0 },
	{ "hosted", 0, NULL, "no node runs yet; --auth token is the default",
	  option_set_flag, AT(librarian.hosted) },
	{ "lmp", 0, "ADDRESS:PORT",
	  "monitoring by HTTP (default 127.0.0.1:31179, none with --hosted)",
	  set_lmp, 0 },
	{ "no-seccomp", 0, NULL, "no filter of system calls, for debuggers",
	  option_set_flag, AT(no_seccomp) },
	{ "resume", 0, NULL,
	  "with --hosted: nodes run, and keep what they hold", option_set_flag,
	  AT(resume) },
	{ "lease", 0, "SECONDS",
	  "silence that ends a node (default 0: none does)", set_lease, 0 },
	{ "verbose", 'v', NULL, "a line for each request", option_set_flag,
	  AT(verbose) },
};

static const struct option_table table = {
	.program = "fame-librarian serve",
	.args = "-d DB [OPTION...]",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

static int check(struct serve_conf *conf, struct err *e)
{
	if (!conf->librarian.db_path)
		return err_set(e, -EINVAL, "which database? say -d DB");
	if (conf->fam && conf->librarian.fam_fd >= 0)
		return err_set(e, -EINVAL,
			       "--fam and --fam-fd are one too many");
	if (!conf->auth_given)
		conf->librarian.auth = conf->librarian.hosted ? AUTH_TOKEN :
								AUTH_NONE;
	if (conf->librarian.hosted && !conf->lmp_given)
		conf->lmp_address[0] = '\0';
	if (conf->resume)
		conf->librarian.hosted = false;
	return 0;
}

/* What was passed by a service manager counts as if it were named. */
static int take_sockets(struct serve_conf *conf, struct err *e)
{
	struct activation a;
	int r;

	r = activation_take(&a, e);
	if (r < 0)
		return r;
	if (a.listen_fd >= 0 && conf->server.listen_fd < 0)
		conf->server.listen_fd = a.listen_fd;
	conf->lmp_fd = a.lmp_fd;
	return 0;
}

int serve_parse(int argc, char **argv, struct serve_conf *ret_conf,
		struct err *e)
{
	struct serve_conf conf = {
		.librarian = { .fam_fd = -1 },
		.server = { .listen_fd = -1, .admin_fd = -1 },
		.listen = "127.0.0.1",
		.port = LIBRARIAN_PORT,
		.lmp_address = "127.0.0.1",
		.lmp_port = LMP_PORT,
		.lmp_fd = -1,
		.ready_fd = -1,
	};
	int first, r;

	r = optable_parse(&table, argc, argv, &conf, &first, e);
	if (r == OPTABLE_HELP)
		optable_help(&table, stdout);
	if (r != 0)
		return r;
	if (first < argc)
		return err_set(e, -EINVAL, "'%s' is too much; see --help",
			       argv[first]);
	r = check(&conf, e);
	if (r == 0)
		r = take_sockets(&conf, e);
	if (r == 0)
		*ret_conf = conf;
	return r;
}
