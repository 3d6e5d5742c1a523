/* SPDX-License-Identifier: MIT */

/* test_transfer.c - Images as one file, hostile ones included */

#include "transfer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "../unit.h"
#include "cleanup.h"
#include "image.h"
#include "json.h"
#include "scratch.h"
#include "store.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REQUEST \
	"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define SIZE (64 << 20)

static struct package package = {
	.name = "p",
	.version = "1",
	.architecture = "all",
	.sha256 = KEY,
};

static void make_cache(struct scratch *s, const char *name, char *path,
		       size_t size)
{
	struct err e;

	scratch_path(s, name, path, size);
	assert_int_equal(store_init(path, &e), 0);
}

/* Two caches: "a" has an image with a disk and a request for it. */
static void make_image(struct scratch *s, char *dir, size_t size)
{
	const struct package *set[] = { &package };
	struct profile p;
	struct err e = { 0 };
	char path[PATH_MAX];
	int fd;

	make_cache(s, "b", path, sizeof(path));
	make_cache(s, "a", path, sizeof(path));
	assert_int_equal(profile_parse("x",
				       "[image]\nsuites = s\n[packages]\n"
				       "kernel = k\n[disk]\nsize = 64M\n",
				       &p, &e),
			 0);
	scratch_put(s, "a/images/" KEY "/vmlinux", "kernel");
	scratch_put(s, "a/images/" KEY "/initramfs", "files");
	scratch_put(s, "a/images/" KEY "/root.ext4", "start");
	scratch_path(s, "a/images/" KEY, dir, size);
	fd = openat(s->fd, "a/images/" KEY "/root.ext4", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "middle", 6, 20 << 20), 6);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	(void)close(fd);
	assert_int_equal(image_describe(dir, KEY, &p, "6.1", set, 1, &e), 0);
	scratch_path(s, "a", path, sizeof(path));
	assert_int_equal(store_request_put(path, REQUEST, KEY), 0);
	profile_deinit(&p);
}

static int import(struct scratch *s, const char *file, char *key, struct err *e)
{
	char cache[PATH_MAX], from[PATH_MAX];
	struct store_build b;
	int r;

	e->msg[0] = '\0';
	scratch_path(s, "b", cache, sizeof(cache));
	scratch_path(s, file, from, sizeof(from));
	assert_int_equal(store_build_begin(cache, &b, e), 0);
	r = image_import(cache, b.path, from, key, e);
	store_build_end(&b);
	return r;
}

