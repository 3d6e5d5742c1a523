/* SPDX-License-Identifier: MIT */

/* atomic128.c - Operations on 128 bits
 *
 * By cmpxchg16b, which also reads: nothing else is guaranteed to load 16 bytes
 * at once. The emulated processor of nodes without KVM lacks it; then the
 * bytes' file is locked. All nodes of a cluster have the same processor, so
 * nobody mixes the two on the same bytes. Whoever is killed while it has the
 * lock may leave one half of its value.
 */

#include <errno.h>

#include "fam_atomic.h"
#include "file_lock.h"
#include "region.h"

struct pair {
	int64_t half[2];
};

/* @expected becomes what was there. */
static bool cmpxchg16b(struct pair *p, struct pair *expected,
		       struct pair desired)
{
	bool equal;

	__asm__ volatile("lock cmpxchg16b %1"
			 : "=@ccz"(equal), "+m"(*p), "+a"(expected->half[0]),
			   "+d"(expected->half[1])
			 : "b"(desired.half[0]), "c"(desired.half[1])
			 : "memory");
	return equal;
}

static struct pair load(const struct pair *p)
{
	return (struct pair){ { __atomic_load_n(&p->half[0], __ATOMIC_SEQ_CST),
				__atomic_load_n(&p->half[1],
						__ATOMIC_SEQ_CST) } };
}

static void store(struct pair *p, struct pair v)
{
	__atomic_store_n(&p->half[0], v.half[0], __ATOMIC_SEQ_CST);
	__atomic_store_n(&p->half[1], v.half[1], __ATOMIC_SEQ_CST);
}

static bool is_equal(const struct pair *a, const struct pair *b)
{
	return a->half[0] == b->half[0] && a->half[1] == b->half[1];
}

/* What to do: store @value, if it is there, where @compare is, if it is. */
struct change {
	const struct pair *compare;
	const struct pair *value;
};

static struct pair change_by_processor(struct pair *p, const struct change *c)
{
	struct pair was = { { 0, 0 } };

	if (c->compare || !c->value) {
		if (c->compare)
			was = *c->compare;
		/* Reading: what is there stays, zero as well as all else. */
		(void)cmpxchg16b(p, &was, c->value ? *c->value : was);
		return was;
	}
	while (!cmpxchg16b(p, &was, *c->value))
		;
	return was;
}

static struct pair change_by_lock(struct pair *p, const struct change *c,
				  struct file_lock *lock)
{
	struct pair was;

	if (file_lock_take(lock, !c->value) < 0)
		region_die(p, "has 128 bits, for which neither the processor "
			      "nor a lock of its file is good here");
	was = load(p);
	if (c->value && (!c->compare || is_equal(&was, c->compare)))
		store(p, *c->value);
	file_lock_drop(lock);
	return was;
}

static struct pair change(int64_t *address, const struct change *c)
{
	struct pair *p = (struct pair *)address;
	struct file_lock *lock;

	region_check(p, sizeof(*p));
	if (file_lock_is_needless())
		return change_by_processor(p, c);
	(void)region_find(p, sizeof(*p), &lock);
	return change_by_lock(p, c, lock);
}

static struct pair pair_of(const int64_t v[2])
{
	return (struct pair){ { v[0], v[1] } };
}

static void give(struct pair v, int64_t result[2])
{
	result[0] = v.half[0];
	result[1] = v.half[1];
}

void fam_atomic_128_swap(int64_t *address, const int64_t value[2],
			 int64_t result[2])
{
	const struct pair v = pair_of(value);

	give(change(address, &(struct change){ .value = &v }), result);
}

void fam_atomic_128_compare_store(int64_t *address, const int64_t compare[2],
				  const int64_t store[2], int64_t result[2])
{
	const struct pair from = pair_of(compare), to = pair_of(store);

	give(change(address, &(struct change){ &from, &to }), result);
}

void fam_atomic_128_read(int64_t *address, int64_t result[2])
{
	give(change(address, &(struct change){ 0 }), result);
}

void fam_atomic_128_write(int64_t *address, const int64_t value[2])
{
	const struct pair v = pair_of(value);

	(void)change(address, &(struct change){ .value = &v });
}

int fam_atomic_128_check(int64_t *address)
{
	struct file_lock *lock;
	int r = region_find(address, sizeof(struct pair), &lock);

	if (r < 0)
		return r;
	if (file_lock_is_needless())
		return 1;
	r = file_lock_take(lock, true);
	if (r == 0)
		file_lock_drop(lock);
	return r;
}
