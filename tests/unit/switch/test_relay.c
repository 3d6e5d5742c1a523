/* SPDX-License-Identifier: MIT */

/* test_relay.c - The host's resolvers: which they are, and being asked */

#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "dns.h"
#include "file.h"
#include "frames.h"
#include "resolvconf.h"

static char dir[] = "/tmp/fame-relay-XXXXXX";
static char path[64];
static int server = -1, second = -1;
static uint16_t server_port;
static struct relay *relay;
static struct pollset set;

static struct {
	unsigned n;
	struct dns_client to;
	uint8_t reply[4096];
	size_t len;
} got;

static void on_answer(void *arg, const struct dns_client *to,
		      const uint8_t *reply, size_t len)
{
	(void)arg;
	got.n++;
	got.to = *to;
	memcpy(got.reply, reply, len);
	got.len = len;
}

static int open_server(const char *address, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
	assert_return_code(bind(fd, (void *)&a, sizeof(a)), errno);
	return fd;
}

static void write_conf(const char *text)
{
	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), 0600),
			 0);
}

/* Two servers with the same port, on 127.0.0.1 and 127.0.0.2. */
static int set_up(void **state)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	(void)state;
	server = open_server("127.0.0.1", 0);
	assert_return_code(getsockname(server, (void *)&a, &len), errno);
	server_port = ntohs(a.sin_port);
	write_conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
	relay = relay_new(path, server_port, on_answer, NULL);
	assert_non_null(relay);
	memset(&got, 0, sizeof(got));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	relay_free(relay);
	close_fd(&server);
	close_fd(&second);
	return 0;
}

static struct dns_client client(unsigned port, uint16_t sport)
{
	struct dns_client c = { .port = port,
				.ip = TEST_SUBNET | (port + 1),
				.sport = sport };

	(void)test_mac(port + 1, c.mac);
	return c;
}

static size_t ask(unsigned port, uint16_t sport, int64_t now_ms)
{
	struct dns_client c = client(port, sport);
	uint8_t q[128];
	size_t n = test_query(q, 0x1234, "www.example.com", 1);

	relay_ask(relay, &c, q, n, now_ms);
	return n;
}

/* One turn of the loop at the time @now_ms. */
static void turn(int64_t now_ms, bool wait)
{
	int timeout = -1;

	pollset_clear(&set);
	relay_fill(relay, &set, now_ms, &timeout);
	assert_true(poll(set.fds, set.n, wait ? 10000 : 0) >= 0);
	relay_dispatch(relay, &set, now_ms);
}

/* What a server was asked; @from is where. */
static size_t take_query(int fd, uint8_t *q, struct sockaddr_in *from)
{
	socklen_t len = sizeof(*from);
	ssize_t n;

	assert_int_equal(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 10000), 1);
	n = recvfrom(fd, q, 512, 0, (void *)from, &len);
	assert_true(n > 12);
	return (size_t)n;
}

static void reply_to(int fd, const uint8_t *q, size_t n,
		     const struct sockaddr_in *to)
{
	assert_int_equal(sendto(fd, q, n, 0, (const void *)to, sizeof(*to)), n);
}

static void answered(void **state)
{
	struct sockaddr_in from;
	uint8_t q[512];
	size_t n, m = ask(0, 4000, 0);

	(void)state;
	n = take_query(server, q, &from);
	assert_int_equal(n, m);
	q[2] |= 0x80;
	reply_to(server, q, n, &from);
	turn(1, true);
	assert_int_equal(got.n, 1);
	assert_int_equal(get_be16(got.reply), 0x1234);
	assert_int_equal(got.len, n);
	assert_int_equal(got.to.sport, 4000);
	/* Nothing is open any more. */
	pollset_clear(&set);
	relay_fill(relay, &set, 2, &(int){ -1 });
	assert_int_equal(set.n, 0);
}

static void numbers_are_not_the_clients(void **state)
{
	struct sockaddr_in from;
	unsigned same = 0;
	uint8_t q[512];

	(void)state;
	for (uint16_t i = 0; i < 20; i++) {
		(void)ask(0, (uint16_t)(4000 + i), 0);
		(void)take_query(server, q, &from);
		same += get_be16(q) == 0x1234;
	}
	assert_true(same <= 2);
}

static void wrong_answers(void **state)
{
	struct sockaddr_in from;
	uint8_t q[512], bad[512];
	size_t n;

	(void)state;
	(void)ask(0, 4000, 0);
	n = take_query(server, q, &from);
	q[2] |= 0x80;
	memcpy(bad, q, n); /* another number */
	bad[0] ^= 1;
	reply_to(server, bad, n, &from);
	turn(1, true);
	memcpy(bad, q, n); /* another question */
	bad[n - 3] = 28;
	reply_to(server, bad, n, &from);
	turn(1, true);
	reply_to(server, q, 5, &from); /* not even a header */
	turn(1, true);
	/* from another server */
	second = open_server("127.0.0.2", server_port);
	reply_to(second, q, n, &from);
	turn(1, false);
	assert_int_equal(got.n, 0);
	reply_to(server, q, n, &from);
	turn(1, true);
	assert_int_equal(got.n, 1);
}

