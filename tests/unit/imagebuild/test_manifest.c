/* SPDX-License-Identifier: MIT */

/* test_manifest.c - SPDX documents of images */

#include "manifest.h"

#include "../unit.h"
#include "cleanup.h"
#include "json.h"

static json_t *parse(const char *text)
{
	json_t *o = NULL;

	assert_int_equal(json_parse_object(text, strlen(text), &o), 0);
	return o;
}

static void is(const json_t *doc, const char *want)
{
	const char *s = json_string_value(doc);

	assert_non_null(s);
	assert_string_equal(s, want);
}

static const json_t *at(const json_t *o, const char *list, size_t i,
			const char *key)
{
	return json_object_get(json_array_get(json_object_get(o, list), i),
			       key);
}

static void document(void **state)
{
	CLEANUP_JSON json_t *image =
		parse("{\"profile\": \"x\", \"key\": \"k\", \"packages\": ["
		      "{\"name\": \"a\", \"version\": \"1\", \"architecture\": "
		      "\"all\", \"sha256\": \"12\"},"
		      "{\"name\": \"g++\", \"version\": \"1:2+b~3\", "
		      "\"architecture\": \"amd64\", \"sha256\": \"34\"}]}");
	CLEANUP_JSON json_t *doc = manifest_spdx(image, 86400);
	const json_t *p;

	(void)state;
	assert_non_null(doc);
	is(json_object_get(doc, "spdxVersion"), "SPDX-2.3");
	is(json_object_get(doc, "name"), "x");
	is(json_object_get(doc, "documentNamespace"), "urn:fame-image:k");
	is(json_object_get(json_object_get(doc, "creationInfo"), "created"),
	   "1970-01-02T00:00:00Z");
	assert_int_equal(json_array_size(json_object_get(doc, "packages")), 2);
	is(at(doc, "packages", 1, "name"), "g++");
	is(at(doc, "packages", 1, "versionInfo"), "1:2+b~3");
	p = json_array_get(json_object_get(doc, "packages"), 1);
	is(at(p, "checksums", 0, "checksumValue"), "34");
	is(at(p, "externalRefs", 0, "referenceLocator"),
	   "pkg:deb/debian/g%2B%2B@1%3A2%2Bb~3?arch=amd64");
	/* All of them are what the document is about. */
	is(at(doc, "relationships", 1, "relatedSpdxElement"),
	   "SPDXRef-Package-2");
}

static void no_image(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"profile\": \"x\", \"key\": \"k\"}",
		"{\"profile\": \"x\", \"key\": \"k\", \"packages\": [{}]}",
		"{\"profile\": \"x\", \"key\": \"k\", \"packages\": [1]}",
		"{\"profile\": 1, \"key\": \"k\", \"packages\": []}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_JSON json_t *image = parse(bad[i]);

		if (manifest_spdx(image, 0))
			fail_msg("%s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document),
		cmocka_unit_test(no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
