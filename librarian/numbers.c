/* SPDX-License-Identifier: MIT */

/* numbers.c - Numbers of new shelves and handles: none is given out twice */

#include "numbers.h"

#include "db.h"

#define BLOCK 1024

static const struct {
	enum sql load, reserve;
} statements[] = {
	[NUMBER_SHELF] = { SQL_NEXT_SHELF, SQL_RESERVE_SHELVES },
	[NUMBER_HANDLE] = { SQL_NEXT_HANDLE, SQL_RESERVE_HANDLES },
};

int numbers_load(struct db *db, struct numbers *ret_numbers)
{
	struct numbers numbers;

	for (int kind = 0; kind < NUMBER_KINDS; kind++) {
		int64_t next;
		int r;

		r = db_get(db, statements[kind].load, &next);
		if (r < 0)
			return r;
		numbers.of[kind].next = numbers.of[kind].end = next;
	}
	*ret_numbers = numbers;
	return 0;
}

int numbers_take(struct db *db, struct numbers *numbers, enum number_kind kind,
		 int64_t n, int64_t *ret_first)
{
	int64_t first = numbers->of[kind].next;

	if (n > numbers->of[kind].end - first) {
		int64_t end = first + n + BLOCK;
		int r;

		r = db_run(db, statements[kind].reserve, sql_int(end));
		if (r < 0)
			return r;
		numbers->of[kind].end = end;
	}
	numbers->of[kind].next = first + n;
	*ret_first = first;
	return 0;
}
