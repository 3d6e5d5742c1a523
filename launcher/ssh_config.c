/* SPDX-License-Identifier: MIT */

/* ssh_config.c - What ssh clients of the host have to know: pure texts */

#include "ssh_config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "selfdir.h"
#include "shell_quote.h"

#define KNOWN_HOSTS SSH_KEYS_DIR "/known_hosts"
/* Of a node, see guest/agent/connect.h. */
#define RELAY "/sbin/fame-agent --connect 22"

/* A path below the cluster's directory, as ssh_config(5) quotes. */
static void put_path(FILE *f, const char *key, const char *dir,
		     const char *name)
{
	(void)fprintf(f, "\t%s \"", key);
	for (; *dir; dir++) {
		if (*dir == '"' || *dir == '\\')
			(void)fputc('\\', f);
		if (*dir == '%')
			(void)fputc('%', f);
		(void)fputc(*dir, f);
	}
	(void)fprintf(f, "/%s\"\n", name);
}

static void put_config(FILE *f, const struct topology *t,
		       const struct ssh_config *c)
{
	char name[TOPOLOGY_NAME_MAX];

	(void)fputs("Host", f);
	for (unsigned i = 1; i <= t->n_nodes; i++)
		(void)fprintf(f, " %s", topology_name(t, i, name));
	(void)fprintf(f, "\n\tUser %s\n", c->user);
	put_path(f, "IdentityFile", c->dir, SSH_KEYS_DIR "/id");
	(void)fputs("\tIdentitiesOnly yes\n", f);
	put_path(f, "UserKnownHostsFile", c->dir, KNOWN_HOSTS);
	(void)fputs("\tGlobalKnownHostsFile /dev/null\n"
		    "\tStrictHostKeyChecking yes\n"
		    "\tUpdateHostKeys no\n"
		    "\tCheckHostIP no\n"
		    "\tProxyCommand ",
		    f);
	shell_quote_for_ssh(f, c->program);
	(void)fputs(" exec --dir ", f);
	shell_quote_for_ssh(f, c->dir);
	(void)fputs(" %h -- " RELAY "\n", f);
}

char *ssh_config_text(const struct topology *t, const struct ssh_config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	put_config(f, t, c);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

char *ssh_config_known_hosts(const struct topology *t, const struct ssh_keys *k)
{
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (unsigned i = 1; i <= t->n_nodes; i++)
		(void)fprintf(f, "%s,%s %s\n", topology_name(t, i, name),
			      topology_address(t, i, address),
			      k->node[i].public);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static int write_text(const struct cluster *c, const char *name, char *text,
		      struct err *e)
{
	CLEANUP_FREE char *owned = text;
	int r = -ENOMEM;

	if (owned)
		r = file_write(c->dirfd, name, owned, strlen(owned), 0600);
	return r < 0 ? err_set(e, r, "cannot write '%s/%s': %s", c->dir, name,
			       strerror(-r)) :
		       0;
}

int ssh_config_write(const struct cluster *c, const struct topology *t,
		     const struct ssh_keys *k, const char *user, struct err *e)
{
	char program[PATH_MAX];
	const struct ssh_config conf = { program, c->dir, user };
	int r = selfdir_program("fame-run", program, sizeof(program));

	if (r < 0)
		return err_set(e, r, "cannot find 'fame-run' itself: %s",
			       strerror(-r));
	r = write_text(c, KNOWN_HOSTS, ssh_config_known_hosts(t, k), e);
	return r < 0 ? r :
		       write_text(c, SSH_KEYS_CONFIG, ssh_config_text(t, &conf),
				  e);
}
