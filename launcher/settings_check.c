/* SPDX-License-Identifier: MIT */

/* settings_check.c - What a setting's value may be */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "fam.h"
#include "network.h"
#include "parse.h"
#include "proto_doorbell.h"
#include "settings_int.h"

#define USER_MAX 31
#define PASSWORD_MAX 127
#define HOSTBASE_MAX 8 /* the original's limit: interface names are short */

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

static bool is_ports(const char *v)
{
	struct net_reach r = { 0 };

	return net_reach_parse_ports(v, &r) == 0;
}

static bool is_vfs_gbytes(const char *v)
{
	uint32_t n;

	return !*v || parse_u32(v, 1, 1024, &n) == 0;
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
	{ SETTING_EXPOSE, is_ports,
	  "at most 8 ports with commas between them, without 53 and 9093, "
	  "which torms serves itself" },
	{ SETTING_VCPUS, is_vcpus, "a number from 1 to 64" },
	{ SETTING_VDRAM, is_vdram, "KiB, at least 98304 (96 MiB)" },
	{ SETTING_TIMEOUT, is_timeout, "seconds from 1 to 86400" },
	{ SETTING_DOORBELL, is_doorbell, "1 to 256 vectors" },
	{ SETTING_VFS_GBYTES, is_vfs_gbytes, "GB from 1 to 1024" },
	{ SETTING_USER, is_user,
	  "1 to 31 lower-case letters, digits, '-' and '_', a letter first" },
	{ SETTING_PASSWORD, is_password, "one line of at most 127 bytes" },
	{ SETTING_DIR, is_absolute,
	  "an absolute path; without HOME, set FAME_DIR" },
	{ SETTING_FAM, is_absolute, "an absolute path" },
};

/* As the user has written it: "--vcpus", "FAME_VCPUS", "FILE:3: vcpus". */
static const char *written(const struct settings *s, enum setting_id id,
			   char *buf, size_t size)
{
	const struct setting_def *d = &setting_defs[id];
	const struct setting *v = &s->s[id];
	char key[SETTING_KEY_MAX];

	if (v->origin == ORIGIN_OPTION)
		(void)snprintf(buf, size, "--%s", d->option);
	else if (v->where)
		(void)snprintf(buf, size, "%s: %s", v->where,
			       setting_key(id, key));
	else
		(void)snprintf(buf, size, "%s", d->env);
	return buf;
}

int settings_check(const struct settings *s, struct err *e)
{
	char name[512];

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		enum setting_id id = checks[i].id;
		const char *value = settings_get(s, id);

		if (checks[i].good(value))
			continue;
		return err_set(e, -EINVAL, "%s '%s' is not possible: give %s",
			       written(s, id, name, sizeof(name)),
			       setting_defs[id].secret ? "..." : value,
			       checks[i].want);
	}
	return 0;
}
