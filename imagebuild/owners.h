/* SPDX-License-Identifier: MIT */

/* owners.h - What files of a tree are to be, where the tree cannot say it
 *
 * Theory of operation. All files of a tree belong to the user who builds. Who
 * they will belong to, which are devices, which have capabilities, is noted
 * beside the tree as it becomes known: by the unpacker, and by the sandbox,
 * whose programs think they are root.
 *
 * Notes are about files, not names: a name is replaced by rename(2) all the
 * time. A file is its device, its inode and, as inodes are used again within
 * seconds, its time of birth. They are appended to a log, so any number of
 * processes and threads may note at once, each note one write(2). Of each thing
 * the last note counts.
 */
#pragma once

#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A file that is no more is never met again under the same identity. */
struct owners_file {
	uint64_t dev;
	uint64_t ino;
	int64_t born_s;
	uint64_t born_ns;
};

/* What a note is about. */
enum owners_what {
	OWNERS_UID = 1,
	OWNERS_GID = 2,
	OWNERS_DEVICE = 4,
	OWNERS_CAPABILITY = 8, /* of length 0: none any more */
};

/* The longest value of security.capability. */
#define OWNERS_CAPABILITY_MAX 24

struct owner {
	uint32_t what; /* enum owners_what: which of these are known */
	uint32_t uid;
	uint32_t gid;
	uint32_t mode; /* of a device: S_IFCHR or S_IFBLK; the rest is in the tree */
	uint32_t major;
	uint32_t minor;
	uint32_t capability_len;
	uint8_t capability[OWNERS_CAPABILITY_MAX];
};

struct owners_note {
	struct owners_file file;
	struct owner owner;
	uint32_t order; /* in the log; set when it is read */
};

/* All notes about each file in one. */
struct owners {
	struct owners_note *v; /* sorted by file */
	size_t n;
};

/* The longest log. */
#define OWNERS_NOTES_MAX 4000000U

/* Identity of a file, of which statx(2) has told OWNERS_STATX. */
#define OWNERS_STATX (STATX_BASIC_STATS | STATX_BTIME)

struct statx;
void owners_identify(const struct statx *st, struct owners_file *ret);

/**
 * owners_note() - Append a note about an open file
 * @log:	Open for appending; -1 = nobody wants to know
 * @fd:		The file; O_PATH is enough
 * @owner:	What is known
 */
int owners_note(int log, int fd, const struct owner *owner);

/**
 * owners_load() - Read a log
 * @log:	Open for reading; its position is not used
 * @ret:	To be given to owners_deinit(), also after a failure
 *
 * A note that was cut off, by a full disk say, is -EBADMSG.
 */
int owners_load(int log, struct owners *ret);

/* What is known of a file; NULL = nothing. */
const struct owner *owners_find(const struct owners *o,
				const struct owners_file *f);

void owners_deinit(struct owners *o);
