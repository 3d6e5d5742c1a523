/* SPDX-License-Identifier: MIT */

/* fault.c - Loads and stores that may be killed */

#include "fault.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

/* A signal handler has no other way to find it. */
static sigjmp_buf on_fault;

static void handle_fault(int sig)
{
	siglongjmp(on_fault, sig);
}

int fault_catch(void)
{
	const struct sigaction act = { .sa_handler = handle_fault };

	if (sigaction(SIGBUS, &act, NULL) < 0 ||
	    sigaction(SIGSEGV, &act, NULL) < 0)
		return -errno;
	return 0;
}

int try_load(const volatile char *p)
{
	int sig = sigsetjmp(on_fault, 1);

	return sig ? -sig : (unsigned char)*p;
}

int try_store(volatile char *p, char c)
{
	int sig = sigsetjmp(on_fault, 1);

	if (sig)
		return -sig;
	*p = c;
	return 0;
}

int try_load64(const volatile uint64_t *p, uint64_t *ret_v)
{
	int sig = sigsetjmp(on_fault, 1);

	if (sig)
		return -sig;
	*ret_v = *p;
	return 0;
}

int try_store64(volatile uint64_t *p, uint64_t v)
{
	int sig = sigsetjmp(on_fault, 1);

	if (sig)
		return -sig;
	*p = v;
	return 0;
}

long fault_count(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt;
}
