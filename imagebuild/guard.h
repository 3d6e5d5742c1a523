/* SPDX-License-Identifier: MIT */

/* guard.h - Work in a directory of which nothing stays
 *
 * The work is done by a child; this process only waits for its end or for a
 * signal, and then removes the directory. So nothing stays, wherever the work
 * was interrupted.
 */
#pragma once

/**
 * guard_run() - Do some work
 * @cache:	A directory of store_build_begin() in it
 * @work:	Called in the child, with that; returns the exit status
 *
 * Return: the exit status; what went wrong before the work was told. A signal
 *         that ends it ends this process, too.
 */
int guard_run(const char *cache, int (*work)(const char *dir, void *arg),
	      void *arg);
