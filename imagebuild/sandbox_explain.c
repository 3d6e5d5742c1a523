/* SPDX-License-Identifier: MIT */

/* sandbox_explain.c - Why the sandbox cannot be built, and what allows it */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"
#include "sandbox.h"

/* A number in a file of /proc/sys; -1 = there is none. */
static int read_number(const char *path)
{
	CLEANUP_FREE char *text = NULL;
	uint32_t v;

	if (file_read(AT_FDCWD, path, 64, &text, NULL) < 0)
		return -1;
	text[strcspn(text, " \n")] = '\0';
	return parse_u32(text, 0, INT32_MAX, &v) < 0 ? -1 : (int)v;
}

static int read_seccomp(void)
{
	static const char key[] = "\nSeccomp:\t";
	CLEANUP_FREE char *text = NULL;
	const char *at;

	if (file_read(AT_FDCWD, "/proc/self/status", 65536, &text, NULL) < 0)
		return -1;
	at = strstr(text, key);
	return at ? at[sizeof(key) - 1] - '0' : -1;
}

void sandbox_facts_read(struct sandbox_facts *ret)
{
	CLEANUP_FREE char *label = NULL;

	ret->max_user_namespaces =
		read_number("/proc/sys/user/max_user_namespaces");
	ret->unprivileged_userns_clone =
		read_number("/proc/sys/kernel/unprivileged_userns_clone");
	ret->apparmor_restrict = read_number(
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
	ret->seccomp = read_seccomp();
	ret->unconfined = -1;
	if (file_read(AT_FDCWD, "/proc/self/attr/apparmor/current", 4096,
		      &label, NULL) == 0)
		ret->unconfined = !strncmp(label, "unconfined", 10);
}

static const char *const step_names[] = {
	[SANDBOX_NONE] = "nothing",
	[SANDBOX_NAMESPACES] = "making namespaces",
	[SANDBOX_IDS] = "mapping user ids",
	[SANDBOX_MOUNT] = "mounting",
	[SANDBOX_PROC] = "mounting /proc",
	[SANDBOX_DEV] = "making /dev",
	[SANDBOX_ROOT] = "changing the root",
	[SANDBOX_FILTER] = "installing the system call filter",
	[SANDBOX_EXEC] = "starting the program",
};
_Static_assert(ARRAY_SIZE(step_names) == SANDBOX_STEP_COUNT,
	       "a name for every step");

/* The setting that forbids user namespaces; NULL = none that we can see. */
static const char *forbidding(const struct sandbox_facts *f)
{
	if (f->max_user_namespaces == 0)
		return "allow them with \"sysctl -w "
		       "user.max_user_namespaces=10000\" as root";
	if (f->unprivileged_userns_clone == 0)
		return "allow them with \"sysctl -w "
		       "kernel.unprivileged_userns_clone=1\" as root";
	if (f->apparmor_restrict == 1)
		return "allow them with \"sysctl -w "
		       "kernel.apparmor_restrict_unprivileged_userns=0\" as "
		       "root";
	if (f->seccomp == 2)
		return "a system call filter is on this process, as in a "
		       "container: allow them there (Docker: --security-opt "
		       "seccomp=unconfined)";
	if (f->unconfined == 0)
		return "this process has an AppArmor profile, as in a "
		       "container: allow them there (Docker: --security-opt "
		       "apparmor=unconfined)";
	return NULL;
}

int sandbox_explain(enum sandbox_step step, int error,
		    const struct sandbox_facts *f, const char *tree,
		    struct err *e)
{
	const char *why = forbidding(f);

	/* A restricted namespace may be made, and then be good for nothing. */
	if (step == SANDBOX_NAMESPACES || step == SANDBOX_IDS ||
	    (step == SANDBOX_MOUNT && (error == EACCES || error == EPERM)))
		/* Too many namespaces is ENOSPC: no other space is meant. */
		return err_set(e, -EPERM,
			       "an image is built in a user namespace, and "
			       "user namespaces are forbidden here (%s: %s); "
			       "%s",
			       step_names[step], strerror(error),
			       why ? why :
				     "this may be a container or a chroot: "
				     "build the image outside of it");
	if (step == SANDBOX_PROC && (error == EPERM || error == EACCES))
		return err_set(e, -error,
			       "an image is built with a /proc of its own, "
			       "which is forbidden here as parts of this "
			       "/proc are masked (%s); start the container "
			       "with an unmasked one (Docker: --security-opt "
			       "systempaths=unconfined)",
			       strerror(error));
	if (step == SANDBOX_EXEC && error == EACCES)
		return err_set(e, -error,
			       "programs below \"%s\" cannot be run: is it "
			       "mounted noexec? Set XDG_CACHE_HOME to another "
			       "file system",
			       tree);
	return err_set(e, -error, "cannot work inside \"%s\" (%s: %s)", tree,
		       step_names[step], strerror(error));
}
