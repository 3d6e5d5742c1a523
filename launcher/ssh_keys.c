/* SPDX-License-Identifier: MIT */

/* ssh_keys.c - Keys of a cluster for ssh */

#include "ssh_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "spawn.h"

#define PROGRAM "ssh-keygen"
#define KEY_MAX 4096

static int read_key(int dirfd, const char *name, const char *public,
		    struct ssh_key *ret)
{
	struct ssh_key k = { NULL, NULL };
	int r;

	r = file_read(dirfd, name, KEY_MAX, &k.private, NULL);
	if (r == 0)
		r = file_read(dirfd, public, KEY_MAX, &k.public, NULL);
	if (r < 0) {
		free(k.private);
		return r;
	}
	k.public[strcspn(k.public, "\n")] = '\0';
	*ret = k;
	return 0;
}

/* In the directory: a path has no place in a key's file. */
static int make_key(const char *dir, const char *name, struct err *e)
{
	char file[NAME_MAX], said[256] = "";
	char *const argv[] = {
		(char[]){ PROGRAM },
		(char[]){ "-q" },
		(char[]){ "-t" },
		(char[]){ "ed25519" },
		(char[]){ "-N" },
		(char[]){ "" },
		(char[]){ "-C" },
		(char[]){ "fame" },
		(char[]){ "-f" },
		file,
		NULL,
	};
	int r;

	(void)snprintf(file, sizeof(file), "%s", name);
	r = spawn_output(&(struct spawn){ .file = PROGRAM,
					  .argv = argv,
					  .cwd = dir,
					  .death_signal = SIGTERM },
			 STDERR_FILENO, said, sizeof(said));
	if (r > 0)
		return err_set(e, -ECHILD, "'" PROGRAM "' failed: %.*s",
			       (int)strcspn(said, "\r\n"), said);
	return r < 0 ? err_set(e, r,
			       "cannot run '" PROGRAM "': %s; install "
			       "openssh-client",
			       strerror(-r)) :
		       0;
}

/* Half of a key, which an end in between leaves, is none. */
static int get_key(int dirfd, const char *dir, const char *name,
		   struct ssh_key *ret, struct err *e)
{
	char public[NAME_MAX];
	int r;

	(void)snprintf(public, sizeof(public), "%s.pub", name);
	r = read_key(dirfd, name, public, ret);
	if (r != -ENOENT)
		return r;
	(void)unlinkat(dirfd, name, 0);
	(void)unlinkat(dirfd, public, 0);
	r = make_key(dir, name, e);
	return r < 0 ? r : read_key(dirfd, name, public, ret);
}

static int get_all(int dirfd, const char *dir, const struct topology *t,
		   struct ssh_keys *ret, struct err *e)
{
	char name[TOPOLOGY_NAME_MAX];
	int r;

	r = get_key(dirfd, dir, "id", &ret->cluster, e);
	for (unsigned i = 1; i <= t->n_nodes && r == 0; i++)
		r = get_key(dirfd, dir, topology_name(t, i, name),
			    &ret->node[i], e);
	return r;
}

int ssh_keys_get(const struct cluster *c, const struct topology *t,
		 struct ssh_keys *ret, struct err *e)
{
	CLEANUP_FREE char *dir = NULL;
	CLEANUP_FD int dirfd = -1;
	int r = 0;

	if (asprintf(&dir, "%s/" SSH_KEYS_DIR, c->dir) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0) {
		dirfd = open(dir,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = dirfd < 0 ? -errno : get_all(dirfd, dir, t, ret, e);
	}
	if (r == 0)
		return 0;
	ssh_keys_deinit(ret);
	return e->msg[0] ? r :
			   err_set(e, r, "cannot use the ssh keys in '%s': %s",
				   dir, strerror(-r));
}

static void free_key(struct ssh_key *k)
{
	if (k->private)
		explicit_bzero(k->private, strlen(k->private));
	free(k->private);
	free(k->public);
}

void ssh_keys_deinit(struct ssh_keys *k)
{
	free_key(&k->cluster);
	for (size_t i = 0; i < ARRAY_SIZE(k->node); i++)
		free_key(&k->node[i]);
	*k = (struct ssh_keys){ 0 };
}
