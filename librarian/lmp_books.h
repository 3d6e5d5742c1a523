/* SPDX-License-Identifier: MIT */

/* lmp_books.h - The list of all books, sent in pieces
 *
 * There may be 655,360 of them. A piece is made when the one before has gone
 * to the client, each by a query of its own, so neither the memory nor other
 * clients' requests nor the database's log have to wait for a slow reader. So
 * it is no snapshot, either: each book is in it once, as it was when its piece
 * was made.
 */
#pragma once

#include "lmp_view.h"

struct evhttp_request;
struct lmp_books;

#define LMP_BOOKS_MAX 16U /* such lists under way */

/**
 * lmp_books_send() - Start to answer
 * @v:		Outlives the list
 * @req:	Request
 * @ig:		Interleave group; -1 = all
 * @under_way:	Counts lists; outlives them
 *
 * Return: 0: the request is taken care of; -ENOENT: there is no such group;
 *         -EBUSY, -ENOMEM
 */
int lmp_books_send(struct lmp_view *v, struct evhttp_request *req, int ig,
		   unsigned *under_way);
