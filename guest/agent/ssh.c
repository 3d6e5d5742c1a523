/* SPDX-License-Identifier: MIT */

/* ssh.c - Giving a node its ssh keys */

#include "ssh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base64.h"
#include "cleanup.h"
#include "file.h"

#define TYPE "ssh-ed25519"
#define PUBLIC_BYTES 32U
#define PRIVATE_BYTES 64U /* seed and public part */

/* ---- formats -------------------------------------------------------------- */

/* What is left of SSH's wire format (RFC 4251, section 5). */
struct wire {
	const unsigned char *at;
	size_t left;
};

static int get_bytes(struct wire *w, size_t n, const void **ret)
{
	if (n > w->left)
		return -EINVAL;
	*ret = w->at;
	w->at += n;
	w->left -= n;
	return 0;
}

static int get_u32(struct wire *w, uint32_t *ret)
{
	const void *at;
	uint32_t v;

	if (get_bytes(w, sizeof(v), &at) < 0)
		return -EINVAL;
	memcpy(&v, at, sizeof(v));
	*ret = ntohl(v);
	return 0;
}

static int get_string(struct wire *w, struct wire *ret)
{
	const void *at;
	uint32_t n;

	if (get_u32(w, &n) < 0 || get_bytes(w, n, &at) < 0)
		return -EINVAL;
	*ret = (struct wire){ at, n };
	return 0;
}

/* A string that must be @want. */
static int expect(struct wire *w, const char *want)
{
	struct wire s;

	if (get_string(w, &s) < 0 || s.left != strlen(want) ||
	    memcmp(s.at, want, s.left) != 0)
		return -EINVAL;
	return 0;
}

/* The private section: a random number twice, then the key and its comment. */
static int get_private(struct wire *w, struct wire *ret_key)
{
	struct wire s, pub;
	uint32_t check[2];

	if (get_string(w, &s) < 0 || get_u32(&s, &check[0]) < 0 ||
	    get_u32(&s, &check[1]) < 0 || check[0] != check[1] ||
	    expect(&s, TYPE) < 0 || get_string(&s, &pub) < 0 ||
	    pub.left != PUBLIC_BYTES || get_string(&s, ret_key) < 0 ||
	    ret_key->left != PRIVATE_BYTES)
		return -EINVAL;
	return 0;
}

/* openssh-key-v1, with neither cipher nor key derivation, one key */
static int parse_openssh(struct wire w, struct wire *ret_key)
{
	static const char magic[] = "openssh-key-v1"; /* NUL included */
	struct wire pub;
	const void *at;
	uint32_t n;

	if (get_bytes(&w, sizeof(magic), &at) < 0 ||
	    memcmp(at, magic, sizeof(magic)) != 0 || expect(&w, "none") < 0 ||
	    expect(&w, "none") < 0 || expect(&w, "") < 0 ||
	    get_u32(&w, &n) < 0 || n != 1 || get_string(&w, &pub) < 0)
		return -EINVAL;
	return get_private(&w, ret_key);
}

static unsigned char *put_string(unsigned char *to, const void *data, size_t n)
{
	uint32_t len = htonl((uint32_t)n);

	memcpy(to, &len, sizeof(len));
	memcpy(to + sizeof(len), data, n);
	return to + sizeof(len) + n;
}

int ssh_to_dropbear(const char *text,
		    unsigned char ret_data[static SSH_DROPBEAR_SIZE])
{
	unsigned char data[IDENTITY_KEY_MAX];
	char body[IDENTITY_KEY_MAX + 1];
	struct wire key;
	size_t n = 0;

	/* The lines between the armour, as one. */
	text = strchr(text, '\n');
	if (!text)
		return -EINVAL;
	for (; *text && *text != '-' && n < IDENTITY_KEY_MAX; text++)
		if (*text != '\n')
			body[n++] = *text;
	if (base64_decode(body, n, data, &n) < 0 ||
	    parse_openssh((struct wire){ data, n }, &key) < 0)
		return -EINVAL;
	(void)put_string(put_string(ret_data, TYPE, sizeof(TYPE) - 1), key.at,
			 key.left);
	return 0;
}

