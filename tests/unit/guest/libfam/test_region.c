/* SPDX-License-Identifier: MIT */

/* test_region.c - Which addresses operations take */

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "region.h"
#include "shared.h"

static int64_t words[64];

#define REGISTER(from, n) \
	fam_atomic_register_region(words + (from), (n) * sizeof(*words), -1, 0)
#define UNREGISTER(from, n) \
	fam_atomic_unregister_region(words + (from), (n) * sizeof(*words))

/* What an operation says before it dies of SIGSEGV; "" if it lives. */
static const char *last_words(void *address)
{
	static char text[256];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		(void)dup2(fds[1], STDERR_FILENO);
		(void)fam_atomic_64_read(address);
		_exit(0);
	}
	(void)close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFSIGNALED(status), *text != '\0');
	if (*text)
		assert_int_equal(WTERMSIG(status), SIGSEGV);
	return text;
}

static void only_what_is_registered(void **state)
{
	(void)state;
	assert_non_null(strstr(last_words(words), "in no registered region"));
	assert_int_equal(REGISTER(8, 8), 0);
	assert_non_null(strstr(last_words(words + 7), "in no registered"));
	assert_string_equal(last_words(words + 8), "");
	assert_string_equal(last_words(words + 15), "");
	assert_non_null(strstr(last_words(words + 16), "in no registered"));
	assert_int_equal(region_find(words + 15, 16, NULL), -EFAULT);
	UNREGISTER(8, 7);
	assert_string_equal(last_words(words + 8), "");
	UNREGISTER(8, 8);
	assert_non_null(strstr(last_words(words + 8), "in no registered"));
}

static void only_aligned(void **state)
{
	(void)state;
	assert_int_equal(REGISTER(0, 64), 0);
	assert_non_null(strstr(last_words((char *)words + 4), "no multiple"));
	assert_int_equal(region_find((char *)words + 4, 4, NULL), 0);
	assert_int_equal(region_find((char *)words + 2, 4, NULL), -EINVAL);
	UNREGISTER(0, 64);
}

static void bad_regions(void **state)
{
	(void)state;
	assert_int_equal(fam_atomic_register_region(NULL, 8, -1, 0), -EINVAL);
	assert_int_equal(REGISTER(0, 0), -EINVAL);
	assert_int_equal(fam_atomic_register_region(words, SIZE_MAX, -1, 0),
			 -EINVAL);
	assert_int_equal(REGISTER(8, 8), 0);
	assert_int_equal(REGISTER(8, 8), -EEXIST);
	assert_int_equal(REGISTER(0, 9), -EEXIST);
	assert_int_equal(REGISTER(15, 1), -EEXIST);
	assert_int_equal(REGISTER(0, 64), -EEXIST);
	assert_int_equal(REGISTER(0, 8), 0);
	assert_int_equal(REGISTER(16, 8), 0);
	/* An operation stays within one region. */
	assert_int_equal(region_find(words + 15, 16, NULL), -EFAULT);
	UNREGISTER(0, 8);
	UNREGISTER(8, 8);
	UNREGISTER(16, 8);
	UNREGISTER(16, 8);
}

/* In no order, and with room for more than one table. */
static void many(void **state)
{
	enum {
		N = 1000,
		STEP = 7 * 64
	};
	char *p = malloc((size_t)N * STEP);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(fam_atomic_register_region(
					 p + i * 617 % N * STEP, 64, -1, 0),
				 0);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(region_find(p + i * STEP + 56, 8, NULL), 0);
		assert_int_equal(region_find(p + i * STEP + 64, 8, NULL),
				 -EFAULT);
	}
	for (size_t i = 0; i < N; i += 2)
		fam_atomic_unregister_region(p + i * STEP, 64);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(region_find(p + i * STEP, 8, NULL),
				 i % 2 ? 0 : -EFAULT);
	for (size_t i = 1; i < N; i += 2)
		fam_atomic_unregister_region(p + i * STEP, 64);
	free(p);
}

static void *look_up(void *stop)
{
	static int64_t inside;

	while (!__atomic_load_n((bool *)stop, __ATOMIC_ACQUIRE)) {
		(void)fam_atomic_64_fetch_add(words + 63, 1);
		inside += region_find(words, 8, NULL) == 0;
	}
	return &inside;
}

/* A look-up never misses what is registered all the time. */
static void while_others_register(void **state)
{
	enum {
		N = 20000
	};
	bool stop = false;
	pthread_t t;

	(void)state;
	assert_int_equal(REGISTER(63, 1), 0);
	assert_int_equal(pthread_create(&t, NULL, look_up, &stop), 0);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(REGISTER(i % 40, 2), 0);
		UNREGISTER(i % 40, 2);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	assert_int_equal(pthread_join(t, NULL), 0);
	UNREGISTER(63, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_registered),
		cmocka_unit_test(only_aligned),
		cmocka_unit_test(bad_regions),
		cmocka_unit_test(many),
		cmocka_unit_test(while_others_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
