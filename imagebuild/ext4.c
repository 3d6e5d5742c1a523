/* SPDX-License-Identifier: MIT */

/* ext4.c - Write an ext4 file system: the frame (the design: ext4.h) */

#include "ext4.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "ext4_int.h"

#define BYTES_PER_INODE 16384U
#define JOURNAL_BLOCKS 4096U
#define JOURNAL_BLOCKS_SMALL 1024U
#define SMALL_SIZE (512ULL << 20)

int ext4_error(errcode_t code)
{
	switch (code) {
	case 0:
		return 0;
	case EXT2_ET_NO_MEMORY:
		return -ENOMEM;
	case EXT2_ET_BLOCK_ALLOC_FAIL:
	case EXT2_ET_INODE_ALLOC_FAIL:
	case EXT2_ET_TOOSMALL:
		return -EFBIG;
	case EXT2_ET_SHORT_WRITE:
		return -ENOSPC;
	default:
		return code > 0 && code < 4096 ? -(int)code : -EIO;
	}
}

/* ---- inodes --------------------------------------------------------------- */

int ext4_take_inode(struct ext4 *x, bool dir, uint32_t *ret_ino)
{
	ext2_ino_t ino;
	errcode_t e = ext2fs_new_inode(x->fs, EXT2_ROOT_INO, 0, NULL, &ino);

	if (e)
		return ext4_error(e);
	ext2fs_inode_alloc_stats2(x->fs, ino, 1, dir);
	*ret_ino = ino;
	return 0;
}

/* Seconds since 1970 as ext4 has them: 32 signed bits, and two more. */
static uint32_t extra_bits(int64_t t)
{
	return (uint32_t)((t - (int32_t)t) >> 32) & EXT4_EPOCH_MASK;
}

void ext4_fill_inode(const struct ext4 *x, const struct ext4_attr *a,
		     struct ext2_inode_large *ret)
{
	*ret = (struct ext2_inode_large){
		.i_mode = (uint16_t)a->mode,
		.i_uid = (uint16_t)a->uid,
		.osd2.linux2.l_i_uid_high = (uint16_t)(a->uid >> 16),
		.i_gid = (uint16_t)a->gid,
		.osd2.linux2.l_i_gid_high = (uint16_t)(a->gid >> 16),
		.i_links_count = 1,
		.i_mtime = (uint32_t)a->mtime,
		.i_mtime_extra = extra_bits(a->mtime),
		.i_atime = (uint32_t)x->now,
		.i_atime_extra = extra_bits(x->now),
		.i_ctime = (uint32_t)x->now,
		.i_ctime_extra = extra_bits(x->now),
		.i_crtime = (uint32_t)x->now,
		.i_crtime_extra = extra_bits(x->now),
		.i_extra_isize = sizeof(*ret) - EXT2_GOOD_OLD_INODE_SIZE,
	};
}

int ext4_put_inode(struct ext4 *x, uint32_t ino, struct ext2_inode_large *inode)
{
	return ext4_error(ext2fs_write_inode_full(
		x->fs, ino, (struct ext2_inode *)inode, sizeof(*inode)));
}

int ext4_add_link(struct ext4 *x, uint32_t ino)
{
	struct ext2_inode inode;
	errcode_t e = ext2fs_read_inode(x->fs, ino, &inode);

	if (e)
		return ext4_error(e);
	if (inode.i_links_count >= EXT2_LINK_MAX)
		return -EMLINK;
	inode.i_links_count++;
	return ext4_error(ext2fs_write_inode(x->fs, ino, &inode));
}

int ext4_add_xattr(struct ext4 *x, uint32_t ino, const char *name,
		   const void *value, size_t len)
{
	struct ext2_xattr_handle *h;
	errcode_t e = ext2fs_xattrs_open(x->fs, ino, &h);

	if (e)
		return ext4_error(e);
	e = ext2fs_xattrs_read(h);
	if (!e)
		e = ext2fs_xattr_set(h, name, value, len);
	(void)ext2fs_xattrs_close(&h);
	return ext4_error(e);
}

/* ---- the frame ------------------------------------------------------------ */

