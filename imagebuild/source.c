/* SPDX-License-Identifier: MIT */

/* source.c - Where packages come from */

#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"
#include "spawn.h"

#define TEXT_MAX (1U << 20)

static int host_read(const char *root, const char *path, char **ret_text)
{
	char full[PATH_MAX];
	int r = path_format(full, sizeof(full), "%s%s", root, path);

	return r < 0 ? r : file_read(AT_FDCWD, full, TEXT_MAX, ret_text, NULL);
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), t = strlen(suffix);

	return n > t && !strcmp(s + n - t, suffix);
}

/* Files that cannot be read are left out, as apt may hide some from users. */
static int read_entries_file(const char *root, const char *path,
			     struct apt_entries *to)
{
	CLEANUP_FREE char *text = NULL;

	if (host_read(root, path, &text) < 0)
		return 0;
	return has_suffix(path, ".sources") ? apt_parse_sources(text, to) :
					      apt_parse_list(text, to);
}

static int list_parts(const char *root, const char *dir, struct strv *ret)
{
	char full[PATH_MAX];
	const struct dirent *d;
	DIR *dp;

	if (path_format(full, sizeof(full), "%s%s", root, dir) < 0)
		return -ENAMETOOLONG;
	dp = opendir(full);
	while (dp && (d = readdir(dp)))
		if (has_suffix(d->d_name, ".sources") ||
		    has_suffix(d->d_name, ".list"))
			strv_pushf(ret, "%s/%s", dir, d->d_name);
	if (dp)
		(void)closedir(dp);
	if (!strv_ok(ret))
		return -ENOMEM;
	strv_sort(ret);
	return 0;
}

static int read_entries(const char *root, struct apt_entries *to)
{
	CLEANUP_STRV struct strv parts = { 0 };
	int r;

	r = read_entries_file(root, "/etc/apt/sources.list", to);
	if (r == 0)
		r = list_parts(root, "/etc/apt/sources.list.d", &parts);
	for (size_t i = 0; i < parts.n && r == 0; i++)
		r = read_entries_file(root, parts.v[i], to);
	return r;
}

/* A URI of apt's as one for us: without the slashes at the end. A list of
 * mirrors in a file stands for its first line.
 */
static int resolve_uri(const char *root, const char *uri, char *buf,
		       size_t size)
{
	static const char list[] = "mirror+file:";
	CLEANUP_FREE char *text = NULL;
	size_t n;
	int r;

	if (!strncmp(uri, list, sizeof(list) - 1)) {
		uri += sizeof(list) - 1;
		if (!strncmp(uri, "//", 2)) /* an empty host name */
			uri += 2;
		r = host_read(root, uri, &text);
		if (r != 0)
			return r;
		for (uri = text; *uri == '#' || *uri == '\n';)
			uri += strcspn(uri, "\n") + !!strchr(uri, '\n');
	}
	n = strcspn(uri, " \t\r\n");
	while (n && uri[n - 1] == '/')
		n--;
	if (!n)
		return -EINVAL;
	/* A plain directory is as good as its URL. The analyzer does not see
	 * that n > 0 means that there is a character.
	 */
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	return path_format(buf, size, "%s%.*s", *uri == '/' ? "file://" : "",
			   (int)n, uri);
}

static bool is_supported(const char *uri)
{
	return !strncasecmp(uri, "http://", 7) ||
	       !strncasecmp(uri, "https://", 8) ||
	       !strncasecmp(uri, "file:/", 6);
}

static int set_base(const char *root, const char *uri, struct source *s)
{
	int r = resolve_uri(root, uri, s->base, sizeof(s->base));

	if (r == 0 && !is_supported(s->base))
		r = -EPROTONOSUPPORT;
	if (r == 0)
		r = path_format(s->security, sizeof(s->security), "%s-security",
				s->base);
	return r;
}

static int from_setting(const char *mirror, struct source *s, struct err *e)
{
	const char *second;
	int r;

	s->origin = "FAME_MIRROR";
	mirror += strspn(mirror, " ");
	r = set_base("", mirror, s);
	/* A second word: where the -security suites are. */
	second = mirror + strcspn(mirror, " ");
	second += strspn(second, " ");
	if (r == 0 && *second)
		r = resolve_uri("", second, s->security, sizeof(s->security));
	if (r < 0)
		return err_set(e, r,
			       "FAME_MIRROR=\"%s\" is not the address of a "
			       "mirror: give http://HOST/PATH, https://, "
			       "file:// or a directory",
			       mirror);
	return 0;
}

static int from_apt(const char *root, const char *codename, struct source *s)
{
	struct apt_entries a = { 0 };
	const struct apt_entry *base, *security;
	char suite[128];
	int r;

	s->origin = "apt";
	r = read_entries(root, &a);
	if (r < 0)
		goto out;
	base = apt_pick(&a, codename);
	r = base ? set_base(root, base->uri, s) : -ENOENT;
	if (r < 0)
		goto out;
	if (base->signed_by)
		(void)path_format(s->keyring, sizeof(s->keyring), "%s",
				  base->signed_by);
	if (path_format(suite, sizeof(suite), "%s-security", codename) < 0)
		goto out;
	for (size_t i = 0; i < a.n; i++) {
		security = &a.v[i];
		if (strv_contains(&security->suites, suite) &&
		    strv_contains(&security->components, "main")) {
			r = resolve_uri(root, security->uri, s->security,
					sizeof(s->security));
			break;
		}
	}
out:
	apt_entries_deinit(&a);
	return r;
}

