/* SPDX-License-Identifier: MIT */

/* test_store.c - The cache, and images in it */

#include "store.h"

#include <errno.h>
#include <sys/file.h>

#include "../unit.h"
#include "cleanup.h"
#include "image.h"
#include "json.h"
#include "scratch.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void init(struct scratch *s)
{
	struct err e = { 0 };

	assert_int_equal(store_init(s->path, &e), 0);
	assert_int_equal(store_init(s->path, &e), 0);
}

static void dead_builds_are_swept(void **state)
{
	struct scratch *s = *state;
	struct store_build live, next;
	struct err e = { 0 };

	init(s);
	scratch_put(s, "tmp/build.dead/tree/deep/file", "x");
	assert_int_equal(chmod(s->path, 0755), 0);
	assert_int_equal(fchmodat(s->fd, "tmp/build.dead/tree/deep", 0, 0), 0);
	assert_int_equal(store_build_begin(s->path, &live, &e), 0);
	assert_int_equal(faccessat(s->fd, "tmp/build.dead", F_OK, 0), -1);
	/* Another build leaves a live one alone. */
	assert_int_equal(store_build_begin(s->path, &next, &e), 0);
	assert_int_equal(access(live.path, F_OK), 0);
	store_build_end(&next);
	assert_int_equal(access(live.path, F_OK), 0);
	store_build_end(&live);
	store_build_end(&live);
	assert_int_equal(live.lock, -1);
}

static void requests(void **state)
{
	struct scratch *s = *state;
	char key[HASH_HEX];

	init(s);
	assert_int_equal(store_request_get(s->path, "r", key), -ENOENT);
	assert_int_equal(store_request_put(s->path, "r", KEY), 0);
	assert_int_equal(store_request_get(s->path, "r", key), 0);
	assert_string_equal(key, KEY);
	scratch_put(s, "requests/r", "../../elsewhere\n");
	assert_int_equal(store_request_get(s->path, "r", key), -ENOENT);
}

static void publish(struct scratch *s, const char *name, const char *text)
{
	char from[PATH_MAX], file[64];

	(void)snprintf(file, sizeof(file), "%s/f", name);
	scratch_put(s, file, text);
	scratch_path(s, name, from, sizeof(from));
	assert_int_equal(store_publish(s->path, from, KEY), 0);
}

static void publishing_replaces_as_a_whole(void **state)
{
	struct scratch *s = *state;
	char *text = NULL;

	init(s);
	publish(s, "tmp/one", "one");
	assert_int_equal(faccessat(s->fd, "tmp/one", F_OK, 0), -1);
	publish(s, "tmp/two", "two");
	assert_int_equal(file_read(s->fd, "images/" KEY "/f", 9, &text, NULL),
			 0);
	assert_string_equal(text, "two");
	free(text);
	/* The old one is where the new one was: to be removed there. */
	assert_int_equal(file_read(s->fd, "tmp/two/f", 9, &text, NULL), 0);
	assert_string_equal(text, "one");
	free(text);
}

