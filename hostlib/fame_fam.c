/* SPDX-License-Identifier: MIT */

/* fame_fam.c - A cluster's memory for programs of the host */

#include "fame_fam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The memory, and how much of it there is. */
static int open_memory(const char *path, int *ret_fd, uint64_t *ret_size)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

static bool is_in_pages(uint64_t bytes)
{
	return bytes % (uint64_t)sysconf(_SC_PAGESIZE) == 0;
}

int fame_fam_map(const char *path, uint64_t offset, size_t size, void **ret)
{
	uint64_t all = 0;
	void *p;
	int fd = -1, r;

	if (!size || !is_in_pages(offset))
		return -EINVAL;
	r = open_memory(path, &fd, &all);
	if (r < 0)
		return r;
	if (offset > all || all - offset < size) {
		(void)close(fd);
		return -ERANGE;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 (off_t)offset);
	r = p == MAP_FAILED ? -errno : 0;
	(void)close(fd);
	if (r == 0)
		*ret = p;
	return r;
}

/* ---- books ------------------------------------------------------------------ */

struct books {
	uint64_t size; /* of each */
	uint64_t n;    /* that the memory has */
	const char *list;
};

/* "8" or "12-13", up to a comma or the end */
static int take_range(const char **list, uint64_t n, uint64_t *ret_first,
		      uint64_t *ret_count)
{
	const char *s = *list;
	uint64_t ends[2];
	char *end;
	int i = 0;

	do {
		if (i == 2 || *s < '0' || *s > '9')
			return -EINVAL;
		errno = 0;
		ends[i] = strtoull(s, &end, 10);
		if (errno || ends[i] >= n)
			return -ERANGE;
		i++;
		s = end + 1;
	} while (*end == '-');
	if ((*end && (*end != ',' || !end[1])) || ends[i - 1] < ends[0])
		return -EINVAL;
	*list = *end ? s : end;
	*ret_first = ends[0];
	*ret_count = ends[i - 1] - ends[0] + 1;
	return 0;
}

/* In bytes; a book may be named twice, but the sum does not overflow. */
static int sum_up(const struct books *b, size_t *ret_size)
{
	const char *list = b->list;
	uint64_t first = 0, count = 0, sum = 0;
	int r = *list ? 0 : -EINVAL;

	while (r == 0 && *list) {
		r = take_range(&list, b->n, &first, &count);
		if (r == 0 && count > (size_t)PTRDIFF_MAX / b->size - sum)
			r = -EINVAL;
		sum += count;
	}
	if (r == 0)
		*ret_size = (size_t)(sum * b->size);
	return r;
}

static int map_over(const struct books *b, int fd, uint8_t *at)
{
	const char *list = b->list;
	uint64_t first = 0, count = 0;
	int r = 0;

	while (r == 0 && *list) {
		r = take_range(&list, b->n, &first, &count);
		if (r < 0)
			break;
		if (mmap(at, count * b->size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd,
			 (off_t)(first * b->size)) == MAP_FAILED)
			r = -errno;
		at += count * b->size;
	}
	return r;
}

/* Their place is taken first, as a whole. */
static int map_all(const struct books *b, int fd, void **ret, size_t *ret_size)
{
	size_t size = 0;
	void *p;
	int r = sum_up(b, &size);

	if (r < 0)
		return r;
	p = mmap(NULL, size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	r = map_over(b, fd, p);
	if (r < 0) {
		(void)munmap(p, size);
		return r;
	}
	*ret = p;
	*ret_size = size;
	return 0;
}

int fame_fam_map_books(const char *path, uint64_t book_size, const char *books,
		       void **ret, size_t *ret_size)
{
	struct books b = { .size = book_size, .list = books };
	uint64_t all = 0;
	int fd = -1, r;

	if (!book_size || !is_in_pages(book_size))
		return -EINVAL;
	r = open_memory(path, &fd, &all);
	if (r < 0)
		return r;
	b.n = all / book_size;
	r = map_all(&b, fd, ret, ret_size);
	(void)close(fd);
	return r;
}