static int create_file(const char *path, uint64_t size)
{
	CLEANUP_FD int fd =
		open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd < 0 || ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

static errcode_t lay_out(const char *path, const struct ext4_conf *c,
			 ext2_filsys *ret_fs)
{
	struct ext2_super_block p = {
		.s_rev_level = EXT2_DYNAMIC_REV,
		.s_log_block_size = 2,
		.s_log_cluster_size = 2,
		.s_inode_size = 256,
		.s_log_groups_per_flex = 4,
		.s_inodes_count = (uint32_t)(c->size / BYTES_PER_INODE),
		.s_feature_compat = EXT2_FEATURE_COMPAT_DIR_INDEX |
				    EXT2_FEATURE_COMPAT_EXT_ATTR,
		.s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE |
				      EXT3_FEATURE_INCOMPAT_EXTENTS |
				      EXT4_FEATURE_INCOMPAT_64BIT |
				      EXT4_FEATURE_INCOMPAT_FLEX_BG,
		.s_feature_ro_compat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
				       EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
				       EXT4_FEATURE_RO_COMPAT_HUGE_FILE |
				       EXT4_FEATURE_RO_COMPAT_DIR_NLINK |
				       EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |
				       EXT4_FEATURE_RO_COMPAT_METADATA_CSUM,
	};

	ext2fs_blocks_count_set(&p, c->size / EXT4_BLOCK);
	return ext2fs_initialize(path, EXT2_FLAG_64BITS, &p, unix_io_manager,
				 ret_fs);
}

/* Nothing random, nothing of today. */
static void name_it(ext2_filsys fs, const struct ext4_conf *c)
{
	struct ext2_super_block *s = fs->super;
	size_t len = strnlen(c->label, sizeof(s->s_volume_name));

	fs->now = (time_t)c->now;
	s->s_mkfs_time = s->s_lastcheck = s->s_wtime = (uint32_t)c->now;
	memcpy(s->s_uuid, c->uuid, sizeof(s->s_uuid));
	memcpy(s->s_hash_seed, c->hash_seed, sizeof(s->s_hash_seed));
	memcpy(s->s_volume_name, c->label, len);
	s->s_def_hash_version = EXT2_HASH_HALF_MD4;
	s->s_flags |= EXT2_FLAGS_SIGNED_HASH;
	s->s_max_mnt_count = -1;
	/* What the parameters say of it is not looked at. */
	s->s_checksum_type = EXT2_CRC32C_CHKSUM;
	ext2fs_init_csum_seed(fs);
}

/* The file is full of zeros, and so are the tables. */
static void mark_zeroed(ext2_filsys fs)
{
	for (dgrp_t g = 0; g < fs->group_desc_count; g++) {
		ext2fs_bg_flags_set(fs, g, EXT2_BG_INODE_ZEROED);
		ext2fs_group_desc_csum_set(fs, g);
	}
}

static void reserve_inodes(ext2_filsys fs)
{
	for (ext2_ino_t i = 1; i < EXT2_FIRST_INODE(fs->super); i++)
		ext2fs_inode_alloc_stats2(fs, i, 1, i == EXT2_ROOT_INO);
	ext2fs_mark_ib_dirty(fs);
}

static errcode_t furnish(ext2_filsys fs, const struct ext4_conf *c)
{
	errcode_t e;

	name_it(fs, c);
	e = ext2fs_allocate_tables(fs);
	if (e)
		return e;
	mark_zeroed(fs);
	reserve_inodes(fs);
	return ext2fs_add_journal_inode(
		fs,
		c->size < SMALL_SIZE ? JOURNAL_BLOCKS_SMALL : JOURNAL_BLOCKS,
		EXT2_MKJOURNAL_NO_MNT_CHECK);
}

int ext4_new(const char *path, const struct ext4_conf *c, struct ext4 **ret_x)
{
	struct ext4 *x;
	errcode_t e;
	int r;

	r = create_file(path, c->size);
	if (r < 0)
		return r;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->now = c->now;
	x->buf = malloc((size_t)EXT4_BUF_BLOCKS * EXT4_BLOCK);
	e = x->buf ? lay_out(path, c, &x->fs) : EXT2_ET_NO_MEMORY;
	if (!e)
		e = furnish(x->fs, c);
	if (e) {
		(void)ext4_free(x);
		return ext4_error(e);
	}
	*ret_x = x;
	return 0;
}

int ext4_finish(struct ext4 *x)
{
	ext2_filsys fs = x->fs;

	x->fs = NULL;
	/* Whoever wants it durable syncs the file. */
	return ext4_error(ext2fs_close2(fs, EXT2_FLAG_FLUSH_NO_SYNC));
}

struct ext4 *ext4_free(struct ext4 *x)
{
	if (!x)
		return NULL;
	if (x->fs)
		ext2fs_free(x->fs);
	free(x->buf);
	free(x);
	return NULL;
}
