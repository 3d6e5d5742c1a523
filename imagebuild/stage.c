/* SPDX-License-Identifier: MIT */

/* stage.c - Work that is done by programs of the tree, inside of it */

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"
#include "sandbox.h"
#include "selfdir.h"
#include "sources.h"
#include "strv.h"
#include "tree.h"

#define SCRIPT_MAX (64U << 10)
#define OUTPUT_MAX (1U << 20)
#define SCRIPT "usr/src/fame-configure"

/* Everything that a program in the tree sees. Times that get into files are
 * fixed, so that the same sources give the same bytes.
 */
static const char *const environment[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"LC_ALL=C.UTF-8",
	"DEBIAN_FRONTEND=noninteractive",
	"DEBCONF_NONINTERACTIVE_SEEN=true",
	"DEBCONF_NOWARNINGS=yes",
	"SYSTEMD_OFFLINE=1",
	"UCF_FORCE_CONFFOLD=1",
	"KBUILD_BUILD_TIMESTAMP=1970-01-01",
	"KBUILD_BUILD_USER=fame",
	"KBUILD_BUILD_HOST=image",
	NULL,
};

static int run_with(const struct stage *s, const struct strv *more,
		    struct sandbox *box, int *ret_status, struct err *e)
{
	CLEANUP_STRV struct strv env = { 0 };
	const char *term = getenv("TERM");

	for (size_t i = 0; environment[i]; i++)
		strv_push(&env, environment[i]);
	strv_pushf(&env, "TERM=%s", box->interactive && term ? term : "dumb");
	strv_pushf(&env, "SOURCE_DATE_EPOCH=%" PRId64, s->epoch);
	for (size_t i = 0; more && i < more->n; i++)
		strv_push(&env, more->v[i]);
	if (!strv_ok(&env))
		return -ENOMEM;
	box->tree = s->tree;
	box->env = env.v;
	box->owners = s->owners;
	return sandbox_run(box, ret_status, e);
}

static int run(const struct stage *s, char *const *argv, int out,
	       int *ret_status, struct err *e)
{
	struct sandbox box = { .argv = argv, .out = out, .log = s->log };

	return run_with(s, NULL, &box, ret_status, e);
}

int stage_script(char **ret_text)
{
	char path[PATH_MAX];
	int r = selfdir_data("imagebuild/configure.sh", path, sizeof(path));

	return r < 0 ? r :
		       file_read(AT_FDCWD, path, SCRIPT_MAX, ret_text, NULL);
}

static int put_script(const struct stage *s)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_FD int fd = -1;
	struct tree t;
	int r;

	r = stage_script(&text);
	if (r < 0)
		return r;
	tree_init(&t, s->root);
	r = tree_create(&t, SCRIPT, &fd);
	tree_deinit(&t);
	if (r == 0)
		r = write_all(fd, text, strlen(text));
	if (r == 0 && fchmod(fd, 0755) < 0)
		r = -errno;
	return r;
}

/* Programs of the tree may have made a link of its directory. */
static int remove_from(const struct stage *s, const char *name)
{
	struct tree t;
	int r;

	tree_init(&t, s->root);
	r = tree_remove(&t, name);
	tree_deinit(&t);
	return r == -ENOENT ? 0 : r;
}

int stage_configure(const struct stage *s, struct err *e)
{
	char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "/" SCRIPT },
			       NULL };
	int status, r;

	r = put_script(s);
	if (r < 0)
		return err_set(e, r,
			       "cannot copy \"configure.sh\" into the tree: "
			       "%s",
			       strerror(-r));
	r = run(s, argv, s->log, &status, e);
	if (r < 0)
		return r;
	if (status)
		return err_set(e, -ECANCELED,
			       "configuring the packages failed with status "
			       "%d",
			       status);
	return remove_from(s, SCRIPT);
}

int stage_compile(const struct stage *s, struct err *e)
{
	CLEANUP_STRV struct strv argv = { 0 };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int status, r;

	r = remove_from(s, SOURCES_DIR);
	if (r < 0)
		return err_set(e, r,
			       "cannot clear \"/" SOURCES_DIR "\" of the tree: "
			       "%s",
			       strerror(-r));
	r = sources_copy(s->root, e);
	if (r < 0)
		return r;
	strv_push(&argv, "/usr/bin/make");
	strv_push(&argv, "-C");
	strv_push(&argv, "/" SOURCES_DIR "/guest");
	strv_pushf(&argv, "-j%ld", cpus < 1 ? 1 : cpus);
	strv_pushf(&argv, "KVER=%s", s->kver);
	strv_push(&argv, "OUT=/" SOURCES_DIR "/out");
	strv_push(&argv, "FAME_VERSION=" FAME_VERSION);
	if (!strv_ok(&argv))
		return -ENOMEM;
	r = run(s, argv.v, s->log, &status, e);
	if (r == 0 && status)
		r = err_set(e, -ECANCELED,
			    "compiling the node's programs failed with "
			    "status %d",
			    status);
	return r;
}

int stage_line(const struct stage *s, const char *line, struct err *e)
{
	CLEANUP_STRV struct strv argv = { 0 };
	struct sandbox box = { .out = s->log, .log = s->log };
	int status, r;

	strv_push(&argv, "/bin/sh");
	strv_push(&argv, "-c");
	strv_push(&argv, line);
	if (!strv_ok(&argv))
		return -ENOMEM;
	box.argv = argv.v;
	r = run_with(s, s->line_env, &box, &status, e);
	if (r == 0 && status)
		r = err_set(e, -ECANCELED,
			    "the profile's \"%s\" failed with status %d", line,
			    status);
	return r;
}

int stage_command(const struct stage *s, char *const *command, int *ret_status,
		  struct err *e)
{
	CLEANUP_STRV struct strv argv = { 0 };
	struct sandbox box = { .out = STDOUT_FILENO,
			       .log = STDERR_FILENO,
			       .interactive = true };

	strv_push(&argv, "/bin/sh");
	strv_push(&argv, "-c");
	strv_push(&argv, "exec \"$0\" \"$@\"");
	for (size_t i = 0; command[i]; i++)
		strv_push(&argv, command[i]);
	if (!strv_ok(&argv))
		return -ENOMEM;
	box.argv = argv.v;
	return run_with(s, s->line_env, &box, ret_status, e);
}

int stage_output(const struct stage *s, char *const *argv, char **ret_text,
		 struct err *e)
{
	CLEANUP_FD int out = memfd_create("output", MFD_CLOEXEC);
	char path[32];
	int status, r;

	if (out < 0)
		return -errno;
	r = run(s, argv, out, &status, e);
	if (r == 0 && status)
		r = err_set(e, -ECANCELED,
			    "program \"%s\" of the tree failed with status %d",
			    argv[0], status);
	if (r == 0)
		r = path_format(path, sizeof(path), "/proc/self/fd/%d", out);
	return r < 0 ? r :
		       file_read(AT_FDCWD, path, OUTPUT_MAX, ret_text, NULL);
}
