/* SPDX-License-Identifier: MIT */

/* test_tar.c - From a tree to a disk to a tar */

#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <sys/sysmacros.h>

#include "../unit.h"
#include "cleanup.h"
#include "ext4_tree.h"
#include "hash.h"
#include "image.h"
#include "noted.h"
#include "scratch.h"

#define NOW 5000000000 /* later than 2038 */
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG \
	"a/link/that/is/longer/than/what/fits/into/the/inode/itself/of/ext4"

static void note(struct scratch *s, int log, const char *name,
		 const struct owner *o)
{
	CLEANUP_FD int fd = openat(s->fd, name, O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(owners_note(log, fd, o), 0);
}

static void make_tree(struct scratch *s, int log)
{
	scratch_put(s, "tree/bin/su", "program");
	scratch_put(s, "tree/dev/disk", "");
	scratch_put(s, "tree/dev/null", "");
	scratch_put(s, "tree/etc/shadow", "x");
	assert_int_equal(fchmodat(s->fd, "tree/bin/su", 04711, 0), 0);
	assert_int_equal(linkat(s->fd, "tree/bin/su", s->fd, "tree/z", 0), 0);
	assert_int_equal(symlinkat("bin/su", s->fd, "tree/short"), 0);
	assert_int_equal(symlinkat(LONG, s->fd, "tree/long"), 0);
	scratch_put(s, "tree/\303\244", "utf-8");
	scratch_put(s, "tree/\377", "bytes");
	assert_int_equal(mkfifoat(s->fd, "tree/fifo", 0600), 0);
	assert_int_equal(mknodat(s->fd, "tree/socket", S_IFSOCK | 0600, 0), 0);
	note(s, log, "tree/etc/shadow",
	     &(struct owner){ .what = OWNERS_UID | OWNERS_GID,
			      .uid = 70000,
			      .gid = 42 });
	note(s, log, "tree/dev/null",
	     &(struct owner){ .what = OWNERS_DEVICE,
			      .mode = S_IFCHR,
			      .major = 1,
			      .minor = 3 });
	note(s, log, "tree/dev/disk",
	     &(struct owner){ .what = OWNERS_DEVICE,
			      .mode = S_IFBLK,
			      .major = 259,
			      .minor = 70000 });
	note(s, log, "tree/bin/su",
	     &(struct owner){ .what = OWNERS_CAPABILITY,
			      .capability_len = 20,
			      .capability = { 1, 0, 0, 2, 0, 32 } });
}

/* An image of it, in "image". */
static void make_image(struct scratch *s, bool disk)
{
	static struct package package = { .name = "p",
					  .version = "1",
					  .architecture = "all",
					  .sha256 = KEY };
	const struct package *set[] = { &package };
	const struct timespec then[2] = { { .tv_sec = 1 },
					  { .tv_sec = 4400000000 } };
	CLEANUP_FD int log = noted_open(s);
	CLEANUP_FD int root = -1;
	char path[PATH_MAX];
	struct owners o;
	struct profile p;
	struct err e = { 0 };

	scratch_put(s, "image/vmlinux", "x");
	scratch_put(s, "image/initramfs", "x");
	make_tree(s, log);
	assert_int_equal(utimensat(s->fd, "tree/etc/shadow", then, 0), 0);
	root = openat(s->fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(owners_load(log, &o), 0);
	if (disk &&
	    ext4_tree_write(&(struct ext4_tree){ .root = root,
						 .owners = &o,
						 .conf = { .size = 64 << 20,
							   .now = NOW,
							   .label = "x" } },
			    scratch_path(s, "image/root.ext4", path,
					 sizeof(path)),
			    &e) < 0)
		fail_msg("%s", e.msg);
	owners_deinit(&o);
	assert_int_equal(
		profile_parse("x",
			      disk ? "[image]\nsuites = s\n[packages]\n"
				     "kernel = k\n[disk]\nsize = 64M\n" :
				     "[image]\nsuites = s\n[packages]\n"
				     "kernel = k\n",
			      &p, &e),
		0);
	scratch_path(s, "image", path, sizeof(path));
	assert_int_equal(image_describe(path, KEY, &p, "6.1", set, 1, &e), 0);
	profile_deinit(&p);
}

static int export(struct scratch *s, const char *name, struct err *e)
{
	char image[PATH_MAX], to[PATH_MAX];

	e->msg[0] = '\0';
	return tar_export(scratch_path(s, "image", image, sizeof(image)),
			  scratch_path(s, name, to, sizeof(to)), e);
}

/* One line for each member: what a tar says of it. */
static void list(struct scratch *s, const char *name, char *to, size_t size)
{
	/* Names are written whatever the locale is; to read them takes one. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	struct archive *a = archive_read_new();
	struct archive_entry *m;
	char path[PATH_MAX];

	*to = '\0';
	(void)archive_read_support_filter_all(a);
	(void)archive_read_support_format_tar(a);
	scratch_path(s, name, path, sizeof(path));
	assert_int_equal(archive_read_open_filename(a, path, 10240),
			 ARCHIVE_OK);
	while (archive_read_next_header(a, &m) == ARCHIVE_OK) {
		const char *link = archive_entry_hardlink(m);
		char text[16] = "";

		if (!link)
			link = archive_entry_symlink(m);
		(void)archive_read_data(a, text, sizeof(text) - 1);
		(void)snprintf(to + strlen(to), size - strlen(to),
			       "%s %o %d:%d %s%s%s x%d\n",
			       archive_entry_pathname(m), archive_entry_mode(m),
			       (int)archive_entry_uid(m),
			       (int)archive_entry_gid(m), text,
			       link ? "-> " : "", link ? link : "",
			       archive_entry_xattr_count(m));
		if (archive_entry_filetype(m) == AE_IFBLK)
			assert_int_equal(archive_entry_rdev(m),
					 makedev(259, 70000));
		if (archive_entry_filetype(m) == AE_IFCHR)
			assert_int_equal(archive_entry_rdev(m), makedev(1, 3));
		if (archive_entry_uid(m) == 70000)
			assert_int_equal(archive_entry_mtime(m), 4400000000);
	}
	(void)archive_read_free(a);
	(void)uselocale(before);
	freelocale(utf8);
}

static void all_that_is_on_the_disk(void **state)
{
	static const char want[] = "./ 40755 0:0  x0\n"
				   "./bin/ 40755 0:0  x0\n"
				   "./bin/su 104711 0:0 program x1\n"
				   "./dev/ 40755 0:0  x0\n"
				   "./dev/disk 60644 0:0  x0\n"
				   "./dev/null 20644 0:0  x0\n"
				   "./etc/ 40755 0:0  x0\n"
				   "./etc/shadow 100644 70000:42 x x0\n"
				   "./fifo 10600 0:0  x0\n"
				   "./long 120777 0:0 -> " LONG " x0\n"
				   "./short 120777 0:0 -> bin/su x0\n"
				   "./z 4711 0:0 -> ./bin/su x0\n"
				   "./\303\244 100644 0:0 utf-8 x0\n"
				   "./\377 100644 0:0 bytes x0\n";
	static const char *const names[] = { "a.tar", "a.tar.gz", "a.tar.xz",
					     "a.tar.zst" };
	struct scratch *s = *state;
	char got[4096];
	struct err e;

	make_image(s, true);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (export(s, names[i], &e) < 0)
			fail_msg("%s", e.msg);
		list(s, names[i], got, sizeof(got));
		assert_string_equal(got, want);
	}
}

static void the_same_bytes(void **state)
{
	struct scratch *s = *state;
	char one[HASH_HEX], two[HASH_HEX];
	struct err e;

	make_image(s, true);
	assert_int_equal(export(s, "a.tar.gz", &e), 0);
	assert_int_equal(hash_file(s->fd, "a.tar.gz", one, NULL), 0);
	assert_int_equal(export(s, "a.tar.gz", &e), 0);
	assert_int_equal(hash_file(s->fd, "a.tar.gz", two, NULL), 0);
	assert_string_equal(one, two);
}

static void nothing_to_export(void **state)
{
	struct scratch *s = *state;
	struct err e;

	make_image(s, false);
	assert_int_equal(export(s, "a.tar", &e), -ENOENT);
	assert_non_null(strstr(e.msg, "has no disk"));
	assert_int_equal(faccessat(s->fd, "a.tar", F_OK, 0), -1);
}

static void damaged(void **state)
{
	struct scratch *s = *state;
	struct err e;

	make_image(s, true);
	scratch_put(s, "image/root.ext4", "no file system");
	assert_int_equal(export(s, "a.tar", &e), -EBADMSG);
	assert_int_equal(faccessat(s->fd, "a.tar", F_OK, 0), -1);
}

static void nowhere(void **state)
{
	struct scratch *s = *state;
	struct err e;

	make_image(s, true);
	assert_int_equal(export(s, "no/a.tar", &e), -ENOENT);
	assert_non_null(strstr(e.msg, "no/a.tar\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(all_that_is_on_the_disk),
		scratch_test(the_same_bytes),
		scratch_test(nothing_to_export),
		scratch_test(damaged),
		scratch_test(nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
