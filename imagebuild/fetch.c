/* SPDX-License-Identifier: MIT */

/* fetch.c - Downloads, several at once, each checked by its SHA-256 */

#include "fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "hash.h"
#include "log.h"

#define PARALLEL 8
#define TRIES 4
#define CONNECT_TIMEOUT_S 15L
/* Less than 100 bytes a second for so long: the transfer hangs. */
#define STALL_S 30L

struct transfer {
	const struct fetch_item *item;
	CURL *curl;
	int fd;
	struct hash hash;
	uint64_t got;
	unsigned int tries;
	bool alternative;
	int error; /* of our own: why the callback stopped the transfer */
	struct progress *progress;
	char why[CURL_ERROR_SIZE];
};

struct pool {
	const struct fetch *f;
	const struct fetch_item *items;
	size_t n;
	size_t next; /* first item without a transfer so far */
	size_t active;
	CURLM *multi;
	struct transfer slots[PARALLEL];
	struct err *e;
};

static size_t on_data(char *data, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	size_t len = size * n;

	if (t->item->size - t->got < len) {
		t->error = -EBADMSG;
		return 0;
	}
	t->error = write_all(t->fd, data, len);
	if (t->error < 0)
		return 0;
	hash_update(&t->hash, data, len);
	t->got += len;
	if (t->progress)
		progress_add(t->progress, len);
	return len;
}

static int start_over(struct transfer *t)
{
	if (t->progress)
		progress_sub(t->progress, t->got);
	t->got = 0;
	hash_reset(&t->hash);
	if (ftruncate(t->fd, 0) < 0 || lseek(t->fd, 0, SEEK_SET) < 0)
		return -errno;
	return 0;
}

void fetch_set_common(CURL *c, const char *proxy)
{
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,file");
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, 5L);
	(void)curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT,
			       "fame-image/" FAME_VERSION);
	if (proxy)
		(void)curl_easy_setopt(c, CURLOPT_PROXY, proxy);
}

static void set_options(struct pool *p, struct transfer *t)
{
	CURL *c = t->curl;
	const struct fetch_item *i = t->item;

	curl_easy_reset(c);
	(void)curl_easy_setopt(c, CURLOPT_URL,
			       t->alternative ? i->alt_url : i->url);
	(void)curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
	fetch_set_common(c, p->f->proxy);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALL_S);
	(void)curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L * 1024L);
	if (t->got)
		(void)curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE,
				       (curl_off_t)t->got);
}

static int transfer_go(struct pool *p, struct transfer *t)
{
	t->error = 0;
	t->why[0] = '\0';
	set_options(p, t);
	return curl_multi_add_handle(p->multi, t->curl) == CURLM_OK ? 0 : -EIO;
}

static int transfer_start(struct pool *p, struct transfer *t,
			  const struct fetch_item *item)
{
	t->item = item;
	t->got = 0;
	t->tries = 0;
	t->alternative = false;
	t->progress = p->f->progress;
	hash_reset(&t->hash);
	t->fd = open(item->part,
		     O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		     0644);
	if (t->fd < 0)
		return err_set(p->e, -errno, "cannot create \"%s\": %s",
			       item->part, strerror(errno));
	p->active++;
	return transfer_go(p, t);
}

/* Everything has arrived: is it right? */
static int transfer_check(struct transfer *t)
{
	const struct fetch_item *i = t->item;
	char hex[HASH_HEX];
	int r;

	if (!i->sha256)
		return 0;
	r = hash_final(&t->hash, hex);
	if (r < 0)
		return r;
	return t->got == i->size && !strcmp(hex, i->sha256) ? 0 : -EBADMSG;
}

static int transfer_place(struct pool *p, struct transfer *t)
{
	int r = 0;

	if (close(take_fd(&t->fd)) < 0 ||
	    rename(t->item->part, t->item->path) < 0)
		r = err_set(p->e, -errno, "cannot write \"%s\": %s",
			    t->item->path, strerror(errno));
	p->active--;
	if (r == 0 && p->f->done)
		p->f->done(t->item, p->f->arg);
	t->item = NULL;
	return r;
}

/* Is there somebody at all whom to ask again? */
static bool is_unreachable(CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_COULDNT_CONNECT;
}

static bool is_absent(const struct transfer *t, CURLcode code)
{
	long status = 0;

	if (code == CURLE_FILE_COULDNT_READ_FILE)
		return true;
	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	return code == CURLE_HTTP_RETURNED_ERROR && status >= 400 &&
	       status < 500 && status != 408 && status != 416 && status != 429;
}

