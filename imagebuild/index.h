/* SPDX-License-Identifier: MIT */

/* index.h - The packages that archives offer (their Packages files)
 *
 * Several archives are merged: of each name the highest version stays. All
 * strings point into the texts, which the index owns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Larger than any package; the largest in Debian has 3 GB. */
#define INDEX_PACKAGE_MAX (64ULL << 30)
#define INDEX_TEXTS_MAX 8

struct package {
	const char *name;
	const char *version;
	const char *architecture;
	const char *depends; /* these four: NULL = the field is absent */
	const char *pre_depends;
	const char *conflicts;
	const char *breaks;
	const char *provides;
	const char *filename; /* relative to the archive, without ".." */
	const char *sha256;   /* 64 lower-case digits */
	uint64_t size;
	uint64_t installed_size; /* bytes, roughly */
	unsigned int archive;	 /* as given to index_add() */
	bool essential;
	bool required; /* Priority: required */
};

/* @name is a name that @package provides. */
struct provider {
	const char *name;
	size_t name_len;
	const char *version; /* not terminated; NULL = none */
	size_t version_len;
	const struct package *package;
};

struct index {
	struct package *packages; /* sorted by name */
	size_t n;
	size_t room;
	struct provider *providers; /* sorted by name, then package */
	size_t n_providers;
	size_t providers_room;
	char *texts[INDEX_TEXTS_MAX];
	size_t n_texts;
};

void index_init(struct index *x);
void index_deinit(struct index *x);

/**
 * index_add() - Add an archive's packages
 * @x:		Index
 * @text:	Packages file with a 0 behind its end, from malloc(); owned by
 *		@x from now on, also after a failure; changed
 * @len:	Without that 0
 * @archive:	Number to be found again in struct package
 * @e:		Why it failed
 *
 * Return: 0, -EBADMSG (not such a file), -ENOMEM
 */
int index_add(struct index *x, char *text, size_t len, unsigned int archive,
	      struct err *e);

/* To be called after the last index_add() and before any lookup. */
int index_finish(struct index *x);

/* NULL = there is none. */
const struct package *index_find(const struct index *x, const char *name,
				 size_t len);

/**
 * index_providers() - Who provides a name
 * @ret_n:	Number of providers from the returned one on
 *
 * Return: the first, in order of the packages' names; NULL = nobody
 */
const struct provider *index_providers(const struct index *x, const char *name,
				       size_t len, size_t *ret_n);
