/* SPDX-License-Identifier: MIT */

/* release.h - An archive's Release file: which index files it vouches for */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "err.h"
#include "hash.h"

/* Largest InRelease, and largest index, compressed and not. */
#define RELEASE_MAX (4U << 20)
#define RELEASE_INDEX_MAX (256ULL << 20)

struct release {
	char index_path[128]; /* "main/binary-amd64/Packages.xz" */
	char sha256[HASH_HEX];
	uint64_t size;
	bool by_hash;
	time_t valid_until; /* 0 = not said */
};

/**
 * release_parse() - Read the signed text
 * @text:	The text that gpgv gave out, terminated
 * @suite:	What was asked for; the text must be of this suite
 * @component:	"main"
 * @ret:	Set on success
 * @e:		Why not
 *
 * Return: 0, -EBADMSG (not such a text, or of another suite), -ENOENT (no
 *         index of that component)
 */
int release_parse(const char *text, const char *suite, const char *component,
		  struct release *ret, struct err *e);
