/* SPDX-License-Identifier: MIT */

/* mail.h - A shelf that a program of the host and one in a node share
 *
 * The node makes the shelf, and says in its slot of the mailbox where in the
 * memory its books are. The host stores a text and rings; the node answers in
 * the same page and rings back.
 */
#pragma once

#include <stdint.h>

#define MAIL_MAGIC 0x31304c49414d4d46ULL /* "FMMAIL01" as bytes */
#define MAIL_VECTOR 2
#define MAIL_TEXT 1024

/* In the node's slot of the mailbox, which has 512 bytes. */
struct mail_place {
	uint64_t magic; /* stored last */
	uint64_t book_size;
	char books[256]; /* "user.LFS.Books" */
};

/* At the start of the shelf. */
struct mail_page {
	uint32_t from; /* whom to ring */
	char question[MAIL_TEXT];
	char answer[MAIL_TEXT];
};
