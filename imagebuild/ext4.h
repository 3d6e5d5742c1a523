/* SPDX-License-Identifier: MIT */

/* ext4.h - Write an ext4 file system into a file
 *
 * Theory of operation. libext2fs lays the file system out and keeps its
 * checksums; what it has for filling one, block by block and name by name, is
 * slow, and so done here: contents go in runs as long as the free space
 * allows, without blocks of zeros; a directory is written once, when all of
 * its names are known, with an index if it is large.
 *
 * The same calls with the same arguments give the same bytes: nothing is
 * random, no clock is asked, and blocks and inodes are given out in the order
 * of the calls. The file is sparse, as is what nothing was written to.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define EXT4_BLOCK 4096U
#define EXT4_ID_LEN 16
/* Its root directory. */
#define EXT4_ROOT 2U

struct ext4;

struct ext4_conf {
	uint64_t size; /* bytes, a multiple of EXT4_BLOCK */
	int64_t now;   /* seconds: when all of it happens */
	const char *label;
	uint8_t uuid[EXT4_ID_LEN];
	uint8_t hash_seed[EXT4_ID_LEN];
};

struct ext4_attr {
	mode_t mode; /* type and permissions */
	uint32_t uid;
	uint32_t gid;
	int64_t mtime;
	uint32_t major; /* of a device */
	uint32_t minor;
};

/* All return 0 or a negative errno. -EFBIG: the file system is full; -ENOSPC
 * is about the one that holds the file.
 */

/**
 * ext4_new() - Make an empty file system
 * @path:	Of a file that does not exist
 * @ret_x:	To be given to ext4_free()
 */
int ext4_new(const char *path, const struct ext4_conf *c, struct ext4 **ret_x);

/* Write what is left; the file is complete after this. */
int ext4_finish(struct ext4 *x);

/* NULL is fine; returns NULL. */
struct ext4 *ext4_free(struct ext4 *x);

/**
 * ext4_add_file() - Make a file
 * @fd:		Its contents, from the start
 * @ret_ino:	The inode, to be named in a directory
 */
int ext4_add_file(struct ext4 *x, const struct ext4_attr *a, int fd,
		  uint32_t *ret_ino);

int ext4_add_symlink(struct ext4 *x, const struct ext4_attr *a,
		     const char *target, uint32_t *ret_ino);

/* A device, FIFO or socket. */
int ext4_add_node(struct ext4 *x, const struct ext4_attr *a, uint32_t *ret_ino);

/* One more name for a file. */
int ext4_add_link(struct ext4 *x, uint32_t ino);

/**
 * ext4_add_xattr() - Set an extended attribute
 * @name:	"security.capability"
 *
 * After the inode has been made; of a directory, after it has been written.
 */
int ext4_add_xattr(struct ext4 *x, uint32_t ino, const char *name,
		   const void *value, size_t len);

/* An inode for a directory that ext4_dir_write() makes. */
int ext4_add_dir(struct ext4 *x, uint32_t *ret_ino);

struct ext4_name {
	const char *name;
	uint32_t ino;
	mode_t type; /* S_IFMT of it */
};

/**
 * ext4_dir_write() - Make a directory, with all of its names
 * @ino:	Of ext4_add_dir(), or EXT4_ROOT
 * @parent:	Its parent's; that of the root is itself
 * @names: @n:	What is in it, without "." and ".."
 */
int ext4_dir_write(struct ext4 *x, uint32_t ino, uint32_t parent,
		   const struct ext4_attr *a, const struct ext4_name *names,
		   size_t n);
