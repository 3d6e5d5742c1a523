/* SPDX-License-Identifier: MIT */

/* ext4_dir.c - Write an ext4 file system: directories
 *
 * Entries fill one block after the other; the last entry of a block reaches
 * to the checksum at its end. What needs more than one block gets an index: the
 * entries are sorted by the hash of their names, and the first block tells
 * which hash each of the others begins with. To whoever does not know of the
 * index, that block is one with "." and ".." and nothing else.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "ext4_int.h"

#define BLOCK_ROOM (EXT4_BLOCK - sizeof(struct ext2_dir_entry_tail))
#define ENTRY_HEAD 8U

static uint8_t type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return EXT2_FT_REG_FILE;
	case S_IFDIR:
		return EXT2_FT_DIR;
	case S_IFCHR:
		return EXT2_FT_CHRDEV;
	case S_IFBLK:
		return EXT2_FT_BLKDEV;
	case S_IFIFO:
		return EXT2_FT_FIFO;
	case S_IFSOCK:
		return EXT2_FT_SOCK;
	default:
		return EXT2_FT_SYMLINK;
	}
}

/* A directory's blocks, as they grow. */
struct blocks {
	char *v;
	size_t n;
	size_t used; /* of the last one */
	struct ext2_dir_entry_2 *last;
	bool indexed;
};

static int next_block(struct blocks *b)
{
	char *more = reallocarray(b->v, b->n + 1, EXT4_BLOCK);

	if (!more)
		return -ENOMEM;
	b->v = more;
	memset(b->v + b->n * EXT4_BLOCK, 0, EXT4_BLOCK);
	b->n++;
	b->used = 0;
	b->last = NULL;
	return 0;
}

static void close_block(struct blocks *b)
{
	if (b->last)
		b->last->rec_len =
			(uint16_t)(b->last->rec_len + BLOCK_ROOM - b->used);
}

static int add_entry(struct blocks *b, const char *name, uint32_t ino,
		     uint8_t type)
{
	size_t len = strlen(name), need = (ENTRY_HEAD + len + 3) & ~3U;
	struct ext2_dir_entry_2 *d;
	int r;

	if (!len || len > EXT2_NAME_LEN)
		return -ENAMETOOLONG;
	if (!b->n || b->used + need > BLOCK_ROOM) {
		close_block(b);
		r = next_block(b);
		if (r < 0)
			return r;
	}
	d = (void *)(b->v + (b->n - 1) * EXT4_BLOCK + b->used);
	d->inode = ino;
	d->rec_len = (uint16_t)need;
	d->name_len = (uint8_t)len;
	d->file_type = type;
	memcpy(d->name, name, len);
	b->last = d;
	b->used += need;
	return 0;
}

static int fill_linear(struct blocks *b, uint32_t ino, uint32_t parent,
		       const struct ext4_name *names, size_t n)
{
	int r = add_entry(b, ".", ino, EXT2_FT_DIR);

	if (r == 0)
		r = add_entry(b, "..", parent, EXT2_FT_DIR);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_entry(b, names[i].name, names[i].ino,
			      type_of(names[i].type));
	if (r == 0)
		close_block(b);
	return r;
}

/* ---- the index ------------------------------------------------------------ */

struct hashed {
	uint32_t hash;
	uint32_t minor;
	const struct ext4_name *name;
};

/* The first block of a directory that has one. */
struct index {
	uint32_t dot_ino;
	uint16_t dot_len;
	uint8_t dot_name_len;
	uint8_t dot_type;
	char dot[4];
	uint32_t up_ino;
	uint16_t up_len;
	uint8_t up_name_len;
	uint8_t up_type;
	char up[4];
	struct ext2_dx_root_info info;
	union {
		struct ext2_dx_countlimit count; /* of the first: no hash */
		struct ext2_dx_entry v[0];
	};
};

#define INDEX_MAX                                      \
	((EXT4_BLOCK - offsetof(struct index, count) - \
	  sizeof(struct ext2_dx_tail)) /               \
	 sizeof(struct ext2_dx_entry))

static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	return strcmp(x->name->name, y->name->name);
}

static int hash_names(const struct ext4 *x, const struct ext4_name *names,
		      size_t n, struct hashed **ret)
{
	struct hashed *h = calloc(n, sizeof(*h));

	if (!h)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		errcode_t e = ext2fs_dirhash(x->fs->super->s_def_hash_version,
					     names[i].name,
					     (int)strlen(names[i].name),
					     x->fs->super->s_hash_seed,
					     &h[i].hash, &h[i].minor);

		if (e) {
			free(h);
			return ext4_error(e);
		}
		h[i].name = &names[i];
	}
	qsort(h, n, sizeof(*h), by_hash);
	*ret = h;
	return 0;
}

