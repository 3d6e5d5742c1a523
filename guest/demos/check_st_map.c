/* SPDX-License-Identifier: MIT */

/* check_st_map.c - Self-test: mappings */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "selftest.h"

#define RW (PROT_READ | PROT_WRITE)

static bool write_is_mapped(struct test *t)
{
	char *edge = t->p + t->book - 4;
	char buf[16] = "";

	CHECK(t, pwrite(t->fd, "viawrite", 8, (off_t)t->book - 4) == 8,
	      "pwrite: %s", strerror(errno));
	CHECK(t, !memcmp(edge, "viawrite", 8), "the mapping shows '%.8s'",
	      edge);
	memcpy(edge, "by store", 8);
	CHECK(t, pread(t->fd, buf, 8, (off_t)t->book - 4) == 8, "pread: %s",
	      strerror(errno));
	CHECK(t, !memcmp(buf, "by store", 8), "pread shows '%.8s'", buf);
	return true;
}

static bool reader_and_writer(struct test *t)
{
	CLEANUP_FD int fd = open(t->path, O_RDONLY | O_CLOEXEC);
	char buf[8] = "";
	char *q;

	CHECK(t, fd >= 0, "open for reading: %s", strerror(errno));
	q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(t, q != MAP_FAILED, "mmap: %s", strerror(errno));
	memcpy(t->p, "stored", 6);
	CHECK(t, !memcmp(q, "stored", 6), "the reader's mapping differs");
	CHECK(t, pread(fd, buf, 6, 0) == 6 && !memcmp(buf, "stored", 6),
	      "the reader's pread shows '%.6s'", buf);
	CHECK(t, pwrite(t->fd, "writes", 6, 0) == 6, "pwrite: %s",
	      strerror(errno));
	CHECK(t, !memcmp(q, "writes", 6), "the reader does not see pwrite");
	(void)munmap(q, PAGE);
	return true;
}

static bool forked(struct test *t)
{
	int status;
	pid_t pid = fork();

	CHECK(t, pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		t->p[100] = 'c';
		t->p[t->size - 1] = 'z';
		_exit(0);
	}
	CHECK(t, waitpid(pid, &status, 0) == pid && status == 0,
	      "the child failed with %#x", status);
	CHECK(t, t->p[100] == 'c' && t->p[t->size - 1] == 'z',
	      "the child's stores are not seen");
	return true;
}

/* The page tables are copied, so that the child need not ask for each page. */
static bool forked_pages(struct test *t)
{
	int status;
	pid_t pid;

	t->p[0] = t->p[t->book] = 1;
	pid = fork();
	CHECK(t, pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		long n = fault_count();

		(void)try_load(t->p + PAGE);
		(void)try_load(t->p + t->book + PAGE);
		_exit((int)(fault_count() - n));
	}
	CHECK(t, waitpid(pid, &status, 0) == pid && WIFEXITED(status),
	      "the child died of %#x", status);
	/* One for the stack, one for the counter. */
	CHECK(t, WEXITSTATUS(status) <= 2, "%d faults", WEXITSTATUS(status));
	return true;
}

#define ADDERS 4
#define ADDS 20000

static bool atomics(struct test *t)
{
	uint64_t *word = (uint64_t *)(void *)t->p;
	pid_t pids[ADDERS];

	for (int i = 0; i < ADDERS; i++) {
		pids[i] = fork();
		CHECK(t, pids[i] >= 0, "fork: %s", strerror(errno));
		if (pids[i])
			continue;
		for (int k = 0; k < ADDS; k++)
			(void)__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
		_exit(0);
	}
	for (int i = 0; i < ADDERS; i++)
		(void)waitpid(pids[i], NULL, 0);
	CHECK(t, *word == ADDERS * ADDS, "%llu instead of %d",
	      (unsigned long long)*word, ADDERS * ADDS);
	return true;
}

static bool huge_faults(struct test *t)
{
	long n = fault_count();

	for (size_t i = 0; i < t->size && i < 16 * HUGE; i += PAGE)
		t->p[i] = 1;
	n = fault_count() - n;
	CHECK(t, n <= (long)(t->size / HUGE) + 4,
	      "%ld faults for %zu MiB; are huge pages switched on?", n,
	      t->size >> 20);
	return true;
}

static bool split_mapping(struct test *t)
{
	t->p[0] = 1;
	CHECK(t, mprotect(t->p + PAGE, PAGE, PROT_READ) == 0, "mprotect: %s",
	      strerror(errno));
	CHECK(t, try_store(t->p + PAGE, 2) == -SIGSEGV,
	      "a store to a page for reading only works");
	CHECK(t, try_store(t->p + 2 * PAGE, 2) == 0, "its neighbour is lost");
	CHECK(t, mprotect(t->p + PAGE, PAGE, RW) == 0, "mprotect: %s",
	      strerror(errno));
	CHECK(t, try_store(t->p + PAGE, 3) == 0, "it stays for reading only");
	CHECK(t, munmap(t->p + t->book, PAGE) == 0, "munmap: %s",
	      strerror(errno));
	CHECK(t, try_load(t->p + t->book) == -SIGSEGV, "it is still there");
	CHECK(t, try_load(t->p + t->book + PAGE) >= 0, "its neighbour is lost");
	return true;
}

