/* SPDX-License-Identifier: MIT */

/* cmd_script.c - fame-run script: how to start the nodes by hand */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "fam.h"
#include "identity.h"
#include "log.h"
#include "plan.h"
#include "script.h"
#include "selfdir.h"
#include "up.h"

/* Before an image is built for nothing. */
static int refuse(const struct plan *p, struct err *e)
{
	if (p->doorbell_vectors)
		return err_set(e, -EINVAL,
			       "a script has no doorbells: leave '--doorbell' "
			       "and FAME_DOORBELL out");
	if (p->reach.isolated || p->reach.n_ports)
		return err_set(e, -EINVAL,
			       "nodes of a script reach every port of this "
			       "host: leave '--net-isolated', '--expose' and "
			       "their variables out");
	return 0;
}

/* What "up" would take from the directory of a cluster. */
static int plan_rest(const struct settings *s, struct plan *p, struct err *e)
{
	char digits[IDENTITY_TOKEN_MAX];
	int r;

	/* settings_load() has found it good. */
	(void)fam_parse_size(settings_get(s, SETTING_FAM_SIZE),
			     &p->topology.fam_size);
	r = identity_random(digits);
	if (r < 0)
		return err_set(e, r, "no random numbers: %s", strerror(-r));
	memcpy(p->machine_id, digits, sizeof(p->machine_id) - 1);
	p->network = NETWORK_USER;
	p->vhost = false;
	if (p->image.root[0]) {
		p->user = settings_get(s, SETTING_USER);
		p->password = settings_get(s, SETTING_PASSWORD);
	}
	return up_plan_books(p, e);
}

static int print(const struct plan *p, struct err *e)
{
	char librarian[PATH_MAX];
	int r;

	r = selfdir_program("fame-librarian", librarian, sizeof(librarian));
	if (r < 0)
		return err_set(e, r, "cannot find 'fame-librarian': %s",
			       strerror(-r));
	return script_write(stdout, p, librarian, e);
}

int cmd_script(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct plan p = { .fam_fd = -1 };
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first != 1)
		return cli_usage(verb);
	if (up_parse_nodes(argv[first], &p.topology.n_nodes, &e) < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	plan_settings(&s, &p);
	r = refuse(&p, &e);
	if (r == 0)
		r = plan_machines(&s, &p, &e);
	if (r == 0)
		r = plan_rest(&s, &p, &e);
	if (r == 0)
		r = print(&p, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
