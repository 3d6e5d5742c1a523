/* SPDX-License-Identifier: MIT */

/* zero.c - Books read as zeros before anybody gets them
 *
 * Theory of operation
 *
 * A book that leaves a shelf is a ZOMBIE from the same transaction on. Only
 * here does it become FREE: first a hole is punched in the FAM, then the
 * change of state is committed. If we die in between, it is still a ZOMBIE
 * and is punched again. A hole is never punched for a change that is not
 * durable yet, or a failed commit would leave a shelf without its data.
 *
 * Holes are not synced: that would write all of the FAM's dirty pages. So
 * after a power cut a FREE book may show old bytes again, and so may the FREE
 * books of a FAM that was exchanged or of a database that was just made.
 * Therefore the database remembers in which FAM and during which boot of the
 * host its free books are zero (globals.zeroed_in); with another one, they are
 * all punched before the first request is served.
 *
 * A shelf cut inside a book: see shelf.c.
 */

#include "zero.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "librarian.h"
#include "log.h"
#include "parse.h"

/* At most so much in one go, as everybody waits meanwhile. */
#define ZERO_BYTES_MAX (512ULL << 20)
#define ZERO_BOOKS_MAX 1024U

/* ---- bytes ---------------------------------------------------------------- */

/* For a file system that has no holes. */
static int write_zeros(int fd, uint64_t offset, uint64_t len)
{
	static const char zeros[65536];

	while (len) {
		size_t n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);
		ssize_t w = pwrite(fd, zeros, n, (off_t)offset);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		offset += (uint64_t)w;
		len -= (uint64_t)w;
	}
	return 0;
}

int zero_range(const struct zero *z, uint64_t offset, uint64_t len)
{
	int r;

	if (!len)
		return 0;
	do {
		r = fallocate(z->fam_fd,
			      FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)offset, (off_t)len);
	} while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EOPNOTSUPP)
		return write_zeros(z->fam_fd, offset, len);
	return r < 0 ? -errno : 0;
}

int zero_promise(struct zero *z, uint64_t offset, uint64_t len)
{
	if (z->n_tails == z->room) {
		size_t room = z->room ? z->room * 2 : 16;
		struct zero_range *more;

		more = reallocarray(z->tails, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		z->tails = more;
		z->room = room;
	}
	z->tails[z->n_tails++] = (struct zero_range){ offset, len };
	return 0;
}

void zero_keep_promises(struct zero *z)
{
	for (size_t i = 0; i < z->n_tails; i++) {
		int r = zero_range(z, z->tails[i].offset, z->tails[i].len);

		/* No harm: the shelf is marked, growing it tries again. */
		if (r < 0)
			log_warn_errno(r,
				       "cannot zero the end of a shelf in the "
				       "FAM, left for later");
	}
	z->n_tails = 0;
}

/* ---- books ---------------------------------------------------------------- */

/* Books that follow each other. */
struct run {
	uint64_t first; /* ids */
	uint64_t last;
	uint64_t flat;
	uint64_t n;
};

static bool run_extend(struct run *run, const struct pool *p, uint64_t id)
{
	uint64_t flat = pool_flat(p, id);

	if (!run->n) {
		*run = (struct run){ id, id, flat, 1 };
		return true;
	}
	if (flat != run->flat + run->n)
		return false;
	run->last = id;
	run->n++;
	return true;
}

static int run_punch(struct librarian *lib, const struct run *run)
{
	uint64_t size = lib->pool.book_size;

	return zero_range(&lib->zero, run->flat * size, run->n * size);
}

/* Ids are in the order of places, so no other zombie is between the two. */
static int run_release(struct librarian *lib, const struct run *run)
{
	int r;

	r = run_punch(lib, run);
	if (r == 0)
		r = db_run(lib->db, SQL_BOOKS_RELEASE,
			   sql_int((int64_t)run->first),
			   sql_int((int64_t)run->last));
	if (r == 0 && (uint64_t)db_changes(lib->db) != run->n)
		r = -EUCLEAN;
	if (r == 0) {
		lib->pool.counts.n[BOOK_ZOMBIE] -= (int64_t)run->n;
		lib->pool.counts.n[BOOK_FREE] += (int64_t)run->n;
	}
	return r;
}

typedef int (*run_fn)(struct librarian *lib, const struct run *run);

/* Calls @fn for every run of the @n ids, which ascend. */
static int each_run(struct librarian *lib, const uint64_t *ids, size_t n,
		    run_fn fn)
{
	struct run run = { 0 };
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		if (run_extend(&run, &lib->pool, ids[i]))
			continue;
		r = fn(lib, &run);
		run.n = 0;
		(void)run_extend(&run, &lib->pool, ids[i]);
	}
	if (r == 0 && run.n)
		r = fn(lib, &run);
	return r;
}

static void count_free(struct librarian *lib, const uint64_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		lib->pool.counts.free_in[pool_ig_of(&lib->pool, ids[i])]++;
}

