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
#include "network.h"
#include "parse.h"
#include "proto_doorbell.h"

#define USER_MAX 31
#define PASSWORD_MAX 127
#define HOSTBASE_MAX 8 /* the original's limit: interface names are short */

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
	[SETTING_APPEND] = { "FAME_APPEND", "append", "TEXT",
			     "more for the nodes' kernel command line", true },
	[SETTING_TIMEOUT] = { "FAME_TIMEOUT", "timeout", "SECONDS",
			      "how long a node may take to get ready", true },
	[SETTING_LMP] = { "FAME_LMP", "lmp", "ADDRESS:PORT",
			  "where the Librarian can be watched by HTTP", true },
	[SETTING_MIRROR] = { "FAME_MIRROR", NULL, NULL,
			     "Debian mirror (default: the one of apt)", true },
	[SETTING_PROXY] = { "FAME_PROXY", NULL, NULL,
			    "proxy for the mirror (default: http_proxy, apt's)",
			    true },
	[SETTING_HTTP_PROXY] = { "http_proxy", NULL, NULL,
				 "proxy, unless FAME_PROXY is set", true },
	[SETTING_HTTPS_PROXY] = { "https_proxy", NULL, NULL,
				  "the same for https", true },
	[SETTING_VERBOSE] = { "FAME_VERBOSE", "verbose", NULL, "say more",
			      true },
	[SETTING_USER] = { "FAME_USER", NULL, NULL,
			   "ordinary user in the nodes", false },
	[SETTING_PASSWORD] = { "FAME_PASSWORD", NULL, NULL,
			       "that user's password (default: only keys)",
			       false, true },
	[SETTING_VFS_GBYTES] = { "FAME_VFS_GBYTES", NULL, NULL,
				 "size of a node's disk in GB", false },
	[SETTING_FRESH] = { "FAME_FRESH", "fresh", NULL,
			    "throw the nodes' disks away first", false },
	[SETTING_L4FAME] = { "FAME_L4FAME", NULL, NULL,
			     "another repository for the image", false },
	[SETTING_KERNEL] = { "FAME_KERNEL", NULL, NULL,
			     "kernel package of the image", false },
	[SETTING_IVSHMSG] = { "FAME_IVSHMSG", NULL, NULL,
			      "as FAME_DOORBELL=16, whatever the value", true },
	[SETTING_DOORBELL] = { "FAME_DOORBELL", "doorbell", "[=VECTORS]",
			       "doorbells between the nodes (16 vectors)",
			       true },
};

static const char *const origin_names[] = {
	[ORIGIN_DEFAULT] = "default",
	[ORIGIN_ENVIRONMENT] = "environment",
	[ORIGIN_OPTION] = "option",
};
_Static_assert(ARRAY_SIZE(origin_names) == ORIGIN_COUNT, "a name each");

const char *setting_origin_name(enum setting_origin origin)
{
	return origin_names[origin];
}

static int set(struct settings *s, enum setting_id id, char *value,
	       enum setting_origin origin)
{
	if (!value)
		return -ENOMEM;
	free(s->s[id].value);
	s->s[id].value = value;
	s->s[id].origin = origin;
	return 0;
}

