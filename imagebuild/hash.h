/* SPDX-License-Identifier: MIT */

/* hash.h - SHA-256 of bytes and files */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strv.h"

/* 64 digits and the 0 behind them. */
#define HASH_HEX 65

struct hash {
	EVP_MD_CTX *ctx;
	int error; /* the first failure; told by hash_final() */
};

/**
 * hash_init() - Begin
 * @h:	To be given to hash_deinit(), also after a failure
 *
 * Failures stick and come back from hash_final().
 */
void hash_init(struct hash *h);
void hash_deinit(struct hash *h);

/* Begin again. */
void hash_reset(struct hash *h);

void hash_update(struct hash *h, const void *data, size_t len);

/* A string with its length in front: "ab" "c" and "a" "bc" differ. */
void hash_string(struct hash *h, const char *s);

/* All strings of a list, and where it ends. */
void hash_strv(struct hash *h, const struct strv *v);

/**
 * hash_final() - The digest
 * @ret_hex:	Lower-case digits; set on success
 *
 * Return: 0 or a negative errno
 */
int hash_final(struct hash *h, char ret_hex[HASH_HEX]);

#define CLEANUP_HASH __attribute__((cleanup(hash_deinit)))

/* HASH_HEX - 1 lower-case digits and nothing else */
bool hash_is_hex(const char *s);

/**
 * hash_fd() - Digest of a whole file from its start
 * @fd:		Regular file; its position is not used
 * @ret_size:	Bytes hashed; may be NULL
 */
int hash_fd(int fd, char ret_hex[HASH_HEX], uint64_t *ret_size);

/**
 * hash_sparse_fd() - Digest of a file that is mostly zeros
 *
 * Of its size, and of each block of HASH_SPARSE_BLOCK bytes that is not all
 * zeros, its number and its bytes: what is a hole and what is written as zeros
 * makes no difference, and only what is no hole is read.
 */
#define HASH_SPARSE_BLOCK 65536U
int hash_sparse_fd(int fd, char ret_hex[HASH_HEX], uint64_t *ret_size);

/**
 * hash_file() - The same by name
 * @dirfd: @path:	As for openat(2)
 */
int hash_file(int dirfd, const char *path, char ret_hex[HASH_HEX],
	      uint64_t *ret_size);
