/* SPDX-License-Identifier: MIT */

/* apply.c - Making the system be what an identity says, but for the network */

#include "apply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#define NS_PER_S 1000000000U

static int apply_seed(const struct identity *id)
{
	union {
		struct rand_pool_info info;
		char room[sizeof(struct rand_pool_info) + IDENTITY_SEED_SIZE];
	} pool = { .info = { .entropy_count = 8 * (int)IDENTITY_SEED_SIZE,
			     .buf_size = (int)IDENTITY_SEED_SIZE } };
	CLEANUP_FD int fd = -1;

	memcpy(pool.room + sizeof(pool.info), id->seed, IDENTITY_SEED_SIZE);
	fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) < 0)
		return -errno;
	/* Else the generator goes on with its old key for up to a minute. */
	return ioctl(fd, RNDRESEEDCRNG) < 0 ? -errno : 0;
}

static int apply_clock(const struct identity *id)
{
	const struct timespec now = {
		.tv_sec = (time_t)(id->time_ns / NS_PER_S),
		.tv_nsec = (long)(id->time_ns % NS_PER_S),
	};

	return clock_settime(CLOCK_REALTIME, &now) < 0 ? -errno : 0;
}

static int apply_hostname(const struct identity *id)
{
	return sethostname(id->hostname, strlen(id->hostname)) < 0 ? -errno : 0;
}

/* Replaces @path as a whole: a reader sees the old or the new text. No
 * fsync: what is lost with the machine is written again at its next start.
 */
static int put_file(const char *path, const char *tmp, char *text)
{
	CLEANUP_FREE char *owned = text;
	CLEANUP_FILE FILE *f = NULL;

	if (!owned)
		return -ENOMEM;
	f = fopen(tmp, "we");
	if (!f || fputs(owned, f) < 0 || fflush(f) == EOF ||
	    fchmod(fileno(f), 0644) < 0 || rename(tmp, path) < 0)
		return -errno;
	return 0;
}

static int apply_hosts(const struct identity *id)
{
	return put_file("/etc/hosts", "/etc/hosts.fame-new",
			apply_hosts_text(id));
}

static int apply_resolv(const struct identity *id)
{
	return put_file("/etc/resolv.conf", "/etc/resolv.conf.fame-new",
			apply_resolv_text(id));
}

static const struct {
	const char *what;
	int (*apply)(const struct identity *id);
} steps[] = {
	{ "seed the random number generator", apply_seed },
	{ "set the clock", apply_clock },
	{ "set the host name", apply_hostname },
	{ "write \"/etc/hosts\"", apply_hosts },
	{ "write \"/etc/resolv.conf\"", apply_resolv },
};

int apply_identity(const struct identity *id, struct err *ret_err)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i].apply(id);

		if (r < 0)
			return err_set(ret_err, r, "cannot %s: %s",
				       steps[i].what, strerror(-r));
	}
	return 0;
}

/* ---- texts ---------------------------------------------------------------- */

static void put_host(FILE *f, const struct identity *id, struct in_addr address,
		     const char *name)
{
	char text[INET_ADDRSTRLEN];

	(void)fprintf(f, "%s\t%s.%s %s\n",
		      inet_ntop(AF_INET, &address, text, sizeof(text)), name,
		      id->domain, name);
}

static void put_hosts(FILE *f, const struct identity *id)
{
	bool listed = false;

	(void)fputs("127.0.0.1\tlocalhost\n"
		    "::1\tlocalhost ip6-localhost ip6-loopback\n",
		    f);
	for (size_t i = 0; i < id->n_hosts; i++) {
		put_host(f, id, id->hosts[i].address, id->hosts[i].name);
		listed |= !strcmp(id->hosts[i].name, id->hostname);
	}
	if (!listed)
		put_host(f, id, id->address, id->hostname);
}

static void put_resolv(FILE *f, const struct identity *id)
{
	char text[INET_ADDRSTRLEN];

	(void)fprintf(f, "search %s\nnameserver %s\n", id->domain,
		      inet_ntop(AF_INET, &id->dns, text, sizeof(text)));
}

static char *text_of(void (*put)(FILE *f, const struct identity *id),
		     const struct identity *id)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	put(f, id);
	if (fclose(f) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

char *apply_hosts_text(const struct identity *id)
{
	return text_of(put_hosts, id);
}

char *apply_resolv_text(const struct identity *id)
{
	return text_of(put_resolv, id);
}
