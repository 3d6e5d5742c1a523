/* SPDX-License-Identifier: MIT */

/* thread.h - Threads, and waiting by the monotonic clock */
#pragma once

#include <pthread.h>
#include <stdint.h>

int64_t thread_now_ms(void);

/* Like pthread_create(), with all signals blocked. 0 or a negative errno */
int thread_start(pthread_t *ret_thread, void *(*fn)(void *arg), void *arg);

/* For thread_wait(); pthread_cond_destroy() it. 0 or a negative errno */
int thread_cond_init(pthread_cond_t *cond);

/* Like pthread_cond_wait(), but not longer than @ms; negative = for ever */
void thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms);
