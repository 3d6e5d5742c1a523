/* SPDX-License-Identifier: MIT */

/* fsop_stats.c - Operations on attributes: read, compare, times */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

static const char *type_name(mode_t mode)
{
	static const char *const names[16] = {
		[S_IFREG >> 12] = "file",    [S_IFDIR >> 12] = "dir",
		[S_IFIFO >> 12] = "fifo",    [S_IFBLK >> 12] = "block",
		[S_IFCHR >> 12] = "char",    [S_IFSOCK >> 12] = "socket",
		[S_IFLNK >> 12] = "symlink",
	};
	const char *name = names[(mode & S_IFMT) >> 12];

	return name ? name : "nothing";
}

static int64_t print_time(char *out, const struct timespec *t)
{
	(void)snprintf(out, FSOP_OUT, "%lld.%09ld", (long long)t->tv_sec,
		       t->tv_nsec);
	return 0;
}

static int64_t print_number(char *out, uint64_t n)
{
	(void)snprintf(out, FSOP_OUT, "%" PRIu64, n);
	return 0;
}

static int64_t print_field(const struct stat *st, const char *field, char *out)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "uid", st->st_uid },	     { "gid", st->st_gid },
		{ "size", st->st_size },     { "nlink", st->st_nlink },
		{ "ino", st->st_ino },	     { "dev", st->st_dev },
		{ "blocks", st->st_blocks },
	};
	const struct {
		const char *name;
		const struct timespec *value;
	} times[] = {
		{ "atime", &st->st_atim },
		{ "mtime", &st->st_mtim },
		{ "ctime", &st->st_ctim },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(field, numbers[i].name))
			return print_number(out, numbers[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (!strcmp(field, times[i].name))
			return print_time(out, times[i].value);
	if (!strcmp(field, "type"))
		(void)strcpy(out, type_name(st->st_mode));
	else if (!strcmp(field, "mode"))
		(void)sprintf(out, "%04o", st->st_mode & 07777);
	else if (!strcmp(field, "rdev"))
		(void)sprintf(out, "%u:%u", major(st->st_rdev),
			      minor(st->st_rdev));
	else
		return -ENOSYS;
	return 0;
}

FSOP(stat)
{
	struct stat st;

	return stat(a[0].s, &st) < 0 ? -errno : print_field(&st, a[1].s, out);
}

FSOP(lstat)
{
	struct stat st;

	return lstat(a[0].s, &st) < 0 ? -errno : print_field(&st, a[1].s, out);
}

FSOP(fstat)
{
	struct stat st;

	return fstat((int)a[0].n, &st) < 0 ? -errno :
					     print_field(&st, a[1].s, out);
}

/* What a program can count on, without times. */
static int64_t print_all(const struct stat *st, char *out)
{
	(void)sprintf(out, "%s %04o %u:%u %ju %ju", type_name(st->st_mode),
		      st->st_mode & 07777, st->st_uid, st->st_gid,
		      S_ISDIR(st->st_mode) ? 0 : (uintmax_t)st->st_size,
		      (uintmax_t)st->st_nlink);
	return 0;
}

/* all NAME: "TYPE MODE UID:GID SIZE LINKS"; a directory's size is 0 */
FSOP(all)
{
	struct stat st;

	return lstat(a[0].s, &st) < 0 ? -errno : print_all(&st, out);
}

/* fall d: the same of an open file */
FSOP(fall)
{
	struct stat st;

	return fstat((int)a[0].n, &st) < 0 ? -errno : print_all(&st, out);
}

/* save D NAME: its attributes, for the following; all 0 if that fails */
FSOP(save)
{
	memset(&f->saved[a[0].slot], 0, sizeof(f->saved[0]));
	return fsop_result(lstat(a[1].s, &f->saved[a[0].slot]));
}

/* Compare one field with the saved one: < 0, 0, > 0. */
static int64_t against_saved(struct fsop *f, const struct fsop_arg *a,
			     int *ret_cmp, char *out)
{
	char then[64];
	int64_t seconds;
	struct stat st;
	int64_t r;

	if (lstat(a[1].s, &st) < 0)
		return -errno;
	r = print_field(&f->saved[a[0].slot], a[2].s, out);
	if (r < 0)
		return r;
	(void)snprintf(then, sizeof(then), "%s", out);
	(void)print_field(&st, a[2].s, out);
	seconds = strtoll(out, NULL, 10) - strtoll(then, NULL, 10);
	*ret_cmp = seconds ? (seconds > 0 ? 1 : -1) : strcmp(out, then);
	(void)snprintf(out + strlen(out), 80, ", was %s", then);
	return 0;
}

/* same D NAME FIELD: "yes", or both values */
FSOP(same)
{
	int cmp;
	int64_t r = against_saved(f, a, &cmp, out);

	if (!r && !cmp)
		(void)strcpy(out, "yes");
	return r;
}

/* later D NAME TIME: "yes", or both values */
FSOP(later)
{
	int cmp;
	int64_t r = against_saved(f, a, &cmp, out);

	if (!r && cmp > 0)
		(void)strcpy(out, "yes");
	return r;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec :
					a->tv_nsec > b->tv_nsec;
}

/* changed D NAME: which times are later than the saved ones; "-" if none */
FSOP(changed)
{
	const struct stat *then = &f->saved[a[0].slot];
	struct stat st;

	if (lstat(a[1].s, &st) < 0)
		return -errno;
	(void)sprintf(out, "%s%s",
		      is_later(&st.st_mtim, &then->st_mtim) ? "mtime" : "-",
		      is_later(&st.st_ctim, &then->st_ctim) ? " ctime" : "");
	return 0;
}

/* Time goes on, by the clock that files are stamped with: two ticks of it. */
FSOP(tick)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct timespec start, now;
	int64_t ns;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &start);
	do {
		(void)nanosleep(&ms, NULL);
		(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
		ns = (now.tv_sec - start.tv_sec) * 1000000000 +
		     (now.tv_nsec - start.tv_nsec);
	} while (ns < 10000000);
	return 0;
}

