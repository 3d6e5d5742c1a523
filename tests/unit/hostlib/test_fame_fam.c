/* SPDX-License-Identifier: MIT */

/* test_fame_fam.c - Parts of a memory, and books, mapped by the host */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit.h"
#include "fame_fam.h"

#define BOOK 8192
#define BOOKS 8

/* Each book has its number in all its words. */
struct memory {
	int fd;
	char path[32];
};

static void memory_init(struct memory *m)
{
	uint32_t words[BOOK / sizeof(uint32_t)];

	m->fd = memfd_create("memory", MFD_CLOEXEC);
	(void)snprintf(m->path, sizeof(m->path), "/proc/self/fd/%d", m->fd);
	for (uint32_t b = 0; b < BOOKS; b++) {
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = b;
		assert_int_equal(pwrite(m->fd, words, BOOK, b * BOOK), BOOK);
	}
}

static void parts(void **state)
{
	struct memory m;
	uint32_t *p;
	void *v;

	(void)state;
	memory_init(&m);
	assert_int_equal(fame_fam_map(m.path, 3 * BOOK - 4096, 8192, &v), 0);
	p = v;
	assert_int_equal(p[0], 2);
	assert_int_equal(p[1024], 3);
	p[1024] = 99;
	assert_int_equal(pread(m.fd, p, sizeof(*p), 3 * BOOK), sizeof(*p));
	assert_int_equal(p[0], 99);
	assert_int_equal(munmap(v, 8192), 0);

	assert_int_equal(fame_fam_map(m.path, 0, BOOKS * BOOK, &v), 0);
	assert_int_equal(munmap(v, BOOKS * BOOK), 0);
	v = NULL;
	assert_int_equal(fame_fam_map(m.path, 0, BOOKS * BOOK + 1, &v),
			 -ERANGE);
	assert_int_equal(fame_fam_map(m.path, BOOKS * BOOK, 1, &v), -ERANGE);
	assert_int_equal(fame_fam_map(m.path, UINT64_MAX - 4095, 8192, &v),
			 -ERANGE);
	assert_int_equal(fame_fam_map(m.path, 4096, SIZE_MAX, &v), -ERANGE);
	assert_int_equal(fame_fam_map(m.path, 512, 4096, &v), -EINVAL);
	assert_int_equal(fame_fam_map(m.path, 0, 0, &v), -EINVAL);
	assert_int_equal(fame_fam_map("/tmp/none/here", 0, 1, &v), -ENOENT);
	assert_null(v);
	(void)close(m.fd);
}

static void shelves(void **state)
{
	static const struct {
		const char *books;
		uint32_t places[BOOKS];
		size_t n;
	} cases[] = {
		{ "0", { 0 }, 1 },
		{ "7", { 7 }, 1 },
		{ "5,1-3,0", { 5, 1, 2, 3, 0 }, 5 },
		{ "0-7", { 0, 1, 2, 3, 4, 5, 6, 7 }, 8 },
		{ "6-6,6", { 6, 6 }, 2 },
	};
	struct memory m;

	(void)state;
	memory_init(&m);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t size = 0;
		void *v;

		assert_int_equal(fame_fam_map_books(m.path, BOOK,
						    cases[i].books, &v, &size),
				 0);
		assert_int_equal(size, cases[i].n * BOOK);
		for (size_t b = 0; b < cases[i].n; b++)
			assert_int_equal(((uint32_t *)v)[b * BOOK / 4 + 2047],
					 cases[i].places[b]);
		((uint32_t *)v)[0] = cases[i].places[0];
		assert_int_equal(munmap(v, size), 0);
	}
	(void)close(m.fd);
}

static void bad_lists(void **state)
{
	static const struct {
		const char *books;
		int error;
	} cases[] = {
		{ "", -EINVAL },
		{ ",", -EINVAL },
		{ "1,", -EINVAL },
		{ ",1", -EINVAL },
		{ "1,,2", -EINVAL },
		{ "-", -EINVAL },
		{ "1-", -EINVAL },
		{ "-1", -EINVAL },
		{ "1--2", -EINVAL },
		{ "1-2-3", -EINVAL },
		{ "3-2", -EINVAL },
		{ " 1", -EINVAL },
		{ "+1", -EINVAL },
		{ "1 ", -EINVAL },
		{ "1;2", -EINVAL },
		{ "x", -EINVAL },
		{ "8", -ERANGE },
		{ "7-8", -ERANGE },
		{ "0,1,8", -ERANGE },
		{ "18446744073709551615", -ERANGE },
		{ "18446744073709551616", -ERANGE },
	};
	struct memory m;
	size_t size = 0;
	void *v = NULL;

	(void)state;
	memory_init(&m);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(fame_fam_map_books(m.path, BOOK,
						    cases[i].books, &v, &size),
				 cases[i].error);
	assert_int_equal(fame_fam_map_books(m.path, 0, "0", &v, &size),
			 -EINVAL);
	assert_int_equal(fame_fam_map_books(m.path, 100, "0", &v, &size),
			 -EINVAL);
	assert_int_equal(fame_fam_map_books(m.path, 1ULL << 62, "0", &v, &size),
			 -ERANGE);
	assert_int_equal(fame_fam_map_books("/tmp/none/here", BOOK, "0", &v,
					    &size),
			 -ENOENT);
	assert_null(v);
	(void)close(m.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(shelves),
		cmocka_unit_test(bad_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
