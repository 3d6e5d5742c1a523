/* SPDX-License-Identifier: MIT */

/* check_module.c - fam-check: what fam.ko itself promises
 *
 * For a machine of which nothing else uses the memory: books are overwritten,
 * the device is removed and found again. The output is TAP.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "modtest.h"

#define DEVICE "/dev/fam"

/* None is where the one before it ends. */
const uint32_t mod_books[MOD_BOOKS] = {
	7,  2,	5,  0,	11, 20, 13, 4,	9,  1,	3,  30, 8,  6,	17, 10,
	12, 27, 14, 19, 15, 21, 16, 23, 18, 25, 22, 29, 24, 31, 26, 28,
};

int mod_shelf(const struct test *t, uint64_t id, uint32_t flags)
{
	const struct fam_shelf_open o = { .id = id, .flags = flags };

	return ioctl(t->dev, FAM_IOC_SHELF, &o);
}

int mod_set(int fd, uint64_t size, uint32_t n)
{
	const struct fam_set set = {
		.size = size,
		.books = (uintptr_t)mod_books,
		.n_books = n,
		.book_shift = MOD_SHIFT,
	};

	return ioctl(fd, FAM_IOC_SET, &set);
}

char *mod_memory(const struct test *t)
{
	char *p = mmap(NULL, MOD_BOOKS * MOD_BOOK, PROT_READ | PROT_WRITE,
		       MAP_SHARED, t->dev, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *mod_nowhere(void)
{
	return mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

bool mod_put(struct test *t, const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(t, fd >= 0 && write(fd, text, strlen(text)) > 0, "%s: %s", path,
	      strerror(errno));
	return true;
}

int mod_wait(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static bool zero_books(struct test *t)
{
	char *memory = mod_memory(t);

	CHECK(t, memory, "cannot map '" DEVICE "': %s", strerror(errno));
	memset(memory, 0, MOD_BOOKS * MOD_BOOK);
	(void)munmap(memory, MOD_BOOKS * MOD_BOOK);
	return true;
}

static bool set_up(struct test *t, const struct check *c, int number)
{
	t->id = (uint64_t)number;
	t->has_bell = access(MOD_BELL, F_OK) == 0;
	t->book = MOD_BOOK;
	t->size = MOD_BOOK * c->books;
	t->dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	CHECK(t, t->dev >= 0, "cannot open '" DEVICE "': %s", strerror(errno));
	if (!zero_books(t))
		return false;
	t->fd = mod_shelf(t, t->id, 0);
	CHECK(t, t->fd >= 0, "no shelf: %s", strerror(errno));
	if (!t->size)
		return true;
	CHECK(t, mod_set(t->fd, t->size, c->books) == 0, "SET: %s",
	      strerror(errno));
	return test_map(t);
}

static void tear_down(struct test *t)
{
	test_unmap(t);
	close_fd(&t->fd);
	close_fd(&t->dev);
}

int check_module(const struct check_args *a, struct err *e)
{
	static const struct check *const lists[] = { checks_mod_shelf,
						     checks_mod_serve,
						     checks_mod_doorbell,
						     checks_mod_life };
	struct test t = { .fd = -1, .dev = -1, .dir = a->argv[0] };
	int failed;
	int r = fault_catch();

	if (r < 0)
		return err_set(e, r, "signals: %s", strerror(-r));
	failed = test_run(&t, lists, ARRAY_SIZE(lists), set_up, tear_down);
	return failed ? err_set(e, -EIO, "%d checks failed", failed) : 0;
}
