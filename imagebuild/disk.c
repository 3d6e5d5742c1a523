/* SPDX-License-Identifier: MIT */

/* disk.c - Make a root disk of a configured tree (the design: disk.h) */

#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "ext4_tree.h"
#include "file.h"
#include "owners.h"
#include "path.h"
#include "selfdir.h"
#include "sources.h"
#include "strv.h"
#include "tree.h"

#define COPY_BLOCK (256U << 10)
#define UNITS_DIR "etc/systemd/system"
#define LABEL "fame"

/* ---- putting files into the tree ------------------------------------------ */

static int copy_bytes(int from, int to)
{
	CLEANUP_FREE char *buf = malloc(COPY_BLOCK);
	int r = buf ? 0 : -ENOMEM;

	while (r == 0) {
		ssize_t n = read(from, buf, COPY_BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		r = write_all(to, buf, (size_t)n);
	}
	return r;
}

static int make_parents(struct tree *t, const char *name)
{
	char dir[PATH_MAX];
	int r = 0;

	for (const char *p = strchr(name, '/'); p && r == 0;
	     p = strchr(p + 1, '/')) {
		r = path_format(dir, sizeof(dir), "%.*s", (int)(p - name),
				name);
		if (r == 0)
			r = tree_mkdir(t, dir, 0755);
	}
	return r;
}

static int copy_file(struct tree *t, const char *from, const char *to)
{
	CLEANUP_FD int in = tree_open(t->root, from, O_RDONLY | O_NONBLOCK);
	CLEANUP_FD int out = -1;
	struct stat st;
	int r;

	if (in < 0)
		return in;
	if (fstat(in, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	r = tree_create(t, to, &out);
	if (r == 0)
		r = copy_bytes(in, out);
	if (r == 0 && fchmod(out, st.st_mode & 0777) < 0)
		r = -errno;
	return r;
}

/* A link stays one if @links. */
static int copy_one(const struct stage *s, const char *from, const char *to,
		    bool links, struct err *e)
{
	char name[PATH_MAX], target[PATH_MAX];
	ssize_t n = -1;
	struct tree t;
	int r;

	tree_init(&t, s->root);
	r = tree_name(to + strspn(to, "/"), name, sizeof(name));
	if (r == 0)
		r = make_parents(&t, name);
	if (links)
		n = readlinkat(s->root, from, target, sizeof(target) - 1);
	if (r == 0 && n >= 0) {
		target[n] = '\0';
		r = tree_symlink(&t, name, target);
	} else if (r == 0) {
		r = copy_file(&t, from, name);
	}
	tree_deinit(&t);
	return r < 0 ? err_set(e, r, "cannot copy \"%s\" to \"%s\": %s", from,
			       to, strerror(-r)) :
		       0;
}

static int put_overlay(const struct stage *s, const char *overlay,
		       struct err *e)
{
	CLEANUP_STRV struct strv list = { 0 };
	char dir[PATH_MAX], from[PATH_MAX];
	int r;

	r = path_format(dir, sizeof(dir), "%s/" SOURCES_DIR "/guest/%s",
			s->tree, overlay);
	if (r == 0)
		r = sources_list(dir, &list);
	if (r < 0)
		return err_set(e, r, "cannot read \"guest/%s\": %s", overlay,
			       strerror(-r));
	for (size_t i = 0; i < list.n && r == 0; i++) {
		r = path_format(from, sizeof(from), SOURCES_DIR "/guest/%s/%s",
				overlay, list.v[i]);
		if (r == 0)
			r = copy_one(s, from, list.v[i], true, e);
	}
	return r;
}

static int mask_unit(const struct stage *s, const char *unit, struct err *e)
{
	char name[PATH_MAX];
	struct tree t;
	int r;

	tree_init(&t, s->root);
	r = path_format(name, sizeof(name), UNITS_DIR "/%s", unit);
	if (r == 0)
		r = make_parents(&t, name);
	if (r == 0)
		r = tree_symlink(&t, name, "/dev/null");
	tree_deinit(&t);
	return r < 0 ? err_set(e, r, "cannot mask unit \"%s\": %s", unit,
			       strerror(-r)) :
		       0;
}

int disk_fill(const struct stage *s, const struct profile *p, struct err *e)
{
	int r = 0;

	if (p->disk_overlay)
		r = put_overlay(s, p->disk_overlay, e);
	for (size_t i = 0; i + 1 < p->disk_copy.n && r == 0; i += 2)
		r = copy_one(s, p->disk_copy.v[i], p->disk_copy.v[i + 1], false,
			     e);
	for (size_t i = 0; i < p->run.n && r == 0; i++)
		r = stage_line(s, p->run.v[i], e);
	for (size_t i = 0; i < p->mask.n && r == 0; i++)
		r = mask_unit(s, p->mask.v[i], e);
	return r;
}

int disk_hash(const struct profile *p, struct hash *h)
{
	const struct strv *const lists[] = { &p->disk_copy, &p->run, &p->mask };
	CLEANUP_STRV struct strv names = { 0 };
	char rel[PATH_MAX], dir[PATH_MAX];
	int r = 0;

	if (!p->disk_size)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		hash_strv(h, lists[i]);
	if (!p->disk_overlay)
		return 0;
	/* Contents are copied anew; only one that is gone would stay. */
	r = path_format(rel, sizeof(rel), "guest/%s", p->disk_overlay);
	if (r == 0)
		r = selfdir_data(rel, dir, sizeof(dir));
	if (r == 0)
		r = sources_list(dir, &names);
	if (r == 0)
		hash_strv(h, &names);
	return r;
}

/* ---- writing -------------------------------------------------------------- */

/* Programs that replace these files copy the owner that they see, and that is
 * root, as there is nobody else.
 */
static int note_known_owners(const struct stage *s)
{
	static const struct {
		const char *name;
		uint32_t gid;
	} known[] = {
		{ "etc/shadow", 42 },
		{ "etc/shadow-", 42 },
		{ "etc/gshadow", 42 },
		{ "etc/gshadow-", 42 },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(known) && r == 0; i++) {
		const struct owner o = { .what = OWNERS_GID,
					 .gid = known[i].gid };
		CLEANUP_FD int fd =
			tree_open(s->root, known[i].name, O_PATH | O_NOFOLLOW);

		if (fd >= 0)
			r = owners_note(s->owners, fd, &o);
	}
	return r;
}

static int make_id(const char *what, const char *key, uint8_t id[EXT4_ID_LEN])
{
	CLEANUP_HASH struct hash h;
	char hex[HASH_HEX], digits[3] = "";
	int r;

	hash_init(&h);
	hash_string(&h, what);
	hash_string(&h, key);
	r = hash_final(&h, hex);
	for (size_t i = 0; i < EXT4_ID_LEN && r == 0; i++) {
		memcpy(digits, hex + 2 * i, 2);
		id[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return r;
}

int disk_write(const struct stage *s, const struct profile *p,
	       const char key[HASH_HEX], const char *to, struct err *e)
{
	/* Mounted over in a node, and what only the build needed. */
	static const char *const empty[] = { "proc", "sys", "dev",
					     "run",  "tmp", NULL };
	static const char *const absent[] = { SOURCES_DIR, NULL };
	struct owners owners = { 0 };
	struct ext4_tree t = { .root = s->root,
			       .owners = &owners,
			       .empty = empty,
			       .absent = absent,
			       .conf = { .size = p->disk_size,
					 .now = s->epoch,
					 .label = LABEL } };
	int r;

	r = make_id("uuid", key, t.conf.uuid);
	if (r == 0)
		r = make_id("hash seed", key, t.conf.hash_seed);
	if (r == 0)
		r = note_known_owners(s);
	if (r == 0)
		r = owners_load(s->owners, &owners);
	if (r < 0)
		(void)err_set(e, r, "cannot use the notes about owners: %s",
			      strerror(-r));
	else
		r = ext4_tree_write(&t, to, e);
	owners_deinit(&owners);
	return r;
}
