/* SPDX-License-Identifier: MIT */

/* gpgv.c - Is a text signed by a key that we trust? */

#include "gpgv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"
#include "release.h"
#include "spawn.h"

#define STATUS_FD 3

static bool has_status(const char *line, const char *word)
{
	static const char prefix[] = "[GNUPG:] ";
	size_t n = strlen(word);

	if (strncmp(line, prefix, sizeof(prefix) - 1) != 0)
		return false;
	line += sizeof(prefix) - 1;
	return !strncmp(line, word, n) && (line[n] == ' ' || line[n] == '\n');
}

/* VALIDSIG also follows EXPSIG, EXPKEYSIG and REVKEYSIG: only after GOODSIG
 * neither the signature nor its key has ended.
 */
int gpgv_judge(const char *status)
{
	bool good = false, current = false;

	for (const char *s = status; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (has_status(s, "NEWSIG"))
			current = false;
		if (has_status(s, "GOODSIG"))
			current = true;
		if (has_status(s, "VALIDSIG") && current)
			good = true;
		/* The error: there is a second text, whoever signed it. */
		if (has_status(s, "BADSIG") || has_status(s, "BADARMOR") ||
		    has_status(s, "NODATA") ||
		    has_status(s, "ERROR proc_pkt.plaintext"))
			return -EKEYREJECTED;
	}
	return good ? 0 : -EKEYREJECTED;
}

/* The contents of a memfd that the child has written to. */
static int slurp(int fd, char **ret_text)
{
	char path[32];
	int r;

	r = path_format(path, sizeof(path), "/proc/self/fd/%d", fd);
	return r < 0 ? r :
		       file_read(AT_FDCWD, path, RELEASE_MAX, ret_text, NULL);
}

static int run(const char *file, const char *keyring, int out, int status)
{
	char *const argv[] = { (char[]){ "gpgv" },
			       (char[]){ "--quiet" },
			       (char[]){ "--status-fd" },
			       (char[]){ "3" },
			       (char[]){ "--keyring" },
			       strdupa(keyring),
			       (char[]){ "--output" },
			       (char[]){ "-" },
			       strdupa(file),
			       NULL };
	const struct spawn_fd fds[] = { { out, STDOUT_FILENO },
					{ status, STATUS_FD } };
	const struct spawn s = { .file = "gpgv",
				 .argv = argv,
				 .fds = fds,
				 .n_fds = ARRAY_SIZE(fds),
				 .death_signal = SIGKILL };
	pid_t pid;
	int r;

	r = spawn(&s, &pid, NULL);
	/* The exit status says less than the status lines: it is 2 also when
	 * only one of several signers is unknown.
	 */
	return r < 0 ? r : spawn_wait(pid);
}

int gpgv_verify(const char *file, const char *keyring, const char *what,
		char **ret_text, struct err *e)
{
	CLEANUP_FD int out = memfd_create("signed-text", MFD_CLOEXEC);
	CLEANUP_FD int status = memfd_create("gpgv-status", MFD_CLOEXEC);
	CLEANUP_FREE char *lines = NULL;
	int r;

	if (out < 0 || status < 0)
		return -errno;
	if (access(keyring, R_OK) < 0)
		return err_set(e, -errno,
			       "cannot read the keys of the archive in \"%s\": "
			       "%s; install the package "
			       "\"debian-archive-keyring\"",
			       keyring, strerror(errno));
	r = run(file, keyring, out, status);
	if (r < 0)
		return err_set(e, r,
			       "cannot run \"gpgv\": %s; install the package "
			       "\"gpgv\"",
			       strerror(-r));
	r = slurp(status, &lines);
	if (r == 0)
		r = gpgv_judge(lines);
	if (r == -EKEYREJECTED)
		return err_set(e, r,
			       "\"%s\" has no good signature by a key of "
			       "\"%s\": the mirror is not to be trusted or "
			       "the keyring is too old",
			       what, keyring);
	return r < 0 ? r : slurp(out, ret_text);
}
