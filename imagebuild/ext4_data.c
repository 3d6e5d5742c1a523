/* SPDX-License-Identifier: MIT */

/* ext4_data.c - Write an ext4 file system: files, links, nodes */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "ext4_int.h"
#include "file.h"

/* The longest target that fits into the inode itself. */
#define FAST_SYMLINK_MAX (sizeof(((struct ext2_inode *)NULL)->i_block) - 1)
#define FILE_MAX (1ULL << 40)

/* ---- where blocks are ----------------------------------------------------- */

static int map_add(struct ext4_map *m, blk64_t lblk, blk64_t pblk, blk_t n)
{
	struct ext2fs_extent *last = m->n ? &m->v[m->n - 1] : NULL, *more;

	if (last && last->e_lblk + last->e_len == lblk &&
	    last->e_pblk + last->e_len == pblk &&
	    last->e_len + n <= EXT_INIT_MAX_LEN) {
		last->e_len += n;
		return 0;
	}
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 4;

		more = reallocarray(m->v, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		m->v = more;
		m->room = room;
	}
	m->v[m->n++] = (struct ext2fs_extent){ .e_lblk = lblk,
					       .e_pblk = pblk,
					       .e_len = n };
	return 0;
}

int ext4_map_take(struct ext4 *x, struct ext4_map *m, blk64_t lblk, blk_t n,
		  blk64_t *ret_pblk, blk_t *ret_n)
{
	blk64_t pblk, got;
	errcode_t e = ext2fs_new_range(x->fs, 0, x->goal, n, NULL, &pblk, &got);
	int r;

	if (e)
		return ext4_error(e);
	if (got > n)
		got = n;
	r = map_add(m, lblk, pblk, (blk_t)got);
	if (r < 0)
		return r;
	ext2fs_block_alloc_stats_range(x->fs, pblk, (blk_t)got, 1);
	x->goal = pblk + got;
	*ret_pblk = pblk;
	*ret_n = (blk_t)got;
	return 0;
}

static errcode_t put_extents(ext2_extent_handle_t h, struct ext4_map *m)
{
	errcode_t e = 0;

	for (size_t i = 0; i < m->n && !e; i++) {
		e = ext2fs_extent_insert(h, i ? EXT2_EXTENT_INSERT_AFTER : 0,
					 &m->v[i]);
		if (!e)
			e = ext2fs_extent_fix_parents(h);
	}
	return e;
}

int ext4_map_put(struct ext4 *x, struct ext4_map *m, uint32_t ino,
		 struct ext2_inode_large *inode)
{
	struct ext2_inode *small = (struct ext2_inode *)inode;
	ext2_extent_handle_t h;
	blk64_t blocks = 0;
	errcode_t e;
	int r;

	for (size_t i = 0; i < m->n; i++)
		blocks += m->v[i].e_len;
	inode->i_flags |= EXT4_EXTENTS_FL;
	/* What the tree of extents takes is added as it is taken. */
	e = ext2fs_iblk_set(x->fs, small, blocks);
	if (e)
		return ext4_error(e);
	r = ext4_put_inode(x, ino, inode);
	if (r < 0)
		return r;
	e = ext2fs_extent_open2(x->fs, ino, small, &h);
	if (e)
		return ext4_error(e);
	e = put_extents(h, m);
	ext2fs_extent_free(h);
	return e ? ext4_error(e) : ext4_put_inode(x, ino, inode);
}

void ext4_map_deinit(struct ext4_map *m)
{
	free(m->v);
	*m = (struct ext4_map){ 0 };
}

/* ---- contents ------------------------------------------------------------- */

/* Blocks up to the next one that is zero. */
static blk_t count_data(const char *data, blk_t n)
{
	blk_t i = 0;

	while (i < n && !is_zeros(data + (size_t)i * EXT4_BLOCK, EXT4_BLOCK))
		i++;
	return i;
}

static int write_run(struct ext4 *x, struct ext4_map *m, blk64_t lblk,
		     const char *data, blk_t n)
{
	while (n) {
		blk64_t pblk = 0;
		blk_t got = 0;
		int r = ext4_map_take(x, m, lblk, n, &pblk, &got);

		if (r == 0)
			r = ext4_error(io_channel_write_blk64(x->fs->io, pblk,
							      (int)got, data));
		if (r < 0)
			return r;
		data += (size_t)got * EXT4_BLOCK;
		lblk += got;
		n -= got;
	}
	return 0;
}

