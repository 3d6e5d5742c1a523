/* SPDX-License-Identifier: MIT */

/* hash.c - SHA-256 of bytes and files */

#include "hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

#define HASH_CHUNK (256U * 1024U)

void hash_init(struct hash *h)
{
	h->error = 0;
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx) {
		h->error = -ENOMEM;
		return;
	}
	hash_reset(h);
}

void hash_deinit(struct hash *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

void hash_reset(struct hash *h)
{
	if (!h->ctx)
		return;
	h->error = EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) ? 0 : -EIO;
}

void hash_update(struct hash *h, const void *data, size_t len)
{
	if (!h->error && !EVP_DigestUpdate(h->ctx, data, len))
		h->error = -EIO;
}

void hash_string(struct hash *h, const char *s)
{
	char len[24];
	int n = snprintf(len, sizeof(len), "%zu:", strlen(s));

	hash_update(h, len, (size_t)n);
	hash_update(h, s, strlen(s));
}

int hash_final(struct hash *h, char ret_hex[HASH_HEX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (h->error)
		return h->error;
	if (!EVP_DigestFinal_ex(h->ctx, md, &n) || n != 32)
		return -EIO;
	for (unsigned int i = 0; i < n; i++) {
		ret_hex[2 * i] = digits[md[i] >> 4];
		ret_hex[2 * i + 1] = digits[md[i] & 15];
	}
	ret_hex[HASH_HEX - 1] = '\0';
	return 0;
}

void hash_strv(struct hash *h, const struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		hash_string(h, v->v[i]);
	hash_string(h, "");
}

bool hash_is_hex(const char *s)
{
	return strlen(s) == HASH_HEX - 1 &&
	       strspn(s, "0123456789abcdef") == HASH_HEX - 1;
}

int hash_fd(int fd, char ret_hex[HASH_HEX], uint64_t *ret_size)
{
	CLEANUP_HASH struct hash h;
	CLEANUP_FREE char *buf = malloc(HASH_CHUNK);
	uint64_t at = 0;
	size_t n;
	int r;

	hash_init(&h);
	if (!buf)
		return -ENOMEM;
	do {
		r = read_at(fd, buf, HASH_CHUNK, (off_t)at, &n);
		if (r < 0)
			return r;
		hash_update(&h, buf, n);
		at += n;
	} while (n == HASH_CHUNK);
	r = hash_final(&h, ret_hex);
	if (r == 0 && ret_size)
		*ret_size = at;
	return r;
}

static void hash_number(struct hash *h, uint64_t n)
{
	uint8_t le[8];

	for (size_t i = 0; i < sizeof(le); i++)
		le[i] = (uint8_t)(n >> 8 * i);
	hash_update(h, le, sizeof(le));
}

/* A whole block, the last one filled up with zeros. */
static int read_block(int fd, uint64_t at, char *buf)
{
	size_t len;
	int r = read_at(fd, buf, HASH_SPARSE_BLOCK, (off_t)at, &len);

	if (r < 0)
		return r;
	memset(buf + len, 0, HASH_SPARSE_BLOCK - len);
	return 0;
}

/* Start of the first block from @at on that has data; the size = none. */
static uint64_t next_data(int fd, uint64_t at, uint64_t size)
{
	off_t data = lseek(fd, (off_t)at, SEEK_DATA);

	if (data < 0) /* ENXIO: only holes; else the file system has none */
		return errno == ENXIO ? size : at;
	return (uint64_t)data / HASH_SPARSE_BLOCK * HASH_SPARSE_BLOCK;
}

int hash_sparse_fd(int fd, char ret_hex[HASH_HEX], uint64_t *ret_size)
{
	CLEANUP_HASH struct hash h;
	CLEANUP_FREE char *buf = malloc(HASH_SPARSE_BLOCK);
	struct stat st;
	uint64_t size;
	int r;

	hash_init(&h);
	if (!buf)
		return -ENOMEM;
	if (fstat(fd, &st) < 0)
		return -errno;
	size = (uint64_t)st.st_size;
	hash_number(&h, size);
	for (uint64_t at = next_data(fd, 0, size); at < size;
	     at = next_data(fd, at + HASH_SPARSE_BLOCK, size)) {
		r = read_block(fd, at, buf);
		if (r < 0)
			return r;
		if (is_zeros(buf, HASH_SPARSE_BLOCK))
			continue;
		hash_number(&h, at / HASH_SPARSE_BLOCK);
		hash_update(&h, buf, HASH_SPARSE_BLOCK);
	}
	r = hash_final(&h, ret_hex);
	if (r == 0 && ret_size)
		*ret_size = size;
	return r;
}

int hash_file(int dirfd, const char *path, char ret_hex[HASH_HEX],
	      uint64_t *ret_size)
{
	CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : hash_fd(fd, ret_hex, ret_size);
}
