/* SPDX-License-Identifier: MIT */

/* test_report.c - JUnit's XML */

#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"

static char *junit(const struct report_step *steps, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	report_junit(f, steps, n);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void steps(void **state)
{
	const struct report_step s[] = { { "up", 1.5, NULL },
					 { "test", 0.25, "status 3" } };
	char *text = junit(s, 2);

	(void)state;
	assert_string_equal(
		text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuite name=\"fame-run\" tests=\"2\" failures=\"1\" "
		      "time=\"1.750\">\n"
		      "  <testcase classname=\"fame-run\" name=\"up\" "
		      "time=\"1.500\"/>\n"
		      "  <testcase classname=\"fame-run\" name=\"test\" "
		      "time=\"0.250\">\n"
		      "    <failure message=\"status 3\"/>\n"
		      "  </testcase>\n"
		      "</testsuite>\n");
	free(text);
}

static void escaped(void **state)
{
	const struct report_step s[] = { { "a<b>&\"c\"", 0,
					   "bell \a, \033[1m" } };
	char *text = junit(s, 1);

	(void)state;
	assert_non_null(strstr(text, "name=\"a&lt;b&gt;&amp;&quot;c&quot;\""));
	assert_non_null(strstr(text, "message=\"bell ?, ?[1m\""));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps),
		cmocka_unit_test(escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