int settings_option(struct settings *s, enum setting_id id, const char *value)
{
	return set(s, id, strdup(value), ORIGIN_OPTION);
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

/* ${XDG_STATE_HOME:-~/.local/state}/fame/HOSTBASE */
static char *default_dir(const struct settings *s)
{
	const char *base = getenv("XDG_STATE_HOME"), *below = "";
	char *dir;

	if (!base || *base != '/') {
		base = getenv("HOME");
		below = "/.local/state";
	}
	if (!base || *base != '/')
		return strdup("");
	if (asprintf(&dir, "%s%s/fame/%s", base, below,
		     settings_get(s, SETTING_HOSTBASE)) < 0)
		return NULL;
	return dir;
}

static char *default_fam(const struct settings *s)
{
	char *path;

	if (asprintf(&path, "%s/" CLUSTER_FAM, settings_get(s, SETTING_DIR)) <
	    0)
		return NULL;
	return path;
}

static char *default_vdram(const struct settings *s)
{
	bool tiny = !strcmp(settings_get(s, SETTING_PROFILE), "tiny");

	return strdup(tiny ? "262144" : "786432");
}

static char *default_value(const struct settings *s, enum setting_id id)
{
	static const char *const fixed[SETTING_COUNT] = {
		[SETTING_FAM_SIZE] = "4G",
		[SETTING_HOSTBASE] = "node",
		[SETTING_OCTETS123] = "192.168.42",
		[SETTING_PROFILE] = "tiny",
		[SETTING_ACCEL] = "auto",
		[SETTING_NET] = "user",
		[SETTING_TIMEOUT] = "120",
		[SETTING_USER] = "l4mdc",
		[SETTING_VFS_GBYTES] = "6",
		[SETTING_KERNEL] = "linux-image-cloud-amd64",
	};

	switch (id) {
	case SETTING_DIR:
		return default_dir(s);
	case SETTING_FAM:
		return default_fam(s);
	case SETTING_VDRAM:
		return default_vdram(s);
	default:
		return strdup(fixed[id] ? fixed[id] : "");
	}
}

/* ---- checks --------------------------------------------------------------- */

static bool is_hostbase(const char *v)
{
	size_t n = strlen(v);

	if (!n || n > HOSTBASE_MAX || !islower((unsigned char)v[0]))
		return false;
	for (; *v; v++)
		if (!islower((unsigned char)*v) && !isdigit((unsigned char)*v))
			return false;
	return true;
}

/* 0 to 255, written as it would be printed. */
static bool is_octet(const char *v, uint32_t *ret)
{
	return parse_u32(v, 0, 255, ret) == 0 && (v[0] != '0' || !v[1]);
}

static bool is_octets(const char *v)
{
	char part[4];
	uint32_t first = 0;
	int parts = 0;

	while (parts < 3) {
		size_t n = strcspn(v, ".");
		uint32_t octet;

		if (n >= sizeof(part))
			return false;
		memcpy(part, v, n);
		part[n] = '\0';
		if (!is_octet(part, &octet))
			return false;
		if (!parts)
			first = octet;
		parts++;
		v += n;
		if (parts < 3 && *v++ != '.')
			return false;
	}
	/* Neither "this network", loopback nor multicast. */
	return !*v && first && first != 127 && first < 224;
}

static bool is_accel(const char *v)
{
	return !strcmp(v, "auto") || !strcmp(v, "kvm") || !strcmp(v, "tcg");
}

static bool is_vcpus(const char *v)
{
	uint32_t n;

	return !*v || parse_u32(v, 1, 64, &n) == 0;
}

static bool is_vdram(const char *v)
{
	uint32_t n;

	return parse_u32(v, 98304, UINT32_MAX, &n) == 0;
}

static bool is_fam_size(const char *v)
{
	uint64_t size;

	return fam_parse_size(v, &size) == 0;
}

static bool is_timeout(const char *v)
{
	uint32_t n;

	return parse_u32(v, 1, 86400, &n) == 0;
}

static bool is_doorbell(const char *v)
{
	uint32_t n;

	return !*v || parse_u32(v, 1, DOORBELL_VECTORS_MAX, &n) == 0;
}

/* As useradd takes it. */
static bool is_user(const char *v)
{
	size_t n = strlen(v);

	if (!n || n > USER_MAX || !islower((unsigned char)v[0]))
		return false;
	for (; *v; v++)
		if (!islower((unsigned char)*v) &&
		    !isdigit((unsigned char)*v) && *v != '-' && *v != '_')
			return false;
	return true;
}

static bool is_password(const char *v)
{
	if (strlen(v) > PASSWORD_MAX)
		return false;
	for (; *v; v++)
		if ((unsigned char)*v < ' ' || *v == 0x7f)
			return false;
	return true;
}

static bool is_absolute(const char *v)
{
	return *v == '/';
}

static const struct {
	enum setting_id id;
	bool (*good)(const char *value);
	const char *want;
} checks[] = {
	{ SETTING_HOSTBASE, is_hostbase,
	  "1 to 8 lower-case letters and digits, a letter first" },
	{ SETTING_OCTETS123, is_octets,
	  "three numbers of 0 to 255, as in 192.168.42" },
	{ SETTING_FAM_SIZE, is_fam_size,
	  "a power of two from 1G to 512G, as in 4G" },
	{ SETTING_ACCEL, is_accel, "auto, kvm or tcg" },
	{ SETTING_NET, network_is_mode, "user, bridge or auto" },
	{ SETTING_VCPUS, is_vcpus, "a number from 1 to 64" },
	{ SETTING_VDRAM, is_vdram, "KiB, at least 98304 (96 MiB)" },
	{ SETTING_TIMEOUT, is_timeout, "seconds from 1 to 86400" },
	{ SETTING_DOORBELL, is_doorbell, "1 to 256 vectors" },
	{ SETTING_USER, is_user,
	  "1 to 31 lower-case letters, digits, '-' and '_', a letter first" },
	{ SETTING_PASSWORD, is_password, "one line of at most 127 bytes" },
	{ SETTING_DIR, is_absolute,
	  "an absolute path; without HOME, set FAME_DIR" },
	{ SETTING_FAM, is_absolute, "an absolute path" },
};

static int check(const struct settings *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		const struct setting_def *d = &setting_defs[checks[i].id];
		const char *value = settings_get(s, checks[i].id);
		bool option = s->s[checks[i].id].origin == ORIGIN_OPTION;

		if (checks[i].good(value))
			continue;
		return err_set(e, -EINVAL, "%s%s '%s' is not possible: give %s",
			       option ? "--" : "", option ? d->option : d->env,
			       d->secret ? "..." : value, checks[i].want);
	}
	return 0;
}