static int give_up(struct pool *p, const struct transfer *t, CURLcode code,
		   int error)
{
	const char *url = t->alternative ? t->item->alt_url : t->item->url;
	const char *why = *t->why ? t->why : curl_easy_strerror(code);

	if (error == -EBADMSG)
		return err_set(p->e, error,
			       "\"%s\" is not what the signed index says: "
			       "try again, or another mirror by FAME_MIRROR",
			       url);
	if (error < 0)
		return err_set(p->e, error, "cannot write \"%s\": %s",
			       t->item->part, strerror(-error));
	if (is_absent(t, code))
		return err_set(p->e, -ENOENT,
			       "the mirror does not have \"%s\" (%s): set "
			       "FAME_MIRROR to one that does",
			       url, why);
	return err_set(p->e, -ENETUNREACH,
		       "cannot download \"%s\": %s; set FAME_MIRROR to a "
		       "mirror or FAME_PROXY to a proxy that can be reached",
		       url, why);
}

/* A transfer that has failed: once more, differently, or not at all. */
static int transfer_retry(struct pool *p, struct transfer *t, CURLcode code,
			  int error)
{
	int r;

	if (error < 0 && error != -EBADMSG)
		return give_up(p, t, code, error);
	if (!error && is_absent(t, code)) {
		if (!t->item->alt_url || t->alternative)
			return give_up(p, t, code, error);
		t->alternative = true;
		return transfer_go(p, t);
	}
	if (++t->tries >= TRIES || (error == -EBADMSG && t->tries > 1) ||
	    is_unreachable(code))
		return give_up(p, t, code, error);
	/* A server that cannot resume, or wrong bytes: from the start. */
	if (error == -EBADMSG || code == CURLE_RANGE_ERROR ||
	    code == CURLE_HTTP_RETURNED_ERROR) {
		r = start_over(t);
		if (r < 0)
			return give_up(p, t, code, r);
	}
	log_debug("\"%s\": %s; trying again", t->item->url, t->why);
	return transfer_go(p, t);
}

static int transfer_end(struct pool *p, struct transfer *t, CURLcode code)
{
	int r;

	(void)curl_multi_remove_handle(p->multi, t->curl);
	r = t->error;
	if (code == CURLE_OK && !r)
		r = transfer_check(t);
	if (code != CURLE_OK || r < 0)
		return transfer_retry(p, t, code, r);
	return transfer_place(p, t);
}

static int fill_slots(struct pool *p)
{
	int r = 0;

	for (size_t i = 0; i < PARALLEL && p->next < p->n && r == 0; i++)
		if (!p->slots[i].item)
			r = transfer_start(p, &p->slots[i],
					   &p->items[p->next++]);
	return r;
}

static int reap(struct pool *p)
{
	int r = 0, left;
	CURLMsg *m;

	while (r == 0 && (m = curl_multi_info_read(p->multi, &left))) {
		CURLcode code = m->data.result;
		struct transfer *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
					(char **)&t);
		r = transfer_end(p, t, code);
	}
	return r;
}

static int pool_run(struct pool *p)
{
	int r, running;

	for (;;) {
		r = fill_slots(p);
		if (r < 0)
			return r;
		if (!p->active)
			return 0;
		if (curl_multi_perform(p->multi, &running) != CURLM_OK)
			return -EIO;
		r = reap(p);
		if (r < 0)
			return r;
		if (p->f->progress)
			progress_draw(p->f->progress);
		if (running &&
		    curl_multi_poll(p->multi, NULL, 0, 200, NULL) != CURLM_OK)
			return -EIO;
	}
}

static void pool_deinit(struct pool *p)
{
	for (size_t i = 0; i < PARALLEL; i++) {
		struct transfer *t = &p->slots[i];

		if (t->curl) {
			(void)curl_multi_remove_handle(p->multi, t->curl);
			curl_easy_cleanup(t->curl);
		}
		if (t->item)
			(void)unlink(t->item->part);
		close_fd(&t->fd);
		hash_deinit(&t->hash);
	}
	if (p->multi)
		(void)curl_multi_cleanup(p->multi);
}

int fetch_all(const struct fetch *f, const struct fetch_item *items, size_t n,
	      struct err *e)
{
	struct pool p = { .f = f, .items = items, .n = n, .e = e };
	int r = 0;

	p.multi = curl_multi_init();
	for (size_t i = 0; i < PARALLEL; i++) {
		struct transfer *t = &p.slots[i];

		t->fd = -1;
		t->curl = curl_easy_init();
		hash_init(&t->hash);
		if (!t->curl)
			r = -ENOMEM;
	}
	if (!p.multi)
		r = -ENOMEM;
	if (r == 0)
		r = pool_run(&p);
	pool_deinit(&p);
	return r;
}
