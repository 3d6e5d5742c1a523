/* SPDX-License-Identifier: MIT */

/* host_mail.c - An example: a text from the host to a node, and its answer
 *
 *	host_mail CLUSTER-DIRECTORY NODE-NUMBER TEXT
 *
 * The text goes through a shelf, which both map, and doorbells say that there is
 * something: see mail.h. tests/guest/mail.c is the node's part.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fame_doorbell.h"
#include "fame_fam.h"
#include "mail.h"
#include "proto_doorbell.h"

#define TIMEOUT_MS 10000

static int complain(const char *what, int error)
{
	fprintf(stderr, "host_mail: '%s': %s\n", what, strerror(error));
	return 1;
}

/* What the node says of its shelf; a copy, for it may change what is there. */
static int read_place(const struct fame_doorbell *bell, uint32_t node,
		      struct mail_place *ret_place)
{
	size_t size;
	const char *mailbox = fame_doorbell_mailbox(bell, &size);
	const struct mail_place *place;

	if (!mailbox || node >= DOORBELL_SLOTS || size < DOORBELL_MAILBOX_SIZE)
		return -ENODEV;
	mailbox += (size_t)node * DOORBELL_SLOT_SIZE;
	place = (const struct mail_place *)(const void *)mailbox;
	if (__atomic_load_n(&place->magic, __ATOMIC_ACQUIRE) != MAIL_MAGIC)
		return -ENOENT;
	*ret_place = *place;
	ret_place->books[sizeof(ret_place->books) - 1] = '\0';
	return 0;
}

static int map_shelf(const char *directory, const struct fame_doorbell *bell,
		     uint32_t node, void **ret, size_t *ret_size)
{
	struct mail_place place;
	char path[4096];
	int r = read_place(bell, node, &place);

	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/fam", directory);
	return fame_fam_map_books(path, place.book_size, place.books, ret,
				  ret_size);
}

static int ask(struct fame_doorbell *bell, uint32_t node,
	       struct mail_page *page, const char *text)
{
	struct pollfd p = { .fd = fame_doorbell_fd(bell, MAIL_VECTOR),
			    .events = POLLIN };
	int r;

	page->from = fame_doorbell_number(bell);
	(void)snprintf(page->question, sizeof(page->question), "%s", text);
	r = fame_doorbell_ring(bell, node, MAIL_VECTOR);
	if (r < 0)
		return r;
	if (poll(&p, 1, TIMEOUT_MS) != 1)
		return -ETIMEDOUT;
	printf("%.*s\n", MAIL_TEXT, page->answer);
	return 0;
}

static int exchange(const char *directory, struct fame_doorbell *bell,
		    uint32_t node, const char *text)
{
	size_t size;
	void *shelf;
	int r = map_shelf(directory, bell, node, &shelf, &size);

	if (r < 0)
		return r;
	r = size < sizeof(struct mail_page) ? -EPROTO :
					      ask(bell, node, shelf, text);
	(void)munmap(shelf, size);
	return r;
}

/* From 1 on; 0 if it is not one. */
static uint32_t parse_node(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return end == text || *end || n >= DOORBELL_SLOTS ? 0 : (uint32_t)n;
}

int main(int argc, char *argv[])
{
	struct fame_doorbell *bell;
	char path[4096];
	uint32_t node;
	int r;

	if (argc != 4) {
		fputs("usage: host_mail CLUSTER-DIRECTORY NODE-NUMBER TEXT\n",
		      stderr);
		return 2;
	}
	node = parse_node(argv[2]);
	if (!node)
		return complain(argv[2], EINVAL);
	(void)snprintf(path, sizeof(path), "%s/doorbell", argv[1]);
	r = fame_doorbell_connect(path, 0, &bell);
	if (r < 0)
		return complain(path, -r);
	r = exchange(argv[1], bell, node, argv[3]);
	fame_doorbell_close(bell);
	return r < 0 ? complain(argv[2], -r) : 0;
}
