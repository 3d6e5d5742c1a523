/* SPDX-License-Identifier: MIT */

/* wait.c - Sleep until another node has changed a word
 *
 * Theory of operation. Who waits sets its node's bit beside the word, looks at
 * the word once more, and sleeps until its doorbell is rung. Who has changed the
 * word takes all bits away and rings those nodes. All of these operations are
 * sequentially consistent: either the waiter sees the change, or the waker sees
 * the bit. A ring between the look and the sleep is not lost, since the module
 * counts for each open file.
 *
 * On a node all processes that listen to the word's vector are woken. Those for
 * whom nothing has changed set the bit again and sleep on. Bits of those who
 * have given up, or died, cost one ring each: nobody can know whether another
 * process of the node needs the bit.
 *
 * A waker that dies between its change and its ring leaves sleepers behind.
 * Nothing in the memory could help: so a sleep ends after a while and looks.
 */

#include <errno.h>

#include "clock.h"
#include "doorbell.h"
#include "fam_atomic.h"

#define SPINS 1000U

/* Without a doorbell, look so often. */
#define POLL_NS 1000000L

#define WORDS (DOORBELL_NUMBERS / 64)

static bool has_changed(struct fam_word *word, int32_t old)
{
	return fam_atomic_32_read(&word->value) != old;
}

/* Memory of others decides: any number is a vector. */
static uint32_t vector_of(const struct fam_doorbell *bell,
			  struct fam_word *word)
{
	return (uint32_t)fam_atomic_32_read(&word->vector) % bell->vectors;
}

static int poll_word(struct fam_word *word, int32_t old, int timeout_ms)
{
	const struct timespec t = { .tv_nsec = POLL_NS };
	uint64_t start = clock_ms();

	while (!has_changed(word, old)) {
		if (clock_left(start, timeout_ms) == 0)
			return -ETIMEDOUT;
		(void)nanosleep(&t, NULL);
	}
	return 0;
}

static void set_bit(struct fam_word *word, uint32_t number)
{
	int64_t *bits = &word->waiters[number / 64 % WORDS];
	int64_t bit = (int64_t)(1ULL << number % 64);

	if (!(fam_atomic_64_read(bits) & bit))
		(void)fam_atomic_64_fetch_or(bits, bit);
}

/* Whether the word has changed; if it has not, a ring or @ms have passed. */
static bool sleep_once(struct fam_doorbell *bell, struct fam_word *word,
		       int32_t old, int ms)
{
	bool changed;
	int r;

	set_bit(word, bell->number);
	if (has_changed(word, old))
		return true;
	r = bell->ops->sleep(bell, vector_of(bell, word), ms);
	changed = has_changed(word, old);
	bell->stats.sleeps++;
	if (r > 0)
		bell->stats.woken++;
	else if (changed)
		bell->stats.late++;
	bell->broken = r < 0;
	return changed;
}

int doorbell_wait(struct fam_doorbell *bell, struct fam_word *word, int32_t old,
		  int timeout_ms)
{
	uint64_t start = clock_ms();
	int left;

	while (bell && !bell->broken) {
		left = clock_left(start, timeout_ms);
		if (left == 0)
			return has_changed(word, old) ? 0 : -ETIMEDOUT;
		if (left > (int)bell->look_ms)
			left = (int)bell->look_ms;
		if (sleep_once(bell, word, old, left))
			return 0;
	}
	left = clock_left(start, timeout_ms);
	return poll_word(word, old, left == INT_MAX ? -1 : left);
}

int fam_wait(struct fam_doorbell *bell, struct fam_word *word, int32_t old,
	     int timeout_ms)
{
	for (unsigned i = 0; i < SPINS; i++) {
		if (has_changed(word, old))
			return 0;
		__builtin_ia32_pause();
	}
	return doorbell_wait(bell, word, old, timeout_ms);
}

/* ---- wake -------------------------------------------------------------------- */

/* Takes the bits of @i away; returns how many numbers are in @numbers then. */
static size_t take_bits(struct fam_word *word, size_t i, uint32_t *numbers,
			size_t n)
{
	uint64_t bits;

	if (!fam_atomic_64_read(&word->waiters[i]))
		return n;
	bits = (uint64_t)fam_atomic_64_swap(&word->waiters[i], 0);
	for (; bits; bits &= bits - 1)
		numbers[n++] =
			(uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(bits);
	return n;
}

int fam_wake(struct fam_doorbell *bell, struct fam_word *word)
{
	uint32_t numbers[DOORBELL_NUMBERS];
	size_t n = 0;
	int r;

	if (!bell)
		return 0;
	/* The change comes first, whatever made it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (size_t i = 0; i < WORDS; i++)
		n = take_bits(word, i, numbers, n);
	if (!n)
		return 0;
	r = bell->ops->ring(bell, numbers, n, vector_of(bell, word));
	if (r < 0)
		return r;
	bell->stats.rings += n;
	return (int)n;
}