/* ---- loading -------------------------------------------------------------- */

/* An empty variable counts as unset, as in the original. */
static int load_one(struct settings *s, enum setting_id id)
{
	const char *env;

	if (s->s[id].value)
		return 0;
	env = getenv(setting_defs[id].env);
	if (env && *env)
		return set(s, id, strdup(env), ORIGIN_ENVIRONMENT);
	return set(s, id, default_value(s, id), ORIGIN_DEFAULT);
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

int settings_load(struct settings *s, struct err *e)
{
	/* Others' defaults are made of these. */
	static const enum setting_id first[] = { SETTING_HOSTBASE, SETTING_DIR,
						 SETTING_PROFILE };
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
		r = load_one(s, first[i]);
		if (r < 0)
			return err_set(e, r, "out of memory");
	}
	strip_slash(s->s[SETTING_DIR].value);
	for (int id = 0; id < SETTING_COUNT; id++) {
		r = load_one(s, (enum setting_id)id);
		if (r < 0)
			return err_set(e, r, "out of memory");
	}
	if (note_which(s) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	return check(s, e);
}

int settings_move(struct settings *s, const char *dir, struct err *e)
{
	for (int id = 0; id < SETTING_COUNT; id++) {
		if (settings_given(s, (enum setting_id)id))
			continue;
		free(s->s[id].value);
		s->s[id].value = NULL;
	}
	if (settings_option(s, SETTING_DIR, dir) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	return settings_load(s, e);
}

int settings_export(const struct settings *s)
{
	for (int id = 0; id < SETTING_COUNT; id++) {
		const char *value = settings_get(s, (enum setting_id)id);

		if (*value && setenv(setting_defs[id].env, value, 1) < 0)
			return -errno;
	}
	return 0;
}

void settings_deinit(struct settings *s)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		free(s->s[i].value);
	free(s->which);
	*s = (struct settings){ 0 };
}