static void begin_index(struct index *d, uint32_t ino, uint32_t parent)
{
	*d = (struct index){
		.dot_ino = ino,
		.dot_len = offsetof(struct index, up_ino),
		.dot_name_len = 1,
		.dot_type = EXT2_FT_DIR,
		.dot = ".",
		.up_ino = parent,
		.up_len = EXT4_BLOCK - offsetof(struct index, up_ino),
		.up_name_len = 2,
		.up_type = EXT2_FT_DIR,
		.up = "..",
		.info = { .hash_version = EXT2_HASH_HALF_MD4,
			  .info_length = sizeof(d->info) },
	};
	d->count.limit = INDEX_MAX;
}

/* @hash begins the last block. One that is continued has its lowest bit set. */
static void add_to_index(struct blocks *b, uint32_t hash, bool continued)
{
	struct index *d = (void *)b->v;
	uint16_t i = d->count.count++;

	d->v[i].block = (uint32_t)(b->n - 1);
	if (i)
		d->v[i].hash = hash | continued;
}

/* -E2BIG: more than one block of index, which no image has had yet. */
static int fill_indexed(struct blocks *b, uint32_t ino, uint32_t parent,
			const struct hashed *h, size_t n)
{
	int r = next_block(b);

	if (r < 0)
		return r;
	begin_index((void *)b->v, ino, parent);
	b->used = BLOCK_ROOM;
	for (size_t i = 0; i < n; i++) {
		size_t before = b->n;

		r = add_entry(b, h[i].name->name, h[i].name->ino,
			      type_of(h[i].name->type));
		if (r < 0)
			return r;
		if (b->n == before)
			continue;
		if (b->n > INDEX_MAX)
			return -E2BIG;
		add_to_index(b, h[i].hash, i && h[i - 1].hash == h[i].hash);
	}
	close_block(b);
	return 0;
}

static void drop(struct blocks *b)
{
	free(b->v);
	*b = (struct blocks){ 0 };
}

/* The blocks, with an index where there are several. */
static int fill(const struct ext4 *x, struct blocks *b, uint32_t ino,
		uint32_t parent, const struct ext4_name *names, size_t n)
{
	CLEANUP_FREE struct hashed *h = NULL;
	int r = fill_linear(b, ino, parent, names, n);

	if (r < 0 || b->n == 1)
		return r;
	r = hash_names(x, names, n, &h);
	if (r < 0 || !h)
		return r;
	drop(b);
	r = fill_indexed(b, ino, parent, h, n);
	b->indexed = r == 0;
	if (r != -E2BIG)
		return r;
	drop(b);
	return fill_linear(b, ino, parent, names, n);
}

/* ---- writing -------------------------------------------------------------- */

static int put_blocks(struct ext4 *x, struct ext4_map *m, uint32_t ino,
		      const struct blocks *b)
{
	for (size_t i = 0; i < b->n; i++) {
		char *block = b->v + i * EXT4_BLOCK;
		blk64_t pblk = 0;
		blk_t got = 0;
		int r = ext4_map_take(x, m, i, 1, &pblk, &got);

		if (r < 0)
			return r;
		if (i || !b->indexed)
			ext2fs_initialize_dirent_tail(
				x->fs, EXT2_DIRENT_TAIL(block, EXT4_BLOCK));
		r = ext4_error(
			ext2fs_write_dir_block4(x->fs, pblk, block, 0, ino));
		if (r < 0)
			return r;
	}
	return 0;
}

static uint16_t count_links(const struct ext4_name *names, size_t n)
{
	size_t links = 2;

	for (size_t i = 0; i < n; i++)
		links += S_ISDIR(names[i].type);
	/* "Unknown"; see dir_nlink. */
	return links >= EXT2_LINK_MAX ? 1 : (uint16_t)links;
}

static int write_dir(struct ext4 *x, uint32_t ino,
		     struct ext2_inode_large *inode, const struct blocks *b)
{
	CLEANUP_EXT4_MAP struct ext4_map m = { 0 };
	/* The checksums of its blocks are made with it. */
	int r = ext4_put_inode(x, ino, inode);

	if (r == 0)
		r = put_blocks(x, &m, ino, b);
	return r < 0 ? r : ext4_map_put(x, &m, ino, inode);
}

int ext4_add_dir(struct ext4 *x, uint32_t *ret_ino)
{
	return ext4_take_inode(x, true, ret_ino);
}

int ext4_dir_write(struct ext4 *x, uint32_t ino, uint32_t parent,
		   const struct ext4_attr *a, const struct ext4_name *names,
		   size_t n)
{
	struct ext2_inode_large inode;
	struct blocks b = { 0 };
	int r = fill(x, &b, ino, parent, names, n);

	if (r == 0) {
		ext4_fill_inode(x, a, &inode);
		inode.i_links_count = count_links(names, n);
		inode.i_size = (uint32_t)(b.n * EXT4_BLOCK);
		inode.i_flags = b.indexed ? EXT2_INDEX_FL : 0;
		r = write_dir(x, ino, &inode, &b);
	}
	drop(&b);
	return r;
}
