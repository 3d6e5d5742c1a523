/* SPDX-License-Identifier: MIT */

/* sequence.c - Random sequences of lines for fsop.h */

#include "sequence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* How often the whole tree is looked at. */
#define TREE_STEPS 40

/* Templates. A sign is replaced by something at random:
 *	%p a name, %1 the same name again	%d a descriptor, %M a mapping
 *	%m a mode	%u an owner		%f flags of open
 *	%o an offset	%l a length		%s a seed
 *	%b a mode without setuid and setgid	%k a descriptor that is not mapped
 * Several lines are separated by ';'. What may differ is left out: docs/lfs.md
 * tells it.
 */
enum where {
	ANYWHERE,
	ALONE, /* if there is one node */
	SPREAD /* if there are several */
};

static const struct {
	unsigned weight;
	enum where where;
	const char *text;
} templates[] = {
	/* names */
	{ 6, ANYWHERE, "create %p %m" },
	{ 8, ANYWHERE, "mkdir %p %m" },
	{ 3, ANYWHERE, "rmdir %p" },
	{ 5, ANYWHERE, "unlink %p" },
	{ 3, ANYWHERE, "symlink %p %p" },
	{ 6, ANYWHERE, "link %p %p" },
	{ 8, ANYWHERE, "rename %p %p" },
	{ 2, ANYWHERE, "rename2 %p %p RENAME_NOREPLACE" },
	{ 4, ANYWHERE, "rename2 %p %p RENAME_EXCHANGE" },
	{ 1, ANYWHERE, "mkfifo %p %m" },
	{ 1, ANYWHERE, "mknod %p S_IFSOCK|0644 0 0" },
	{ 2, ANYWHERE, "list %p" },
	/* attributes */
	{ 4, ANYWHERE, "chmod %p %b" },
	{ 1, ALONE, "chmod %p 02755" },
	{ 3, ANYWHERE, "chown %p %u %u" },
	{ 1, ANYWHERE, "lchown %p %u -1" },
	{ 2, ANYWHERE, "access %p R_OK|W_OK" },
	{ 4, ANYWHERE, "all %p" },
	{ 2, ANYWHERE, "utimens %p 1.5 1234567890.123456789" },
	{ 2, ANYWHERE, "setxattr %p user.a %s;getxattr %1 user.a" },
	{ 1, ANYWHERE, "setxattr %p user.b %s XATTR_CREATE" },
	{ 1, ANYWHERE, "removexattr %p user.a;listxattr %1 user." },
	/* files */
	{ 14, ANYWHERE, "open %d %p %f %m" },
	{ 2, ANYWHERE, "open %d . O_TMPFILE|O_RDWR %m;fill %d 0 100 %s" },
	{ 2, ANYWHERE, "linkfd %d %p" },
	{ 3, ANYWHERE, "close %d" },
	{ 2, ANYWHERE, "dup %d %d" },
	{ 6, ANYWHERE, "truncate %p %o" },
	{ 6, ANYWHERE, "ftruncate %d %o" },
	{ 10, ANYWHERE, "fill %d %o %l %s" },
	{ 4, ANYWHERE, "write %d text%s" },
	{ 3, ANYWHERE, "vwrite %d %o %s %l 3" },
	{ 6, ANYWHERE, "sum %d %o %l" },
	{ 2, ANYWHERE, "edgesum %p" },
	{ 2, ANYWHERE, "read %d 20" },
	{ 2, ANYWHERE, "lseek %d %o SEEK_SET" },
	{ 2, ANYWHERE, "fallocate %d 0 %o %l" },
	{ 2, ANYWHERE, "fallocate %d FALLOC_FL_KEEP_SIZE %o %l" },
	{ 4, ANYWHERE,
	  "fallocate %d FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE %o %l" },
	{ 3, ALONE, "copy %d %o %d %o %l" },
	{ 2, SPREAD, "fall a;copy a %o %d %o %l" },
	{ 1, SPREAD, "fall c;copy c %o %d %o %l" },
	{ 1, ANYWHERE, "fsync %d" },
	{ 3, ANYWHERE, "fall %d" },
	{ 1, ANYWHERE, "fchmod %d %b" },
	{ 1, ANYWHERE, "fchown %d %u %u" },
	/* mappings */
	{ 6, ANYWHERE, "mmap %M %d 0 2B+3P PROT_READ|PROT_WRITE MAP_SHARED" },
	{ 1, ANYWHERE, "mmap %M %d 0 1B PROT_READ MAP_SHARED" },
	{ 6, ANYWHERE, "mfillin %M %o %l %s" },
	{ 6, ANYWHERE, "msum %M %o %l" },
	{ 3, ANYWHERE, "mfillin %M %o 1 %s" },
	{ 3, ANYWHERE, "load %M %o" },
	{ 1, ANYWHERE, "msync %M 0 1P MS_SYNC" },
	{ 1, ANYWHERE, "mwrite %M 0 %l %d 1B-1P" },
	{ 1, ANYWHERE, "mread %M 0 %l %d 1B-1P" },
	{ 1, ANYWHERE, "munmap %M" },
	/* locks */
	{ 2, ANYWHERE, "setlk %d F_WRLCK %o %l" },
	{ 2, ANYWHERE, "setlk %d F_RDLCK %o %l" },
	{ 1, ANYWHERE, "setlk %d F_UNLCK %o %l" },
	{ 2, ANYWHERE, "open %k %p O_RDWR;flock %k LOCK_EX|LOCK_NB" },
	{ 1, ANYWHERE, "flock %k LOCK_EX|LOCK_NB" },
	{ 1, ANYWHERE, "flock %k LOCK_SH|LOCK_NB" },
	{ 1, ANYWHERE, "flock %k LOCK_UN" },
	/* times; only their order can be compared */
	{ 1, ANYWHERE, "save x %p;tick;fill %d %o 5 %s;changed x %1" },
	{ 1, ANYWHERE, "save x %p;tick;chmod %1 %b;changed x %1" },
	{ 1, ANYWHERE, "save x .;tick;rename %p %p;changed x ." },
};

