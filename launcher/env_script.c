/* SPDX-License-Identifier: MIT */

/* env_script.c - NAME_env.sh: the settings of a cluster for a shell to source */

#include "env_script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "shell_quote.h"

char *env_script_text(const struct settings *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	(void)fprintf(f, "# Settings of a cluster of fame-run: source it.\n");
	for (int id = 0; id < SETTING_COUNT; id++) {
		if (setting_defs[id].secret ||
		    !settings_describes(s, (enum setting_id)id))
			continue;
		(void)fprintf(f, "export %s=", setting_defs[id].env);
		shell_quote(f, settings_get(s, (enum setting_id)id));
		(void)fputc('\n', f);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

int env_script_write(const struct cluster *c, const struct settings *s,
		     struct err *e)
{
	CLEANUP_FREE char *text = env_script_text(s);
	char name[64];
	int r = -ENOMEM;

	(void)snprintf(name, sizeof(name), "%s" CLUSTER_ENV_SUFFIX,
		       settings_get(s, SETTING_HOSTBASE));
	if (text)
		r = file_write(c->dirfd, name, text, strlen(text), 0600);
	return r < 0 ? err_set(e, r, "cannot write '%s/%s': %s", c->dir, name,
			       strerror(-r)) :
		       0;
}
