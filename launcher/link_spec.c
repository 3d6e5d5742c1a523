/* SPDX-License-Identifier: MIT */

/* link_spec.c - How good a node's cable is, as the user writes it */

#include "link_spec.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"

#define NUMBER_MAX 16

struct unit {
	const char *name;
	uint64_t factor;
};

/* "1.25" and a unit: the number times the unit's factor, which must be whole.
 * @units end with one without a name.
 */
static int parse_quantity(const char *text, const struct unit *units,
			  uint64_t max, uint64_t *ret_v)
{
	size_t n = strspn(text, "0123456789"), decimals = 0;
	const char *unit = text + n;
	char digits[NUMBER_MAX];
	uint64_t v, divisor = 1;

	if (*unit == '.') {
		decimals = strspn(++unit, "0123456789");
		unit += decimals;
		if (!decimals)
			return -EINVAL;
	}
	if (n + decimals >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, n);
	memcpy(digits + n, text + n + 1, decimals);
	digits[n + decimals] = '\0';
	while (units->name && strcmp(units->name, unit) != 0)
		units++;
	if (!n || !units->name || parse_u64(digits, 0, UINT32_MAX, &v) < 0)
		return -EINVAL;
	while (decimals--)
		divisor *= 10;
	v *= units->factor;
	if (v % divisor || v / divisor > max)
		return -ERANGE;
	*ret_v = v / divisor;
	return 0;
}

static int set_loss(struct switch_link *k, const char *value)
{
	static const struct unit units[] = { { "%", SWITCH_LOSS_MAX_PPM / 100 },
					     { 0 } };
	uint64_t v;
	int r = parse_quantity(value, units, SWITCH_LOSS_MAX_PPM, &v);

	if (r == 0)
		k->loss_ppm = (uint32_t)v;
	return r;
}

static int set_delay(struct switch_link *k, const char *value)
{
	static const struct unit units[] = {
		{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { 0 }
	};
	uint64_t v;
	int r = parse_quantity(value, units, SWITCH_DELAY_MAX_US, &v);

	if (r == 0)
		k->delay_us = (uint32_t)v;
	return r;
}

static int set_rate(struct switch_link *k, const char *value)
{
	static const struct unit units[] = {
		{ "K", 1000 }, { "M", 1000000 }, { "G", 1000000000 }, { 0 }
	};
	uint64_t v;
	int r = parse_quantity(value, units, 1000000000000, &v);

	if (r == 0 && !v)
		return -ERANGE;
	if (r == 0)
		k->rate = v;
	return r;
}

static const struct {
	const char *name;
	int (*set)(struct switch_link *k, const char *value);
	const char *want;
} words_known[] = {
	{ "loss=", set_loss, "a part of 100%, as in loss=1.5%" },
	{ "delay=", set_delay, "at most 10s, as in delay=5ms" },
	{ "rate=", set_rate, "bits a second, as in rate=10M" },
};

static int add_word(struct switch_link *k, const char *word, unsigned *seen,
		    struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(words_known); i++) {
		size_t n = strlen(words_known[i].name);

		if (strncmp(word, words_known[i].name, n) != 0)
			continue;
		if (*seen & 1U << i)
			return err_set(e, -EINVAL,
				       "'%s' is the second one: give "
				       "each once",
				       word);
		*seen |= 1U << i;
		if (words_known[i].set(k, word + n) < 0)
			return err_set(e, -EINVAL,
				       "'%s' is not possible: give "
				       "%s",
				       word, words_known[i].want);
		return 0;
	}
	return err_set(e, -EINVAL,
		       "'%s' is nothing that a link can be: give "
		       "up, down, or loss=, delay= and rate=",
		       word);
}

int link_spec_parse(char *const *words, int n, struct switch_link *ret_link,
		    struct err *e)
{
	struct switch_link k = { 0 };
	unsigned seen = 0;
	int r = 0;

	if (n == 1 && !strcmp(words[0], "down"))
		k.down = true;
	else if (n != 1 || strcmp(words[0], "up") != 0)
		for (int i = 0; i < n && r == 0; i++)
			r = add_word(&k, words[i], &seen, e);
	if (r == 0)
		*ret_link = k;
	return r;
}
