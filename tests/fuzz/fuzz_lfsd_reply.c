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
#include "json.h"
#include "message.h"
#include "request.h"

#define BOOKS 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shelf(const struct shelf_info *info)
{
	assert(info->id && info->name[0] && !strchr(info->name, '/'));
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
	struct shelf_info *infos;
	json_t *value;
	struct fs_stats stats;
	size_t n;

	if (message_parse((const char *)data, size, &m) < 0)
		return 0;
	assert(m.is_reply || (!m.value && !m.error));
	if (!m.is_reply && event_parse(m.whole, BOOKS, &event) == 0)
		check_event(&event);
	value = m.value;
	if (shelf_info_parse(value, BOOKS, &info) == 0)
		check_shelf(&info);
	if (shelf_infos_parse(value, BOOKS, &infos, &n) == 0) {
		for (size_t i = 0; i < n; i++)
			check_shelf(&infos[i]);
		shelf_infos_free(infos, n);
	}
	if (fs_stats_parse(value, &stats) == 0)
		assert(stats.books_used <= stats.books_total);
	(void)open_infos_parse(value, 1, &opens, &n);
	return 0;
}
