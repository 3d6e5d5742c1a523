/* SPDX-License-Identifier: MIT */

/* qcow2_header.h - Headers of qcow2 images
 *
 * An overlay in which nothing has been written yet is four clusters: header,
 * refcount table, refcount block, L1 table; the rest of the disk is what the
 * backing file has. qemu-img would take longer to start than this to write.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define QCOW2_CLUSTER_BITS 16U
#define QCOW2_CLUSTER (1U << QCOW2_CLUSTER_BITS)
/* Its L1 table still fits into one cluster. */
#define QCOW2_SIZE_MAX (1ULL << 42)
#define QCOW2_BACKING_MAX 1023U
/* A header with its extensions and the backing file's name. */
#define QCOW2_HEADER_MAX 1280U

struct qcow2 {
	uint64_t size; /* of the disk in bytes, a multiple of 512 */
	char backing[QCOW2_BACKING_MAX + 1]; /* path of a raw image */
};

/**
 * qcow2_format() - The header of an empty overlay
 * @buf:	Becomes the start of the file
 * @ret_len:	Bytes of it
 *
 * Return: 0, or -EINVAL if size or name cannot be
 */
int qcow2_format(const struct qcow2 *q, uint8_t buf[QCOW2_HEADER_MAX],
		 size_t *ret_len);

/**
 * qcow2_parse() - Size and backing file of any qcow2 image
 * @data: @len:	The start of the file
 *
 * Return: 0, or -EBADMSG if it is none, or has no backing file
 */
int qcow2_parse(const uint8_t *data, size_t len, struct qcow2 *ret);

/**
 * qcow2_create() - Write an empty overlay
 * @fd:		Empty file
 */
int qcow2_create(int fd, const struct qcow2 *q);
