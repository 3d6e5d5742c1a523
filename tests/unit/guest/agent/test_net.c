/* SPDX-License-Identifier: MIT */

/* test_net.c - Addresses and routes, in a network namespace of the test's own
 *
 * Skipped where such a namespace, or a tap device in it, is not to be had.
 */

#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "file.h"
#include "loop.h"

#include "../../unit.h"

static void put_text(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, text, strlen(text));
}

static bool enter_namespace(void)
{
	char map[64];
	unsigned uid = getuid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	put_text("/proc/self/setgroups", "deny");
	put_text("/proc/self/uid_map", map);
	return true;
}

/* A tap device with this name; it lives as long as the descriptor. */
static int tap(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &r) < 0)
		close_fd(&fd);
	return fd;
}

static struct in_addr addr(const char *s)
{
	struct in_addr a;

	assert_int_equal(inet_pton(AF_INET, s, &a), 1);
	return a;
}

static struct net_config config_of(const char *address, const char *gateway)
{
	return (struct net_config){ addr(address), 24, addr(gateway), 1400 };
}

/* "ADDRESS/NETMASK " for each IPv4 address of @name */
static const char *addresses(const char *name, char *buf, size_t size)
{
	struct ifaddrs *all, *i;
	size_t n = 0;

	buf[0] = '\0';
	assert_int_equal(getifaddrs(&all), 0);
	for (i = all; i; i = i->ifa_next) {
		const struct sockaddr_in *a = (const void *)i->ifa_addr;
		const struct sockaddr_in *m = (const void *)i->ifa_netmask;
		char at[INET_ADDRSTRLEN], mt[INET_ADDRSTRLEN];

		if (!a || a->sin_family != AF_INET || strcmp(i->ifa_name, name))
			continue;
		n += (size_t)snprintf(
			buf + n, size - n, "%s/%s ",
			inet_ntop(AF_INET, &a->sin_addr, at, sizeof(at)),
			inet_ntop(AF_INET, &m->sin_addr, mt, sizeof(mt)));
	}
	freeifaddrs(all);
	return buf;
}

static bool has_route(const char *name, struct in_addr gateway)
{
	CLEANUP_FREE char *text = NULL;
	char want[64];

	(void)snprintf(want, sizeof(want), "%s\t00000000\t%08X\t", name,
		       gateway.s_addr);
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/net/route", 65536,
				   &text, NULL),
			 0);
	return strstr(text, want);
}

static void configures(void **state)
{
	CLEANUP_FD int fd = tap("t0");
	struct net_config c = config_of("192.168.42.1", "192.168.42.254");
	struct err e = { "" };
	char buf[256];

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(net_configure("t0", &c, &e), 0);
	assert_string_equal(addresses("t0", buf, sizeof(buf)),
			    "192.168.42.1/255.255.255.0 ");
	assert_true(has_route("t0", c.gateway));
	/* Once more changes nothing. */
	assert_int_equal(net_configure("t0", &c, &e), 0);
	assert_string_equal(addresses("t0", buf, sizeof(buf)),
			    "192.168.42.1/255.255.255.0 ");
}

static void replaces_what_was_there(void **state)
{
	CLEANUP_FD int fd = tap("t0");
	struct net_config a = config_of("192.168.42.1", "192.168.42.254");
	struct net_config b = config_of("10.9.8.7", "10.9.8.1");
	char buf[256];

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(net_configure("t0", &a, NULL), 0);
	assert_int_equal(net_configure("t0", &b, NULL), 0);
	assert_string_equal(addresses("t0", buf, sizeof(buf)),
			    "10.9.8.7/255.255.255.0 ");
	assert_true(has_route("t0", b.gateway));
	assert_false(has_route("t0", a.gateway));
}

static void tells_what_failed(void **state)
{
	CLEANUP_FD int fd = tap("t0");
	struct net_config c = config_of("192.168.42.1", "10.0.0.1");
	struct err e = { "" };

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(net_configure("t0", &c, &e), -ENETUNREACH);
	assert_non_null(strstr(e.msg, "\"t0\""));
	assert_non_null(strstr(e.msg, "default route"));
	assert_int_equal(net_configure("t9", &c, &e), -ENODEV);
	assert_non_null(strstr(e.msg, "\"t9\""));
}

static void loopback(void **state)
{
	char buf[256];

	(void)state;
	assert_int_equal(net_up_loopback(), 0);
	assert_string_equal(addresses("lo", buf, sizeof(buf)),
			    "127.0.0.1/255.0.0.0 ");
}

struct waited {
	int n;
	int error;
};

static void on_waited(void *arg, int error)
{
	struct waited *w = arg;

	w->n++;
	w->error = error;
}

static void waits_for_interface(void **state)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	CLEANUP_FD int fd = -1;
	struct waited w = { 0, 1 };
	struct net_wait *wait;

	(void)state;
	assert_int_equal(net_wait_new(base, "t1", 60000, on_waited, &w, &wait),
			 0);
	for (int i = 0; i < 10; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(w.n, 0);
	fd = tap("t1");
	while (fd >= 0 && !w.n)
		(void)event_base_loop(base, EVLOOP_ONCE);
	wait = net_wait_free(wait);
	if (fd < 0)
		skip();
	assert_int_equal(w.error, 0);
	assert_int_equal(w.n, 1);
}

static void does_not_wait_for_ever(void **state)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	struct waited w = { 0, 1 };
	struct net_wait *wait;

	(void)state;
	assert_int_equal(net_wait_new(base, "t2", 1, on_waited, &w, &wait), 0);
	while (!w.n)
		(void)event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(w.error, -ETIMEDOUT);
	wait = net_wait_free(wait);
	assert_null(wait);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configures),
		cmocka_unit_test(replaces_what_was_there),
		cmocka_unit_test(tells_what_failed),
		cmocka_unit_test(loopback),
		cmocka_unit_test(waits_for_interface),
		cmocka_unit_test(does_not_wait_for_ever),
	};

	if (!enter_namespace()) {
		(void)puts("1..0 # SKIP no user namespaces");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
