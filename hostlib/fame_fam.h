/* SPDX-License-Identifier: MIT */

/* fame_fam.h - A cluster's memory for programs of the host
 *
 * The memory is a file, "fam" in the directory of the cluster unless FAME_FAM
 * said otherwise; 'fame-run status --json' has its path, its size and that of a
 * book. A shelf is a row of books, which may lie anywhere in it: a node reads
 * where from the extended attribute "user.LFS.Books" of the shelf's file.
 *
 * Books stay where they are as long as the shelf has them. Nothing keeps it from
 * giving them back while they are mapped here: that is to be agreed with the
 * nodes. The file is never shortened while the cluster runs.
 */
#ifndef FAME_FAM_H
#define FAME_FAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * fame_fam_map() - Map a part of the memory, shared, to read and write
 * @path:	Of the memory
 * @offset:	In bytes, a multiple of the page size
 * @size:	In bytes, not 0
 * @ret:	For munmap(2)
 *
 * Return: 0, -EINVAL (@offset or @size), -ERANGE (more than the memory has), or
 *         what open(2) and mmap(2) say
 */
int fame_fam_map(const char *path, uint64_t offset, size_t size, void **ret);

/**
 * fame_fam_map_books() - Map a shelf: its books, one behind the other
 * @path:	Of the memory
 * @book_size:	In bytes, a multiple of the page size
 * @books:	Their places as "user.LFS.Books" has them: "8,12-13,4"
 * @ret:	For munmap(2)
 * @ret_size:	In bytes
 *
 * Return: 0, -EINVAL (@book_size, or @books is no such list, or empty), -ERANGE
 *         (a book lies behind the end), or what open(2) and mmap(2) say
 */
int fame_fam_map_books(const char *path, uint64_t book_size, const char *books,
		       void **ret, size_t *ret_size);

#ifdef __cplusplus
}
#endif

#endif
