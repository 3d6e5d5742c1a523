/* SPDX-License-Identifier: MIT */

/* decompress.h - Bytes that are compressed in whichever usual way */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * decompress() - Unpack a compressed block
 * @data: @len:	zstd, xz, gzip, bzip2, lz4, lzma, or not compressed at all
 * @max:	The most that may come out
 * @ret_data:	The bytes and a 0 behind them; free() it
 * @ret_len:	Without that 0
 *
 * Return: 0, -EBADMSG, -EFBIG (more than @max), -ENOMEM
 */
int decompress(const void *data, size_t len, size_t max, char **ret_data,
	       size_t *ret_len);

/**
 * decompress_file() - The same for a whole file
 */
int decompress_file(int fd, size_t max, char **ret_data, size_t *ret_len);
