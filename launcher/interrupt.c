/* SPDX-License-Identifier: MIT */

/* interrupt.c - Signals that mean to end us, while something is being made */

#include "interrupt.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cleanup.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

/* Has been reset, and comes once more as it is. */
static void on_signal(int sig)
{
	static const char line[] = "fame-run: interrupted: nothing was "
				   "started\n";

	(void)!write(STDERR_FILENO, line, sizeof(line) - 1);
	(void)raise(sig);
}

void interrupt_tell(struct interrupt *i)
{
	const struct sigaction sa = { .sa_handler = on_signal,
				      .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;

	i->fd = -1;
	(void)sigemptyset(&i->ours);
	for (size_t k = 0; k < ARRAY_SIZE(signals); k++) {
		if (sigaction(signals[k], NULL, &old) < 0 ||
		    old.sa_handler == SIG_IGN)
			continue;
		(void)sigaddset(&i->ours, signals[k]);
		(void)sigaction(signals[k], &sa, NULL);
	}
}

static void set_default(const struct interrupt *i)
{
	for (size_t k = 0; k < ARRAY_SIZE(signals); k++)
		if (sigismember(&i->ours, signals[k]))
			(void)signal(signals[k], SIG_DFL);
}

int interrupt_hold(struct interrupt *i)
{
	i->fd = signalfd(-1, &i->ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (i->fd < 0)
		return -errno;
	(void)sigprocmask(SIG_BLOCK, &i->ours, &i->before);
	set_default(i);
	return 0;
}

int interrupt_take(struct interrupt *i)
{
	struct signalfd_siginfo si;

	return i->fd >= 0 && read(i->fd, &si, sizeof(si)) == sizeof(si) ?
		       (int)si.ssi_signo :
		       0;
}

void interrupt_release(struct interrupt *i)
{
	set_default(i);
	if (i->fd < 0)
		return;
	close_fd(&i->fd);
	(void)sigprocmask(SIG_SETMASK, &i->before, NULL);
}

void interrupt_die(int sig)
{
	sigset_t it;

	(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&it);
	(void)sigaddset(&it, sig);
	(void)sigprocmask(SIG_UNBLOCK, &it, NULL);
	(void)raise(sig);
}
