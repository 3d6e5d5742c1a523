/* SPDX-License-Identifier: MIT */

/* ext4_dir.c - Write an ext4 file system: directories
 *
 * Entries fill one block after the other; the last entry of a block reaches
 * to the checksum at its end.
 */

#include <errno.h>
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

static int fill(struct blocks *b, uint32_t ino, uint32_t parent,
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
	int r = fill(&b, ino, parent, names, n);

	if (r == 0) {
		ext4_fill_inode(x, a, &inode);
		inode.i_links_count = count_links(names, n);
		inode.i_size = (uint32_t)(b.n * EXT4_BLOCK);
		r = write_dir(x, ino, &inode, &b);
	}
	free(b.v);
	return r;
}
