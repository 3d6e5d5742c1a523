/* SPDX-License-Identifier: MIT */

/* fetch.h - Downloads, several at once, each checked by its SHA-256
 *
 * A transfer that breaks goes on where it stopped; one that brings wrong
 * bytes starts again once. What arrives is written to a temporary name below
 * the build's own directory and renamed only when it is whole and right.
 */
#pragma once

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "progress.h"

struct fetch_item {
	const char *url;
	const char *alt_url; /* tried if @url is not there; NULL = none */
	const char *path;    /* where it goes */
	const char *part;    /* where it is until then; same file system */
	const char *sha256;  /* NULL = not known: the caller checks */
	uint64_t size;	     /* exact with @sha256, else the most allowed */
	size_t index;	     /* for the caller */
};

struct fetch {
	const char *proxy; /* NULL = what the environment says */
	struct progress *progress;
	/* An item is in its place; called from fetch_all(). */
	void (*done)(const struct fetch_item *item, void *arg);
	void *arg;
};

/* What holds for every request: protocols, redirections, proxy, our name. */
void fetch_set_common(CURL *c, const char *proxy);

/**
 * fetch_all() - Get all of them, or fail with the first that cannot be had
 *
 * Return: 0; -ENETUNREACH (nobody answers), -ENOENT (the mirror does not have
 *         it), -EBADMSG (wrong bytes), -ENOSPC, ... with a sentence
 */
int fetch_all(const struct fetch *f, const struct fetch_item *items, size_t n,
	      struct err *e);
