/* SPDX-License-Identifier: MIT */

/* manifest.c - What an image is made of, as SPDX 2.3 */

#include "manifest.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "json.h"
#include "strv.h"

#define DOCUMENT "SPDXRef-DOCUMENT"

/* What a package URL may hold as it is; all else as %XX. */
#define PLAIN                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"-._~"

static void escape(const char *s, char *buf, size_t size)
{
	size_t n = 0;

	for (; *s && n + 4 < size; s++) {
		if (strchr(PLAIN, *s))
			buf[n++] = *s;
		else
			n += (size_t)snprintf(buf + n, size - n, "%%%02X",
					      (unsigned char)*s);
	}
	buf[n] = '\0';
}

static json_t *package_url(const char *name, const char *version,
			   const char *arch)
{
	char n[256], v[256], a[64], url[640];

	escape(name, n, sizeof(n));
	escape(version, v, sizeof(v));
	escape(arch, a, sizeof(a));
	(void)snprintf(url, sizeof(url), "pkg:deb/debian/%s@%s?arch=%s", n, v,
		       a);
	return json_pack("[{s:s, s:s, s:s}]", "referenceCategory",
			 "PACKAGE-MANAGER", "referenceType", "purl",
			 "referenceLocator", url);
}

static json_t *package(const json_t *p, size_t i)
{
	const char *name, *version, *arch, *sha256;
	char id[48];

	if (json_get_string(p, "name", &name) < 0 ||
	    json_get_string(p, "version", &version) < 0 ||
	    json_get_string(p, "architecture", &arch) < 0 ||
	    json_get_string(p, "sha256", &sha256) < 0)
		return NULL;
	(void)snprintf(id, sizeof(id), "SPDXRef-Package-%zu", i + 1);
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:[{s:s, s:s}], s:o}",
			 "SPDXID", id, "name", name, "versionInfo", version,
			 "downloadLocation", "NOASSERTION", "filesAnalyzed", 0,
			 "checksums", "algorithm", "SHA256", "checksumValue",
			 sha256, "externalRefs",
			 package_url(name, version, arch));
}

static json_t *relationship(const json_t *p)
{
	return json_pack("{s:s, s:s, s:O}", "spdxElementId", DOCUMENT,
			 "relationshipType", "DESCRIBES", "relatedSpdxElement",
			 json_object_get(p, "SPDXID"));
}

static int add_packages(json_t *doc, const json_t *image)
{
	const json_t *list = json_object_get(image, "packages"), *p;
	json_t *packages = json_array(), *relations = json_array();
	int r = 0;
	size_t i;

	json_array_foreach(list, i, p) {
		json_t *o = package(p, i);

		r |= json_array_append_new(packages, o);
		r |= json_array_append_new(relations, relationship(o));
	}
	r |= json_object_set_new(doc, "packages", packages);
	return r | json_object_set_new(doc, "relationships", relations);
}

json_t *manifest_spdx(const json_t *image, int64_t created)
{
	CLEANUP_JSON json_t *doc = NULL;
	const char *profile, *key;
	char when[32], space[128];
	time_t t = (time_t)created;
	struct tm tm;

	if (json_get_string(image, "profile", &profile) < 0 ||
	    json_get_string(image, "key", &key) < 0 ||
	    !json_is_array(json_object_get(image, "packages")) ||
	    !gmtime_r(&t, &tm) ||
	    !strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	(void)snprintf(space, sizeof(space), "urn:fame-image:%.64s", key);
	doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:[s]}}",
			"spdxVersion", "SPDX-2.3", "dataLicense", "CC0-1.0",
			"SPDXID", DOCUMENT, "name", profile,
			"documentNamespace", space, "creationInfo", "created",
			when, "creators", "Tool: fame-image-" FAME_VERSION);
	if (!doc || add_packages(doc, image) != 0)
		return NULL;
	return json_incref(doc);
}