static int list_zombies(struct librarian *lib, uint64_t *ids, size_t max,
			size_t *ret_n)
{
	sqlite3_stmt *rows;
	size_t n = 0;
	int r;

	r = db_query(lib->db, SQL_BOOKS_ZOMBIE, &rows, sql_int((int64_t)max));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0)
		ids[n++] = (uint64_t)sqlite3_column_int64(rows, 0);
	if (r == 0)
		*ret_n = n;
	return r;
}

/* Books were counted as zombies, and there are none: whoever waits until none are
 * left would wait for ever.
 */
static int count_anew(struct librarian *lib)
{
	log_err("%" PRId64 " books to be zeroed were counted that are not "
		"there: all are counted anew",
		lib->pool.counts.n[BOOK_ZOMBIE]);
	return pool_count(lib->db, &lib->pool);
}

bool zero_needed(const struct librarian *lib)
{
	return lib->zero.fam_fd >= 0 && lib->pool.counts.n[BOOK_ZOMBIE] > 0;
}

int zero_some(struct librarian *lib)
{
	const struct undo before = librarian_mark(lib);
	uint64_t max = ZERO_BYTES_MAX / lib->pool.book_size;
	uint64_t ids[ZERO_BOOKS_MAX];
	size_t n;
	int r;

	max = max < 1 ? 1 : max > ZERO_BOOKS_MAX ? ZERO_BOOKS_MAX : max;
	r = db_run(lib->db, SQL_BEGIN);
	if (r < 0)
		return r;
	r = list_zombies(lib, ids, (size_t)max, &n);
	if (r == 0 && !n && zero_needed(lib))
		r = count_anew(lib);
	if (r == 0)
		r = each_run(lib, ids, n, run_release);
	if (r == 0)
		count_free(lib, ids, n);
	if (r == 0)
		r = db_run(lib->db, SQL_COMMIT);
	if (r < 0) {
		if (db_in_transaction(lib->db))
			(void)db_run(lib->db, SQL_ROLLBACK);
		librarian_undo(lib, &before);
	}
	return r;
}

int zero_all(struct librarian *lib)
{
	int r = 0;

	while (r == 0 && zero_needed(lib))
		r = zero_some(lib);
	return r;
}

/* ---- start ---------------------------------------------------------------- */

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* Which file, and which boot of the host. A file made anew may get an old
 * one's inode number, so its time of birth counts as well.
 */
static int fam_identity(int fd, char *buf, size_t size)
{
	CLEANUP_FREE char *boot = NULL;
	struct statx st;
	int r;

	r = file_read(AT_FDCWD, BOOT_ID, 128, &boot, NULL);
	if (r < 0)
		return r;
	boot[strcspn(boot, "\n")] = '\0';
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return -errno;
	(void)snprintf(buf, size, "%s %u:%u %" PRIu64 " %" PRId64 ".%u", boot,
		       st.stx_dev_major, st.stx_dev_minor, (uint64_t)st.stx_ino,
		       (int64_t)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
	return 0;
}

/* Every free book, by runs; they stay free. */
static int zero_free_books(struct librarian *lib)
{
	struct run run = { 0 };
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_BOOKS_FREE, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);

		if (run_extend(&run, &lib->pool, id))
			continue;
		r = run_punch(lib, &run);
		if (r < 0) {
			db_end(rows);
			return r;
		}
		run.n = 0;
		(void)run_extend(&run, &lib->pool, id);
	}
	if (r == 0 && run.n)
		r = run_punch(lib, &run);
	return r;
}

static int check_size(const struct librarian *lib, int fd, struct err *e)
{
	uint64_t need = lib->pool.books * lib->pool.book_size;
	char have[FORMAT_SIZE_MAX], want[FORMAT_SIZE_MAX];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno, "cannot examine the FAM: %s",
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "the FAM is not a regular file");
	if ((uint64_t)st.st_size < need)
		return err_set(e, -EINVAL,
			       "the FAM has %s, the registered topology needs "
			       "%s: enlarge it or register less",
			       format_size((uint64_t)st.st_size, have,
					   sizeof(have)),
			       format_size(need, want, sizeof(want)));
	return 0;
}

int zero_start(struct librarian *lib, int fam_fd, struct err *e)
{
	CLEANUP_FREE char *known = NULL;
	char now[160];
	int r;

	if (fam_fd < 0)
		return 0;
	r = check_size(lib, fam_fd, e);
	if (r < 0)
		return r;
	lib->zero.fam_fd = fam_fd;
	r = fam_identity(fam_fd, now, sizeof(now));
	if (r == 0)
		r = db_get_text(lib->db, SQL_GET_ZEROED_IN, &known, NULL);
	if (r == 0 && strcmp(known, now) != 0) {
		r = zero_free_books(lib);
		if (r == 0)
			r = db_run(lib->db, SQL_SET_ZEROED_IN, sql_text(now));
	}
	if (r < 0)
		return err_set(e, r,
			       "cannot zero the free books in the FAM: %s",
			       strerror(-r));
	return 0;
}

void zero_deinit(struct zero *z)
{
	free(z->tails);
	*z = (struct zero){ .fam_fd = -1 };
}
