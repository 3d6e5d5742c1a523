/* SPDX-License-Identifier: MIT */

/* settings.c - What the user can set, and where each value came from */

#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cluster.h"
#include "fam.h"
#include "parse.h"
#include "settings_int.h"

const struct setting_def setting_defs[SETTING_COUNT] = {
	[SETTING_DIR] = { "FAME_DIR", "dir", "DIR", "directory of the cluster",
			  true },
	[SETTING_FAM] = { "FAME_FAM", "fam-file", "FILE",
			  "file that is the shared memory", true },
	[SETTING_FAM_SIZE] = { "FAME_FAM_SIZE", "fam", "SIZE",
			       "size of the shared memory, 1G..512G", true },
	[SETTING_HOSTBASE] = { "FAME_HOSTBASE", "name", "NAME",
			       "base of the nodes' names; a cluster of its own",
			       true },
	[SETTING_OCTETS123] = { "FAME_OCTETS123", "octets", "A.B.C",
				"network of the nodes", true },
	[SETTING_PROFILE] = { "FAME_PROFILE", "profile", "NAME|FILE",
			      "image of the nodes", true },
	[SETTING_VCPUS] = { "FAME_VCPUS", "vcpus", "N",
			    "processors of a node (1 under TCG, 2 under KVM)",
			    true },
	[SETTING_VDRAM] = { "FAME_VDRAM", "vdram", "KIB",
			    "private memory of a node, in KiB", true },
	[SETTING_ACCEL] = { "FAME_ACCEL", "accel", "auto|kvm|tcg",
			    "how QEMU runs the nodes", true },
	[SETTING_NET] = { "FAME_NET", "net", "user|bridge|auto",
			  "what the nodes' network is made of", true },
	[SETTING_NET_ISOLATED] = { "FAME_NET_ISOLATED", "net-isolated", NULL,
				   "no way out of the nodes' network", true },
	[SETTING_EXPOSE] = { "FAME_EXPOSE", "expose", "PORT,...",
			     "ports of this host's loopback, for nodes at "
			     "torms",
			     true },
	[SETTING_APPEND] = { "FAME_APPEND", "append", "TEXT",
			     "more for the nodes' kernel command line", true },
	[SETTING_TIMEOUT] = { "FAME_TIMEOUT", "timeout", "SECONDS",
			      "how long a node may take to get ready", true },
	[SETTING_LMP] = { "FAME_LMP", "lmp", "ADDRESS:PORT",
			  "where the Librarian can be watched by HTTP", true },
	[SETTING_MIRROR] = { "FAME_MIRROR", NULL, NULL,
			     "Debian mirror (default: the one of apt)", true,
			     .image = true },
	[SETTING_PROXY] = { "FAME_PROXY", NULL, NULL,
			    "proxy for the mirror (default: http_proxy, apt's)",
			    true, .image = true },
	[SETTING_HTTP_PROXY] = { "http_proxy", NULL, NULL,
				 "proxy, unless FAME_PROXY is set", true,
				 .image = true },
	[SETTING_HTTPS_PROXY] = { "https_proxy", NULL, NULL,
				  "the same for https", true, .image = true },
	[SETTING_VERBOSE] = { "FAME_VERBOSE", "verbose", NULL, "say more",
			      true },
	[SETTING_USER] = { "FAME_USER", NULL, NULL,
			   "ordinary user in the nodes", false },
	[SETTING_PASSWORD] = { "FAME_PASSWORD", NULL, NULL,
			       "that user's password (default: only keys)",
			       false, true },
	[SETTING_VFS_GBYTES] = { "FAME_VFS_GBYTES", NULL, NULL,
				 "size of a node's disk in GB (default: the "
				 "profile's)",
				 false, .image = true },
	[SETTING_FRESH] = { "FAME_FRESH", "fresh", NULL,
			    "throw the nodes' disks away first", false,
			    .once = true },
	[SETTING_L4FAME] = { "FAME_L4FAME", NULL, NULL,
			     "accepted, without effect", false },
	[SETTING_KERNEL] = { "FAME_KERNEL", NULL, NULL,
			     "accepted, without effect", false },
	[SETTING_IVSHMSG] = { "FAME_IVSHMSG", NULL, NULL,
			      "as FAME_DOORBELL=16, whatever the value", true },
	[SETTING_DOORBELL] = { "FAME_DOORBELL", "doorbell", "[=VECTORS]",
			       "doorbells between the nodes (16 vectors)",
			       true },
};

