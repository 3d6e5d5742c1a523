/* SPDX-License-Identifier: MIT */

/* hello_mail.c - Messages between nodes, through a file that both map
 *
 * Theory of operation. The mailbox is a ring of slots. Whoever sends or takes
 * draws a number, which tells the slot and the round. A slot has a turn: 2r when
 * it is free for the message of round r, 2r + 1 when that is there. Each waits
 * for its turn, does its part and passes the slot on. So any number of nodes may
 * send and take, and a message is only looked at when all of it is there.
 *
 * What is drawn has to be done: a sender or receiver that is killed while it
 * waits holds up whoever comes to its slot. Remove the file then.
 */

#include "hello_mail.h"

#include <errno.h>
#include <fam_atomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "demo.h"

#define SLOTS 32
#define TEXT_SIZE 1024
#define MAIL_MAGIC 0x6c69616d2d6d6166LL /* "fam-mail" in memory */

/* Look that often before sleeping between two looks. */
#define SPINS 10000
#define NAP_NS 1000000L

/* The words that nodes wait for are in cache lines of their own. */
struct slot {
	int64_t turn;
	int64_t unused[7];
	char node[64];
	char text[TEXT_SIZE];
};

struct mailbox {
	int64_t magic;
	int64_t unused0[7];
	int64_t sent;
	int64_t unused1[7];
	int64_t taken;
	int64_t unused2[7];
	struct slot slots[SLOTS];
};

static int open_mailbox(const char *path, struct mapping *ret_m,
			struct mailbox **ret_box, struct err *e)
{
	int r = mapping_create(path, sizeof(struct mailbox), ret_m, e);
	int64_t was;

	if (r < 0)
		return r;
	*ret_box = ret_m->addr;
	r = fam_atomic_register_region(ret_m->addr, ret_m->size, ret_m->fd, 0);
	if (r < 0)
		return err_set(e, r, "cannot use '%s': %s", path, strerror(-r));
	was = fam_atomic_64_compare_store(&(*ret_box)->magic, 0, MAIL_MAGIC);
	if (was && was != MAIL_MAGIC)
		return err_set(e, -EINVAL,
			       "'%s' has something else in it: choose another "
			       "file",
			       path);
	return 0;
}

static void close_mailbox(const struct mapping *m)
{
	if (m->addr)
		fam_atomic_unregister_region(m->addr, m->size);
}

/* Nobody wakes us: no call sleeps on memory of several nodes. */
static void wait_for_turn(struct slot *s, int64_t turn)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };

	for (unsigned i = 0; fam_atomic_64_read(&s->turn) != turn; i++)
		if (i > SPINS)
			(void)nanosleep(&nap, NULL);
}

static void send_one(struct mailbox *box, const char *text)
{
	int64_t number = fam_atomic_64_fetch_add(&box->sent, 1);
	int64_t turn = number / SLOTS * 2;
	struct slot *s = &box->slots[number % SLOTS];

	wait_for_turn(s, turn);
	memset(s->node, 0, sizeof(s->node));
	(void)gethostname(s->node, sizeof(s->node) - 1);
	memcpy(s->text, text, strlen(text) + 1);
	fam_atomic_64_write(&s->turn, turn + 1);
}

static void take_one(struct mailbox *box)
{
	int64_t number = fam_atomic_64_fetch_add(&box->taken, 1);
	int64_t turn = number / SLOTS * 2 + 1;
	struct slot *s = &box->slots[number % SLOTS];

	wait_for_turn(s, turn);
	printf("%.*s says: %.*s\n", (int)sizeof(s->node), s->node,
	       (int)sizeof(s->text), s->text);
	(void)fflush(stdout);
	fam_atomic_64_write(&s->turn, turn + 1);
}

int mail_send(const char *path, char *const texts[], struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	struct mailbox *box;
	int r;

	for (char *const *t = texts; *t; t++)
		if (strlen(*t) >= TEXT_SIZE)
			return err_set(e, -E2BIG,
				       "a text is longer than %d bytes",
				       TEXT_SIZE - 1);
	r = open_mailbox(path, &m, &box, e);
	for (; r == 0 && *texts; texts++)
		send_one(box, *texts);
	close_mailbox(&m);
	return r;
}

int mail_receive(const char *path, uint32_t count, struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	struct mailbox *box;
	int r;

	r = open_mailbox(path, &m, &box, e);
	for (uint32_t i = 0; r == 0 && i < count; i++)
		take_one(box);
	close_mailbox(&m);
	return r;
}
