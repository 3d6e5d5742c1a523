/* SPDX-License-Identifier: MIT */

/* qcow2_header.c - Headers of qcow2 images */

#include "qcow2_header.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x514649fbU /* "QFI\xfb" */
#define EXTENSION_BACKING_FORMAT 0xe2792acaU
#define BACKING_FORMAT "raw"
/* Bytes of the disk that an entry of the L1 table stands for. */
#define L1_BYTES ((uint64_t)QCOW2_CLUSTER * (QCOW2_CLUSTER / 8))

/* Which cluster is what. */
enum {
	AT_HEADER,
	AT_REFCOUNT_TABLE,
	AT_REFCOUNT_BLOCK,
	AT_L1_TABLE,
	CLUSTERS
};

/* All numbers are big-endian. */
struct header {
	uint32_t magic;
	uint32_t version;
	uint64_t backing_offset;
	uint32_t backing_len;
	uint32_t cluster_bits;
	uint64_t size;
	uint32_t encryption;
	uint32_t l1_size;
	uint64_t l1_offset;
	uint64_t refcount_table_offset;
	uint32_t refcount_table_clusters;
	uint32_t snapshots;
	uint64_t snapshots_offset;
	uint64_t incompatible;
	uint64_t compatible;
	uint64_t autoclear;
	uint32_t refcount_order; /* 4: counts of 16 bits */
	uint32_t header_len;
	uint8_t compression;
	uint8_t padding[7];
};
_Static_assert(sizeof(struct header) == 112, "as in the specification");

/* Behind the header; a type of 0 ends them. */
struct extensions {
	uint32_t type;
	uint32_t len;
	char format[8];
	uint32_t end_type;
	uint32_t end_len;
};

#define NAME_OFFSET (sizeof(struct header) + sizeof(struct extensions))
_Static_assert(NAME_OFFSET + QCOW2_BACKING_MAX <= QCOW2_HEADER_MAX, "it fits");

static uint64_t offset_of(unsigned int cluster)
{
	return (uint64_t)cluster << QCOW2_CLUSTER_BITS;
}

int qcow2_format(const struct qcow2 *q, uint8_t buf[QCOW2_HEADER_MAX],
		 size_t *ret_len)
{
	size_t name = strnlen(q->backing, sizeof(q->backing));
	struct extensions ext = {
		.type = htobe32(EXTENSION_BACKING_FORMAT),
		.len = htobe32(sizeof(BACKING_FORMAT) - 1),
		.format = BACKING_FORMAT,
	};
	struct header h = {
		.magic = htobe32(MAGIC),
		.version = htobe32(3),
		.backing_offset = htobe64(NAME_OFFSET),
		.backing_len = htobe32((uint32_t)name),
		.cluster_bits = htobe32(QCOW2_CLUSTER_BITS),
		.size = htobe64(q->size),
		.l1_size = htobe32(
			(uint32_t)((q->size + L1_BYTES - 1) / L1_BYTES)),
		.l1_offset = htobe64(offset_of(AT_L1_TABLE)),
		.refcount_table_offset = htobe64(offset_of(AT_REFCOUNT_TABLE)),
		.refcount_table_clusters = htobe32(1),
		.refcount_order = htobe32(4),
		.header_len = htobe32(sizeof(h)),
	};

	if (!q->size || q->size > QCOW2_SIZE_MAX || q->size % 512 || !name ||
	    name > QCOW2_BACKING_MAX)
		return -EINVAL;
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), &ext, sizeof(ext));
	memcpy(buf + NAME_OFFSET, q->backing, name);
	*ret_len = NAME_OFFSET + name;
	return 0;
}

int qcow2_parse(const uint8_t *data, size_t len, struct qcow2 *ret)
{
	uint64_t offset;
	uint32_t name;
	struct header h = { 0 };

	/* Version 2 ends before the features. */
	if (len < offsetof(struct header, incompatible))
		return -EBADMSG;
	memcpy(&h, data, len < sizeof(h) ? len : sizeof(h));
	offset = be64toh(h.backing_offset);
	name = be32toh(h.backing_len);
	if (be32toh(h.magic) != MAGIC || !offset || !name ||
	    name > QCOW2_BACKING_MAX || offset > len || name > len - offset ||
	    memchr(data + offset, '\0', name))
		return -EBADMSG;
	ret->size = be64toh(h.size);
	memcpy(ret->backing, data + offset, name);
	ret->backing[name] = '\0';
	return 0;
}

static int put(int fd, const void *data, size_t len, uint64_t at)
{
	ssize_t n = pwrite(fd, data, len, (off_t)at);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOSPC;
}

int qcow2_create(int fd, const struct qcow2 *q)
{
	const uint64_t table = htobe64(offset_of(AT_REFCOUNT_BLOCK));
	uint8_t header[QCOW2_HEADER_MAX];
	uint16_t counts[CLUSTERS];
	size_t len;
	int r;

	for (int i = 0; i < CLUSTERS; i++)
		counts[i] = htobe16(1);
	r = qcow2_format(q, header, &len);
	if (r == 0)
		r = put(fd, header, len, offset_of(AT_HEADER));
	if (r == 0)
		r = put(fd, &table, sizeof(table),
			offset_of(AT_REFCOUNT_TABLE));
	if (r == 0)
		r = put(fd, counts, sizeof(counts),
			offset_of(AT_REFCOUNT_BLOCK));
	if (r == 0 && ftruncate(fd, (off_t)offset_of(CLUSTERS)) < 0)
		r = -errno;
	return r;
}