static void there_and_back(void **state)
{
	struct scratch *s = *state;
	char dir[PATH_MAX], path[PATH_MAX], key[HASH_HEX] = "";
	struct err e = { 0 };
	struct stat st;

	make_image(s, dir, sizeof(dir));
	scratch_put(s, "victim", "whole");
	assert_int_equal(symlinkat("victim", s->fd, "file.part"), 0);
	assert_int_equal(symlinkat("victim", s->fd, "file"), 0);
	scratch_path(s, "a", path, sizeof(path));
	{
		char to[PATH_MAX];

		scratch_path(s, "file", to, sizeof(to));
		if (image_export(path, dir, to, &e) < 0)
			fail_msg("%s", e.msg);
	}
	assert_int_equal(fstatat(s->fd, "file", &st, 0), 0);
	assert_true(st.st_size < 100000);
	/* Who puts a link there does not get another file overwritten. */
	assert_int_equal(fstatat(s->fd, "victim", &st, 0), 0);
	assert_int_equal(st.st_size, 5);
	if (import(s, "file", key, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(key, KEY);
	scratch_path(s, "b/images/" KEY, path, sizeof(path));
	assert_int_equal(image_verify(path, true, &e), 0);
	assert_int_equal(fstatat(s->fd, "b/images/" KEY "/root.ext4", &st, 0),
			 0);
	assert_int_equal(st.st_size, SIZE);
	assert_true(st.st_blocks * 512 < SIZE / 2);
	assert_int_equal(st.st_mode & 07777, 0444);
	assert_int_equal(faccessat(s->fd, "b/images/" KEY "/requests", F_OK, 0),
			 -1);
	scratch_path(s, "b", path, sizeof(path));
	assert_int_equal(store_request_get(path, REQUEST, key), 0);
	assert_string_equal(key, KEY);
	/* Once more, in its place. */
	assert_int_equal(import(s, "file", key, &e), 0);
}

static void damaged_image_stays(void **state)
{
	struct scratch *s = *state;
	char dir[PATH_MAX], cache[PATH_MAX], to[PATH_MAX];
	struct err e = { 0 };

	make_image(s, dir, sizeof(dir));
	scratch_path(s, "a", cache, sizeof(cache));
	scratch_path(s, "file", to, sizeof(to));
	assert_int_equal(unlinkat(s->fd, "a/images/" KEY "/vmlinux", 0), 0);
	scratch_put(s, "a/images/" KEY "/vmlinux", "kernal");
	assert_int_equal(image_export(cache, dir, to, &e), -EBADMSG);
	assert_int_equal(faccessat(s->fd, "file", F_OK, 0), -1);
	scratch_path(s, "no/where", to, sizeof(to));
	assert_true(image_export(cache, dir, to, &e) < 0);
}

/* ---- hostile archives ---- */

struct made {
	const char *name;
	mode_t mode;
	const char *data; /* of a link: its target */
};

static void make_archive(struct scratch *s, const struct made *m, size_t n)
{
	struct archive *a = archive_write_new();
	char path[PATH_MAX];

	scratch_path(s, "made", path, sizeof(path));
	(void)archive_write_set_format_pax(a);
	(void)archive_write_add_filter_zstd(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *e = archive_entry_new();
		size_t len = S_ISREG(m[i].mode) ? strlen(m[i].data) : 0;

		archive_entry_set_pathname(e, m[i].name);
		archive_entry_set_mode(e, m[i].mode);
		archive_entry_set_size(e, (la_int64_t)len);
		if (S_ISLNK(m[i].mode))
			archive_entry_set_symlink(e, m[i].data);
		(void)archive_write_header(a, e);
		(void)archive_write_data(a, m[i].data, len);
		archive_entry_free(e);
	}
	(void)archive_write_free(a);
}

static void nothing_taken(struct scratch *s, size_t i)
{
	char key[HASH_HEX];
	struct err e;
	int r = import(s, "made", key, &e);

	if (r != -EBADMSG || !strstr(e.msg, "made\""))
		fail_msg("case %zu: %d \"%s\"", i, r, e.msg);
	/* Only an empty directory of that name can be removed. */
	assert_int_equal(unlinkat(s->fd, "b/images", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(s->fd, "b/images", 0755), 0);
	assert_int_equal(faccessat(s->fd, "out", F_OK, 0), -1);
}

static void hostile(void **state)
{
	static const struct {
		struct made m[3];
		size_t n;
	} cases[] = {
		{ { { "image.json", S_IFREG | 0644, "{}" } }, 1 },
		{ { { "image.json", S_IFREG | 0644, "no" } }, 1 },
		{ { { "vmlinux", S_IFREG | 0644, "x" } }, 1 },
		{ { { "../../../../out", S_IFREG | 0644, "x" } }, 1 },
		{ { { "/out", S_IFREG | 0644, "x" } }, 1 },
		{ { { "other", S_IFREG | 0644, "x" } }, 1 },
		{ { { "vmlinux", S_IFLNK | 0777, "../../../../out" } }, 1 },
		{ { { "vmlinux", S_IFCHR | 0644, "" } }, 1 },
		{ { { "vmlinux", S_IFREG | 0644, "x" },
		    { "vmlinux", S_IFREG | 0644, "y" } },
		  2 },
	};
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct err e;

	make_cache(s, "b", path, sizeof(path));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		make_archive(s, cases[i].m, cases[i].n);
		nothing_taken(s, i);
	}
	scratch_put(s, "made", "not an archive");
	nothing_taken(s, 100);
	scratch_put(s, "made", "");
	nothing_taken(s, 101);
	assert_int_equal(import(s, "nothing", path, &e), -ENOENT);
}

/* An archive of all files, of which its description lists these. */
static void make_described(struct scratch *s, const char *const *names,
			   bool disk)
{
	static const char x_sha256[] = "2d711642b726b04401627ca9fbac32f5c8530f"
				       "b1903cc4db02258717921a4881";
	CLEANUP_JSON json_t *o = json_pack("{s:i, s:s, s:[]}", "schema",
					   IMAGE_SCHEMA, "key", KEY, "files");
	CLEANUP_FREE char *text = NULL;
	struct made m[] = { { IMAGE_JSON, S_IFREG | 0644, NULL },
			    { IMAGE_VMLINUX, S_IFREG | 0644, "x" },
			    { IMAGE_INITRAMFS, S_IFREG | 0644, "x" } };

	for (; *names; names++)
		json_array_append_new(json_object_get(o, "files"),
				      json_pack("{s:s, s:i, s:s}", "name",
						*names, "size", 1, "sha256",
						x_sha256));
	if (disk)
		json_object_set_new(o, "root", json_object());
	m[0].data = text = json_dumps(o, 0);
	make_archive(s, m, ARRAY_SIZE(m));
}

static void incomplete(void **state)
{
	static const struct {
		const char *names[4];
		bool disk;
	} cases[] = {
		{ { IMAGE_VMLINUX }, false },
		{ { IMAGE_VMLINUX, IMAGE_VMLINUX }, false },
		{ { IMAGE_VMLINUX, IMAGE_INITRAMFS, IMAGE_VMLINUX }, false },
		{ { IMAGE_VMLINUX, IMAGE_INITRAMFS }, true },
		{ { IMAGE_VMLINUX, IMAGE_INITRAMFS, IMAGE_VMLINUX }, true },
	};
	static const char *const whole[] = { IMAGE_INITRAMFS, IMAGE_VMLINUX,
					     NULL };
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct err e;

	make_cache(s, "b", path, sizeof(path));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		make_described(s, cases[i].names, cases[i].disk);
		nothing_taken(s, i);
	}
	make_described(s, whole, false);
	assert_int_equal(import(s, "made", path, &e), 0);
}

/* Half of an archive is no archive. */
static void cut_off(void **state)
{
	struct scratch *s = *state;
	char dir[PATH_MAX], cache[PATH_MAX], to[PATH_MAX];
	struct err e = { 0 };
	struct stat st;

	make_image(s, dir, sizeof(dir));
	scratch_path(s, "a", cache, sizeof(cache));
	scratch_path(s, "made", to, sizeof(to));
	assert_int_equal(image_export(cache, dir, to, &e), 0);
	assert_int_equal(stat(to, &st), 0);
	for (off_t cut = st.st_size / 2; cut > 10; cut /= 2) {
		assert_int_equal(truncate(to, cut), 0);
		nothing_taken(s, (size_t)cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(there_and_back), scratch_test(damaged_image_stays),
		scratch_test(hostile),	      scratch_test(incomplete),
		scratch_test(cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
