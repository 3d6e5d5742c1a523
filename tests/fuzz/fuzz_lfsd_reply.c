/* SPDX-License-Identifier: MIT */

/* fuzz_lfsd_reply.c - What a Librarian may send to lfsd
 *
 * room: guest/lfsd
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "event.h"
#include "message.h"
#include "request.h"

#define BOOKS 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shelf(const struct shelf_info *info)
{
	assert(info->id);
	assert(!info->name || (info->name[0] && !strchr(info->name, '/')));
	assert(info->size <= INT64_MAX);
	for (uint32_t i = 0; info->books && i < info->n_books; i++)
		assert(info->books[i] < BOOKS);
}

static void check_event(const struct event *e)
{
	assert(e->kind == EVENT_UNKNOWN || e->shelf_id);
	for (uint32_t i = 0; i < e->n_books; i++)
		assert(e->books[i] < BOOKS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_FREE struct open_info *opens = NULL;
	CLEANUP_MESSAGE struct message m = { 0 };
	CLEANUP_EVENT struct event event = { 0 };
	CLEANUP_LISTING struct listing l = { 0 };
	const struct jvalue *value;
	struct names_change change;
	struct lock_info lock;
	struct fs_stats stats;
	size_t n;

	if (message_parse((const char *)data, size, &m) < 0)
		return 0;
	assert(m.is_reply || (!m.value && !m.error));
	if (!m.is_reply && event_parse(m.doc.values, BOOKS, &event) == 0)
		check_event(&event);
	value = m.value;
	if (shelf_info_parse(value, BOOKS, &info) == 0)
		check_shelf(&info);
	if (listing_parse(value, BOOKS, &l) == 0)
		for (size_t k = 0; k < l.n; k++) {
			assert(l.infos[k].name);
			check_shelf(&l.infos[k]);
		}
	if (fs_stats_parse(value, &stats) == 0)
		assert(stats.books_used <= stats.books_total);
	if (lock_info_parse(value, &lock) == 0)
		assert(!lock.taken || lock.start <= lock.end);
	(void)names_change_parse(m.doc.values, &change);
	(void)open_infos_parse(value, 1, &opens, &n);
	return 0;
}
