/* SPDX-License-Identifier: MIT */

/* hello_fabric.c - A line in raw shared memory, without any file system
 *
 *	hello_fabric [--offset BYTES] [--device PATH] [TEXT]
 *
 * Memory that all nodes map as a whole: who knows where to look finds what
 * others have stored. Nobody keeps its parts apart; books of files are in it.
 * What is kept behind the books begins with the Librarian's board; its last
 * page is free for such lines.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "demo.h"
#include "err.h"
#include "fam_ioctl.h"
#include "log.h"
#include "parse.h"
#include "proto_board.h"

#define DEVICE "/mnt/fabric_emulation"
#define PAGE 4096U
#define LINE_MAGIC 0x6369726261664948ULL /* "HIfabric" in memory */

/**
 * struct line - What is stored
 * @magic:	Stored last: whoever sees it sees all the rest
 * @node:	Name of the node that stored it
 * @text:	What it says
 */
struct line {
	uint64_t magic;
	char node[72];
	char text[PAGE - 80];
};
_Static_assert(sizeof(struct line) == PAGE, "a page");

struct settings {
	const char *device;
	const char *text; /* NULL: only look */
	uint64_t offset;
	bool has_offset;
};

static void usage(FILE *f)
{
	fputs("usage: hello_fabric [--offset BYTES] [--device PATH] [TEXT]\n\n"
	      "Stores TEXT in the memory that all nodes share, and prints what "
	      "is there; without\nTEXT it only looks. The place is the last "
	      "page, which no file has; --offset\nchooses another, a multiple "
	      "of 4K, and overwrites whatever is there. PATH is the\nmemory's "
	      "device (" DEVICE ", which is /dev/fam), or on the\nhost the "
	      "cluster's FAM file.\n",
	      f);
}

/* ---- the memory ---------------------------------------------------------------- */

static int open_memory(const char *path, bool writable, int *ret_fd,
		       uint64_t *ret_size, struct err *e)
{
	CLEANUP_FD int fd =
		open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	struct fam_info info;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, -errno, "'%s': %s", path, strerror(errno));
	if (S_ISREG(st.st_mode))
		*ret_size = (uint64_t)st.st_size;
	else if (ioctl(fd, FAM_IOC_INFO, &info) == 0)
		*ret_size = info.size;
	else
		return err_set(e, -errno, "'%s' is no shared memory: %s", path,
			       strerror(errno));
	*ret_fd = take_fd(&fd);
	return 0;
}

static void *map_page(int fd, uint64_t offset, bool writable)
{
	void *p = mmap(NULL, PAGE, PROT_READ | (writable ? PROT_WRITE : 0),
		       MAP_SHARED, fd, (off_t)offset);

	return p == MAP_FAILED ? NULL : p;
}

/* Is the end of it kept free of books? */
static bool has_board(int fd, uint64_t size)
{
	const struct board *b = size < BOARD_SIZE ?
					NULL :
					map_page(fd, size - BOARD_SIZE, false);

	return b && b->magic == BOARD_MAGIC;
}

static int find_place(const struct settings *s, int fd, uint64_t size,
		      uint64_t *ret_offset, struct err *e)
{
	if (s->has_offset && (s->offset % PAGE || s->offset >= size))
		return err_set(e, -EINVAL,
			       "offset %llu is no multiple of %u below %llu",
			       (unsigned long long)s->offset, PAGE,
			       (unsigned long long)size);
	if (!s->has_offset && s->text && !has_board(fd, size))
		return err_set(e, -ENOSPC,
			       "'%s' may have books to its very end: choose a "
			       "place by --offset, and what is there is lost",
			       s->device);
	*ret_offset = s->has_offset ? s->offset : size - PAGE;
	return 0;
}

/* ---- the line ------------------------------------------------------------------- */

static void store(struct line *l, const char *text)
{
	__atomic_store_n(&l->magic, 0, __ATOMIC_RELEASE);
	memset(l->node, 0, sizeof(l->node));
	(void)gethostname(l->node, sizeof(l->node) - 1);
	memcpy(l->text, text, strlen(text) + 1);
	__atomic_store_n(&l->magic, LINE_MAGIC, __ATOMIC_RELEASE);
}

/* There may be anything: take no byte on trust. */
static void look(const struct line *l, uint64_t offset)
{
	printf("at %llu: ", (unsigned long long)offset);
	if (__atomic_load_n(&l->magic, __ATOMIC_ACQUIRE) == LINE_MAGIC)
		printf("%.*s says: %.*s\n", (int)sizeof(l->node), l->node,
		       (int)sizeof(l->text), l->text);
	else
		printf("nobody has said anything\n");
}

static int run(const struct settings *s, struct err *e)
{
	CLEANUP_FD int fd = -1;
	uint64_t size = 0, offset = 0;
	struct line *l;
	int r;

	if (s->text && strlen(s->text) >= sizeof(l->text))
		return err_set(e, -E2BIG, "the text is longer than %zu bytes",
			       sizeof(l->text) - 1);
	r = open_memory(s->device, s->text, &fd, &size, e);
	if (r == 0)
		r = find_place(s, fd, size, &offset, e);
	if (r < 0)
		return r;
	l = map_page(fd, offset, s->text);
	if (!l)
		return err_set(e, -errno, "cannot map '%s': %s", s->device,
			       strerror(errno));
	printf("'%s': %llu MiB of shared memory\n", s->device,
	       (unsigned long long)(size >> 20));
	if (s->text)
		store(l, s->text);
	look(l, offset);
	return 0;
}

/* ---- options ---------------------------------------------------------------------- */

enum {
	OPT_OFFSET = 256,
	OPT_DEVICE,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{ "offset", required_argument, NULL, OPT_OFFSET },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

/* The exit status, or -1 to go on. */
static int take_option(struct settings *s, int c)
{
	switch (c) {
	case OPT_OFFSET:
		s->has_offset = true;
		if (parse_size(optarg, &s->offset) == 0)
			return -1;
		log_err("offset '%s' is no number of bytes", optarg);
		return 2;
	case OPT_DEVICE:
		s->device = optarg;
		return -1;
	case OPT_HELP:
		usage(stdout);
		return 0;
	case OPT_VERSION:
		puts("hello_fabric " FAME_VERSION);
		return 0;
	default:
		usage(stderr);
		return 2;
	}
}

int main(int argc, char *argv[])
{
	struct settings s = { .device = DEVICE };
	struct err e = { 0 };
	int c, r = -1;

	log_open("hello_fabric", LOG_LEVEL_INFO, false);
	while (r < 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = take_option(&s, c);
	if (r >= 0)
		return r;
	if (argc - optind > 1) {
		usage(stderr);
		return 2;
	}
	s.text = argv[optind];
	if (run(&s, &e) < 0) {
		log_err("%s", e.msg);
		return 1;
	}
	return 0;
}
