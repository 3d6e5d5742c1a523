/* SPDX-License-Identifier: MIT */

/* fsop.c - From a line to its operation */

#include "fsop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

static const struct fsop_def *const tables[] = {
	fsop_names, fsop_fds,	fsop_data,   fsop_stats, fsop_dirs,
	fsop_maps,  fsop_locks, fsop_xattrs, fsop_procs,
};

int64_t fsop_result(int64_t r)
{
	return r < 0 ? -errno : r;
}

int64_t fsop_keep_fd(struct fsop *f, int slot, int fd)
{
	if (fd < 0)
		return -errno;
	close_fd(&f->fd[slot]);
	f->fd[slot] = fd;
	return 0;
}

/* ---- signals --------------------------------------------------------------- */

/* A handler has no other way to find it. */
static sigjmp_buf on_fault;

static void handle_fault(int sig)
{
	siglongjmp(on_fault, sig);
}

int64_t fsop_guard(int64_t (*call)(void *arg), void *arg, char *out)
{
	const struct sigaction act = { .sa_handler = handle_fault };
	struct sigaction bus, segv;
	int64_t r = 0;
	int sig;

	(void)sigaction(SIGBUS, &act, &bus);
	(void)sigaction(SIGSEGV, &act, &segv);
	sig = sigsetjmp(on_fault, 1);
	if (sig)
		(void)snprintf(out, FSOP_OUT, "SIG%s", sigabbrev_np(sig));
	else
		r = call(arg);
	(void)sigaction(SIGBUS, &bus, NULL);
	(void)sigaction(SIGSEGV, &segv, NULL);
	return r;
}

/* ---- arguments ------------------------------------------------------------- */

const struct fsop_def *fsop_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct fsop_def *d = tables[i]; d->name; d++)
			if (!strcmp(d->name, name))
				return d;
	return NULL;
}

static int convert(struct fsop *f, char type, char *word, struct fsop_arg *a)
{
	a->s = word;
	if (type == 's')
		return 0;
	if (type == 'n')
		return fsop_number(word, f->book, &a->n);
	a->slot = *word - 'a';
	if (a->slot < 0 || a->slot >= FSOP_SLOTS || word[1])
		return -EINVAL;
	a->n = f->fd[a->slot];
	return 0;
}

/* Return: 0, or -EINVAL if number or kind of the words is wrong */
static int get_args(struct fsop *f, const struct fsop_def *d, int n,
		    char **words, struct fsop_arg *args)
{
	bool may_miss = false;

	for (const char *t = d->args; *t; t++) {
		if (*t == '?') {
			may_miss = true;
			continue;
		}
		if (!n)
			return may_miss ? 0 : -EINVAL;
		if (convert(f, *t, *words, args) < 0)
			return -EINVAL;
		args++;
		words++;
		n--;
	}
	return n ? -EINVAL : 0;
}

/* ---- another user ---------------------------------------------------------- */

/* UID:GID or UID:GID:GROUP; for one line. */
static int become(const char *who)
{
	unsigned uid, gid, group;
	int n = sscanf(who, "%u:%u:%u", &uid, &gid, &group);

	if (n < 2)
		return -EINVAL;
	if (setgroups(n > 2, &group) < 0 || setegid(gid) < 0 ||
	    seteuid(uid) < 0)
		return -errno;
	return 0;
}

static void become_root(void)
{
	if (seteuid(0) < 0 || setegid(0) < 0 || setgroups(0, NULL) < 0)
		abort();
}

/* ---- lines ----------------------------------------------------------------- */

static int bad_line(char *out, const char *why, const char *what)
{
	(void)snprintf(out, FSOP_OUT, "line is wrong: %s '%.100s'", why, what);
	return -EINVAL;
}

static int answer(int64_t r, char *out)
{
	const char *name;

	if (r > 0)
		(void)snprintf(out, FSOP_OUT, "%lld", (long long)r);
	if (r >= 0)
		return 0;
	name = strerrorname_np((int)-r);
	if (name)
		(void)snprintf(out, FSOP_OUT, "%s", name);
	else
		(void)snprintf(out, FSOP_OUT, "errno %lld", (long long)-r);
	return -1;
}

int fsop_run(struct fsop *f, const char *line, char *out)
{
	struct fsop_arg args[FSOP_WORDS] = { 0 };
	const struct fsop_def *d;
	char *words[FSOP_WORDS], **w = words;
	int n = fsop_split(line, true, f->words, words), r;
	const char *who = NULL;

	if (n > 2 && !strcmp(*w, "as")) {
		who = w[1];
		w += 2;
		n -= 2;
	}
	d = n > 0 ? fsop_find(*w) : NULL;
	if (!d)
		return bad_line(out, "no operation in", line);
	if (get_args(f, d, n - 1, w + 1, args) < 0)
		return bad_line(out, "arguments of", line);
	if (fchdir(f->cwd) < 0)
		return answer(-errno, out);
	(void)strcpy(out, "0");
	r = who ? become(who) : 0;
	r = answer(r ? r : d->run(f, args, out), out);
	if (who)
		become_root();
	return r;
}

int fsop_init(struct fsop *f, const char *dir, uint64_t book)
{
	memset(f, 0, sizeof(*f));
	for (int i = 0; i < FSOP_SLOTS; i++)
		f->fd[i] = -1;
	f->cwd = -1;
	f->book = book;
	f->words = malloc(FSOP_LINE);
	f->top = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->top >= 0)
		f->cwd = fcntl(f->top, F_DUPFD_CLOEXEC, 3);
	return f->words && f->cwd >= 0 ? 0 : -errno;
}

void fsop_reset(struct fsop *f)
{
	for (int i = 0; i < FSOP_SLOTS; i++) {
		close_fd(&f->fd[i]);
		fsop_unmap(&f->map[i]);
	}
	close_fd(&f->cwd);
	f->cwd = fcntl(f->top, F_DUPFD_CLOEXEC, 3);
}

void fsop_deinit(struct fsop *f)
{
	fsop_reset(f);
	close_fd(&f->cwd);
	close_fd(&f->top);
	free(f->words);
	f->words = NULL;
}
