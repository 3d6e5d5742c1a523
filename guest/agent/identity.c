/* SPDX-License-Identifier: MIT */

/* identity.c - Who this node is: the contents of AGENT_IDENTITY */

#include "identity.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "json.h"

/* Limits of Ethernet and of the switch's frames. */
#define MTU_MIN 576U
#define MTU_MAX 65520U

static int bad(struct err *e, const char *key)
{
	return err_set(e, -EINVAL, "identity: \"%s\" is missing or invalid",
		       key);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Labels of letters, digits and inner hyphens; dots between them. */
static bool is_domain_name(const char *s)
{
	const char *p = s;

	for (;; p++) {
		size_t n = strcspn(p, ".");

		if (!n || n > IDENTITY_NAME_MAX || !is_alnum(p[0]) ||
		    !is_alnum(p[n - 1]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (!is_alnum(p[i]) && p[i] != '-')
				return false;
		p += n;
		if (!*p)
			return true;
	}
}

static bool is_host_name(const char *s)
{
	return is_domain_name(s) && !strchr(s, '.');
}

/* It goes into an argument vector and into mount(2), nowhere else. */
static bool is_mount_point(const char *s)
{
	if (s[0] != '/' || !s[1])
		return false;
	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return !strstr(s, "..") && !strstr(s, "//");
}

static bool is_token(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!is_alnum(*s))
			return false;
	return true;
}

/* Armour, lines of base64, armour. */
static bool is_private_key(const char *s)
{
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
	static const char end[] = "-----END OPENSSH PRIVATE KEY-----\n";

	if (strncmp(s, begin, sizeof(begin) - 1) != 0)
		return false;
	for (s += sizeof(begin) - 1; is_alnum(*s) || strchr("+/=\n", *s); s++)
		if (!*s)
			return false;
	return !strcmp(s, end);
}

/* "ssh-ed25519 BASE64 COMMENT": words that a list of keys takes as one key,
 * without options.
 */
static bool is_public_key(const char *s)
{
	if (strncmp(s, "ssh-", 4) != 0)
		return false;
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* As useradd takes it: it is given to programs as an argument. */
static bool is_user(const char *s)
{
	if (*s < 'a' || *s > 'z')
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') ||
		      *s == '-' || *s == '_'))
			return false;
	return true;
}

/* One line, which chpasswd reads. */
static bool is_password(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int get_text(const json_t *o, const char *key, bool (*ok)(const char *),
		    size_t size, char *ret_s)
{
	const char *s;
	size_t len;

	if (json_get_string(o, key, &s) < 0)
		return -EINVAL;
	len = strlen(s);
	if (len >= size || !ok(s))
		return -EINVAL;
	memcpy(ret_s, s, len + 1);
	return 0;
}

static int get_address(const json_t *o, const char *key, struct in_addr *ret_a)
{
	struct in_addr a;
	const char *s;

	if (json_get_string(o, key, &s) < 0 || inet_pton(AF_INET, s, &a) != 1 ||
	    a.s_addr == htonl(INADDR_ANY))
		return -EINVAL;
	*ret_a = a;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int get_seed(const json_t *o, uint8_t ret_seed[IDENTITY_SEED_SIZE])
{
	const char *s;

	if (json_get_string(o, "seed", &s) < 0 ||
	    strlen(s) != (size_t)2 * IDENTITY_SEED_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < IDENTITY_SEED_SIZE; i++) {
		int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret_seed[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int get_hosts(const json_t *o, struct identity *id)
{
	const json_t *hosts = json_object_get(o, "hosts");
	size_t n = json_array_size(hosts);

	if (!json_is_array(hosts) || n > IDENTITY_HOSTS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		const json_t *h = json_array_get(hosts, i);
		struct identity_host *to = &id->hosts[i];

		if (get_text(h, "name", is_host_name, sizeof(to->name),
			     to->name) < 0 ||
		    get_address(h, "address", &to->address) < 0)
			return -EINVAL;
		if (json_object_get(h, "key") &&
		    get_text(h, "key", is_public_key, sizeof(to->key),
			     to->key) < 0)
			return -EINVAL;
	}
	id->n_hosts = n;
	return 0;
}

static int get_librarian(const json_t *o, struct identity *id, struct err *e)
{
	const json_t *l = json_object_get(o, "librarian");
	struct identity_librarian *to = &id->librarian;
	uint32_t port;

	if (!l)
		return 0;
	if (get_address(l, "address", &to->address) < 0)
		return bad(e, "librarian.address");
	if (json_get_u32(l, "port", 1, UINT16_MAX, &port) < 0)
		return bad(e, "librarian.port");
	if (get_text(l, "token", is_token, sizeof(to->token), to->token) < 0)
		return bad(e, "librarian.token");
	if (get_text(o, "mount", is_mount_point, sizeof(to->mount), to->mount) <
	    0)
		return bad(e, "mount");
	to->port = (uint16_t)port;
	id->has_librarian = true;
	return 0;
}

static int get_ssh(const json_t *o, struct identity *id, struct err *e)
{
	const json_t *s = json_object_get(o, "ssh");
	struct identity_ssh *to = &id->ssh;

	if (!s)
		return 0;
	if (get_text(s, "host_key", is_private_key, sizeof(to->host_key),
		     to->host_key) < 0)
		return bad(e, "ssh.host_key");
	if (get_text(s, "key", is_private_key, sizeof(to->key), to->key) < 0)
		return bad(e, "ssh.key");
	if (get_text(s, "authorized", is_public_key, sizeof(to->authorized),
		     to->authorized) < 0)
		return bad(e, "ssh.authorized");
	id->has_ssh = true;
	return 0;
}

static int get_user(const json_t *o, struct identity *id, struct err *e)
{
	const json_t *u = json_object_get(o, "user");
	struct identity_user *to = &id->user;

	if (!u)
		return 0;
	if (get_text(u, "name", is_user, sizeof(to->name), to->name) < 0)
		return bad(e, "user.name");
	if (json_object_get(u, "password") &&
	    get_text(u, "password", is_password, sizeof(to->password),
		     to->password) < 0)
		return bad(e, "user.password");
	id->has_user = true;
	return 0;
}

static int get_network(const json_t *o, struct identity *id, struct err *e)
{
	if (get_address(o, "address", &id->address) < 0)
		return bad(e, "address");
	if (json_get_u32(o, "prefix", 1, 32, &id->prefix) < 0)
		return bad(e, "prefix");
	if (get_address(o, "gateway", &id->gateway) < 0)
		return bad(e, "gateway");
	if (get_address(o, "dns", &id->dns) < 0)
		return bad(e, "dns");
	if (json_get_u32(o, "mtu", MTU_MIN, MTU_MAX, &id->mtu) < 0)
		return bad(e, "mtu");
	if (get_hosts(o, id) < 0)
		return bad(e, "hosts");
	return 0;
}

static int get_all(const json_t *o, struct identity *id, struct err *e)
{
	int r;

	if (json_get_u32(o, "node_id", 1, IDENTITY_NODE_MAX, &id->node_id) < 0)
		return bad(e, "node_id");
	if (get_text(o, "hostname", is_host_name, sizeof(id->hostname),
		     id->hostname) < 0)
		return bad(e, "hostname");
	if (get_text(o, "domain", is_domain_name, sizeof(id->domain),
		     id->domain) < 0)
		return bad(e, "domain");
	r = get_network(o, id, e);
	if (r < 0)
		return r;
	if (json_get_u64(o, "time_ns", 1, INT64_MAX, &id->time_ns) < 0)
		return bad(e, "time_ns");
	if (get_seed(o, id->seed) < 0)
		return bad(e, "seed");
	r = get_librarian(o, id, e);
	if (r == 0)
		r = get_ssh(o, id, e);
	return r < 0 ? r : get_user(o, id, e);
}

int identity_parse(const char *text, size_t len, struct identity *ret_id,
		   struct err *ret_err)
{
	CLEANUP_JSON json_t *o = NULL;
	struct identity id = { 0 };
	int r;

	r = json_parse_object(text, len, &o);
	if (r < 0)
		return err_set(ret_err, r, "identity: not a JSON object");
	r = get_all(o, &id, ret_err);
	if (r < 0)
		return r;
	*ret_id = id;
	return 0;
}
