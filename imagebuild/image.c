/* SPDX-License-Identifier: MIT */

/* image.c - A finished image: its key, its description, its integrity */

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "file.h"
#include "json.h"
#include "path.h"
#include "sources.h"
#include "stage.h"

/* In the order of need: those that every image has come first. */
static const char *const files[] = { IMAGE_VMLINUX, IMAGE_INITRAMFS,
				     IMAGE_ROOT };

static size_t count_files(bool disk)
{
	return ARRAY_SIZE(files) - !disk;
}

static void key_begin(struct hash *h, const char *what, const struct profile *p,
		      const char *sources)
{
	hash_init(h);
	hash_string(h, what);
	hash_string(h, IMAGE_FORMAT);
	hash_string(h, p->text);
	hash_update(h, &p->disk_size, sizeof(p->disk_size));
	hash_string(h, sources);
}

int image_request_key(const struct profile *p, const char *sources,
		      const struct source *s, char ret_key[HASH_HEX])
{
	CLEANUP_HASH struct hash h;

	key_begin(&h, "request", p, sources);
	hash_string(&h, s->base);
	hash_string(&h, s->security);
	return hash_final(&h, ret_key);
}

int image_key(const struct profile *p, const char *sources,
	      const struct source *s, const struct package *const *set,
	      size_t n, char ret_key[HASH_HEX])
{
	CLEANUP_HASH struct hash h;

	key_begin(&h, "image", p, sources);
	if (p->disk_size) {
		hash_string(&h, s->base);
		hash_string(&h, s->security);
	}
	for (size_t i = 0; i < n; i++)
		hash_string(&h, set[i]->sha256);
	return hash_final(&h, ret_key);
}

int image_tree_key(const struct profile *p, const struct package *const *set,
		   size_t n, char ret_key[HASH_HEX], struct err *e)
{
	CLEANUP_HASH struct hash h;
	CLEANUP_FREE char *script = NULL;
	int r = stage_script(&script);

	hash_init(&h);
	if (r < 0)
		return err_set(e, r, "cannot read our \"configure.sh\": %s",
			       strerror(-r));
	hash_string(&h, "tree");
	hash_string(&h, IMAGE_FORMAT);
	hash_string(&h, script);
	hash_strv(&h, &p->exclude);
	hash_strv(&h, &p->provide);
	r = sources_hash_files(&h, p, e);
	if (r == 0)
		r = disk_hash(p, &h, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		hash_string(&h, set[i]->sha256);
	return hash_final(&h, ret_key);
}

static int hash_one(int fd, bool sparse, char ret_hex[HASH_HEX],
		    uint64_t *ret_size)
{
	return sparse ? hash_sparse_fd(fd, ret_hex, ret_size) :
			hash_fd(fd, ret_hex, ret_size);
}

static int describe_file(int dirfd, const char *name, json_t *to)
{
	CLEANUP_FD int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	bool sparse = !strcmp(name, IMAGE_ROOT);
	char hex[HASH_HEX];
	uint64_t size;
	json_t *o;
	int r;

	if (fd < 0)
		return -errno;
	r = hash_one(fd, sparse, hex, &size);
	if (r < 0)
		return r;
	o = json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)size,
		      "sha256", hex);
	if (sparse)
		(void)json_object_set_new(o, "sparse", json_true());
	return json_array_append_new(to, o) < 0 ? -ENOMEM : 0;
}

/* What the launcher wants to know. */
static int describe_start(const struct profile *p, json_t *o)
{
	CLEANUP_FREE char *append = strv_join(&p->append, " ");

	if (!append ||
	    json_object_set_new(o, "append", json_string(append)) < 0)
		return -ENOMEM;
	if (p->disk_size &&
	    json_object_set_new(o, "root",
				json_pack("{s:s, s:I}", "file", IMAGE_ROOT,
					  "size", (json_int_t)p->disk_size)) <
		    0)
		return -ENOMEM;
	return 0;
}

