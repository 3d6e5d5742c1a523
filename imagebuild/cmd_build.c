/* SPDX-License-Identifier: MIT */

/* cmd_build.c - fame-image build
 *
 * The work is done by a child; this process only waits for its end or for a
 * signal, and then removes the directory of the build. So nothing stays,
 * wherever the work was interrupted.
 */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "cmd.h"
#include "log.h"
#include "spawn.h"
#include "store.h"

static int print_path(const char *dir)
{
	if (printf("%s\n", dir) < 0 || fflush(stdout) != 0) {
		log_err_errno(errno, "cannot print the image's path");
		return 1;
	}
	return 0;
}

static int work(const struct settings *s, const struct build_options *o,
		const char *dir)
{
	struct err e = { 0 };
	struct progress p;
	char image[PATH_MAX];
	int r;

	progress_init(&p, STDERR_FILENO);
	r = build_run(s, o, dir, &p, image, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	log_info("image ready after %u.%u s",
		 (unsigned int)(progress_elapsed(&p) / 1000),
		 (unsigned int)(progress_elapsed(&p) / 100 % 10));
	return print_path(image);
}

static void watched_signals(sigset_t *set)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP,
				       SIGQUIT };

	struct sigaction sa;

	(void)sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		/* As under nohup: what was ignored for us stays ignored. */
		if (sigaction(signals[i], NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_IGN)
			(void)sigaddset(set, signals[i]);
}

/* Wait for the child's end, or a signal that ends us: that is returned. */
static int wait_for(pid_t child, const sigset_t *set, int *ret_status)
{
	for (;;) {
		int sig = sigwaitinfo(set, NULL), status;

		if (sig > 0 && sig != SIGCHLD) {
			(void)kill(child, SIGKILL);
			(void)spawn_wait(child);
			return sig;
		}
		if (waitpid(child, &status, WNOHANG) == child) {
			*ret_status = spawn_status(status);
			return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		}
	}
}

/* All that the child has started dies with it, but not at once; until then it
 * may make files. As the subreaper we are their parent now.
 */
static void wait_for_rest(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void end_by(int sig)
{
	sigset_t set;

	(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(sig);
}

static int build_guarded(const struct settings *s,
			 const struct build_options *o)
{
	pid_t child, parent = getpid();
	struct store_build b;
	struct err e = { 0 };
	sigset_t set, before;
	int r, status = 1, sig;

	r = store_init(s->cache, &e);
	if (r == 0)
		r = store_build_begin(s->cache, &b, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)signal(SIGCHLD, SIG_DFL);
	watched_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	if (!child) {
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		if (spawn_die_with_parent(parent, SIGKILL) < 0)
			_exit(1);
		_exit(work(s, o, b.path));
	}
	sig = child < 0 ? 0 : wait_for(child, &set, &status);
	if (child < 0)
		log_err_errno(errno, "cannot start the build");
	wait_for_rest();
	store_build_end(&b);
	if (sig)
		end_by(sig);
	return status;
}

static int run(char **args, size_t n, void *options)
{
	const struct build_options *o = options;
	char image[PATH_MAX];
	struct settings s;
	struct err e = { 0 };
	int r;

	(void)args;
	(void)n;
	r = settings_load(&s, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	if (!o->force && !o->refresh) {
		r = build_cached(&s, o, image, &e);
		if (r == 0)
			return print_path(image);
		if (r != -ENOENT)
			return cmd_fail(r, &e);
	}
	return build_guarded(&s, o);
}

static const struct option_def options[] = {
	{ "profile", "NAME|FILE", "what to build; default \"debian\"",
	  offsetof(struct build_options, profile) },
	{ "refresh", NULL, "ask the mirror for newer packages",
	  offsetof(struct build_options, refresh) },
	{ "force", NULL, "build also what is in the cache",
	  offsetof(struct build_options, force) },
	{ 0 },
};

const struct command cmd_build = {
	.name = "build",
	.args = "",
	.help = "Build an image, or find it in the cache; print its directory",
	.options = options,
	.run = run,
};
