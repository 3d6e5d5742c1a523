/* SPDX-License-Identifier: MIT */

/* fsop.h - System calls on files, spoken as lines of text
 *
 * A line is an operation and its arguments, separated by blanks:
 *
 *	open a f O_RDWR|O_CREAT 0644
 *	as 65534:65534 chmod f 0600
 *	fill a 1B-1 2 7
 *
 * What it answers is text as well: a value, "0", the name of an errno, or
 * the name of the signal that ended it. So scripts (posix.c), generated
 * sequences (differ.c) and a driver at the other end of a pipe (coherence.c)
 * use the same operations, and a sequence that fails can be kept as a script.
 *
 * Words. {x*255} is 255 times x, \xHH a byte, "" an empty word. Numbers are
 * terms with + - |, each a constant (O_CREAT, SEEK_SET, ...), octal (0644),
 * hexadecimal or decimal with a suffix: K, M, G, P (page), B (book).
 * Descriptors and mappings have names of one letter. The bytes that fill and
 * mfill write depend on a seed and their offset.
 *
 * Operations are in the tables of fsop_*.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define FSOP_WORDS 16
#define FSOP_SLOTS 26
#define FSOP_LINE (160 << 10) /* a longest line, with its words expanded */
#define FSOP_OUT (16 << 10)   /* a longest answer */

struct fsop_map {
	char *addr;
	size_t len;
	int file; /* by O_PATH: for its size, holds nothing else */
};

/* What a process has. */
struct fsop {
	int top; /* the directory given at the start */
	int cwd; /* every line starts in this one */
	uint64_t book;
	int fd[FSOP_SLOTS];
	struct fsop_map map[FSOP_SLOTS];
	struct stat saved[FSOP_SLOTS];
	char *words; /* of the line under way */
};

/* One argument; which member counts depends on the operation. */
struct fsop_arg {
	char *s;
	int64_t n;
	int slot;
};

/**
 * struct fsop_def - An operation
 * @name:	First word of the line
 * @args:	A letter for each argument, those after '?' may be missing (0):
 *		s text, n number, d descriptor (n is -1 if it is not open),
 *		D slot of a new one or of a saved state, m mapping
 * @run:	The arguments to the answer: 0 with text in @out, which is "0"
 *		before, or a negative errno. A positive value is answered as a
 *		number.
 */
struct fsop_def {
	const char *name;
	const char *args;
	int64_t (*run)(struct fsop *f, struct fsop_arg *a, char *out);
};

/* Each ends with an entry without a name. */
extern const struct fsop_def fsop_names[], fsop_fds[], fsop_data[],
	fsop_stats[], fsop_dirs[], fsop_maps[], fsop_locks[], fsop_xattrs[],
	fsop_procs[];

/**
 * fsop_init() - Start with nothing open
 * @dir:	Directory to work in
 * @book:	Bytes of the suffix B
 *
 * Return: 0 or a negative errno
 */
int fsop_init(struct fsop *f, const char *dir, uint64_t book);

/* Closes and unmaps all that lines have opened, goes back to the top. */
void fsop_reset(struct fsop *f);

/* Likewise, for good. Idempotent. */
void fsop_deinit(struct fsop *f);

/**
 * fsop_run() - Do what a line says
 * @line:	Without a newline
 * @out:	FSOP_OUT bytes for the answer
 *
 * Return: 0, -1 if the operation failed, or -EINVAL if the line is wrong, with
 * a sentence in @out
 */
int fsop_run(struct fsop *f, const char *line, char *out);

/* ---- fsop_words.c ---------------------------------------------------------- */

/**
 * fsop_split() - Words of a line, expanded
 * @escapes:	Expand \xHH as well; answers have them as they are
 * @buf:	FSOP_LINE bytes that the words point into
 *
 * Return: how many, or -EINVAL
 */
int fsop_split(const char *line, bool escapes, char *buf,
	       char *words[FSOP_WORDS]);

/* Bytes as they are in answers: what is no printable character as \xHH. */
void fsop_print_text(char *out, const char *p, ssize_t n);

/* A number as described above. Return: 0 or -EINVAL */
int fsop_number(const char *s, uint64_t book, int64_t *ret_n);

/* Bytes of @seed that belong at @off. */
void fsop_pattern(void *buf, size_t len, uint64_t off, uint64_t seed);

/* A number that depends on every byte and its place. Start with 0. */
uint64_t fsop_hash(const void *buf, size_t len, uint64_t hash);

/* ---- for operations --------------------------------------------------------- */

#define FSOP(name)                                                           \
	static int64_t op_##name(__attribute__((unused)) struct fsop *f,     \
				 __attribute__((unused)) struct fsop_arg *a, \
				 __attribute__((unused)) char *out)

/* Idempotent. */
void fsop_unmap(struct fsop_map *m);

/* The operation of that name, or NULL. */
const struct fsop_def *fsop_find(const char *name);

/* -errno if the system call failed, else its value. */
int64_t fsop_result(int64_t r);

/* Put a descriptor into a slot; what was there is closed. Return: 0 */
int64_t fsop_keep_fd(struct fsop *f, int slot, int fd);

/* Run @call in the way of a system call whose process SIGBUS does not end.
 * Return: what it returned, or 0 with the signal's name in @out
 */
int64_t fsop_guard(int64_t (*call)(void *arg), void *arg, char *out);