static bool moved(struct test *t)
{
	char *q;

	memcpy(t->p, "moved", 6);
	q = mremap(t->p, t->size, t->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   (void *)0x700000000000);
	CHECK(t, q != MAP_FAILED, "mremap: %s", strerror(errno));
	t->p = q;
	CHECK(t, !strcmp(q, "moved"), "the data is lost");
	return true;
}

static bool private_copy(struct test *t)
{
	char *q;

	memcpy(t->p, "original", 9);
	q = mmap(NULL, t->size, RW, MAP_PRIVATE, t->fd, 0);
	CHECK(t, q != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(t, !strcmp(q, "original"), "it shows '%.8s'", q);
	CHECK(t, try_store(q, 'X') == 0, "a store is killed");
	CHECK(t, q[0] == 'X' && !strcmp(q + 1, "riginal"), "it shows '%.8s'",
	      q);
	CHECK(t, t->p[0] == 'o', "the store went to the shelf");
	CHECK(t, try_store(q + t->book, 'Y') == 0 && t->p[t->book] == 0,
	      "a store to an untouched page went to the shelf");
	(void)munmap(q, t->size);
	return true;
}

static bool populated(struct test *t)
{
	char *q = mmap(NULL, t->size, RW, MAP_SHARED | MAP_POPULATE, t->fd, 0);

	CHECK(t, q != MAP_FAILED, "MAP_POPULATE: %s", strerror(errno));
	CHECK(t, mlock(q, PAGE) == 0, "mlock: %s", strerror(errno));
	CHECK_ERRNO(t, madvise(q, PAGE, MADV_DONTNEED), EINVAL);
	CHECK(t, msync(q, t->size, MS_SYNC) == 0, "msync: %s", strerror(errno));
	(void)munmap(q, t->size);
	return true;
}

static bool outlives_close(struct test *t)
{
	t->p[7] = 7;
	(void)close(t->fd);
	t->fd = -1;
	CHECK(t, try_load(t->p + 7) == 7, "a load is killed");
	CHECK(t, try_store(t->p + t->book, 1) == 0, "a store is killed");
	return true;
}

static bool cut(struct test *t)
{
	size_t keep = t->book + PAGE;

	t->p[keep] = 1; /* by a huge mapping */
	CHECK(t, ftruncate(t->fd, (off_t)keep) == 0, "ftruncate: %s",
	      strerror(errno));
	CHECK(t, try_load(t->p + keep - 1) >= 0, "what stays is lost");
	CHECK(t, try_load(t->p + keep) == -SIGBUS, "what is cut off remains");
	CHECK(t, try_load(t->p + t->size - 1) == -SIGBUS,
	      "the last page remains");
	CHECK(t, ftruncate(t->fd, 0) == 0, "ftruncate: %s", strerror(errno));
	CHECK(t, try_store(t->p, 1) == -SIGBUS, "the first page remains");
	return true;
}

static bool grown(struct test *t)
{
	size_t more = t->size + t->book;
	char *q;

	q = mmap(NULL, more, RW, MAP_SHARED, t->fd, 0);
	CHECK(t, q != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(t, try_load(q + t->size) == -SIGBUS, "there is something");
	CHECK(t, ftruncate(t->fd, (off_t)more) == 0, "ftruncate: %s",
	      strerror(errno));
	CHECK(t, try_load(q + more - 1) == 0, "the same mapping shows %d",
	      try_load(q + more - 1));
	(void)munmap(q, more);
	return true;
}

static bool zero_after_cut(struct test *t)
{
	size_t keep = t->book - 100; /* within a page */

	memset(t->p + keep - PAGE, 0x5a, 3 * PAGE);
	CHECK(t, ftruncate(t->fd, (off_t)keep) == 0, "ftruncate: %s",
	      strerror(errno));
	CHECK(t, ftruncate(t->fd, (off_t)t->size) == 0, "ftruncate: %s",
	      strerror(errno));
	CHECK(t, t->p[keep - 1] == 0x5a, "what stayed has changed");
	for (size_t i = keep; i < keep + 2 * PAGE; i++)
		CHECK(t, t->p[i] == 0, "byte %zu is %#x", i, t->p[i]);
	return true;
}

const struct check checks_map[] = {
	{ "write and mapping agree, over the edge of a book", 2,
	  write_is_mapped },
	{ "files for reading and for writing live side by side", 1,
	  reader_and_writer },
	{ "a child shares the mapping", 2, forked },
	{ "and has its pages at once", 2, forked_pages },
	{ "atomic additions of four processes are exact", 1, atomics },
	{ "2 MiB are mapped by one fault", 4, huge_faults },
	{ "one page within a huge mapping can be changed", 2, split_mapping },
	{ "mremap keeps the data", 1, moved },
	{ "MAP_PRIVATE copies on write", 2, private_copy },
	{ "MAP_POPULATE, mlock and msync succeed", 1, populated },
	{ "a mapping outlives close", 2, outlives_close },
	{ "what is cut off gives SIGBUS at once", 3, cut },
	{ "a mapping sees the shelf grow, with zeros", 1, grown },
	{ "what was cut off comes back as zeros", 2, zero_after_cut },
	{ 0 },
};