static void silence(void **state)
{
	struct sockaddr_in from;
	uint8_t q[512];
	size_t n;

	(void)state;
	second = open_server("127.0.0.2", server_port);
	(void)ask(0, 4000, 0);
	(void)take_query(server, q, &from);
	turn(RELAY_TRY_MS - 1, false);
	turn(RELAY_TRY_MS, false);
	n = take_query(second, q, &from);
	q[2] |= 0x80;
	reply_to(second, q, n, &from);
	turn(RELAY_TRY_MS + 1, true);
	assert_int_equal(got.n, 1);
	/* Nobody answers at all. */
	(void)ask(0, 4001, 0);
	for (int64_t i = 1; i <= RELAY_TRIES; i++) {
		assert_int_equal(got.n, 1);
		turn(i * RELAY_TRY_MS, false);
	}
	assert_int_equal(got.n, 2);
	assert_int_equal(got.reply[3] & 15, DNS_SERVFAIL);
}

/* The host says "connection refused": no waiting for the time to pass. */
static void nobody_there(void **state)
{
	struct sockaddr_in from;
	uint8_t q[512];

	(void)state;
	write_conf("nameserver 127.0.0.3\nnameserver 127.0.0.1\n");
	(void)ask(0, 4000, 0);
	turn(1, true);
	assert_true(take_query(server, q, &from) > 12);
	assert_int_equal(got.n, 0);
}

static void limits(void **state)
{
	uint8_t large[RELAY_QUERY_LEN_MAX + 1] = { 0 };
	struct dns_client c = client(0, 9);

	(void)state;
	for (unsigned i = 0; i < RELAY_PER_PORT; i++)
		(void)ask(3, (uint16_t)(4000 + i), 0);
	assert_int_equal(got.n, 0);
	(void)ask(3, 4000, 0); /* it only repeats itself */
	assert_int_equal(got.n, 0);
	(void)ask(3, 5000, 0);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.reply[3] & 15, DNS_SERVFAIL);
	/* Other nodes have room, until the table is full. */
	for (unsigned i = RELAY_PER_PORT; i < RELAY_QUERIES_MAX; i++)
		(void)ask(4 + i % 8, (uint16_t)(6000 + i), 0);
	assert_int_equal(got.n, 1);
	(void)ask(30, 4000, 0);
	assert_int_equal(got.n, 2);
	relay_ask(relay, &c, large, sizeof(large), 0);
	assert_int_equal(got.n, 3);
}

static void too_long_an_answer(void **state)
{
	struct sockaddr_in from;
	static uint8_t q[9000];
	size_t n;

	(void)state;
	n = ask(0, 4000, 0);
	(void)take_query(server, q, &from);
	q[2] |= 0x80;
	reply_to(server, q, sizeof(q), &from);
	turn(1, true);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.len, n);
	assert_int_equal(got.reply[2] & 2, 2);
}

static unsigned parse(struct resolvconf *rc, const char *text)
{
	*rc = (struct resolvconf){ .port = 53 };
	resolvconf_parse(rc, text);
	return rc->n;
}

static void resolv_conf(void **state)
{
	const struct sockaddr_in *a;
	struct resolvconf rc;

	(void)state;
	assert_int_equal(parse(&rc, "# nameserver 1.1.1.1\n"
				    "search example.com\n"
				    "nameserver\t10.0.0.1  # first\n"
				    "nameserver 10.0.0.2"),
			 2);
	a = (const void *)&rc.servers[1].addr;
	assert_int_equal(ntohl(a->sin_addr.s_addr), 0x0a000002);
	assert_int_equal(ntohs(a->sin_port), 53);
	assert_int_equal(parse(&rc, "nameserver fd00::1\n"), 1);
	assert_int_equal(rc.servers[0].addr.ss_family, AF_INET6);
	assert_int_equal(parse(&rc, "nameserver 1.1.1.1\r\nnameserver 2.2.2.2\n"
				    "nameserver 3.3.3.3\nnameserver 4.4.4.4\n"),
			 3);
	/* Nothing of use: the C library's own choice. */
	assert_int_equal(parse(&rc, "nameserver\nnameserver x.y\n"
				    "nameserver10.0.0.1\nnameserver  \n"),
			 1);
	a = (const void *)&rc.servers[0].addr;
	assert_int_equal(ntohl(a->sin_addr.s_addr), INADDR_LOOPBACK);
	assert_int_equal(parse(&rc, ""), 1);
}

static void resolv_conf_changes(void **state)
{
	struct resolvconf rc = { .port = 53 };

	(void)state;
	write_conf("nameserver 10.0.0.1\n");
	resolvconf_update(&rc, path);
	assert_int_equal(rc.n, 1);
	write_conf("nameserver 10.0.0.1\nnameserver 10.0.0.2\n");
	resolvconf_update(&rc, path);
	assert_int_equal(rc.n, 2);
	assert_return_code(unlink(path), errno);
	resolvconf_update(&rc, path);
	assert_int_equal(rc.n, 1);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/resolv.conf", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	pollset_deinit(&set);
	return remove_tree(AT_FDCWD, dir);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(answered),
		TEST(numbers_are_not_the_clients),
		TEST(wrong_answers),
		TEST(silence),
		TEST(nobody_there),
		TEST(limits),
		TEST(too_long_an_answer),
		cmocka_unit_test(resolv_conf),
		cmocka_unit_test(resolv_conf_changes),
	};

	return cmocka_run_group_tests_name("relay", tests, make_dir,
					   remove_dir);
}