/* "now", "omit" or SECONDS.NANOSECONDS */
static struct timespec parse_time(const char *s)
{
	struct timespec t = { 0 };
	char *end;

	if (!strcmp(s, "now"))
		t.tv_nsec = UTIME_NOW;
	else if (!strcmp(s, "omit"))
		t.tv_nsec = UTIME_OMIT;
	else {
		t.tv_sec = strtoll(s, &end, 10);
		t.tv_nsec = *end ? strtol(end + 1, NULL, 10) : 0;
	}
	return t;
}

/* utimens NAME ATIME MTIME [FLAGS] */
FSOP(utimens)
{
	const struct timespec t[] = { parse_time(a[1].s), parse_time(a[2].s) };

	return fsop_result(utimensat(AT_FDCWD, a[0].s, t, (int)a[3].n));
}

FSOP(futimens)
{
	const struct timespec t[] = { parse_time(a[1].s), parse_time(a[2].s) };

	return fsop_result(futimens((int)a[0].n, t));
}

FSOP(statvfs)
{
	struct statvfs v;

	if (statvfs(a[0].s, &v) < 0)
		return -errno;
	if (!strcmp(a[1].s, "namemax"))
		return print_number(out, v.f_namemax);
	if (!strcmp(a[1].s, "bytes"))
		return print_number(out, v.f_blocks * v.f_frsize);
	if (!strcmp(a[1].s, "free"))
		return print_number(out, v.f_bavail * v.f_frsize);
	return -ENOSYS;
}

const struct fsop_def fsop_stats[] = {
	{ "stat", "ss", op_stat },	    { "lstat", "ss", op_lstat },
	{ "fstat", "ds", op_fstat },	    { "all", "s", op_all },
	{ "fall", "d", op_fall },	    { "save", "Ds", op_save },
	{ "same", "Dss", op_same },	    { "later", "Dss", op_later },
	{ "changed", "Ds", op_changed },    { "tick", "", op_tick },
	{ "utimens", "sss?n", op_utimens }, { "futimens", "dss", op_futimens },
	{ "statvfs", "ss", op_statvfs },    { 0 },
};
