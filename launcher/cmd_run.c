/* SPDX-License-Identifier: MIT */

/* cmd_run.c - fame-run run: a cluster for the time of one command */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "clock.h"
#include "cluster.h"
#include "command.h"
#include "down.h"
#include "identity.h"
#include "interrupt.h"
#include "json.h"
#include "log.h"
#include "parse.h"
#include "report.h"
#include "up.h"

enum step {
	STEP_UP,
	STEP_COMMAND,
	STEP_DOWN,
	STEP_COUNT,
};

struct run {
	struct settings settings;
	unsigned nodes;
	char *const *argv;
	const char *report; /* directory, NULL = none */
	unsigned limit_s;
	bool keep; /* the cluster, should the command fail */
	bool temporary;
	struct up up; /* the cluster ends with its connection, if there is one */
	struct report_step steps[STEP_COUNT];
	size_t n_steps;
	struct err why[STEP_COUNT];
};

/* A step is over: it failed if there is a sentence about it. */
static void note(struct run *run, enum step step, const char *name,
		 int64_t since)
{
	const char *why = run->why[step].msg;

	run->steps[run->n_steps++] =
		(struct report_step){ name, (double)(clock_ns() - since) / 1e9,
				      *why ? why : NULL };
}

/* ---- the cluster's place -------------------------------------------------- */

/* Beside the default one, so that many may run at once. It is made when the
 * cluster is, and guarded from then on.
 */
static int move_to_own(struct run *run, struct err *e)
{
	const char *dir = settings_get(&run->settings, SETTING_DIR);
	CLEANUP_FREE char *own = NULL;
	char name[IDENTITY_TOKEN_MAX];
	int r = identity_random(name);

	if (r < 0)
		return err_set(e, r, "no random numbers: %s", strerror(-r));
	if (asprintf(&own, "%.*s/run-%.8s", (int)(strrchr(dir, '/') - dir), dir,
		     name) < 0) { /* it is absolute */
		own = NULL;
		return err_set(e, -ENOMEM, "out of memory");
	}
	run->temporary = true;
	return settings_move(&run->settings, own, e);
}

static int place(struct run *run, struct err *e)
{
	if (settings_given_now(&run->settings, SETTING_DIR) ||
	    settings_given_now(&run->settings, SETTING_HOSTBASE))
		return 0;
	return move_to_own(run, e);
}

/* ---- what the command sees ------------------------------------------------ */

/* fame-run is this one, and means this cluster. */
static int export_path(void)
{
	CLEANUP_FREE char *path = NULL;
	const char *old = getenv("PATH");
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	if (asprintf(&path, "%s:%s", self, old ? old : "/usr/bin:/bin") < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return setenv("PATH", path, 1) < 0 ? -errno : 0;
}

static int export_nodes(const struct run *run)
{
	char names[TOPOLOGY_NODES_MAX * TOPOLOGY_NAME_MAX] = "";
	char name[TOPOLOGY_NAME_MAX];
	struct topology t = { .n_nodes = run->nodes };
	size_t len = 0;

	(void)snprintf(t.hostbase, sizeof(t.hostbase), "%s",
		       settings_get(&run->settings, SETTING_HOSTBASE));
	for (unsigned id = 1; id <= run->nodes; id++)
		len += (size_t)snprintf(names + len, sizeof(names) - len,
					"%s%s", id > 1 ? " " : "",
					topology_name(&t, id, name));
	return setenv("FAME_NODES", names, 1) < 0 ? -errno : 0;
}

static int export_all(const struct run *run, struct err *e)
{
	int r = settings_export(&run->settings);

	if (r == 0)
		r = export_path();
	if (r == 0)
		r = export_nodes(run);
	return r < 0 ? err_set(e, r, "cannot set the environment: %s",
			       strerror(-r)) :
		       0;
}

/* ---- steps ---------------------------------------------------------------- */

static int start(struct run *run)
{
	struct err *e = &run->why[STEP_UP];
	int64_t since = clock_ns();
	int r;

	r = up_start(&run->settings, run->nodes,
		     run->temporary ? PLAN_TEMPORARY : PLAN_HELD, &run->up, e);
	if (r == 0)
		r = export_all(run, e);
	note(run, STEP_UP, "up", since);
	return r;
}

static int command(struct run *run)
{
	struct err *e = &run->why[STEP_COMMAND];
	int64_t since = clock_ns();
	int status = command_run(run->argv, run->limit_s, run->up.guardian, e);

	if (e->msg[0])
		log_err("%s", e->msg);
	else if (status)
		(void)err_set(e, -ECHILD, "'%s' ended with status %d",
			      run->argv[0], status);
	note(run, STEP_COMMAND, run->argv[0], since);
	return status;
}

static void collect(struct run *run)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_JSON json_t *status = NULL;
	struct err e = { "" };
	int r;

	r = cluster_open(&c, settings_get(&run->settings, SETTING_DIR), &e);
	if (r == 0 && run->up.hold >= 0)
		(void)client_call(&c, json_pack("{s:s}", "op", "status"),
				  &status, &e);
	if (r == 0)
		r = report_cluster(run->report, c.dirfd, status, &e);
	if (r < 0 && r != -ENOENT) /* none was begun: "up" has said why */
		log_err("%s", e.msg);
}

