/* SPDX-License-Identifier: MIT */

/* fault.h - Loads and stores that may be killed */
#pragma once

#include <stdint.h>

/**
 * fault_catch() - Let SIGBUS and SIGSEGV come back from the functions below
 *
 * Return: 0 or a negative errno
 */
int fault_catch(void);

/* The byte; or the signal that came instead, negative. */
int try_load(const volatile char *p);

/* 0, or the signal, negative. */
int try_store(volatile char *p, char c);

/* The same for words of 64 bits; @ret_v is set on success. */
int try_load64(const volatile uint64_t *p, uint64_t *ret_v);
int try_store64(volatile uint64_t *p, uint64_t v);

/* Page faults of this process so far. */
long fault_count(void);
