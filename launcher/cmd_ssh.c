/* SPDX-License-Identifier: MIT */

/* cmd_ssh.c - fame-run ssh, cp, ssh-config: OpenSSH's programs, told the way */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "file.h"
#include "log.h"
#include "ssh_keys.h"
#include "strv.h"

#define CONFIG_MAX (64U << 10)

/* The file that "up" wrote. */
static int find_config(const struct settings *s, struct cluster *c,
		       struct err *e)
{
	int r = client_open(c, s, e);

	if (r < 0)
		return r;
	if (faccessat(c->dirfd, SSH_KEYS_CONFIG, R_OK, 0) < 0)
		return err_set(e, -errno,
			       "this cluster has no ssh keys ('%s/%s'), as "
			       "'fame-run up' has told: ssh wants "
			       "openssh-client, and a user with a name; start "
			       "it again",
			       c->dir, SSH_KEYS_CONFIG);
	return 0;
}

/* Becomes the program; returns only if it cannot. */
static int become(const struct settings *s, const char *program,
		  const char *option, char **args, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_STRV struct strv argv = { 0 };
	int r;

	r = find_config(s, &c, e);
	if (r < 0)
		return r;
	strv_push(&argv, program);
	strv_push(&argv, "-F");
	strv_pushf(&argv, "%s/" SSH_KEYS_CONFIG, c.dir);
	if (option)
		strv_push(&argv, option);
	strv_push(&argv, "--");
	for (; *args; args++)
		strv_push(&argv, *args);
	if (!strv_ok(&argv))
		return err_set(e, -ENOMEM, "out of memory");
	(void)execvp(program, argv.v);
	r = -errno;
	return err_set(e, r, "cannot run '%s': %s; install openssh-client",
		       program, strerror(-r));
}

int cmd_ssh(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };
	int r, at;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &at);
	if (r >= 0)
		return r;
	if (at >= argc)
		return cli_usage(verb);
	return cli_fail(&e, become(&s, "ssh", NULL, argv + at, &e));
}

int cmd_cp(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	bool recursive = false;
	const struct cli_flag flags[] = {
		{ .name = "recursive",
		  .letter = 'r',
		  .help = "whole directories",
		  .value = &recursive },
	};
	struct err e = { "" };
	int r, at;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &at);
	if (r >= 0)
		return r;
	if (argc - at < 2)
		return cli_usage(verb);
	return cli_fail(&e, become(&s, "scp", recursive ? "-qr" : "-q",
				   argv + at, &e));
}

int cmd_ssh_config(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_FREE char *text = NULL;
	struct err e = { "" };
	int r, at;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &at);
	if (r >= 0)
		return r;
	if (at < argc)
		return cli_usage(verb);
	r = find_config(&s, &c, &e);
	if (r < 0)
		return cli_fail(&e, r);
	r = file_read(c.dirfd, SSH_KEYS_CONFIG, CONFIG_MAX, &text, NULL);
	if (r < 0) {
		log_err("cannot read '%s/" SSH_KEYS_CONFIG "': %s", c.dir,
			strerror(-r));
		return CLI_FAILURE;
	}
	(void)fputs(text, stdout);
	return CLI_OK;
}