static int from_debootstrap(const char *root, struct source *s)
{
	static const char *const scripts[] = { "/usr/sbin/debootstrap",
					       "/usr/bin/debootstrap" };
	char uri[SOURCE_URI_MAX];
	int r = -ENOENT;

	s->origin = "debootstrap";
	for (size_t i = 0; i < ARRAY_SIZE(scripts) && r < 0; i++) {
		CLEANUP_FREE char *text = NULL;

		r = host_read(root, scripts[i], &text);
		if (r == 0)
			r = debootstrap_parse_mirror(text, uri, sizeof(uri));
	}
	return r < 0 ? r : set_base(root, uri, s);
}

/* What apt names, if we can use it, else where the package puts it. */
static void find_keyring(const char *root, struct source *s)
{
	static const char *const places[] = {
		"/usr/share/keyrings/debian-archive-keyring.gpg",
		"/usr/share/keyrings/debian-archive-keyring.pgp",
	};

	if (*s->keyring == '/' && !strpbrk(s->keyring, " ,") &&
	    !has_suffix(s->keyring, ".asc") && access(s->keyring, R_OK) == 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (path_format(s->keyring, sizeof(s->keyring), "%s%s", root,
				places[i]) == 0 &&
		    access(s->keyring, R_OK) == 0)
			return;
	(void)path_format(s->keyring, sizeof(s->keyring), "%s%s", root,
			  places[0]);
}

int source_find(const struct settings *set, const char *root,
		struct source *ret, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	char id[64] = "", codename[64] = "";
	struct source s = { 0 };
	int r = -ENOENT;

	if (host_read(root, "/etc/os-release", &text) == 0) {
		(void)os_release_get(text, "ID", id, sizeof(id));
		(void)os_release_get(text, "VERSION_CODENAME", codename,
				     sizeof(codename));
	}
	if (set->mirror) {
		r = from_setting(set->mirror, &s, e);
		if (r < 0)
			return r;
	} else if (!strcmp(id, "debian")) {
		r = from_apt(root, codename, &s);
	}
	if (r < 0)
		r = from_debootstrap(root, &s);
	if (r < 0)
		return err_set(e, r,
			       "no Debian mirror is known here: set "
			       "FAME_MIRROR, or install the package "
			       "\"debootstrap\", whose default is used then");
	find_keyring(root, &s);
	*ret = s;
	return 0;
}

const char *source_archive(const struct source *s, const char *suite)
{
	return has_suffix(suite, "-security") ? s->security : s->base;
}

int source_public(const char *uri, char *buf, size_t size)
{
	const char *host = strstr(uri, "://"), *at = NULL;

	host = host ? host + 3 : uri;
	for (const char *p = host; *p && *p != '/'; p++)
		if (*p == '@')
			at = p + 1;
	return path_format(buf, size, "%.*s%s", (int)(host - uri), uri,
			   at ? at : host);
}

int source_env(const struct source *s, struct strv *to)
{
	char base[SOURCE_URI_MAX], security[SOURCE_URI_MAX];
	int r = source_public(s->base, base, sizeof(base));

	if (r == 0)
		r = source_public(s->security, security, sizeof(security));
	if (r < 0)
		return r;
	strv_pushf(to, "MIRROR=%s", base);
	strv_pushf(to, "MIRROR_SECURITY=%s", security);
	return 0;
}

static int read_apt_config(char **ret_text)
{
	CLEANUP_FD int out = memfd_create("apt-config", MFD_CLOEXEC);
	char *const argv[] = { (char[]){ "apt-config" }, (char[]){ "dump" },
			       NULL };
	const struct spawn_fd fds[] = { { out, STDOUT_FILENO } };
	const struct spawn s = { .file = "apt-config",
				 .argv = argv,
				 .fds = fds,
				 .n_fds = ARRAY_SIZE(fds),
				 .death_signal = SIGKILL };
	char path[32];
	pid_t pid;
	int r;

	if (out < 0)
		return -errno;
	r = spawn(&s, &pid, NULL);
	if (r == 0)
		r = spawn_wait(pid);
	if (r)
		return r < 0 ? r : -EIO;
	r = path_format(path, sizeof(path), "/proc/self/fd/%d", out);
	return r < 0 ? r : file_read(AT_FDCWD, path, TEXT_MAX, ret_text, NULL);
}

int source_proxy(const struct settings *s, char **ret_proxy)
{
	static const char *const known[] = { "http_proxy", "https_proxy",
					     "all_proxy", "HTTPS_PROXY",
					     "ALL_PROXY" };
	CLEANUP_FREE char *text = NULL;
	char proxy[SOURCE_URI_MAX];
	const char *use = NULL;

	if (s->proxy) {
		use = s->proxy;
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (getenv(known[i])) {
				*ret_proxy = NULL;
				return 0;
			}
		if (read_apt_config(&text) == 0 &&
		    apt_config_proxy(text, proxy, sizeof(proxy)) == 0)
			use = proxy;
	}
	if (use && (!strcasecmp(use, "DIRECT") || !strcasecmp(use, "none")))
		use = "";
	*ret_proxy = use ? strdup(use) : NULL;
	return use && !*ret_proxy ? -ENOMEM : 0;
}
