/* SPDX-License-Identifier: MIT */

/* stress.c - What the parts of fam-stress have in common */

#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

bool stress_fail(struct stress *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	return false;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

unsigned stress_random(struct stress *s, unsigned n)
{
	s->random += 0x9e3779b97f4a7c15ULL;
	return (unsigned)(mix(s->random) % n);
}

uint64_t stress_probe(const struct stress *s, unsigned cell, unsigned i)
{
	const size_t in_cell[STRESS_PROBES] = { 0, s->cell / 2 + 8,
						s->cell - 8 };

	return (uint64_t)cell * s->cell + in_cell[i];
}

/* Never zero. */
uint64_t stress_signature(uint64_t ino, uint64_t offset)
{
	return mix(mix(ino) + offset) | 1;
}

int stress_open(const struct stress *s, const char *path, int flags,
		struct stress_file *ret_f)
{
	CLEANUP_FD int fd = open(path, flags | O_CLOEXEC, 0666);
	int prot = PROT_READ;
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	if ((flags & O_ACCMODE) == O_RDWR)
		prot |= PROT_WRITE;
	p = mmap(NULL, STRESS_CELLS * s->cell, prot, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ret_f = (struct stress_file){ take_fd(&fd), p, st.st_ino };
	return 0;
}

void stress_close(const struct stress *s, struct stress_file *f)
{
	if (f->fd < 0)
		return;
	(void)munmap(f->map, STRESS_CELLS * s->cell);
	close_fd(&f->fd);
}