static int write_blocks(struct ext4 *x, struct ext4_map *m, blk64_t lblk,
			const char *data, blk_t n)
{
	for (blk_t i = 0; i < n;) {
		blk_t run = count_data(data + (size_t)i * EXT4_BLOCK, n - i);
		int r = write_run(x, m, lblk + i, data + (size_t)i * EXT4_BLOCK,
				  run);

		if (r < 0)
			return r;
		i += run ? run : 1;
	}
	return 0;
}

/* As much as fits; what is behind it in the last block becomes zero. */
static int fill_buf(struct ext4 *x, int fd, uint64_t at, size_t *ret_len)
{
	size_t len;
	int r = read_at(fd, x->buf, (size_t)EXT4_BUF_BLOCKS * EXT4_BLOCK,
			(off_t)at, &len);

	if (r < 0)
		return r;
	memset(x->buf + len, 0, -len % EXT4_BLOCK);
	*ret_len = len;
	return 0;
}

static int write_contents(struct ext4 *x, struct ext4_map *m, int fd,
			  uint64_t *ret_size)
{
	uint64_t at = 0;
	size_t len = 0;

	do {
		int r = fill_buf(x, fd, at, &len);

		if (r == 0 && at + len > FILE_MAX)
			r = -EFBIG;
		if (r == 0)
			r = write_blocks(
				x, m, at / EXT4_BLOCK, x->buf,
				(blk_t)((len + EXT4_BLOCK - 1) / EXT4_BLOCK));
		if (r < 0)
			return r;
		at += len;
	} while (len == (size_t)EXT4_BUF_BLOCKS * EXT4_BLOCK);
	*ret_size = at;
	return 0;
}

int ext4_add_file(struct ext4 *x, const struct ext4_attr *a, int fd,
		  uint32_t *ret_ino)
{
	CLEANUP_EXT4_MAP struct ext4_map m = { 0 };
	struct ext2_inode_large inode;
	uint64_t size = 0;
	uint32_t ino = 0;
	int r;

	r = write_contents(x, &m, fd, &size);
	if (r == 0)
		r = ext4_take_inode(x, false, &ino);
	if (r < 0)
		return r;
	ext4_fill_inode(x, a, &inode);
	inode.i_size = (uint32_t)size;
	inode.i_size_high = (uint32_t)(size >> 32);
	r = ext4_map_put(x, &m, ino, &inode);
	if (r == 0)
		*ret_ino = ino;
	return r;
}

/* ---- links and nodes ------------------------------------------------------ */

static int put_slow_symlink(struct ext4 *x, uint32_t ino,
			    struct ext2_inode_large *inode, const char *target,
			    size_t len)
{
	CLEANUP_EXT4_MAP struct ext4_map m = { 0 };
	int r;

	memset(x->buf, 0, EXT4_BLOCK);
	memcpy(x->buf, target, len);
	r = write_run(x, &m, 0, x->buf, 1);
	return r < 0 ? r : ext4_map_put(x, &m, ino, inode);
}

int ext4_add_symlink(struct ext4 *x, const struct ext4_attr *a,
		     const char *target, uint32_t *ret_ino)
{
	struct ext2_inode_large inode;
	size_t len = strlen(target);
	uint32_t ino = 0;
	int r;

	if (!len || len >= EXT4_BLOCK)
		return -ENAMETOOLONG;
	r = ext4_take_inode(x, false, &ino);
	if (r < 0)
		return r;
	ext4_fill_inode(x, a, &inode);
	inode.i_size = (uint32_t)len;
	if (len <= FAST_SYMLINK_MAX) {
		memcpy(inode.i_block, target, len);
		r = ext4_put_inode(x, ino, &inode);
	} else {
		r = put_slow_symlink(x, ino, &inode, target, len);
	}
	if (r == 0)
		*ret_ino = ino;
	return r;
}

int ext4_add_node(struct ext4 *x, const struct ext4_attr *a, uint32_t *ret_ino)
{
	struct ext2_inode_large inode;
	uint32_t ino = 0;
	int r = ext4_take_inode(x, false, &ino);

	if (r < 0)
		return r;
	ext4_fill_inode(x, a, &inode);
	/* As Linux has had them: 16 bits first, else in the next word. */
	if (a->major < 256 && a->minor < 256)
		inode.i_block[0] = a->major << 8 | a->minor;
	else
		inode.i_block[1] = (a->minor & 0xff) | a->major << 8 |
				   (a->minor & ~0xffU) << 12;
	r = ext4_put_inode(x, ino, &inode);
	if (r == 0)
		*ret_ino = ino;
	return r;
}
