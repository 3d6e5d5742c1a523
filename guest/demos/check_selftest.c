/* SPDX-License-Identifier: MIT */

/* check_selftest.c - fam-check: what a file system on shared memory promises
 *
 * Each check gets a fresh file, and leaves nothing behind. The output is TAP.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "selftest.h"

bool test_fail(struct test *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return false;
}

bool test_map(struct test *t)
{
	if (!t->size)
		return true;
	t->p = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd,
		    0);
	if (t->p != MAP_FAILED)
		return true;
	t->p = NULL;
	return test_fail(t, "cannot map it: %s", strerror(errno));
}

void test_unmap(struct test *t)
{
	if (t->p)
		(void)munmap(t->p, t->size);
	t->p = NULL;
}

void test_path(const struct test *t, const char *suffix,
	       char buf[static PATH_MAX])
{
	int n = snprintf(buf, PATH_MAX, "%s", t->path);

	(void)snprintf(buf + n, (size_t)(PATH_MAX - n), "%s", suffix);
}

/* ---- running --------------------------------------------------------------- */

int test_run(struct test *t, const struct check *const lists[], size_t n,
	     bool (*set_up)(struct test *t, const struct check *c, int number),
	     void (*tear_down)(struct test *t))
{
	int number = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < n; i++)
		for (const struct check *c = lists[i]; c->name; c++) {
			bool ok;

			t->why[0] = '\0';
			t->skip = NULL;
			ok = set_up(t, c, ++number) && c->run(t);
			tear_down(t);
			printf("%s %d - %s%s%s\n", ok ? "ok" : "not ok", number,
			       c->name, t->skip ? " # SKIP " : "",
			       t->skip ? t->skip : "");
			if (!ok)
				printf("# %s\n", t->why);
			failed += !ok;
		}
	printf("1..%d\n", number);
	return failed;
}

/* ---- files ------------------------------------------------------------------ */

static bool set_up(struct test *t, const struct check *c, int number)
{
	t->p = NULL;
	t->size = t->book * c->books;
	(void)snprintf(t->path, sizeof(t->path), "%s/selftest-%d-%d", t->dir,
		       (int)getpid(), number);
	t->fd = open(t->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	CHECK(t, t->fd >= 0, "cannot create '%s': %s", t->path,
	      strerror(errno));
	if (!t->size)
		return true;
	CHECK(t, ftruncate(t->fd, (off_t)t->size) == 0,
	      "cannot give it %zu bytes: %s", t->size, strerror(errno));
	return test_map(t);
}

static void tear_down(struct test *t)
{
	test_unmap(t);
	if (t->fd >= 0)
		(void)close(t->fd);
	(void)unlink(t->path);
}

int check_selftest(const struct check_args *a, struct err *e)
{
	static const struct check *const lists[] = { checks_map, checks_pages,
						     checks_file };
	struct test t = { .dir = a->argv[0], .fd = -1 };
	struct statvfs v;
	int r;

	if (statvfs(t.dir, &v) < 0)
		return err_set(e, -errno, "'%s': %s", t.dir, strerror(errno));
	t.book = v.f_frsize < HUGE ? HUGE : v.f_frsize;
	r = fault_catch();
	if (r < 0)
		return err_set(e, r, "signals: %s", strerror(-r));
	r = test_run(&t, lists, ARRAY_SIZE(lists), set_up, tear_down);
	return r ? err_set(e, -EIO, "%d checks failed", r) : 0;
}
