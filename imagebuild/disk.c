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
#include "owners.h"
#include "path.h"
#include "sources.h"
#include "tree.h"

#define UNITS_DIR "etc/systemd/system"
#define LABEL "fame"

/* ---- filling the tree ------------------------------------------------------ */

static int mask_unit(const struct stage *s, const char *unit, struct err *e)
{
	char name[PATH_MAX];
	struct tree t;
	int r;

	tree_init(&t, s->root);
	r = path_format(name, sizeof(name), UNITS_DIR "/%s", unit);
	if (r == 0)
		r = tree_mkdir_parents(&t, name);
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

	for (size_t i = 0; i < p->run.n && r == 0; i++)
		r = stage_line(s, p->run.v[i], e);
	for (size_t i = 0; i < p->mask.n && r == 0; i++)
		r = mask_unit(s, p->mask.v[i], e);
	return r;
}

/* Whatever the lines start is there, or is made by what is there. */
int disk_hash(const struct profile *p, struct hash *h, struct err *e)
{
	if (!p->disk_size)
		return 0;
	hash_strv(h, &p->run);
	hash_strv(h, &p->mask);
	return sources_hash_room(h, "guest/debian", e);
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
