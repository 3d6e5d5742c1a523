/* SPDX-License-Identifier: MIT */

/* atomic.c - Operations on 32 and 64 bits
 *
 * The memory is ordinary and coherent between nodes, which run on one machine:
 * the processor's own atomic operations are enough.
 */

#include "fam_atomic.h"
#include "region.h"

#define UPDATE(bits, name, arg, builtin)                                 \
	int##bits##_t fam_atomic_##bits##_##name(int##bits##_t *address, \
						 int##bits##_t arg)      \
	{                                                                \
		region_check(address, sizeof(*address));                 \
		return builtin(address, arg, __ATOMIC_SEQ_CST);          \
	}

UPDATE(32, fetch_add, increment, __atomic_fetch_add)
UPDATE(64, fetch_add, increment, __atomic_fetch_add)
UPDATE(32, fetch_and, arg, __atomic_fetch_and)
UPDATE(64, fetch_and, arg, __atomic_fetch_and)
UPDATE(32, fetch_or, arg, __atomic_fetch_or)
UPDATE(64, fetch_or, arg, __atomic_fetch_or)
UPDATE(32, fetch_xor, arg, __atomic_fetch_xor)
UPDATE(64, fetch_xor, arg, __atomic_fetch_xor)
UPDATE(32, swap, value, __atomic_exchange_n)
UPDATE(64, swap, value, __atomic_exchange_n)

#define OTHERS(bits)                                                        \
	int##bits##_t fam_atomic_##bits##_compare_store(                    \
		int##bits##_t *address, int##bits##_t compare,              \
		int##bits##_t store)                                        \
	{                                                                   \
		region_check(address, sizeof(*address));                    \
		(void)__atomic_compare_exchange_n(address, &compare, store, \
						  false, __ATOMIC_SEQ_CST,  \
						  __ATOMIC_SEQ_CST);        \
		return compare;                                             \
	}                                                                   \
	int##bits##_t fam_atomic_##bits##_read(int##bits##_t *address)      \
	{                                                                   \
		region_check(address, sizeof(*address));                    \
		return __atomic_load_n(address, __ATOMIC_SEQ_CST);          \
	}                                                                   \
	void fam_atomic_##bits##_write(int##bits##_t *address,              \
				       int##bits##_t value)                 \
	{                                                                   \
		region_check(address, sizeof(*address));                    \
		__atomic_store_n(address, value, __ATOMIC_SEQ_CST);         \
	}

OTHERS(32)
OTHERS(64)
