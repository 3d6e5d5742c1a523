/* SPDX-License-Identifier: MIT */

/* lmp_route.h - What a monitoring client asks for */
#pragma once

#include <stddef.h>

#define LMP_URI_MAX 4096U
#define LMP_VERSION "1.0"

enum lmp_what {
	LMP_INDEX,
	LMP_GLOBAL,
	LMP_NODES,
	LMP_GROUPS,
	LMP_ALLOCATED, /* arg: a coordinate */
	LMP_ACTIVE,    /* arg: a coordinate */
	LMP_SHELF,     /* arg: a path; "/" = the root */
	LMP_BOOKS,     /* arg: an interleave group, or "" */
	LMP_FABRIC,
	LMP_METRICS,
	LMP_WHAT_COUNT,
};

struct lmp_route {
	enum lmp_what what;
	/* Coordinates and paths begin with one "/" and do not end with one. */
	char arg[LMP_URI_MAX + 2];
};

/**
 * lmp_route_parse() - From the address in a request line
 * @uri:	As it was sent; a host in front and a query behind are ignored
 *
 * Return: 0; -EINVAL if it is no address, -ENAMETOOLONG, -ENOENT
 */
int lmp_route_parse(const char *uri, struct lmp_route *ret_route);

enum lmp_accept {
	LMP_ACCEPT_ANY,	    /* JSON was not asked for */
	LMP_ACCEPT_JSON,    /* in our version */
	LMP_ACCEPT_VERSION, /* in none, or in another version */
};

/* What the header "Accept" says; NULL = there is none. */
enum lmp_accept lmp_accept_parse(const char *accept);