char *ssh_known_hosts(const struct identity *id)
{
	char address[INET_ADDRSTRLEN], *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < id->n_hosts; i++) {
		const struct identity_host *h = &id->hosts[i];

		if (h->key[0])
			(void)fprintf(f, "%s,%s.%s,%s %s\n", h->name, h->name,
				      id->domain,
				      inet_ntop(AF_INET, &h->address, address,
						sizeof(address)),
				      h->key);
	}
	if (fclose(f) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- files ---------------------------------------------------------------- */

struct target {
	int dir;
	uid_t owner; /* of what the user's programs read */
};

static int put(const struct target *t, const char *name, uid_t owner,
	       mode_t mode, const void *data, size_t len)
{
	CLEANUP_FD int fd = -1;
	int r;

	/* sshd and ssh look at a file's mode before they believe it. */
	(void)unlinkat(t->dir, name, 0);
	fd = openat(t->dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = write_all(fd, data, len);
	if (r == 0 && owner && fchown(fd, owner, (gid_t)-1) < 0)
		r = -errno;
	return r;
}

static int put_text(const struct target *t, const char *name, mode_t mode,
		    const char *text)
{
	return put(t, name, 0, mode, text, strlen(text));
}

/* A file that both the user and root may use: OpenSSH minds the modes of
 * files that belong to who runs it.
 */
static int put_key(const struct target *t, const struct identity_ssh *s)
{
	unsigned char data[SSH_DROPBEAR_SIZE];
	int r;

	r = put(t, "id", t->owner, 0600, s->key, strlen(s->key));
	if (r == 0)
		r = ssh_to_dropbear(s->key, data);
	if (r == 0)
		r = put(t, "id_dropbear", t->owner, 0600, data, sizeof(data));
	return r;
}

static int put_host_key(const struct target *t, const struct identity_ssh *s)
{
	unsigned char data[SSH_DROPBEAR_SIZE];
	int r;

	r = put_text(t, "host_key", 0600, s->host_key);
	if (r == 0)
		r = ssh_to_dropbear(s->host_key, data);
	if (r == 0)
		r = put(t, "host_key.dropbear", 0, 0600, data, sizeof(data));
	return r;
}

static int put_lists(const struct target *t, const struct identity *id)
{
	CLEANUP_FREE char *known = ssh_known_hosts(id);
	CLEANUP_FREE char *line = NULL;
	int r;

	if (!known || asprintf(&line, "%s\n", id->ssh.authorized) < 0)
		return -ENOMEM;
	r = put_text(t, "known_hosts", 0644, known);
	return r < 0 ? r : put_text(t, "authorized_keys", 0644, line);
}

static uid_t owner_of_key(const struct identity *id)
{
	const struct passwd *p;

	p = id->has_user ? getpwnam(id->user.name) : NULL;
	return p ? p->pw_uid : 0;
}

int ssh_apply(const struct identity *id, const char *dir, struct err *ret_err)
{
	struct target t = { .dir = -1 };
	int r;

	if (!id->has_ssh)
		return 0;
	t.owner = owner_of_key(id);
	r = mkdir_parents(dir, 0755);
	if (r == 0) {
		t.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = t.dir < 0 ? -errno : 0;
	}
	if (r == 0)
		r = put_host_key(&t, &id->ssh);
	if (r == 0)
		r = put_key(&t, &id->ssh);
	if (r == 0)
		r = put_lists(&t, id);
	close_fd(&t.dir);
	return r < 0 ? err_set(ret_err, r,
			       "cannot write the ssh keys in \"%s\": %s", dir,
			       strerror(-r)) :
		       0;
}
