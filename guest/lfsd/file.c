/* SPDX-License-Identifier: MIT */

/* file.c - Operations on open files */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "attr.h"
#include "cleanup.h"
#include "hold.h"

/* What is copied or zeroed in one step */
#define CHUNK (1U << 20)

/* And in one call, so that nobody waits for a whole shelf. */
#define COPY_MAX (64U << 20)

int lfs_open(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct shelf **ret_s)
{
	struct shelf *s = shelf_get_or_add(&lfs->table, id);
	int r = 0;

	if (!s)
		return -ENOMEM;
	shelf_lock(s);
	if (!s->handle)
		r = hold_take(lfs, who, s);
	if (r == 0)
		r = hold_back(lfs, s);
	if (r == 0 && s->opens++ == 0) {
		(void)pthread_mutex_lock(&lfs->lazy_lock);
		(void)lazy_remove(&lfs->lazy, id);
		(void)pthread_mutex_unlock(&lfs->lazy_lock);
	}
	shelf_unlock(s);
	if (r < 0) {
		shelf_put(&lfs->table, s);
		return r == -ENOENT ? -ESTALE : r;
	}
	*ret_s = s;
	return 0;
}

void lfs_release(struct lfs *lfs, struct shelf *s)
{
	uint64_t other;

	shelf_lock(s);
	s->opens--;
	other = hold_idle(lfs, s);
	if (!s->opens && !s->handle) /* it was taken away */
		close_fd(&s->fd);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	if (other)
		hold_end(lfs, other);
}

int lfs_sync(struct lfs *lfs, const struct caller *who, struct shelf *s)
{
	int r;

	shelf_lock(s);
	r = attr_tell_mtime(lfs, who, s);
	shelf_unlock(s);
	return r;
}

/* ---- sizes ----------------------------------------------------------------- */

int lfs_allocate(struct lfs *lfs, const struct caller *who, struct shelf *s,
		 uint64_t size, bool keep_size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r = -EIO;

	if (size > INT64_MAX)
		return -EFBIG;
	shelf_lock(s);
	if (s->handle)
		r = lfs_ask_shelf(lfs, who,
				  request_resize(s->id, size,
						 keep_size ? RESIZE_RESERVE :
							     RESIZE_AT_LEAST),
				  &info);
	if (r == 0)
		r = hold_update(lfs, s, &info);
	shelf_unlock(s);
	return r;
}

/* ---- bytes ------------------------------------------------------------------
 *
 * Through fam.ko, without a lock: it may ask us for more of the shelf. The
 * descriptor stays while the file is open.
 */

static ssize_t write_all(int fd, const char *buf, size_t size, uint64_t off)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, buf + done, size - done,
				   (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return done ? (ssize_t)done : -errno;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int size_of(struct lfs *lfs, const struct caller *who, uint64_t id,
		   uint64_t *ret_size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r = lfs_get(lfs, who, id, &info);

	if (r == 0)
		*ret_size = info.size;
	return r;
}

int lfs_zero(struct lfs *lfs, const struct caller *who, struct shelf *s,
	     uint64_t off, uint64_t len)
{
	CLEANUP_FREE char *zeros = calloc(1, CHUNK);
	uint64_t size = 0, end;
	int r;

	if (!zeros)
		return -ENOMEM;
	r = size_of(lfs, who, s->id, &size);
	if (r < 0)
		return r;
	end = len > size || off > size - len ? size : off + len;
	while (off < end) {
		size_t n = end - off < CHUNK ? (size_t)(end - off) : CHUNK;
		ssize_t done = write_all(s->fd, zeros, n, off);

		if (done < 0)
			return (int)done;
		off += (uint64_t)done;
	}
	return 0;
}

static ssize_t copy_chunk(const struct shelf *in, uint64_t off_in,
			  const struct shelf *out, uint64_t off_out, char *buf,
			  size_t len)
{
	ssize_t n = pread(in->fd, buf, len, (off_t)off_in);

	if (n <= 0)
		return n < 0 ? -errno : 0;
	return write_all(out->fd, buf, (size_t)n, off_out);
}

/* The room for all of it, before any of it */
static int copy_prepare(struct lfs *lfs, const struct caller *who,
			const struct shelf *in, uint64_t off_in,
			struct shelf *out, uint64_t off_out, size_t *len)
{
	uint64_t in_size = 0, out_size = 0;
	int r = size_of(lfs, who, in->id, &in_size);

	if (r == 0)
		r = size_of(lfs, who, out->id, &out_size);
	if (r < 0)
		return r;
	if (off_in >= in_size)
		*len = 0;
	else if (*len > in_size - off_in)
		*len = (size_t)(in_size - off_in);
	if (*len > COPY_MAX)
		*len = COPY_MAX;
	if (!*len || off_out + *len <= out_size)
		return 0;
	return lfs_allocate(lfs, who, out, off_out + *len, false);
}

ssize_t lfs_copy(struct lfs *lfs, const struct caller *who, struct shelf *in,
		 uint64_t off_in, struct shelf *out, uint64_t off_out,
		 size_t len)
{
	CLEANUP_FREE char *buf = malloc(CHUNK);
	size_t done = 0;
	int r;

	if (!buf)
		return -ENOMEM;
	r = copy_prepare(lfs, who, in, off_in, out, off_out, &len);
	if (r < 0)
		return r;
	while (done < len) {
		size_t want = len - done < CHUNK ? len - done : CHUNK;
		ssize_t n = copy_chunk(in, off_in + done, out, off_out + done,
				       buf, want);

		if (n < 0 && !done)
			return n;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int lfs_phys(struct lfs *lfs, const struct caller *who, struct shelf *s,
	     uint64_t off, uint64_t *ret_addr)
{
	uint64_t book = off >> lfs->book_shift;
	uint64_t size = 0;
	int r = size_of(lfs, who, s->id, &size);

	if (r < 0)
		return r;
	if (off >= size)
		return -ENXIO;
	shelf_lock(s);
	if (s->handle && book >= s->n_books)
		r = hold_refresh(lfs, s);
	if (r == 0 && book < s->n_books)
		*ret_addr = lfs->fam.base +
			    ((uint64_t)s->books[book] << lfs->book_shift) +
			    (off & (lfs->book_size - 1));
	else if (r == 0)
		r = -ENXIO;
	shelf_unlock(s);
	return r;
}
