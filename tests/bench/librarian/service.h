/* SPDX-License-Identifier: MIT */

/* service.h - A Librarian of its own, with shelves in it */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Shelves in the root: "s0" and so on; as many in "full"; "new" is empty. */
#define SERVICE_SMALL 100U
#define SERVICE_BOOK (2ULL << 20)

struct service {
	char db[4096];
	pid_t pid;
	uint16_t port;
	unsigned made; /* shelves, for names that are new */
};

/**
 * service_start() - Register a database, fill it, and serve it
 * @l:		Uninitialised
 * @bindir:	Where fame-librarian is
 * @dir: @name:	For the database
 * @shelves:	What is more than SERVICE_SMALL is in 1000 other directories
 */
void service_start(struct service *l, const char *bindir, const char *dir,
		   const char *name, unsigned shelves);
void service_stop(const struct service *l);
