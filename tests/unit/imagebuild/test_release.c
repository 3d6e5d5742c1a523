/* SPDX-License-Identifier: MIT */

/* test_release.c - An archive's Release file, and gpgv's verdict */

#include "release.h"

#include <errno.h>

#include "gpgv.h"

#include "../unit.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MD5 "0123456789abcdef0123456789abcdef"
#define HEAD                                                                 \
	"Origin: x\nSuite: stable\nCodename: trixie\nAcquire-By-Hash: yes\n" \
	"Date: Sat, 05 Sep 2026 09:00:00 UTC\n"
#define PATH "main/binary-amd64/Packages.xz"

static int parse(const char *text, struct release *ret)
{
	struct err e;

	return release_parse(text, "trixie", "main", ret, &e);
}

static void good(void **state)
{
	struct release rel;

	(void)state;
	assert_int_equal(parse(HEAD "MD5Sum:\n " MD5 " 9 " PATH "\nSHA256:\n"
				    " " SHA " 7 other/" PATH "\n " SHA
				    "  1234 " PATH "\n"
				    "Valid-Until: Thu, 01 Jan 1970 00:01:00 "
				    "UTC\n",
			       &rel),
			 0);
	assert_string_equal(rel.sha256, SHA);
	assert_int_equal(rel.size, 1234);
	assert_true(rel.by_hash);
	assert_int_equal(rel.valid_until, 60);
}

static void by_suite_name(void **state)
{
	const char *text = HEAD "SHA256:\n " SHA " 1 " PATH "\n";
	struct release rel;
	struct err e;

	(void)state;
	assert_int_equal(release_parse(text, "stable", "main", &rel, &e), 0);
	/* Signed, but not what was asked for. */
	assert_int_equal(release_parse(text, "sid", "main", &rel, &e),
			 -EBADMSG);
	assert_int_equal(release_parse(text, "trixie", "contrib", &rel, &e),
			 -ENOENT);
}

static void bad(void **state)
{
	struct release rel;

	(void)state;
	assert_int_equal(parse("", &rel), -EBADMSG);
	assert_int_equal(parse(HEAD, &rel), -ENOENT);
	assert_int_equal(parse(HEAD "MD5Sum:\n " SHA " 1 " PATH "\n", &rel),
			 -ENOENT);
	assert_int_equal(parse(HEAD "SHA256:\n " MD5 " 1 " PATH "\n", &rel),
			 -EBADMSG);
	assert_int_equal(parse(HEAD "SHA256:\n " SHA " 0 " PATH "\n", &rel),
			 -EBADMSG);
	assert_int_equal(parse(HEAD "SHA256:\n " SHA
				    " 99999999999999999999 " PATH "\n",
			       &rel),
			 -EBADMSG);
}

static void verdicts(void **state)
{
	static const char valid[] = "[GNUPG:] NEWSIG\n"
				    "[GNUPG:] ERRSIG AB 1 8 00 1 9 -\n"
				    "[GNUPG:] NO_PUBKEY AB\n"
				    "[GNUPG:] NEWSIG\n"
				    "[GNUPG:] GOODSIG CD Name\n"
				    "[GNUPG:] VALIDSIG CD 2026-09-05 1\n";
	static const char mixed[] = "[GNUPG:] GOODSIG CD Name\n"
				    "[GNUPG:] VALIDSIG CD 2026-09-05 1\n"
				    "[GNUPG:] BADSIG CD Name\n";

	(void)state;
	assert_int_equal(gpgv_judge(valid), 0);
	assert_int_equal(gpgv_judge(mixed), -EKEYREJECTED);
	assert_int_equal(gpgv_judge(""), -EKEYREJECTED);
	assert_int_equal(gpgv_judge("[GNUPG:] NODATA 1\n"), -EKEYREJECTED);
	/* Only at the start of a line, and only as a whole word. */
	assert_int_equal(gpgv_judge("x [GNUPG:] VALIDSIG A\n"), -EKEYREJECTED);
	assert_int_equal(gpgv_judge("[GNUPG:] GOODSIG A\n"
				    "[GNUPG:] VALIDSIGX A\n"),
			 -EKEYREJECTED);
}

/* As gpgv 2.2 answers for keys that were revoked or have expired, and for a
 * text that follows another one.
 */
static void ended(void **state)
{
	static const char *const kinds[] = { "REVKEYSIG", "EXPKEYSIG",
					     "EXPSIG" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		(void)snprintf(text, sizeof(text),
			       "[GNUPG:] NEWSIG\n[GNUPG:] %s AB Name\n"
			       "[GNUPG:] VALIDSIG AB 2026-09-05 1\n",
			       kinds[i]);
		assert_int_equal(gpgv_judge(text), -EKEYREJECTED);
		/* A second signer does not lend its GOODSIG. */
		(void)snprintf(text, sizeof(text),
			       "[GNUPG:] GOODSIG CD Name\n[GNUPG:] NEWSIG\n"
			       "[GNUPG:] %s AB Name\n"
			       "[GNUPG:] VALIDSIG AB 2026-09-05 1\n",
			       kinds[i]);
		assert_int_equal(gpgv_judge(text), -EKEYREJECTED);
	}
	assert_int_equal(gpgv_judge("[GNUPG:] GOODSIG CD Name\n"
				    "[GNUPG:] VALIDSIG CD 2026-09-05 1\n"
				    "[GNUPG:] ERROR proc_pkt.plaintext 89\n"),
			 -EKEYREJECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),	 cmocka_unit_test(by_suite_name),
		cmocka_unit_test(bad),	 cmocka_unit_test(verdicts),
		cmocka_unit_test(ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