static const char *const origin_names[] = {
	[ORIGIN_DEFAULT] = "default", [ORIGIN_USER] = "user",
	[ORIGIN_CLUSTER] = "cluster", [ORIGIN_ENVIRONMENT] = "environment",
	[ORIGIN_OPTION] = "option",
};
_Static_assert(ARRAY_SIZE(origin_names) == ORIGIN_COUNT, "a name each");

const char *setting_origin_name(enum setting_origin origin)
{
	return origin_names[origin];
}

const char *setting_key(enum setting_id id, char buf[SETTING_KEY_MAX])
{
	const char *from = setting_defs[id].env;
	size_t i;

	if (!strncmp(from, "FAME_", 5))
		from += 5;
	for (i = 0; i < SETTING_KEY_MAX - 1 && from[i]; i++)
		buf[i] = (char)tolower((unsigned char)from[i]);
	buf[i] = '\0';
	return buf;
}

int settings_set(struct settings *s, enum setting_id id, const char *value,
		 enum setting_origin origin, const char *where)
{
	CLEANUP_FREE char *copy = strdup(value);
	CLEANUP_FREE char *copy_where = where ? strdup(where) : NULL;
	struct setting *to = &s->s[id];

	if (!copy || (where && !copy_where))
		return -ENOMEM;
	if (to->value && to->origin > origin)
		return 0;
	free(to->value);
	free(to->where);
	to->value = take_ptr(&copy);
	to->where = take_ptr(&copy_where);
	to->origin = origin;
	return 0;
}

int settings_option(struct settings *s, enum setting_id id, const char *value)
{
	return settings_set(s, id, value, ORIGIN_OPTION, NULL);
}

bool settings_flag(const struct settings *s, enum setting_id id)
{
	const char *value = settings_get(s, id);

	return *value && strcmp(value, "0") != 0;
}

uint32_t settings_number(const struct settings *s, enum setting_id id)
{
	uint32_t v = 0;

	(void)parse_u32(settings_get(s, id), 0, UINT32_MAX, &v);
	return v;
}

/* ---- defaults -------------------------------------------------------------
 *
 * Empty means: decided later, where what it depends on is known.
 */

/* ${VARIABLE:-~/BELOW}/fame/NAME; "" = there is no home. */
static char *xdg_path(const char *variable, const char *below, const char *name)
{
	const char *base = getenv(variable);
	char *path;

	if (!base || *base != '/')
		base = getenv("HOME");
	else
		below = "";
	if (!base || *base != '/')
		return strdup("");
	return asprintf(&path, "%s%s/fame/%s", base, below, name) < 0 ? NULL :
									path;
}

static char *default_dir(const struct settings *s)
{
	return xdg_path("XDG_STATE_HOME", "/.local/state",
			settings_get(s, SETTING_HOSTBASE));
}

static char *default_fam(const struct settings *s)
{
	char *path;

	if (asprintf(&path, "%s/" CLUSTER_FAM, settings_get(s, SETTING_DIR)) <
	    0)
		return NULL;
	return path;
}

/* A whole system takes more than one of a single file system in memory. */
static char *default_by_profile(const struct settings *s, const char *tiny,
				const char *other)
{
	bool is_tiny = !strcmp(settings_get(s, SETTING_PROFILE), "tiny");

	return strdup(is_tiny ? tiny : other);
}

static char *default_value(const struct settings *s, enum setting_id id)
{
	static const char *const fixed[SETTING_COUNT] = {
		[SETTING_FAM_SIZE] = "4G",
		[SETTING_HOSTBASE] = "node",
		[SETTING_OCTETS123] = "192.168.42",
		[SETTING_PROFILE] = "debian",
		[SETTING_ACCEL] = "auto",
		[SETTING_NET] = "user",
		[SETTING_USER] = "l4mdc",
	};

	switch (id) {
	case SETTING_DIR:
		return default_dir(s);
	case SETTING_FAM:
		return default_fam(s);
	case SETTING_VDRAM:
		return default_by_profile(s, "262144", "786432");
	case SETTING_TIMEOUT:
		return default_by_profile(s, "120", "300");
	default:
		return strdup(fixed[id] ? fixed[id] : "");
	}
}

/* ---- loading -------------------------------------------------------------- */

/* An empty variable counts as unset, as in the original. */
static int load_environment(struct settings *s)
{
	int r = 0;

	for (int id = 0; id < SETTING_COUNT && r == 0; id++) {
		const char *value = getenv(setting_defs[id].env);

		if (value && *value)
			r = settings_set(s, (enum setting_id)id, value,
					 ORIGIN_ENVIRONMENT, NULL);
	}
	return r;
}