/* What every sequence begins with, so that the rest finds something. */
#define MAP_B "mmap m b 0 2B+3P PROT_READ|PROT_WRITE MAP_SHARED"
static const char *const beginning[] = {
	"mkdir d 0777",
	"mkdir e 0777",
	"mkdir d/e 0777",
	"mkdir e/d 0777",
	"open a a O_RDWR|O_CREAT 0666",
	"open b b O_RDWR|O_CREAT 0666",
	"open c d/c O_RDWR|O_CREAT 0666",
	"open d e/d/a O_RDWR|O_CREAT 0666",
	"ftruncate b 2B+1P",
	"fill c 1B-1P 2P 9",
	MAP_B,
	"mmap n c 0 1B PROT_READ|PROT_WRITE MAP_SHARED",
};

/* splitmix64 */
uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static const char *pick(uint64_t *rnd, const char *const *from, size_t n)
{
	return from[random_next(rnd) % n];
}
#define PICK(rnd, from) pick(rnd, from, ARRAY_SIZE(from))

static const char *one_of(char sign, uint64_t *rnd)
{
	static const char *const modes[] = { "0644", "0600", "0755",  "0",
					     "0777", "0444", "02755", "01777" };
	static const char *const plain[] = { "0644", "0600", "0755",
					     "0",    "0777", "0444" };
	static const char *const owners[] = { "0", "1000", "1001" };
	static const char *const flags[] = {
		"O_RDWR",
		"O_RDONLY",
		"O_WRONLY",
		"O_RDWR|O_CREAT",
		"O_RDWR|O_CREAT",
		"O_RDWR|O_CREAT|O_EXCL",
		"O_RDWR|O_CREAT|O_TRUNC",
		"O_RDWR|O_CREAT|O_APPEND",
		"O_WRONLY|O_APPEND",
		"O_RDONLY|O_DIRECTORY",
	};
	/* Mostly around what a book or a page ends with. */
	static const char *const offsets[] = {
		"0",	 "0",	 "1",	"5",	"100",	"1P-1", "1P",
		"1P+1",	 "3P-2", "10P", "64K",	"1B-1", "1B",	"1B+1",
		"1B-1P", "2B-1", "2B",	"2B+1", "7P",	"2P",	"4097",
	};
	static const char *const lengths[] = {
		"1", "2", "10", "100", "1P-1", "1P", "1P+1", "3P", "20K", "64K",
	};
	static const char *const slots[] = { "a", "b", "c", "d" };
	static const char *const unmapped[] = { "e", "f" };
	static const char *const maps[] = { "m", "n" };

	return sign == 'm' ? PICK(rnd, modes) :
	       sign == 'b' ? PICK(rnd, plain) :
	       sign == 'k' ? PICK(rnd, unmapped) :
	       sign == 'u' ? PICK(rnd, owners) :
	       sign == 'f' ? PICK(rnd, flags) :
	       sign == 'o' ? PICK(rnd, offsets) :
	       sign == 'l' ? PICK(rnd, lengths) :
	       sign == 'd' ? PICK(rnd, slots) :
			     PICK(rnd, maps);
}

/* A name: few, so that they are often there. */
static void some_path(uint64_t *rnd, char path[16])
{
	static const char *const dirs[] = { "",	  "",	"",	"d/",
					    "d/", "e/", "d/e/", "e/d/" };
	static const char *const names[] = { "a", "b", "c", "d", "e" };

	(void)snprintf(path, 16, "%s%s", PICK(rnd, dirs), PICK(rnd, names));
}

/* One line of a template, with its signs replaced. */
static void fill_in(uint64_t *rnd, const char *text, char *line, char *path)
{
	char *p = line;

	for (; *text && *text != ';'; text++) {
		if (*text != '%') {
			*p++ = *text;
			continue;
		}
		text++;
		if (*text == 'p')
			some_path(rnd, path);
		if (*text == 'p' || *text == '1')
			p = stpcpy(p, path);
		else if (*text == 's')
			p += sprintf(p, "%u", (unsigned)random_next(rnd) % 250);
		else
			p = stpcpy(p, one_of(*text, rnd));
	}
	*p = '\0';
}

