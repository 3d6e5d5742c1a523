/* SPDX-License-Identifier: MIT */

/* ext4_int.h - What the files ext4*.c share */
#pragma once

#include <ext2fs/ext2fs.h>
#include <stdbool.h>

#include "ext4.h"

struct ext4 {
	ext2_filsys fs;
	blk64_t goal; /* where the next block probably is free */
	int64_t now;
	char *buf; /* EXT4_BUF_BLOCKS blocks, for whoever writes */
};

#define EXT4_BUF_BLOCKS 256U

/* Where the blocks of an inode are. */
struct ext4_map {
	struct ext2fs_extent *v;
	size_t n;
	size_t room;
};

/* An errno for what libext2fs says. */
int ext4_error(errcode_t code);

/* The first free inode, now marked as used. */
int ext4_take_inode(struct ext4 *x, bool dir, uint32_t *ret_ino);

/* Fill in what all inodes have. */
void ext4_fill_inode(const struct ext4 *x, const struct ext4_attr *a,
		     struct ext2_inode_large *ret);

int ext4_put_inode(struct ext4 *x, uint32_t ino,
		   struct ext2_inode_large *inode);

/**
 * ext4_map_take() - Find room for blocks
 * @m:		They are noted here
 * @lblk: @n:	Which blocks of the inode
 * @ret_pblk: @ret_n:	Where; possibly fewer, ask again for the rest
 */
int ext4_map_take(struct ext4 *x, struct ext4_map *m, blk64_t lblk, blk_t n,
		  blk64_t *ret_pblk, blk_t *ret_n);

/* Write the map, and the inode that it belongs to. */
int ext4_map_put(struct ext4 *x, struct ext4_map *m, uint32_t ino,
		 struct ext2_inode_large *inode);

void ext4_map_deinit(struct ext4_map *m);

#define CLEANUP_EXT4_MAP __attribute__((cleanup(ext4_map_deinit)))
