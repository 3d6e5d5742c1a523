/* SPDX-License-Identifier: MIT */

/* dpkgdb.c - The database of dpkg in a tree that we have unpacked */

#include "dpkgdb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"

#define INFO "var/lib/dpkg/info"

static int put(int root, const char *path, const void *data, size_t len,
	       mode_t mode)
{
	CLEANUP_FD int fd = openat(
		root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, data, len);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	return r;
}

int dpkgdb_init(int root)
{
	static const char *const dirs[] = {
		"usr",
		"usr/bin",
		"usr/sbin",
		"usr/lib",
		"usr/lib64",
		"etc",
		"var",
		"var/lib",
		"var/lib/dpkg",
		INFO,
		"var/lib/dpkg/updates",
		"var/lib/dpkg/triggers",
	};
	static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
	char target[16];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(root, dirs[i], 0755) < 0 ||
		    fchmodat(root, dirs[i], 0755, 0) < 0)
			return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(links) && r == 0; i++) {
		r = path_format(target, sizeof(target), "usr/%s", links[i]);
		if (r == 0 && symlinkat(target, root, links[i]) < 0)
			r = -errno;
	}
	if (r == 0)
		r = put(root, INFO "/format", "1\n", 2, 0644);
	return r < 0 ? r : put(root, "var/lib/dpkg/available", "", 0, 0644);
}

/* Value of a one-line field of a control file; false = it is not there. */
static bool control_get(const char *control, const char *field, char *buf,
			size_t size)
{
	size_t n = strlen(field);

	for (const char *s = control; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncmp(s, field, n) != 0 || s[n] != ':')
			continue;
		s += n + 1;
		s += strspn(s, " \t");
		return path_format(buf, size, "%.*s", (int)strcspn(s, "\n \t"),
				   s) == 0;
	}
	return false;
}

/* "libc6:amd64" for packages that may be installed for two architectures. */
static int info_name(const char *control, char *buf, size_t size)
{
	char name[128], arch[32], multi[32];

	if (!control_get(control, "Package", name, sizeof(name)) ||
	    !control_get(control, "Architecture", arch, sizeof(arch)) ||
	    !*name || strpbrk(name, "/") || strpbrk(arch, "/"))
		return -EBADMSG;
	if (control_get(control, "Multi-Arch", multi, sizeof(multi)) &&
	    !strcmp(multi, "same"))
		return path_format(buf, size, "%s:%s", name, arch);
	return path_format(buf, size, "%s", name);
}

char *dpkgdb_status(const char *control, const char *conffiles)
{
	const char *rest = strchr(control, '\n');
	size_t first = rest ? (size_t)(rest - control) : strlen(control);
	char *text = NULL;
	size_t len, tail;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	rest = rest ? rest + 1 : "";
	tail = strlen(rest);
	while (tail && rest[tail - 1] == '\n')
		tail--;
	(void)fprintf(f, "%.*s\nStatus: install ok unpacked\n%.*s%s",
		      (int)first, control, (int)tail, rest, tail ? "\n" : "");
	if (conffiles && *conffiles)
		(void)fputs("Conffiles:\n", f);
	for (const char *s = conffiles; s && *s;) {
		size_t n = strcspn(s, "\n");

		/* "remove-on-upgrade /etc/x" has no file. */
		if (*s == '/')
			(void)fprintf(f, " %.*s newconffile\n", (int)n, s);
		s += n + (s[n] == '\n');
	}
	(void)fputc('\n', f);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int put_list(int root, const char *name, const struct strv *list)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		(void)fprintf(f, "%s\n", list->v[i]);
	if (fclose(f) != 0)
		return -ENOMEM;
	r = path_format(path, sizeof(path), INFO "/%s.list", name);
	return r < 0 ? r : put(root, path, text, len, 0644);
}

int dpkgdb_add(int root, const struct deb *d, char **ret_status)
{
	const struct deb_control *control = deb_control_get(d, "control");
	const struct deb_control *conf = deb_control_get(d, "conffiles");
	char name[256], path[PATH_MAX], *status;
	int r;

	r = info_name(control->data, name, sizeof(name));
	if (r == 0)
		r = put_list(root, name, &d->list);
	for (size_t i = 0; i < d->n_control && r == 0; i++) {
		const struct deb_control *c = &d->control[i];

		if (c == control)
			continue;
		r = path_format(path, sizeof(path), INFO "/%s.%s", name,
				c->name);
		if (r == 0)
			r = put(root, path, c->data, c->len, c->mode);
	}
	if (r < 0)
		return r;
	status = dpkgdb_status(control->data, conf ? conf->data : NULL);
	if (!status)
		return -ENOMEM;
	*ret_status = status;
	return 0;
}

static void put_provided(FILE *f, const struct strv *provided)
{
	(void)fputs("Package: fame-image-builder\n"
		    "Status: install ok installed\n"
		    "Priority: optional\n"
		    "Section: misc\n"
		    "Maintainer: fame-image\n"
		    "Architecture: all\n"
		    "Version: " FAME_VERSION "\n"
		    "Provides: ",
		    f);
	for (size_t i = 0; i < provided->n; i++)
		(void)fprintf(f, "%s%s", i ? ", " : "", provided->v[i]);
	(void)fputs("\nDescription: what the image's builder does itself\n\n",
		    f);
}

int dpkgdb_finish(int root, char *const *status, size_t n,
		  const struct strv *provided)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int r = 0;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		(void)fputs(status[i], f);
	if (provided->n)
		put_provided(f, provided);
	if (fclose(f) != 0)
		return -ENOMEM;
	r = put(root, "var/lib/dpkg/status", text, len, 0644);
	if (r == 0 && provided->n)
		r = put(root, INFO "/fame-image-builder.list", "/.\n", 3, 0644);
	if (r == 0 && provided->n) /* dpkg --audit asks for it */
		r = put(root, INFO "/fame-image-builder.md5sums", "", 0, 0644);
	return r;
}