static void unpublishing(void **state)
{
	struct scratch *s = *state;
	struct err e = { 0 };

	init(s);
	publish(s, "tmp/one", "one");
	if (store_unpublish(s->path, KEY, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(faccessat(s->fd, "images/" KEY, F_OK, 0), -1);
	assert_int_equal(store_unpublish(s->path, KEY, &e), -ENOENT);
	assert_non_null(strstr(e.msg, KEY "\""));
	/* Only an empty directory of that name can be removed. */
	assert_int_equal(unlinkat(s->fd, "tmp", AT_REMOVEDIR), 0);
}

static void one_tree_is_kept(void **state)
{
	struct scratch *s = *state;
	char a[PATH_MAX], b[PATH_MAX], trash[PATH_MAX];
	struct stat st;

	assert_int_equal(mkdirat(s->fd, "trees", 0755), 0);
	init(s);
	assert_int_equal(fstatat(s->fd, "trees", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	scratch_path(s, "tmp/a", a, sizeof(a));
	scratch_path(s, "tmp/b", b, sizeof(b));
	scratch_path(s, "tmp/trash", trash, sizeof(trash));
	assert_int_equal(store_tree_take(s->path, KEY, a), -ENOENT);
	scratch_put(s, "tmp/a/file", "a");
	scratch_put(s, "trees/of-another-boot/file", "old");
	assert_int_equal(store_tree_keep(s->path, KEY, a, trash), 0);
	assert_int_equal(faccessat(s->fd, "trees/of-another-boot", F_OK, 0),
			 -1);
	assert_int_equal(store_tree_take(s->path, "f" KEY, b), -ENOENT);
	assert_int_equal(store_tree_take(s->path, KEY, b), 0);
	assert_int_equal(faccessat(s->fd, "tmp/b/file", F_OK, 0), 0);
	assert_int_equal(store_tree_take(s->path, KEY, a), -ENOENT);
}

static void unusable_cache(void **state)
{
	struct scratch *s = *state;
	struct err e = { 0 };
	char path[PATH_MAX];

	scratch_put(s, "file", "");
	scratch_path(s, "file", path, sizeof(path));
	assert_int_equal(store_init(path, &e), -ENOTDIR);
	assert_non_null(strstr(e.msg, path));
}

/* ---- images ---- */

static struct package package = {
	.name = "p",
	.version = "1",
	.architecture = "all",
	.sha256 = KEY,
};

static void make_profile_image(struct scratch *s, const char *more, char *dir,
			       size_t size)
{
	const struct package *set[] = { &package };
	char text[256];
	struct profile p;
	struct err e = { 0 };

	(void)snprintf(text, sizeof(text),
		       "[image]\nsuites = s\n[packages]\nkernel = k\n%s", more);
	assert_int_equal(profile_parse("x", text, &p, &e), 0);
	scratch_put(s, "i/vmlinux", "kernel");
	scratch_put(s, "i/initramfs", "files");
	scratch_path(s, "i", dir, size);
	assert_int_equal(image_describe(dir, KEY, &p, "6.1", set, 1, &e), 0);
	assert_int_equal(image_verify(dir, true, &e), 0);
	profile_deinit(&p);
}

static void make_image(struct scratch *s, char *dir, size_t size)
{
	make_profile_image(s, "", dir, size);
}

static void damage_is_named(void **state)
{
	static const struct {
		const char *file;
		const char *text;
	} cases[] = {
		{ "i/vmlinux", "kernal" },
		{ "i/initramfs", "file" },
		{ "i/initramfs", "" },
		{ "i/image.json", "" },
		{ "i/image.json", "{}" },
		{ "i/image.json", "{\"schema\": 1, \"files\": []}" },
		{ "i/image.json", "{\"schema\": 9, \"files\": []}" },
		{ "i/image.json", "[1]" },
	};
	struct scratch *s = *state;
	char dir[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = { 0 };

		(void)remove_tree(s->fd, "i");
		make_image(s, dir, sizeof(dir));
		assert_int_equal(unlinkat(s->fd, cases[i].file, 0), 0);
		scratch_put(s, cases[i].file, cases[i].text);
		if (image_verify(dir, true, &e) != -EBADMSG ||
		    !strstr(e.msg, cases[i].file) || !strstr(e.msg, "--force"))
			fail_msg("case %zu: \"%s\"", i, e.msg);
	}
}

/* The disk's contents are too many to be read at each start. */
static void disk_of_an_image(void **state)
{
	struct scratch *s = *state;
	struct err e = { 0 };
	char dir[PATH_MAX];
	int fd;

	scratch_put(s, "i/root.ext4", "");
	fd = openat(s->fd, "i/root.ext4", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	make_profile_image(s, "[disk]\nsize = 64M\n[boot]\nappend = a b=c\n",
			   dir, sizeof(dir));
	assert_int_equal(pwrite(fd, "x", 1, 1 << 20), 1);
	assert_int_equal(image_verify(dir, false, &e), 0);
	assert_int_equal(image_verify(dir, true, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "root.ext4"));
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(image_verify(dir, false, &e), -EBADMSG);
	(void)close(fd);
	assert_int_equal(unlinkat(s->fd, "i/root.ext4", 0), 0);
	assert_int_equal(image_verify(dir, false, &e), -EBADMSG);
}

static void description_of_a_disk(void **state)
{
	struct scratch *s = *state;
	CLEANUP_JSON json_t *o = NULL;
	const char *text;
	char dir[PATH_MAX];
	uint64_t size;
	int fd;

	scratch_put(s, "i/root.ext4", "");
	fd = openat(s->fd, "i/root.ext4", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	(void)close(fd);
	make_profile_image(s, "[disk]\nsize = 64M\n[boot]\nappend = a b=c\n",
			   dir, sizeof(dir));
	assert_int_equal(
		json_load_object(s->fd, "i/image.json", IMAGE_JSON_MAX, &o), 0);
	assert_int_equal(json_get_string(o, "append", &text), 0);
	assert_string_equal(text, "a b=c");
	assert_int_equal(
		json_get_string(json_object_get(o, "root"), "file", &text), 0);
	assert_string_equal(text, "root.ext4");
	assert_int_equal(json_get_u64(json_object_get(o, "root"), "size", 0,
				      UINT64_MAX, &size),
			 0);
	assert_int_equal(size, 64 << 20);
}

static void missing_files(void **state)
{
	struct scratch *s = *state;
	struct err e = { 0 };
	char dir[PATH_MAX];

	make_image(s, dir, sizeof(dir));
	assert_int_equal(unlinkat(s->fd, "i/vmlinux", 0), 0);
	assert_int_equal(image_verify(dir, true, &e), -EBADMSG);
	assert_int_equal(symlinkat("initramfs", s->fd, "i/vmlinux"), 0);
	assert_int_equal(image_verify(dir, true, &e), -EBADMSG);
	(void)remove_tree(s->fd, "i");
	assert_int_equal(image_verify(dir, true, &e), -ENOENT);
}

static void keys_change_with_what_they_are_of(void **state)
{
	struct package other = package;
	const struct package *a[] = { &package }, *b[] = { &other };
	struct source src = { .base = "http://a" };
	char k1[HASH_HEX], k2[HASH_HEX], k3[HASH_HEX];
	struct profile p;
	struct err e = { 0 };

	(void)state;
	other.sha256 = "another";
	assert_int_equal(profile_parse("x",
				       "[image]\nsuites = s\n[packages]\n"
				       "kernel = k\n",
				       &p, &e),
			 0);
	assert_int_equal(image_key(&p, "s", &src, a, 1, k1), 0);
	assert_int_equal(image_key(&p, "s", &src, a, 1, k2), 0);
	assert_string_equal(k1, k2);
	assert_int_equal(image_key(&p, "s", &src, b, 1, k2), 0);
	assert_string_not_equal(k1, k2);
	assert_int_equal(image_tree_key(&p, a, 1, k2, &e), 0);
	assert_string_not_equal(k1, k2);
	assert_int_equal(image_request_key(&p, "s", &src, k2), 0);
	(void)strcpy(src.base, "http://b");
	assert_int_equal(image_key(&p, "s", &src, a, 1, k3), 0);
	assert_string_equal(k1, k3);
	/* A disk knows where its packages come from. */
	p.disk_size = 1;
	assert_int_equal(image_key(&p, "s", &src, a, 1, k1), 0);
	assert_string_not_equal(k1, k3);
	(void)strcpy(src.base, "http://c");
	assert_int_equal(image_key(&p, "s", &src, a, 1, k3), 0);
	assert_string_not_equal(k1, k3);
	p.disk_size = 0;
	assert_int_equal(image_key(&p, "s", &src, a, 1, k1), 0);
	assert_int_equal(image_request_key(&p, "s", &src, k3), 0);
	assert_string_not_equal(k2, k3);
	assert_int_equal(image_key(&p, "other", &src, a, 1, k2), 0);
	assert_string_not_equal(k1, k2);
	p.text[0] = ' ';
	assert_int_equal(image_key(&p, "s", &src, a, 1, k2), 0);
	assert_string_not_equal(k1, k2);
	profile_deinit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(dead_builds_are_swept),
		scratch_test(requests),
		scratch_test(publishing_replaces_as_a_whole),
		scratch_test(unpublishing),
		scratch_test(one_tree_is_kept),
		scratch_test(unusable_cache),
		scratch_test(damage_is_named),
		scratch_test(missing_files),
		scratch_test(disk_of_an_image),
		scratch_test(description_of_a_disk),
		cmocka_unit_test(keys_change_with_what_they_are_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