static int let_go(struct run *run, struct err *e)
{
	struct client_answer a = { 0 };
	int r;

	r = client_request(run->up.hold, json_pack("{s:s}", "op", "keep"), e);
	if (r == 0)
		r = client_answer(run->up.hold, &a, NULL, e);
	json_decref(a.reply);
	if (r == 0)
		log_info("the cluster is kept: 'fame-run down%s%s' ends it",
			 settings_which(&run->settings),
			 run->temporary ? " --purge" : "");
	return r;
}

/* A cluster that failed may still be ending: wait for it. */
static int remove_own(const struct run *run, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	const char *dir = settings_get(&run->settings, SETTING_DIR);
	struct err none = { "" };
	int r;

	if (cluster_open(&c, dir, &none) < 0)
		return 0; /* it was not begun */
	r = cluster_wait_lock(&c);
	if (r < 0)
		return err_set(e, r, "cannot lock '%s': %s", dir, strerror(-r));
	return cluster_purge(&c,
			     run->up.fam_made ?
				     settings_get(&run->settings, SETTING_FAM) :
				     NULL,
			     e);
}

static int end(struct run *run, bool keep)
{
	struct err *e = &run->why[STEP_DOWN];
	bool runs = run->up.hold >= 0;
	int64_t since = clock_ns();
	int r = 0;

	if (keep) {
		r = let_go(run, e);
		if (r == 0)
			return 0;
		close_fd(&run->up.hold); /* whatever is left of it ends */
	} else if (runs) {
		r = down_end(&run->settings, false, e);
	}
	if (r == -ENOTCONN)
		r = err_set(e, r, "the cluster has ended before");
	if (run->temporary) {
		int r2 = remove_own(run, e);

		r = r < 0 ? r : r2;
	}
	if (runs)
		note(run, STEP_DOWN, keep ? "keep" : "down", since);
	return r;
}

static int run_all(struct run *run)
{
	struct err e = { "" };
	int r, status = COMMAND_NOT_STARTED;

	r = start(run);
	if (r < 0)
		(void)cli_fail(&run->why[STEP_UP], r);
	else
		status = command(run);
	if (run->report)
		collect(run);
	r = end(run, run->keep && status && run->up.hold >= 0);
	if (r < 0) {
		(void)cli_fail(&run->why[STEP_DOWN], r);
		status = status ? status : COMMAND_NOT_STARTED;
	}
	if (run->report &&
	    report_write(run->report, run->steps, run->n_steps, &e) < 0) {
		log_err("%s", e.msg);
		status = status ? status : COMMAND_NOT_STARTED;
	}
	return status;
}

static int parse(const struct cli_verb *verb, int argc, char **argv,
		 struct run *run)
{
	const char *limit = NULL;
	const struct cli_flag flags[] = {
		{ .name = "time-limit",
		  .help = "end the command after so long",
		  .text = &limit,
		  .arg = "SECONDS" },
		{ .name = "report",
		  .help = "write junit.xml, status and logs there",
		  .text = &run->report,
		  .arg = "DIR" },
		{ .name = "keep-on-failure",
		  .help = "leave the cluster if the command fails",
		  .value = &run->keep },
	};
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags),
		      &run->settings, &first);
	if (r >= 0)
		return r;
	/* getopt has put "--" in front of what is no option. */
	if (argc - first < 2 || strcmp(argv[first - 1], "--") != 0)
		return cli_usage(verb);
	r = up_parse_nodes(argv[first], &run->nodes, &e);
	if (r == 0 && limit && parse_u32(limit, 1, 86400, &run->limit_s) < 0)
		r = err_set(&e, -EINVAL,
			    "--time-limit '%s' is not possible: give seconds "
			    "from 1 to 86400",
			    limit);
	if (r < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	run->argv = argv + first + 1;
	return -1;
}

int cmd_run(const struct cli_verb *verb, int argc, char **argv)
{
	struct run run = { .up.hold = -1 };
	struct err e = { "" };
	int r;

	r = parse(verb, argc, argv, &run);
	if (r < 0) {
		r = place(&run, &e);
		r = r < 0 ? cli_fail(&e, r) : run_all(&run);
	}
	close_fd(&run.up.hold);
	settings_deinit(&run.settings);
	if (run.up.signal)
		interrupt_die(run.up.signal);
	return r;
}
