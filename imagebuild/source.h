/* SPDX-License-Identifier: MIT */

/* source.h - Where packages come from
 *
 * The mirror is FAME_MIRROR, else the Debian archive that this host's apt
 * uses, else, where the host is not Debian, the default that the installed
 * debootstrap carries. No mirror's name stands here.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "err.h"
#include "settings.h"
#include "strv.h"

#define SOURCE_URI_MAX 1024

struct source {
	char base[SOURCE_URI_MAX];     /* without a slash at the end */
	char security[SOURCE_URI_MAX]; /* the archive of -security suites */
	char keyring[PATH_MAX];
	const char *origin; /* who said so, for messages */
};

/**
 * source_find() - Find the mirror
 * @s:		Settings
 * @root:	Where the host's files are: "" (tests: a directory)
 * @ret:	Set on success
 * @e:		Why there is none
 */
int source_find(const struct settings *s, const char *root, struct source *ret,
		struct err *e);

/* The archive that has a suite. */
const char *source_archive(const struct source *s, const char *suite);

/* An archive's address without the name and password of a user. */
int source_public(const char *uri, char *buf, size_t size);

/* MIRROR and MIRROR_SECURITY for what writes them into an image, where all its
 * users see them: the public addresses.
 */
int source_env(const struct source *s, struct strv *to);

/**
 * source_proxy() - The proxy for downloads
 *
 * FAME_PROXY, else what the environment says to libcurl itself (NULL), else
 * what apt is told.
 *
 * Return: 0 and a string to free() or NULL
 */
int source_proxy(const struct settings *s, char **ret_proxy);

/* ---- the pure parts ---- */

/* An entry of apt's sources. */
struct apt_entry {
	char *uri;
	struct strv suites;
	struct strv components;
	char *signed_by; /* NULL = not said */
	bool foreign;	 /* for other architectures than amd64 only */
};

struct apt_entries {
	struct apt_entry *v;
	size_t n;
};

/* One-line style, sources.list: lines that are not understood are left out,
 * as apt itself is the one to complain. 0 or -ENOMEM.
 */
int apt_parse_list(const char *text, struct apt_entries *to);

/* deb822 style, *.sources. */
int apt_parse_sources(const char *text, struct apt_entries *to);

void apt_entries_deinit(struct apt_entries *a);

/**
 * apt_pick() - The Debian archive among the entries
 * @a:		Entries
 * @suite:	"bookworm": the host's codename
 *
 * An entry qualifies if it has that suite (or a name such as "stable") and
 * the component main, and is signed by nothing or by Debian's keyring. Of
 * these, those that say Debian's keyring come first, then those whose path
 * ends in /debian.
 *
 * Return: the entry or NULL
 */
const struct apt_entry *apt_pick(const struct apt_entries *a,
				 const char *suite);

/* The value of DEF_MIRROR in debootstrap's script; -ENOENT if there is none. */
int debootstrap_parse_mirror(const char *text, char *buf, size_t size);

/* A value of os-release, as ID or VERSION_CODENAME; -ENOENT. */
int os_release_get(const char *text, const char *key, char *buf, size_t size);

/* Acquire::http::Proxy in the output of apt-config dump; -ENOENT. */
int apt_config_proxy(const char *text, char *buf, size_t size);
