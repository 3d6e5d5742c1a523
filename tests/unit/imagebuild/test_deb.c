/* SPDX-License-Identifier: MIT */

/* test_deb.c - Unpacking packages, those that attack included */

#include "deb.h"

#include <errno.h>

#include "dpkgdb.h"

#include "../unit.h"
#include "made_deb.h"
#include "owners.h"
#include "scratch.h"

static const struct made_member control[] = {
	{ "./", S_IFDIR | 0755, NULL, NULL },
	{ "./control", S_IFREG | 0644,
	  "Package: p\nVersion: 1\nArchitecture: amd64\n", NULL },
	{ "./postinst", S_IFREG | 0755, "#!/bin/sh\n", NULL },
};

/* A tree "t" beside a directory "out", which nothing may touch. */
static int tree_of(struct scratch *s)
{
	int fd;

	assert_int_equal(mkdirat(s->fd, "t", 0755), 0);
	assert_int_equal(mkdirat(s->fd, "out", 0755), 0);
	fd = openat(s->fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(dpkgdb_init(fd), 0);
	return fd;
}

static const struct deb_target *to(int root, const struct strv *exclude)
{
	static struct deb_target t;

	t = (struct deb_target){ .root = root,
				 .owners = -1,
				 .exclude = exclude };
	return &t;
}

static int unpack(struct scratch *s, int root, const struct made_member *m,
		  size_t n, const struct strv *exclude, struct deb *d,
		  struct err *e)
{
	char path[PATH_MAX];

	scratch_path(s, "p.deb", path, sizeof(path));
	made_deb(path, control, ARRAY_SIZE(control), m, n);
	return deb_unpack(to(root, exclude), path, "p", d, e);
}

static void good(void **state)
{
	static const struct made_member m[] = {
		{ "./", S_IFDIR | 0755, NULL, NULL },
		{ "./lib/", S_IFDIR | 0755, NULL, NULL },
		{ "./lib/x/", S_IFDIR | 0750, NULL, NULL },
		{ "./lib/x/file", S_IFREG | 04755, "text", NULL },
		{ "./lib/x/same", S_IFREG | 04755, NULL, "./lib/x/file" },
		{ "./lib/x/link", S_IFLNK | 0777, "../../../../etc", NULL },
		{ "./usr/lib/x/empty", S_IFREG | 0600, "", NULL },
		{ "./gone/", S_IFDIR | 0755, NULL, NULL },
		{ "./gone/file", S_IFREG | 0644, "x", NULL },
	};
	CLEANUP_STRV struct strv exclude = { 0 };
	struct scratch *s = *state;
	struct stat st, st2;
	struct err e = { 0 };
	struct deb d;
	int root = tree_of(s);

	strv_push(&exclude, "/g[o]ne");
	assert_int_equal(unpack(s, root, m, ARRAY_SIZE(m), &exclude, &d, &e),
			 0);
	assert_int_equal(fstatat(root, "usr/lib/x/file", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 04755);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mtime, 1234567890);
	assert_int_equal(d.newest, 1234567890);
	assert_int_equal(fstatat(root, "usr/lib/x/same", &st2, 0), 0);
	assert_int_equal(st.st_ino, st2.st_ino);
	assert_int_equal(fstatat(root, "usr/lib/x", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	/* lib is still the link that it was. */
	assert_int_equal(fstatat(root, "lib", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(faccessat(root, "gone", F_OK, 0), -1);
	assert_int_equal(d.list.n, ARRAY_SIZE(m));
	assert_string_equal(d.list.v[0], "/.");
	assert_string_equal(d.list.v[3], "/lib/x/file");
	assert_non_null(deb_control_get(&d, "postinst"));
	assert_int_equal(deb_control_get(&d, "postinst")->mode, 0755);
	assert_null(deb_control_get(&d, "prerm"));
	deb_deinit(&d);
	(void)close(root);
}

static void owners(void **state)
{
	static const struct made_member m[] = {
		{ "./", S_IFDIR | 0755, NULL, NULL },
		{ "./chage", S_IFREG | 0755, "x", NULL },
		{ "./shadow/", S_IFDIR | 0755, NULL, NULL },
		{ "./shadow/chage", S_IFREG | 02755, "x", NULL },
		{ "./shadow/link", S_IFLNK | 0777, "chage", NULL },
	};
	struct scratch *s = *state;
	struct deb_target t = { .root = tree_of(s) };
	char path[PATH_MAX];
	struct owners o;
	struct err e = { 0 };
	struct deb d;

	t.owners = openat(s->fd, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
			  0600);
	assert_true(t.owners >= 0);
	scratch_path(s, "p.deb", path, sizeof(path));
	made_deb(path, control, ARRAY_SIZE(control), m, ARRAY_SIZE(m));
	assert_int_equal(deb_unpack(&t, path, "p", &d, &e), 0);
	deb_deinit(&d);
	assert_int_equal(owners_load(t.owners, &o), 0);
	assert_int_equal(o.n, 3);
	for (size_t i = 0; i < o.n; i++) {
		assert_int_equal(o.v[i].owner.uid, 0);
		assert_int_equal(o.v[i].owner.gid, 42);
	}
	owners_deinit(&o);
	(void)close(t.owners);
	(void)close(t.root);
}

/* What each attack is made of, and the name that the refusal must say. */
static const struct attack {
	struct made_member m[3];
	size_t n;
	const char *name;
} attacks[] = {
	{ { { "./../out/x", S_IFREG | 0644, "x", NULL } }, 1, "./../out/x" },
	{ { { "a/../../out/x", S_IFREG | 0644, "x", NULL } },
	  1,
	  "a/../../out/x" },
	{ { { "..", S_IFDIR | 0755, NULL, NULL } }, 1, ".." },
	{ { { "/etc/x", S_IFREG | 0644, "x", NULL } }, 1, "/etc/x" },
	{ { { "./up", S_IFLNK | 0777, "../out", NULL },
	    { "./up/x", S_IFREG | 0644, "x", NULL } },
	  2,
	  "./up/x" },
	{ { { "./up", S_IFLNK | 0777, "..", NULL },
	    { "./up/out/", S_IFDIR | 0755, NULL, NULL } },
	  2,
	  "./up/out/" },
	{ { { "./abs", S_IFLNK | 0777, "/tmp", NULL },
	    { "./abs/x", S_IFREG | 0644, "x", NULL } },
	  2,
	  "./abs/x" },
	{ { { "./abs", S_IFLNK | 0777, "/tmp", NULL },
	    { "./abs/", S_IFDIR | 0755, NULL, NULL } },
	  2,
	  "./abs/" },
	{ { { "./one", S_IFLNK | 0777, "usr/two", NULL },
	    { "./usr/two", S_IFLNK | 0777, "../../out", NULL },
	    { "./one/x", S_IFREG | 0644, "x", NULL } },
	  3,
	  "./one/x" },
	{ { { "./loop", S_IFLNK | 0777, "loop", NULL },
	    { "./loop/x", S_IFREG | 0644, "x", NULL } },
	  2,
	  "./loop/x" },
	{ { { "./hard", S_IFREG | 0644, NULL, "../out/victim" } }, 1, "./hard" },
	{ { { "./up", S_IFLNK | 0777, "../out", NULL },
	    { "./hard", S_IFREG | 0644, NULL, "./up/victim" } },
	  2,
	  "./hard" },
	{ { { "./dev", S_IFCHR | 0666, NULL, NULL } }, 1, "./dev" },
	{ { { "./pipe", S_IFIFO | 0666, NULL, NULL } }, 1, "./pipe" },
};

static void attacks_are_refused(void **state)
{
	struct scratch *s = *state;
	int root = tree_of(s);
	struct stat st;

	scratch_put(s, "out/victim", "untouched");
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		const struct attack *a = &attacks[i];
		struct err e = { 0 };
		struct deb d;

		if (unpack(s, root, a->m, a->n, NULL, &d, &e) != -EPERM)
			fail_msg("attack %zu by \"%s\" was not refused: %s", i,
				 a->name, e.msg);
		if (!strstr(e.msg, a->name) || !strstr(e.msg, "\"p\""))
			fail_msg("\"%s\" does not name \"%s\"", e.msg, a->name);
		deb_deinit(&d);
		for (size_t k = 0; k < a->n; k++)
			(void)remove_tree(root, a->m[k].name + 2);
	}
	assert_int_equal(fstatat(s->fd, "out/victim", &st, 0), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(faccessat(s->fd, "out/x", F_OK, 0), -1);
	(void)close(root);
}

/* A file in the place of a link replaces the link, not its target. */
static void last_component_is_not_followed(void **state)
{
	static const struct made_member m[] = {
		{ "./evil", S_IFLNK | 0777, "../out/victim", NULL },
		{ "./evil", S_IFREG | 0644, "changed", NULL },
	};
	struct scratch *s = *state;
	int root = tree_of(s);
	char *text = NULL;
	struct err e = { 0 };
	struct deb d;

	scratch_put(s, "out/victim", "untouched");
	assert_int_equal(unpack(s, root, m, ARRAY_SIZE(m), NULL, &d, &e), 0);
	assert_int_equal(file_read(s->fd, "out/victim", 100, &text, NULL), 0);
	assert_string_equal(text, "untouched");
	free(text);
	deb_deinit(&d);
	(void)close(root);
}

static void hostile_control(void **state)
{
	static const struct made_member bad[][1] = {
		{ { "./../control", S_IFREG | 0644, "x", NULL } },
		{ { "./sub/control", S_IFREG | 0644, "x", NULL } },
		{ { "./control", S_IFLNK | 0777, "/etc/passwd", NULL } },
	};
	struct scratch *s = *state;
	int root = tree_of(s);
	char path[PATH_MAX];

	scratch_path(s, "p.deb", path, sizeof(path));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = { 0 };
		struct deb d;

		made_deb(path, bad[i], 1, control, 1);
		assert_int_equal(deb_unpack(to(root, NULL), path, "p", &d, &e),
				 -EPERM);
		deb_deinit(&d);
	}
	(void)close(root);
}

static void damaged(void **state)
{
	static const struct made_member m[] = {
		{ "./usr/f", S_IFREG | 0644, "some text", NULL },
	};
	struct scratch *s = *state;
	int root = tree_of(s);
	char path[PATH_MAX];
	struct stat st;
	struct err e;
	struct deb d;

	scratch_path(s, "p.deb", path, sizeof(path));
	made_deb(path, control, ARRAY_SIZE(control), NULL, 0);
	assert_int_equal(deb_unpack(to(root, NULL), path, "p", &d, &e),
			 -EBADMSG);
	deb_deinit(&d);
	made_deb(path, NULL, 0, m, 1);
	assert_int_equal(deb_unpack(to(root, NULL), path, "p", &d, &e),
			 -EBADMSG);
	deb_deinit(&d);
	scratch_put(s, "p.deb", "!<arch>\nnothing of the kind");
	assert_int_equal(deb_unpack(to(root, NULL), path, "p", &d, &e),
			 -EBADMSG);
	deb_deinit(&d);
	scratch_put(s, "p.deb", "");
	assert_int_equal(deb_unpack(to(root, NULL), path, "p", &d, &e),
			 -EBADMSG);
	deb_deinit(&d);
	/* Cut off anywhere. */
	made_deb(path, control, ARRAY_SIZE(control), m, 1);
	assert_int_equal(stat(path, &st), 0);
	for (off_t at = st.st_size - 60; at > 0; at -= 97) {
		assert_int_equal(truncate(path, at), 0);
		assert_int_equal(deb_unpack(to(root, NULL), path, "p", &d, &e),
				 -EBADMSG);
		deb_deinit(&d);
	}
	(void)close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(good),
		scratch_test(owners),
		scratch_test(attacks_are_refused),
		scratch_test(last_component_is_not_followed),
		scratch_test(hostile_control),
		scratch_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