static json_t *describe_packages(const struct package *const *set, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n && list; i++)
		if (json_array_append_new(
			    list, json_pack("{s:s, s:s, s:s, s:s}", "name",
					    set[i]->name, "version",
					    set[i]->version, "architecture",
					    set[i]->architecture ?
						    set[i]->architecture :
						    "",
					    "sha256", set[i]->sha256)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static int put_json(int dirfd, json_t *o)
{
	CLEANUP_FREE char *text = json_dumps(o, JSON_INDENT(1));

	return text ? file_write(dirfd, IMAGE_JSON, text, strlen(text), 0444) :
		      -ENOMEM;
}

int image_describe(const char *dir, const char *key, const struct profile *p,
		   const char *kver, const struct package *const *set, size_t n,
		   struct err *e)
{
	CLEANUP_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_JSON json_t *list = json_array();
	CLEANUP_JSON json_t *o = NULL;
	int r = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < count_files(p->disk_size) && r == 0; i++)
		r = describe_file(fd, files[i], list);
	if (r == 0) {
		o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:O, s:o}", "schema",
			      IMAGE_SCHEMA, "key", key, "profile", p->name,
			      "suite", p->suites.v[0], "kernel", kver, "files",
			      list, "packages", describe_packages(set, n));
		r = o ? describe_start(p, o) : -ENOMEM;
		if (r == 0)
			r = put_json(fd, o);
	}
	return r < 0 ? err_set(e, r, "cannot write \"%s/" IMAGE_JSON "\": %s",
			       dir, strerror(-r)) :
		       0;
}

/* ---- verification ---- */

static int damaged(const char *dir, const char *name, const char *why,
		   struct err *e)
{
	return err_set(e, -EBADMSG,
		       "the cached image's \"%s/%s\" is damaged (%s): build "
		       "it again with \"fame-image build --force\"",
		       dir, name, why);
}

int image_read_key(const char *dir, char ret_key[HASH_HEX], struct err *e)
{
	CLEANUP_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_JSON json_t *o = NULL;
	const char *key;

	if (json_load_object(fd, IMAGE_JSON, IMAGE_JSON_MAX, &o) < 0 ||
	    json_get_string(o, "key", &key) < 0 || !hash_is_hex(key))
		return damaged(dir, IMAGE_JSON, "it has no key", e);
	memcpy(ret_key, key, HASH_HEX);
	return 0;
}

static int verify_file(int dirfd, const char *dir, bool whole,
		       const json_t *file, struct err *e)
{
	CLEANUP_FD int fd = -1;
	const char *name, *sha256;
	char hex[HASH_HEX];
	bool sparse = false;
	uint64_t size;
	struct stat st;

	(void)json_get_bool(file, "sparse", &sparse);
	if (json_get_string(file, "name", &name) < 0 ||
	    json_get_string(file, "sha256", &sha256) < 0 ||
	    json_get_u64(file, "size", 0, INT64_MAX, &size) < 0 ||
	    strchr(name, '/'))
		return damaged(dir, IMAGE_JSON, "not a description", e);
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return damaged(dir, name, strerror(errno), e);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		return damaged(dir, name, "its size has changed", e);
	if (sparse && !whole)
		return 0;
	if (hash_one(fd, sparse, hex, NULL) < 0)
		return damaged(dir, name, "it cannot be read", e);
	if (strcmp(hex, sha256) != 0)
		return damaged(dir, name, "its contents have changed", e);
	return 0;
}

bool image_lists(const json_t *list, const char *wanted)
{
	const json_t *item;
	const char *name;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_get_string(item, "name", &name) == 0 &&
		    !strcmp(name, wanted))
			return true;
	return false;
}

/* Every file that an image must have is listed, and nothing else is. */
static bool is_complete(const json_t *o)
{
	const json_t *list = json_object_get(o, "files");
	size_t n = count_files(json_object_get(o, "root"));

	for (size_t i = 0; i < n; i++)
		if (!image_lists(list, files[i]))
			return false;
	return json_array_size(list) == n;
}

int image_verify(const char *dir, bool whole, struct err *e)
{
	CLEANUP_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_JSON json_t *o = NULL;
	const json_t *list, *file;
	uint32_t schema;
	size_t i;
	int r;

	if (fd < 0)
		return err_set(e, -errno, "there is no image \"%s\": %s", dir,
			       strerror(errno));
	r = json_load_object(fd, IMAGE_JSON, IMAGE_JSON_MAX, &o);
	if (r < 0)
		return damaged(dir, IMAGE_JSON, strerror(-r), e);
	list = json_object_get(o, "files");
	if (json_get_u32(o, "schema", IMAGE_SCHEMA, IMAGE_SCHEMA, &schema) <
		    0 ||
	    !is_complete(o))
		return damaged(dir, IMAGE_JSON, "not a description", e);
	json_array_foreach(list, i, file) {
		r = verify_file(fd, dir, whole, file, e);
		if (r < 0)
			return r;
	}
	return 0;
}
