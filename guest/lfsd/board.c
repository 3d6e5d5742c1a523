/* SPDX-License-Identifier: MIT */

/* board.c - The board as a node sees it */

#include "board.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static int check(const struct board *b, struct err *e)
{
	if (b->magic != BOARD_MAGIC)
		return err_set(e, -EIO,
			       "the node's memory device does not show what "
			       "the Librarian has written into the memory; "
			       "start the node with the file that is the "
			       "Librarian's --fam");
	if (b->version != BOARD_VERSION || b->slot_count != BOARD_SLOTS)
		return err_set(e, -EPROTO,
			       "the Librarian's board has version %u, this "
			       "lfsd knows %u; use both from the same release",
			       b->version, BOARD_VERSION);
	return 0;
}

int board_open(int fd, uint64_t offset, uint64_t size, uint64_t fam_size,
	       struct board **ret_board, struct err *e)
{
	struct board *b;
	int r;

	if (size < sizeof(*b) || offset > fam_size || size > fam_size - offset)
		return err_set(
			e, -EINVAL,
			"the Librarian's board is at %llu of the memory, "
			"but the node's memory device has only %llu "
			"bytes; start the node with the memory that the "
			"Librarian was registered for",
			(unsigned long long)offset,
			(unsigned long long)fam_size);
	b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 (off_t)offset);
	if (b == MAP_FAILED)
		return err_set(e, -errno,
			       "cannot map the board of the memory device: %s; "
			       "build fam.ko and lfsd from the same sources",
			       strerror(errno));
	r = check(b, e);
	if (r < 0)
		(void)board_close(b);
	else
		*ret_board = b;
	return r;
}

struct board *board_close(struct board *b)
{
	if (b)
		(void)munmap(b, sizeof(*b));
	return NULL;
}