/* Opening a FIFO must not wait. */
static void make_safe(char *line)
{
	char *p = strstr(line, " O_");

	if (strncmp(line, "open ", 5) != 0 || !p)
		return;
	memmove(p + 12, p + 1, strlen(p + 1) + 1);
	memcpy(p + 1, "O_NONBLOCK|", 11);
}

/* Who does it: mostly root, somewhere. */
static void someone(uint64_t *rnd, unsigned nodes, char who[32])
{
	uint64_t r = random_next(rnd) % 100;
	const char *user = r < 6 ? "as 1000:1000 " :
			   r < 8 ? "as 1001:1000 " :
				   "";

	if (nodes > 1)
		(void)sprintf(who, "@%c %s",
			      (char)('a' + random_next(rnd) % nodes), user);
	else
		(void)sprintf(who, "%s%s", r >= 90 ? "@a " : "", user);
}

static void assign(const char *who, char *line)
{
	memmove(line + strlen(who), line, strlen(line) + 1);
	memcpy(line, who, strlen(who));
}

/* Return: its weight, 0 if it is not for so many nodes */
static unsigned weigh(size_t i, unsigned nodes)
{
	enum where where = templates[i].where;

	if (where != ANYWHERE && (where == ALONE) != (nodes == 1))
		return 0;
	return templates[i].weight;
}

static const char *some_template(uint64_t *rnd, unsigned nodes)
{
	uint64_t sum = 0;
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_SIZE(templates); k++)
		sum += weigh(k, nodes);
	for (sum = random_next(rnd) % sum; sum >= weigh(i, nodes); i++)
		sum -= weigh(i, nodes);
	return templates[i].text;
}

static void add(struct sequence *s, unsigned nodes, unsigned node,
		const char *line)
{
	char *p = s->line[s->count++];

	if (nodes > 1)
		p += sprintf(p, "@%c ", (char)('a' + node));
	(void)strcpy(p, line);
}

/* With several nodes, the others open what the first one has made. */
static void add_beginning(struct sequence *s, unsigned nodes)
{
	for (size_t i = 0; i < ARRAY_SIZE(beginning); i++)
		add(s, nodes, 0, beginning[i]);
	for (unsigned n = 1; n < nodes; n++) {
		add(s, nodes, n, "open a a O_RDWR");
		add(s, nodes, n, "open b b O_RDWR");
		add(s, nodes, n, MAP_B);
	}
}

int sequence_make(uint64_t seed, size_t steps, unsigned nodes,
		  struct sequence *ret_s)
{
	struct sequence s = { 0 };
	uint64_t rnd = seed;
	char path[16] = "a", who[32];

	s.line = calloc(ARRAY_SIZE(beginning) + 3 * nodes + steps +
				steps / TREE_STEPS + 8,
			SEQUENCE_LINE);
	if (!s.line)
		return -ENOMEM;
	add_beginning(&s, nodes);
	while (s.count < steps) {
		const char *text = some_template(&rnd, nodes);

		someone(&rnd, nodes, who);

		for (; text; text = strchr(text, ';')) {
			text += *text == ';';
			fill_in(&rnd, text, s.line[s.count], path);
			make_safe(s.line[s.count]);
			assign(who, s.line[s.count++]);
		}
		if (s.count % TREE_STEPS == TREE_STEPS - 1)
			add(&s, nodes, (unsigned)(random_next(&rnd) % nodes),
			    "tree .");
	}
	add(&s, nodes, (unsigned)(random_next(&rnd) % nodes), "tree .");
	*ret_s = s;
	return 0;
}

/* @s without @n lines from @at, into @out, which has room */
static void without(const struct sequence *s, size_t at, size_t n,
		    struct sequence *out)
{
	size_t rest = s->count - at - n;

	memcpy(out->line, s->line, at * SEQUENCE_LINE);
	memcpy(out->line + at, s->line + at + n, rest * SEQUENCE_LINE);
	out->count = at + rest;
}

void sequence_shrink(struct sequence *s,
		     bool (*run)(void *arg, const struct sequence *s,
				 size_t *ret_step),
		     void *arg)
{
	struct sequence less = { .line = calloc(s->count, SEQUENCE_LINE) };
	size_t step;

	if (!less.line)
		return;
	for (size_t n = s->count / 2; n; n /= 2)
		for (size_t at = 0; at + n <= s->count;) {
			without(s, at, n, &less);
			if (!run(arg, &less, &step)) {
				at += n;
				continue;
			}
			if (step + 1 < less.count)
				less.count = step + 1;
			memcpy(s->line, less.line, less.count * SEQUENCE_LINE);
			s->count = less.count;
		}
	sequence_free(&less);
}

void sequence_free(struct sequence *s)
{
	free(s->line);
	s->line = NULL;
	s->count = 0;
}
