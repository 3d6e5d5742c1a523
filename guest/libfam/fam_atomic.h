/* SPDX-License-Identifier: MIT */

/* fam_atomic.h - Atomic operations and locks in memory that nodes share
 *
 * Source compatible with HPE's libfam-atomic 2; what is new is said so. All
 * operations are atomic between threads, processes and nodes, and sequentially
 * consistent. fam_atomic(3) has the details; fam_robust.h has locks that
 * survive their owner.
 *
 * Memory has to be registered before an operation uses it. The address of an
 * operation on N bits is a multiple of N / 8. A breach of either ends with a
 * line on standard error and SIGSEGV.
 */
#ifndef FAM_ATOMIC_H
#define FAM_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * fam_atomic_register_region() - Allow operations on mapped memory
 * @region_start: @region_length:	Where it is mapped
 * @fd:		The file that is mapped there; may be closed afterwards. -1: no
 *		file; operations on 128 bits may be unavailable then
 * @offset:	What of the file @region_start is
 *
 * Return: 0; -EINVAL (nothing, or it wraps round), -EEXIST (part of it is
 *         registered), -ENOMEM
 */
int fam_atomic_register_region(void *region_start, size_t region_length, int fd,
			       off_t offset);

/* To be given what was registered; anything else is ignored. */
void fam_atomic_unregister_region(void *region_start, size_t region_length);

/* Return what was there before. */
int32_t fam_atomic_32_fetch_add(int32_t *address, int32_t increment);
int64_t fam_atomic_64_fetch_add(int64_t *address, int64_t increment);
int32_t fam_atomic_32_fetch_and(int32_t *address, int32_t arg);
int64_t fam_atomic_64_fetch_and(int64_t *address, int64_t arg);
int32_t fam_atomic_32_fetch_or(int32_t *address, int32_t arg);
int64_t fam_atomic_64_fetch_or(int64_t *address, int64_t arg);
int32_t fam_atomic_32_fetch_xor(int32_t *address, int32_t arg);
int64_t fam_atomic_64_fetch_xor(int64_t *address, int64_t arg);
int32_t fam_atomic_32_swap(int32_t *address, int32_t value);
int64_t fam_atomic_64_swap(int64_t *address, int64_t value);

/* Store @store if @compare is there; return what was there before. */
int32_t fam_atomic_32_compare_store(int32_t *address, int32_t compare,
				    int32_t store);
int64_t fam_atomic_64_compare_store(int64_t *address, int64_t compare,
				    int64_t store);

int32_t fam_atomic_32_read(int32_t *address);
int64_t fam_atomic_64_read(int64_t *address);
void fam_atomic_32_write(int32_t *address, int32_t value);
void fam_atomic_64_write(int64_t *address, int64_t value);

/* 128 bits: @result gets what was there before; it may be one of the others.
 * Where the processor lacks cmpxchg16b, as in nodes without KVM, they hold a
 * lock on the file meanwhile (flock(2), by a descriptor of their own): right,
 * but slow. Where that lock would not reach other nodes, they refuse as above.
 */
void fam_atomic_128_swap(int64_t *address, const int64_t value[2],
			 int64_t result[2]);
void fam_atomic_128_compare_store(int64_t *address, const int64_t compare[2],
				  const int64_t store[2], int64_t result[2]);
void fam_atomic_128_read(int64_t *address, int64_t result[2]);
void fam_atomic_128_write(int64_t *address, const int64_t value[2]);

/**
 * fam_atomic_128_check() - Would an operation on 128 bits work? (new)
 * @address:	In a registered region
 *
 * Return: 1 (by the processor), 0 (by locking), -EFAULT (not registered),
 *         -EINVAL (no multiple of 16), -ENOTSUP (neither)
 */
int fam_atomic_128_check(int64_t *address);

/* ---- ticket locks: whoever waits longest is next --------------------------- */

typedef int32_t __fam_ticket_t;
typedef int64_t __fam_ticketpair_t;

struct __fam_tickets {
	__fam_ticket_t head; /* who may go; the low bytes */
	__fam_ticket_t tail; /* what the next one gets */
};

/* In memory that is registered, and for itself in 64 bytes if it is busy. */
struct fam_spinlock {
	union {
		__fam_ticketpair_t head_tail;
		struct __fam_tickets tickets;
	};
};

#define FAM_SPINLOCK_INITIALIZER ((struct fam_spinlock){ { 0 } })

void fam_spin_lock_init(struct fam_spinlock *lock);
void fam_spin_lock(struct fam_spinlock *lock);
bool fam_spin_trylock(struct fam_spinlock *lock);
void fam_spin_unlock(struct fam_spinlock *lock);

/* ---- old names ------------------------------------------------------------- */

#define FAM_OLD_ __attribute__((deprecated, unused)) static inline

#define FAM_OLD_UPDATE_(bits, old, now)                              \
	FAM_OLD_ int##bits##_t fam_atomic_##bits##_##old##_unpadded( \
		int##bits##_t *address, int##bits##_t arg)           \
	{                                                            \
		return fam_atomic_##bits##_##now(address, arg);      \
	}

#define FAM_OLD_ALL_(bits)                                                     \
	FAM_OLD_UPDATE_(bits, fetch_and_add, fetch_add)                        \
	FAM_OLD_UPDATE_(bits, fetch_and, fetch_and)                            \
	FAM_OLD_UPDATE_(bits, fetch_or, fetch_or)                              \
	FAM_OLD_UPDATE_(bits, fetch_xor, fetch_xor)                            \
	FAM_OLD_UPDATE_(bits, swap, swap)                                      \
	FAM_OLD_ int##bits##_t fam_atomic_##bits##_compare_and_store_unpadded( \
		int##bits##_t *address, int##bits##_t compare,                 \
		int##bits##_t store)                                           \
	{                                                                      \
		return fam_atomic_##bits##_compare_store(address, compare,     \
							 store);               \
	}                                                                      \
	FAM_OLD_ int##bits##_t fam_atomic_##bits##_read_unpadded(              \
		int##bits##_t *address)                                        \
	{                                                                      \
		return fam_atomic_##bits##_read(address);                      \
	}                                                                      \
	FAM_OLD_ void fam_atomic_##bits##_write_unpadded(                      \
		int##bits##_t *address, int##bits##_t value)                   \
	{                                                                      \
		fam_atomic_##bits##_write(address, value);                     \
	}

FAM_OLD_ALL_(32)
FAM_OLD_ALL_(64)

FAM_OLD_ void fam_atomic_128_swap_unpadded(int64_t *address,
					   const int64_t value[2],
					   int64_t result[2])
{
	fam_atomic_128_swap(address, value, result);
}

FAM_OLD_ void fam_atomic_128_compare_and_store_unpadded(
	int64_t *address, const int64_t compare[2], const int64_t store[2],
	int64_t result[2])
{
	fam_atomic_128_compare_store(address, compare, store, result);
}

FAM_OLD_ void fam_atomic_128_read_unpadded(int64_t *address, int64_t result[2])
{
	fam_atomic_128_read(address, result);
}

FAM_OLD_ void fam_atomic_128_write_unpadded(int64_t *address,
					    const int64_t value[2])
{
	fam_atomic_128_write(address, value);
}

#undef FAM_OLD_ALL_
#undef FAM_OLD_UPDATE_
#undef FAM_OLD_

#ifdef __cplusplus
}
#endif

#endif
