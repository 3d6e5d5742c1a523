/* SPDX-License-Identifier: MIT */

/* check.c - Can an image be built here, and is it there already? */

#include "check.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "fetch.h"
#include "path.h"
#include "profile.h"
#include "sandbox.h"
#include "source.h"
#include "store.h"

#define CLOCK_BEHIND_S 60L
#define CLOCK_AHEAD_S 86400L

/* Commands for root, as a user has to type them. */
static const char *sudo(void)
{
	return geteuid() ? "sudo " : "";
}

/* ---- the image ------------------------------------------------------------ */

static void check_image(const struct settings *s, const char *profile,
			struct checkup *ret)
{
	const struct build_options o = { .profile = profile };
	struct checkup_row *row = checkup_add(ret, "image");
	struct err e = { "" };
	int r = build_cached(s, &o, ret->image, &e);

	if (r == 0)
		return checkup_say(row, CHECKUP_OK, "%s is in '%s'", profile,
				   ret->image);
	ret->image[0] = '\0';
	if (r == -ENOENT) {
		checkup_say(row, CHECKUP_NOTE,
			    "%s has to be built; the first 'fame-run up' does",
			    profile);
		return checkup_mend(row, "fame-image build --profile %s",
				    profile);
	}
	checkup_say(row, CHECKUP_PROBLEM, "%s",
		    e.msg[0] ? e.msg : strerror(-r));
	if (r == -EBADMSG)
		checkup_mend(row, "fame-image build --force --profile %s",
			     profile);
}

/* ---- the cache and the sandbox -------------------------------------------- */

void check_space(const char *cache, uint64_t free, uint64_t needed,
		 struct checkup *ret)
{
	struct checkup_row *row = checkup_add(ret, "cache");

	checkup_say(row, free < needed ? CHECKUP_PROBLEM : CHECKUP_OK,
		    "%" PRIu64
		    " MB are free in '%s', and a build takes %" PRIu64,
		    free / 1000000, cache, needed / 1000000);
	if (free < needed)
		checkup_mend(row, "export XDG_CACHE_HOME=/another/file/system");
}

static void check_userns(const char *dir, struct checkup *ret)
{
	struct checkup_row *row = checkup_add(ret, "namespaces");
	struct sandbox_facts f;
	struct err e = { "" };
	const char *mend;

	if (sandbox_probe(dir, &e) == 0)
		return checkup_say(row, CHECKUP_OK,
				   "a sandbox of user namespaces works");
	checkup_say(row, CHECKUP_PROBLEM, "%s", e.msg);
	sandbox_facts_read(&f);
	mend = sandbox_mend(&f);
	if (mend)
		checkup_mend(row, "%s%s", *mend == '-' ? "" : sudo(), mend);
}

static void check_cache(const struct settings *s, const struct profile *p,
			struct checkup *ret)
{
	struct store_build b;
	struct err e = { "" };
	uint64_t left = 0;
	int r;

	r = store_init(s->cache, &e);
	if (r == 0)
		r = store_build_begin(s->cache, &b, &e);
	if (r < 0)
		return checkup_say(checkup_add(ret, "cache"), CHECKUP_PROBLEM,
				   "%s", e.msg[0] ? e.msg : strerror(-r));
	if (store_free_bytes(s->cache, &left) == 0)
		check_space(s->cache, left, build_typical_bytes(p), ret);
	check_userns(b.path, ret);
	store_build_end(&b);
}

/* ---- the mirror, and the clock -------------------------------------------- */

void check_clock(time_t now, time_t other, bool heard, struct checkup *ret)
{
	struct checkup_row *row = checkup_add(ret, "clock");
	long behind = (long)(other - now);

	if (behind > CLOCK_BEHIND_S)
		checkup_say(row, CHECKUP_PROBLEM,
			    "this host's clock is %ld s behind%s", behind,
			    heard ? " the mirror's" : " its own files");
	else if (heard && -behind > CLOCK_AHEAD_S)
		checkup_say(row, CHECKUP_NOTE,
			    "this host's clock is %ld s ahead of the mirror's",
			    -behind);
	else
		return checkup_say(row, CHECKUP_OK, "%s",
				   heard ? "this host's clock is the mirror's" :
					   "this host's clock is plausible");
	checkup_mend(row, "%stimedatectl set-ntp true", sudo());
}

/* What the mirror calls the time; else that of this program's making. */
static void check_time(CURL *c, struct checkup *ret)
{
	struct curl_header *date;
	struct stat st;

	if (curl_easy_header(c, "Date", 0, CURLH_HEADER, -1, &date) ==
	    CURLHE_OK) {
		time_t other = curl_getdate(date->value, NULL);

		if (other > 0)
			return check_clock(time(NULL), other, true, ret);
	}
	if (stat("/proc/self/exe", &st) == 0)
		check_clock(time(NULL), st.st_mtime, false, ret);
}

static CURLcode ask(CURL *c, const char *url, const char *proxy, char *why)
{
	fetch_set_common(c, proxy);
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)CHECK_MIRROR_S);
	return curl_easy_perform(c);
}

/* A directory's listing goes to standard output even without a body. */
static size_t drop(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static void check_url(const char *url, const struct source *src,
		      const char *proxy, struct checkup *ret)
{
	struct checkup_row *row = checkup_add(ret, "mirror");
	char why[CURL_ERROR_SIZE] = "", base[SOURCE_URI_MAX] = "";
	CURL *c = curl_easy_init();
	CURLcode code;

	if (!c)
		return checkup_say(row, CHECKUP_PROBLEM, "out of memory");
	(void)source_public(src->base, base, sizeof(base));
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
	code = ask(c, url, proxy, why);
	if (code == CURLE_OK)
		checkup_say(row, CHECKUP_OK, "'%s' (from %s) answers", base,
			    src->origin);
	else
		checkup_say(row, CHECKUP_PROBLEM,
			    "'%s' (from %s) does not have '%s': %s", base,
			    src->origin, url + strlen(src->base),
			    *why ? why : curl_easy_strerror(code));
	if (code != CURLE_OK)
		checkup_mend(row,
			     proxy ? "export FAME_PROXY=none" :
				     "export FAME_MIRROR=http://HOST/PATH");
	check_time(c, ret);
	curl_easy_cleanup(c);
}

static void check_mirror(const struct settings *s, const struct profile *p,
			 struct checkup *ret)
{
	CLEANUP_FREE char *proxy = NULL;
	char url[SOURCE_URI_MAX + 128];
	struct err e = { "" };
	struct source src = { 0 };
	int r = source_find(s, "", &src, &e);

	if (r == 0)
		r = source_proxy(s, &proxy);
	if (r == 0)
		r = path_format(url, sizeof(url), "%s/dists/%s/InRelease",
				src.base, p->suites.v[0]);
	if (r < 0)
		return checkup_say(checkup_add(ret, "mirror"), CHECKUP_PROBLEM,
				   "%s", e.msg[0] ? e.msg : strerror(-r));
	check_url(url, &src, proxy, ret);
}

void check_run(const struct settings *s, const char *profile,
	       struct checkup *ret)
{
	struct profile p;
	struct err e;
	size_t first;

	check_image(s, profile, ret);
	first = ret->n;
	/* That there is none is the image's row. */
	if (profile_load(profile, &p, &e) == 0) {
		check_cache(s, &p, ret);
		check_mirror(s, &p, ret);
	}
	profile_deinit(&p);
	for (size_t i = first; *ret->image && i < ret->n; i++)
		if (ret->rows[i].result == CHECKUP_PROBLEM)
			ret->rows[i].result = CHECKUP_NOTE;
}