static int load_default(struct settings *s, enum setting_id id)
{
	CLEANUP_FREE char *value = NULL;

	if (s->s[id].value)
		return 0;
	value = default_value(s, id);
	return value ? settings_set(s, id, value, ORIGIN_DEFAULT, NULL) :
		       -ENOMEM;
}

static int load_user(struct settings *s, struct err *e)
{
	CLEANUP_FREE char *path =
		xdg_path("XDG_CONFIG_HOME", "/.config", CLUSTER_SETTINGS);

	if (!path)
		return -ENOMEM;
	return *path ? settings_read_file(s, path, ORIGIN_USER, e) : 0;
}

static int load_cluster(struct settings *s, struct err *e)
{
	CLEANUP_FREE char *path = NULL;

	if (asprintf(&path, "%s/" CLUSTER_SETTINGS,
		     settings_get(s, SETTING_DIR)) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return settings_read_file(s, path, ORIGIN_CLUSTER, e);
}

/* The original wants a trailing slash gone. */
static void strip_slash(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
}

static int note_which(struct settings *s)
{
	const struct setting *dir = &s->s[SETTING_DIR];
	const struct setting *name = &s->s[SETTING_HOSTBASE];
	bool has_dir = dir->origin == ORIGIN_OPTION;
	bool has_name = name->origin == ORIGIN_OPTION;

	free(s->which);
	s->which = NULL;
	if (asprintf(&s->which, "%s%s%s%s", has_dir ? " --dir " : "",
		     has_dir ? dir->value : "", has_name ? " --name " : "",
		     has_name ? name->value : "") < 0)
		s->which = NULL;
	return s->which ? 0 : -ENOMEM;
}

static int load_defaults(struct settings *s)
{
	/* Others' defaults are made of it. */
	int r = load_default(s, SETTING_PROFILE);

	for (int id = 0; id < SETTING_COUNT && r == 0; id++)
		r = load_default(s, (enum setting_id)id);
	return r;
}

/* Which cluster is known before what its file says. */
static int load_all(struct settings *s, struct err *e)
{
	int r;

	r = load_environment(s);
	if (r == 0)
		r = load_user(s, e);
	if (r == 0)
		r = load_default(s, SETTING_HOSTBASE);
	if (r == 0)
		r = load_default(s, SETTING_DIR);
	if (r < 0)
		return r;
	strip_slash(s->s[SETTING_DIR].value);
	r = load_cluster(s, e);
	if (r == 0)
		r = load_defaults(s);
	return r < 0 ? r : note_which(s);
}

int settings_load(struct settings *s, struct err *e)
{
	int r = load_all(s, e);

	if (r == -ENOMEM)
		return err_set(e, r, "out of memory");
	return r < 0 ? r : settings_check(s, e);
}

static void forget(struct setting *s)
{
	free(s->value);
	free(s->where);
	*s = (struct setting){ 0 };
}

int settings_move(struct settings *s, const char *dir, struct err *e)
{
	for (int id = 0; id < SETTING_COUNT; id++)
		if (!settings_given_now(s, (enum setting_id)id))
			forget(&s->s[id]);
	if (settings_option(s, SETTING_DIR, dir) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	return settings_load(s, e);
}

bool settings_describes(const struct settings *s, enum setting_id id)
{
	if (setting_defs[id].once || !*settings_get(s, id))
		return false;
	return settings_given(s, id) || id == SETTING_DIR ||
	       id == SETTING_HOSTBASE || id == SETTING_PROFILE;
}

static int export_one(const struct settings *s, enum setting_id id)
{
	const char *value = settings_get(s, id);

	return *value && setenv(setting_defs[id].env, value, 1) < 0 ? -errno :
								      0;
}

int settings_export(const struct settings *s)
{
	int r = 0;

	for (int id = 0; id < SETTING_COUNT && r == 0; id++)
		if (settings_describes(s, (enum setting_id)id))
			r = export_one(s, (enum setting_id)id);
		else if (unsetenv(setting_defs[id].env) < 0)
			r = -errno;
	return r;
}

int settings_export_image(const struct settings *s)
{
	int r = 0;

	for (int id = 0; id < SETTING_COUNT && r == 0; id++)
		if (setting_defs[id].image)
			r = export_one(s, (enum setting_id)id);
	return r;
}

void settings_deinit(struct settings *s)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		forget(&s->s[i]);
	free(s->which);
	*s = (struct settings){ 0 };
}
