/* SPDX-License-Identifier: MIT */

/* sandbox_explain.c - Why the sandbox cannot be built, and what allows it */

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
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

/* What may forbid user namespaces, the most certain first. */
static const struct {
	size_t fact;
	int bad;
	const char *before; /* says how to allow them: around the command */
	const char *mend;
	const char *behind;
} forbidders[] = {
	{ offsetof(struct sandbox_facts, max_user_namespaces), 0,
	  "allow them with \"", "sysctl -w user.max_user_namespaces=10000",
	  "\" as root" },
	{ offsetof(struct sandbox_facts, unprivileged_userns_clone), 0,
	  "allow them with \"", "sysctl -w kernel.unprivileged_userns_clone=1",
	  "\" as root" },
	{ offsetof(struct sandbox_facts, apparmor_restrict), 1,
	  "allow them with \"",
	  "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
	  "\" as root" },
	{ offsetof(struct sandbox_facts, seccomp), 2,
	  "a system call filter is on this process, as in a container: allow "
	  "them there (Docker: ",
	  "--security-opt seccomp=unconfined", ")" },
	{ offsetof(struct sandbox_facts, unconfined), 0,
	  "this process has an AppArmor profile, as in a container: allow them "
	  "there (Docker: ",
	  "--security-opt apparmor=unconfined", ")" },
};

/* Its index; -1 = none that we can see. */
static int forbidding(const struct sandbox_facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(forbidders); i++) {
		const char *at = (const char *)f + forbidders[i].fact;

		if (*(const int *)(const void *)at == forbidders[i].bad)
			return (int)i;
	}
	return -1;
}

const char *sandbox_mend(const struct sandbox_facts *f)
{
	int i = forbidding(f);

	return i < 0 ? NULL : forbidders[i].mend;
}

static int say_forbidden(enum sandbox_step step, int error,
			 const struct sandbox_facts *f, struct err *e)
{
	int i = forbidding(f);

	return err_set(e, -EPERM,
		       "an image is built in a user namespace, and user "
		       "namespaces are forbidden here (%s: %s); %s%s%s",
		       step_names[step], strerror(error),
		       i < 0 ? "this may be a container or a chroot: build the "
			       "image outside of it" :
			       forbidders[i].before,
		       i < 0 ? "" : forbidders[i].mend,
		       i < 0 ? "" : forbidders[i].behind);
}

int sandbox_explain(enum sandbox_step step, int error,
		    const struct sandbox_facts *f, const char *tree,
		    struct err *e)
{
	/* A restricted namespace may be made, and then be good for nothing. */
	if (step == SANDBOX_NAMESPACES || step == SANDBOX_IDS ||
	    (step == SANDBOX_MOUNT && (error == EACCES || error == EPERM)))
		/* Too many namespaces is ENOSPC: no other space is meant. */
		return say_forbidden(step, error, f, e);
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
