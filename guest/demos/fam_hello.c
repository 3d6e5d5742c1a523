/* SPDX-License-Identifier: MIT */

/* fam_hello.c - One node stores lines in shared memory, others load them
 *
 *	fam-hello write FILE [TEXT]
 *	fam-hello read FILE
 *	fam-hello send FILE TEXT...
 *	fam-hello receive FILE [COUNT]
 *
 * There is no write(2) and no read(2): lines are stored and loaded through
 * mmap. On a shelf that is the memory of all nodes.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "demo.h"
#include "hello_mail.h"
#include "log.h"
#include "parse.h"

#define HELLO_SIZE 4096
#define HELLO_MAGIC 0x6f6c6c6548464d41ULL /* "AMFHello" in memory */

/**
 * struct hello - What is stored at the start of the file
 * @magic:	Stored last: whoever sees it sees all the rest
 * @node:	Name of the node that stored it
 * @text:	What it says
 */
struct hello {
	uint64_t magic;
	char node[72];
	char text[HELLO_SIZE - 80];
};
_Static_assert(sizeof(struct hello) == HELLO_SIZE, "a page");

static int cmd_write(const char *path, char *const args[], struct err *e)
{
	const char *text = args[0] ? args[0] : "hello from this node";
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	struct hello *h;
	int r;

	if (strlen(text) >= sizeof(h->text))
		return err_set(e, -E2BIG, "the text is longer than %zu bytes",
			       sizeof(h->text) - 1);
	r = mapping_create(path, HELLO_SIZE, &m, e);
	if (r < 0)
		return r;
	h = m.addr;
	__atomic_store_n(&h->magic, 0, __ATOMIC_RELEASE);
	if (gethostname(h->node, sizeof(h->node) - 1) < 0)
		memcpy(h->node, "?", 2);
	memcpy(h->text, text, strlen(text) + 1);
	__atomic_store_n(&h->magic, HELLO_MAGIC, __ATOMIC_RELEASE);
	printf("%s stored in '%s': %s\n", h->node, path, text);
	return 0;
}

/* The file may hold anything: take no byte on trust. */
static int cmd_read(const char *path, char *const args[], struct err *e)
{
	CLEANUP_MAPPING struct mapping m = MAPPING_NONE;
	const struct hello *h;
	int r;

	(void)args;
	r = mapping_open(path, O_RDONLY, HELLO_SIZE, &m, e);
	if (r < 0)
		return r;
	h = m.addr;
	if (__atomic_load_n(&h->magic, __ATOMIC_ACQUIRE) != HELLO_MAGIC)
		return err_set(e, -EINVAL,
			       "'%s' was not written by fam-hello; use "
			       "'fam-hello write' first",
			       path);
	printf("%.*s says: %.*s\n", (int)sizeof(h->node), h->node,
	       (int)sizeof(h->text), h->text);
	return 0;
}

static int cmd_receive(const char *path, char *const args[], struct err *e)
{
	uint32_t count = 1;

	if (args[0] && parse_u32(args[0], 1, UINT32_MAX, &count) < 0)
		return err_set(e, -EINVAL, "'%s' is no number of messages",
			       args[0]);
	return mail_receive(path, count, e);
}

static const struct command {
	const char *name;
	const char *args;
	int min, max; /* arguments */
	const char *help;
	int (*run)(const char *path, char *const args[], struct err *e);
} commands[] = {
	{ "write", "FILE [TEXT]", 1, 2, "store a line, through mmap",
	  cmd_write },
	{ "read", "FILE", 1, 1, "print the line that is stored there",
	  cmd_read },
	{ "send", "FILE TEXT...", 2, INT_MAX, "put messages into a mailbox",
	  mail_send },
	{ "receive", "FILE [COUNT]", 1, 2, "wait for messages, and print them",
	  cmd_receive },
};

static void usage(FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "%s fam-hello %-7s %-12s  %s\n",
			i ? "      " : "usage:", commands[i].name,
			commands[i].args, commands[i].help);
}

static const struct command *find_command(int argc, char *argv[])
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name) &&
		    argc - 2 >= commands[i].min && argc - 2 <= commands[i].max)
			return &commands[i];
	return NULL;
}

int main(int argc, char *argv[])
{
	const struct command *c = find_command(argc, argv);
	struct err e = { 0 };

	log_open("fam-hello", LOG_LEVEL_INFO, false);
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("fam-hello " FAME_VERSION);
		return 0;
	}
	if (!c) {
		usage(stderr);
		return 2;
	}
	if (c->run(argv[2], argv + 3, &e) < 0) {
		log_err("%s", e.msg);
		return 1;
	}
	return 0;
}
