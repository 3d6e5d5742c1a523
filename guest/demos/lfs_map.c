/* SPDX-License-Identifier: MIT */

/* lfs_map.c - lfs-stat --map: all of the memory, a character a book */

#include "lfs_map.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cleanup.h"
#include "places.h"

#define WIDTH 64U
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define N_LETTERS (sizeof(LETTERS) - 1)

/* Of the 256 that a terminal has: far from each other, and not too dark. */
static const unsigned char colours[] = { 39, 208, 41,  213, 226, 99,
					 51, 203, 118, 180, 33,	 201 };

struct map {
	struct places places;
	bool coloured;
	uint32_t *owner; /* of each book: a file's number; 0 = none */
	char **paths;	 /* by number; the first is 1 */
	uint32_t *books;
	uint32_t n_paths;
	uint32_t room;
};

static void map_deinit(struct map *m)
{
	for (uint32_t i = 1; i <= m->n_paths; i++)
		free(m->paths[i]);
	free(m->paths);
	free(m->books);
	free(m->owner);
}

/* ---- whose they are --------------------------------------------------------- */

static int make_room(struct map *m)
{
	uint32_t room = m->room ? 2 * m->room : 64;
	char **paths;
	uint32_t *books;

	if (m->n_paths + 1 < m->room)
		return 0;
	paths = realloc(m->paths, room * sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	m->paths = paths;
	books = realloc(m->books, room * sizeof(*books));
	if (!books)
		return -ENOMEM;
	m->books = books;
	m->room = room;
	return 0;
}

/* A file that others remove meanwhile, or that is not for this user, is none. */
static int add_file(struct map *m, const char *path, struct err *e)
{
	CLEANUP_FREE struct places_run *runs = NULL;
	size_t n;

	if (places_of_file(path, &m->places, &runs, &n, e) < 0 || !n)
		return 0;
	if (make_room(m) < 0)
		return err_set(e, -ENOMEM, "no memory");
	m->paths[m->n_paths + 1] = strdup(path);
	if (!m->paths[m->n_paths + 1])
		return err_set(e, -ENOMEM, "no memory");
	m->books[++m->n_paths] = 0;
	for (size_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < runs[i].n; k++)
			m->owner[runs[i].first + k] = m->n_paths;
		m->books[m->n_paths] += runs[i].n;
	}
	return 0;
}

static int add_files(struct map *m, const char *root, struct err *e)
{
	char *roots[] = { (char *)(uintptr_t)root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	FTSENT *f;
	int r = 0;

	if (!fts)
		return err_set(e, -errno, "'%s': %s", root, strerror(errno));
	while (r == 0 && (f = fts_read(fts)))
		if (f->fts_info == FTS_F)
			r = add_file(m, f->fts_path, e);
	(void)fts_close(fts);
	return r;
}

/* ---- the picture -------------------------------------------------------------- */

static void print_book(const struct map *m, uint32_t owner)
{
	char c = owner ? LETTERS[(owner - 1) % N_LETTERS] : '.';

	if (m->coloured && owner)
		printf("\033[48;5;%um\033[30m%c\033[0m",
		       colours[(owner - 1) % ARRAY_SIZE(colours)], c);
	else
		(void)putchar(c);
}

static void print_group(const struct map *m, const struct places_group *g)
{
	printf("node%02u, group %u, from LZA 0x%012llx\n", g->ig + 1, g->ig,
	       (unsigned long long)places_lza(&m->places, g->first));
	for (uint32_t i = 0; i < g->books; i++) {
		if (i % WIDTH == 0)
			printf("%6u ", i);
		print_book(m, m->owner[g->first + i]);
		if (i % WIDTH == WIDTH - 1 || i == g->books - 1)
			(void)putchar('\n');
	}
}

static void print_legend(const struct map *m, uint64_t used)
{
	uint64_t seen = 0;

	for (uint32_t i = 1; i <= m->n_paths; i++) {
		print_book(m, i);
		printf(" %6u %s\n", m->books[i], m->paths[i]);
		seen += m->books[i];
	}
	printf(". %6llu free or not to be seen",
	       (unsigned long long)(m->places.books - seen));
	if (used > seen)
		printf(" (%llu of them in use)",
		       (unsigned long long)(used - seen));
	printf("\n");
}

int lfs_map_print(const char *root, bool coloured, struct err *e)
{
	struct map m = { .coloured = coloured };
	struct statvfs v = { 0 };
	int r;

	r = places_of_system(root, &m.places, e);
	if (r < 0)
		return r;
	m.owner = calloc(m.places.books + 1, sizeof(*m.owner));
	if (!m.owner)
		return err_set(e, -ENOMEM, "no memory");
	r = add_files(&m, root, e);
	if (r == 0) {
		for (uint32_t i = 0; i < m.places.n_groups; i++)
			print_group(&m, &m.places.groups[i]);
		(void)statvfs(root, &v);
		print_legend(&m, v.f_blocks - v.f_bfree);
	}
	map_deinit(&m);
	return r;
}
