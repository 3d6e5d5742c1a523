/* SPDX-License-Identifier: MIT */

/* shared.c - A file as words that nodes share */

#include "shared.h"

#include <fam_atomic.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"

void *shared_map(const char *path, size_t size)
{
	CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *p;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return NULL;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || fam_atomic_register_region(p, size, fd, 0) < 0)
		return NULL;
	return p;
}
