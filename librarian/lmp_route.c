/* SPDX-License-Identifier: MIT */

/* lmp_route.c - What a monitoring client asks for */

#include "lmp_route.h"

#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"

enum arg {
	ARG_NONE,
	ARG_NEEDED,
	ARG_MAYBE,
	ARG_PATH, /* absent: the root */
};

static const struct {
	const char *path; /* without a "/" at the end */
	enum arg arg;
} routes[] = {
	[LMP_INDEX] = { "/lmp", ARG_NONE },
	[LMP_GLOBAL] = { "/lmp/global", ARG_NONE },
	[LMP_NODES] = { "/lmp/nodes", ARG_NONE },
	[LMP_GROUPS] = { "/lmp/interleaveGroups", ARG_NONE },
	[LMP_ALLOCATED] = { "/lmp/allocated", ARG_NEEDED },
	[LMP_ACTIVE] = { "/lmp/active", ARG_NEEDED },
	[LMP_SHELF] = { "/lmp/shelf", ARG_PATH },
	[LMP_BOOKS] = { "/lmp/books", ARG_MAYBE },
	[LMP_FABRIC] = { "/fab", ARG_NONE },
	[LMP_METRICS] = { "/lmp/metrics", ARG_NONE },
};
_Static_assert(ARRAY_SIZE(routes) == LMP_WHAT_COUNT, "a path each");

/* The part behind a route's own path, from a "/" on or empty; NULL = it is
 * another route.
 */
static const char *rest_of(const char *path, const char *route)
{
	size_t n = strlen(route);

	if (strncmp(path, route, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

/* "//a/b/" becomes "/a/b", and nothing stays nothing. */
static void tidy(const char *s, char *buf)
{
	size_t n;

	while (*s == '/')
		s++;
	n = strlen(s);
	while (n && s[n - 1] == '/')
		n--;
	*buf = '/';
	memcpy(buf + 1, s, n);
	buf[n ? n + 1 : 0] = '\0';
}

static int match(const char *path, struct lmp_route *r)
{
	for (enum lmp_what w = 0; w < LMP_WHAT_COUNT; w++) {
		const char *rest = rest_of(path, routes[w].path);
		bool given;

		if (!rest)
			continue;
		tidy(rest, r->arg);
		given = *r->arg;
		if (routes[w].arg == (given ? ARG_NONE : ARG_NEEDED))
			continue;
		if (routes[w].arg == ARG_PATH && !given)
			memcpy(r->arg, "/", 2);
		/* A group is a number, no path. */
		if (routes[w].arg == ARG_MAYBE && given)
			memmove(r->arg, r->arg + 1, strlen(r->arg));
		r->what = w;
		return 0;
	}
	return -ENOENT;
}

int lmp_route_parse(const char *uri, struct lmp_route *ret_route)
{
	CLEANUP_FREE char *path = NULL;
	struct evhttp_uri *u;
	size_t len = 0;

	if (strlen(uri) > LMP_URI_MAX)
		return -ENAMETOOLONG;
	u = evhttp_uri_parse(uri);
	if (u && evhttp_uri_get_path(u))
		path = evhttp_uridecode(evhttp_uri_get_path(u), 0, &len);
	if (u)
		evhttp_uri_free(u);
	if (!path || strlen(path) != len)
		return -EINVAL;
	return match(path, ret_route);
}

/* ---- the version ----------------------------------------------------------- */

/* One of the parameters behind a media type is version=1.0, quoted or not. */
static bool has_version(const char *params, size_t len)
{
	static const char *const forms[] = { "version=" LMP_VERSION,
					     "version=\"" LMP_VERSION "\"" };

	while (len) {
		size_t n = 0, trimmed;

		if (strchr("; \t", *params)) {
			params++;
			len--;
			continue;
		}
		while (n < len && params[n] != ';')
			n++;
		trimmed = n;
		while (trimmed && strchr(" \t", params[trimmed - 1]))
			trimmed--;
		for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
			if (trimmed == strlen(forms[i]) &&
			    !strncasecmp(params, forms[i], trimmed))
				return true;
		params += n;
		len -= n;
	}
	return false;
}

enum lmp_accept lmp_accept_parse(const char *accept)
{
	static const char json[] = "application/json";
	enum lmp_accept verdict = LMP_ACCEPT_ANY;

	while (accept && *accept) {
		size_t n;

		accept += strspn(accept, " \t");
		n = strcspn(accept, ",");
		if (!strncasecmp(accept, json, strlen(json)) &&
		    strchr(",; \t", accept[strlen(json)])) {
			if (has_version(accept + strlen(json),
					n - strlen(json)))
				return LMP_ACCEPT_JSON;
			verdict = LMP_ACCEPT_VERSION;
		}
		accept += n;
		accept += *accept == ',';
	}
	return verdict;
}
