/* SPDX-License-Identifier: MIT */

/* test_server.c - The whole switch as a process, with socket pairs as nodes */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../loopback.h"
#include "../unit.h"
#include "fdpass.h"
#include "frames.h"
#include "loop.h"
#include "options.h"
#include "proto_switch.h"
#include "server.h"

#define NODES_MAX LAN_NODES_MAX
#define TIMEOUT_MS 10000
#define FRAME_ROOM 70000

#define FIN 1
#define SYN 2
#define RST 4
#define PSH 8
#define ACK 16

struct lab {
	pid_t pid;
	unsigned n;
	int fds[NODES_MAX + 1]; /* of node 1.. */
	int listener;
	uint16_t host_port;
};

static uint8_t buf[FRAME_ROOM];

/* ---- the lab ---- */

/* The program but for its main(): that parses, runs and exits likewise. */
static void child(int argc, char **argv)
{
	struct options o;
	struct server *s;
	struct err e;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (options_parse(argc, argv, &o, &e) < 0 ||
	    server_new(&o, &e, &s) < 0) {
		(void)fprintf(stderr, "# %s\n", e.msg);
		_exit(1);
	}
	(void)loop_ready(o.ready_fd);
	if (server_run(s) < 0)
		_exit(1);
	server_free(s);
	exit(0);
}

static void lab_start(struct lab *lab, unsigned n, const char *const *more)
{
	char *argv[2 * NODES_MAX + 16], text[NODES_MAX + 2][80], byte;
	int argc = 0, ready[2], pair[2], theirs[NODES_MAX + 1];

	*lab = (struct lab){ .n = n };
	lab->listener = loopback_listen(&lab->host_port);
	assert_return_code(pipe(ready), errno);
	argv[argc++] = (char[]){ "fame-switch" };
	for (unsigned i = 1; i <= n; i++) {
		assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
				   errno);
		lab->fds[i] = pair[0];
		theirs[i] = pair[1];
		(void)snprintf(text[i], sizeof(text[i]),
			       "--node=%d,node%02u,48:50:42:%02u:%02u:%02u,"
			       "192.168.42.%u",
			       pair[1], i, i, i, i, i);
		argv[argc++] = text[i];
	}
	(void)snprintf(text[0], sizeof(text[0]), "--ready-fd=%d", ready[1]);
	argv[argc++] = text[0];
	(void)snprintf(text[n + 1], sizeof(text[0]), "--host-port=9093:%u",
		       lab->host_port);
	argv[argc++] = text[n + 1];
	for (; more && *more; more++)
		argv[argc++] = (char *)(uintptr_t)*more;
	argv[argc] = NULL;
	lab->pid = fork();
	assert_return_code(lab->pid, errno);
	if (!lab->pid) {
		for (unsigned i = 1; i <= n; i++)
			(void)close(lab->fds[i]);
		child(argc, argv);
	}
	for (unsigned i = 1; i <= n; i++)
		(void)close(theirs[i]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, '\n');
	(void)close(ready[0]);
}

static void lab_stop(struct lab *lab)
{
	int status;

	assert_return_code(kill(lab->pid, SIGTERM), errno);
	assert_int_equal(waitpid(lab->pid, &status, 0), lab->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (unsigned i = 1; i <= lab->n; i++)
		close_fd(&lab->fds[i]);
	close_fd(&lab->listener);
}

/* ---- frames on the wire ---- */

static void write_frame(struct lab *lab, unsigned node, const uint8_t *f,
			size_t len)
{
	uint8_t wire[4 + FRAME_ROOM];

	put_be32(wire, (uint32_t)len);
	memcpy(wire + 4, f, len);
	assert_int_equal(send(lab->fds[node], wire, 4 + len, 0), 4 + len);
}

static void read_bytes(int fd, uint8_t *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (; len; data += n, len -= (size_t)n) {
		assert_int_equal(poll(&p, 1, TIMEOUT_MS), 1);
		n = read(fd, data, len);
		assert_true(n > 0);
	}
}

static size_t read_frame(struct lab *lab, unsigned node, uint8_t *f)
{
	uint8_t head[4];
	size_t len;

	read_bytes(lab->fds[node], head, sizeof(head));
	len = get_be32(head);
	assert_true(len <= FRAME_ROOM);
	read_bytes(lab->fds[node], f, len);
	return len;
}

/* The next frame of a node is an intact IPv4 packet. */
static struct packet read_packet(struct lab *lab, unsigned node)
{
	struct packet p;
	size_t len = read_frame(lab, node, buf);

	assert_int_equal(packet_parse(buf, len, &p), 0);
	assert_int_equal(p.type, ETHERTYPE_IPV4);
	assert_true(packet_sums_ok(&p));
	assert_int_equal(p.dst, TEST_SUBNET | node);
	return p;
}

/* All that was sent before is done when this returns, and brought nothing. */
static void expect_only_pong(struct lab *lab, unsigned node, uint16_t number)
{
	uint8_t f[128];
	struct packet p;

	write_frame(lab, node, f, test_ping(f, node, TEST_GATEWAY, number));
	p = read_packet(lab, node);
	assert_int_equal(p.proto, PROTO_ICMP);
	assert_int_equal(get_be16(p.l4 + 6), number);
}

static void ask(struct lab *lab, unsigned node, uint32_t dst, uint16_t dport,
		const uint8_t *data, size_t len)
{
	uint8_t f[2048];

	write_frame(lab, node, f,
		    test_udp(f, node, dst, 4000, dport, data, len));
}

/* ---- a TCP just good enough ---- */

struct tcp {
	unsigned node;
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
};

static void tcp_send(struct lab *lab, struct tcp *t, uint8_t flags,
		     const char *data)
{
	uint8_t f[2048];
	size_t n = strlen(data);

	write_frame(lab, t->node, f,
		    test_tcp(f, t->node, TEST_GATEWAY, t->sport, t->dport,
			     flags, t->seq, t->ack, data, n));
	t->seq += (uint32_t)n + !!(flags & (SYN | FIN));
}

/* The next segment; its data is acknowledged. */
static uint8_t tcp_receive(struct lab *lab, struct tcp *t, char *data)
{
	struct packet p = read_packet(lab, t->node);
	size_t header = (size_t)(p.l4[TCP_OFFSET] >> 4) * 4;
	size_t n = p.l4_len - header;
	uint8_t flags = p.l4[TCP_FLAGS];

	assert_int_equal(p.proto, PROTO_TCP);
	assert_int_equal(p.src, TEST_GATEWAY);
	assert_int_equal(p.sport, t->dport);
	assert_int_equal(p.dport, t->sport);
	if (flags & RST)
		return flags;
	assert_int_equal(get_be32(p.l4 + TCP_ACK), t->seq);
	memcpy(data, p.l4 + header, n);
	data[n] = 0;
	t->ack = get_be32(p.l4 + TCP_SEQ) + (uint32_t)n +
		 !!(flags & (SYN | FIN));
	return flags;
}

static struct tcp tcp_connect(struct lab *lab, unsigned node, uint16_t dport)
{
	struct tcp t = { .node = node,
			 .sport = (uint16_t)(5000 + node),
			 .dport = dport,
			 .seq = 1000 };

	tcp_send(lab, &t, SYN, "");
	return t;
}

/* ---- tests ---- */

static void test_arp_of_gateway(void **state)
{
	struct lab lab;
	uint8_t f[64];

	(void)state;
	lab_start(&lab, 2, NULL);
	write_frame(&lab, 1, f, test_arp(f, 1, TEST_GATEWAY));
	assert_int_equal(read_frame(&lab, 1, buf), 60);
	assert_memory_equal(buf, TEST_MAC(1), 6);
	assert_memory_equal(buf + 6, test_gateway_mac, 6);
	assert_int_equal(get_be16(buf + 20), ARP_REPLY);
	assert_memory_equal(buf + 22, test_gateway_mac, 6);
	/* A request for another node goes to it, and nowhere else. */
	write_frame(&lab, 1, f, test_arp(f, 1, TEST_SUBNET | 2));
	assert_int_equal(read_frame(&lab, 2, buf), 60);
	assert_memory_equal(buf, f, 60);
	expect_only_pong(&lab, 1, 1);
	lab_stop(&lab);
}

static void test_dhcp_lease(void **state)
{
	uint8_t q[300], f[400], mac[6];
	struct packet_ends e = { .src_mac = test_mac(2, mac),
				 .dst_mac = test_everyone,
				 .dst = UINT32_MAX,
				 .sport = 68,
				 .dport = 67 };
	struct lab lab;
	struct packet p;

	(void)state;
	lab_start(&lab, 2, NULL);
	for (unsigned type = 1; type <= 3; type += 2) {
		test_dhcp(q, 2, (uint8_t)type, type == 3 ? TEST_SUBNET | 2 : 0);
		memcpy(f + UDP_PAYLOAD, q, sizeof(q));
		write_frame(&lab, 2, f, packet_put_udp(f, &e, sizeof(q)));
		p = read_packet(&lab, 2);
		assert_int_equal(p.sport, 67);
		assert_int_equal(p.dport, 68);
		assert_int_equal(get_be32(p.l4 + 8 + 16), TEST_SUBNET | 2);
		assert_int_equal(p.l4[8 + 242], type == 1 ? 2 : 5);
	}
	expect_only_pong(&lab, 1, 1); /* node01 saw none of it */
	lab_stop(&lab);
}

static void test_dns_names(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		unsigned rcode;
		unsigned answers;
	} cases[] = {
		{ "node02", 1, 0, 1 },
		{ "NODE02.fame", 1, 0, 1 },
		{ "torms", 1, 0, 1 },
		{ "node02", 28, 0, 0 },
		{ "nobody", 1, 3, 0 },
		{ "nobody.fame", 1, 3, 0 },
		{ "2.42.168.192.in-addr.arpa", 12, 0, 1 },
		{ "9.42.168.192.in-addr.arpa", 12, 3, 0 },
	};
	struct lab lab;
	uint8_t q[300];

	(void)state;
	lab_start(&lab, 2, NULL);
	for (uint16_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p;

		ask(&lab, 1, TEST_GATEWAY, 53, q,
		    test_query(q, i, cases[i].name, cases[i].type));
		p = read_packet(&lab, 1);
		assert_int_equal(p.sport, 53);
		assert_int_equal(p.dport, 4000);
		assert_int_equal(get_be16(p.l4 + 8), i);
		assert_int_equal(p.l4[8 + 3] & 15, cases[i].rcode);
		assert_int_equal(get_be16(p.l4 + 8 + 6), cases[i].answers);
	}
	lab_stop(&lab);
}

static void test_learning(void **state)
{
	static const uint8_t guest[6] = { 2, 0, 0, 0, 0, 7 };
	struct lab lab;
	uint8_t f[64];

	(void)state;
	lab_start(&lab, 3, NULL);
	/* Not known yet: to all others. */
	test_plain(f, TEST_MAC(1), guest, "to an unknown station");
	write_frame(&lab, 1, f, 60);
	assert_int_equal(read_frame(&lab, 2, buf), 60);
	assert_int_equal(read_frame(&lab, 3, buf), 60);
	/* It speaks; node01 answers; node03 hears nothing of that. */
	test_plain(f, guest, TEST_MAC(1), "here I am");
	write_frame(&lab, 2, f, 60);
	assert_int_equal(read_frame(&lab, 1, buf), 60);
	test_plain(f, TEST_MAC(1), guest, "hello");
	write_frame(&lab, 1, f, 60);
	assert_int_equal(read_frame(&lab, 2, buf), 60);
	assert_string_equal((char *)buf + 14, "hello");
	expect_only_pong(&lab, 3, 1);
	lab_stop(&lab);
}

static void test_spoofing(void **state)
{
	struct lab lab;
	uint8_t f[128];

	(void)state;
	lab_start(&lab, 3, NULL);
	test_plain(f, TEST_MAC(3), TEST_MAC(2), "I am node03");
	write_frame(&lab, 1, f, 60);
	test_plain(f, test_gateway_mac, TEST_MAC(2), "I am torms");
	write_frame(&lab, 1, f, 60);
	test_arp(f, 1, TEST_SUBNET | 2);
	put_be32(f + 28, TEST_SUBNET | 3); /* "node03 is at my address" */
	write_frame(&lab, 1, f, 60);
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "I am node01");
	write_frame(&lab, 1, f, 60);
	assert_int_equal(read_frame(&lab, 2, buf), 60);
	assert_string_equal((char *)buf + 14, "I am node01");
	lab_stop(&lab);
}

static void test_storm(void **state)
{
	unsigned heard = 0;
	struct lab lab;
	uint8_t f[64];

	(void)state;
	lab_start(&lab, 2, NULL);
	for (unsigned i = 0; i < 3000; i++) {
		test_plain(f, TEST_MAC(1), test_everyone, "storm");
		write_frame(&lab, 1, f, 60);
	}
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "end");
	write_frame(&lab, 1, f, 60);
	for (;;) {
		(void)read_frame(&lab, 2, buf);
		if (!strcmp((char *)buf + 14, "end"))
			break;
		heard++;
	}
	/* The burst; more only if this took seconds. */
	assert_in_range(heard, 500, 2900);
	lab_stop(&lab);
}

static void test_host_port(void **state)
{
	char data[2048], text[16];
	struct lab lab;
	struct tcp t;
	int fd;

	(void)state;
	lab_start(&lab, 2, NULL);
	t = tcp_connect(&lab, 1, 9093);
	fd = accept(lab.listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(tcp_receive(&lab, &t, data), SYN | ACK);
	tcp_send(&lab, &t, ACK, "");
	tcp_send(&lab, &t, ACK | PSH, "version?");
	read_bytes(fd, (uint8_t *)text, 8);
	assert_memory_equal(text, "version?", 8);
	assert_int_equal(write(fd, "one", 3), 3);
	do {
		assert_true(tcp_receive(&lab, &t, data) & ACK);
	} while (!*data);
	assert_string_equal(data, "one");
	tcp_send(&lab, &t, ACK, "");
	(void)close(fd);
	while (!(tcp_receive(&lab, &t, data) & FIN))
		;
	lab_stop(&lab);
}

/* The second write to a socket whose other end is closed raises SIGPIPE. */
static void test_host_hangs_up(void **state)
{
	uint8_t wire[2][4 + ETH_HEADER + IPV4_HEADER + TCP_HEADER + 4];
	char data[2048];
	struct lab lab;
	struct tcp t;
	int fd;

	(void)state;
	lab_start(&lab, 1, NULL);
	t = tcp_connect(&lab, 1, 9093);
	fd = accept(lab.listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(tcp_receive(&lab, &t, data), SYN | ACK);
	tcp_send(&lab, &t, ACK, "");
	(void)close(fd);
	for (uint32_t i = 0; i < 2; i++) {
		put_be32(wire[i], sizeof(wire[i]) - 4);
		(void)test_tcp(wire[i] + 4, 1, TEST_GATEWAY, t.sport, 9093,
			       ACK | PSH, t.seq + 4 * i, t.ack, "data", 4);
	}
	assert_int_equal(send(lab.fds[1], wire, sizeof(wire), 0), sizeof(wire));
	for (;;) {
		struct packet p;

		write_frame(&lab, 1, buf, test_ping(buf, 1, TEST_GATEWAY, 77));
		p = read_packet(&lab, 1);
		if (p.proto == PROTO_ICMP)
			break;
	}
	lab_stop(&lab);
}

/* A node's machine is started again: its port is another one. */
static void test_port_given_anew(void **state)
{
	const struct switch_port_message bad[] = { { 0 }, { 3 }, { 2 } };
	struct switch_port_message m = { 2 };
	uint8_t wire[] = { 0, 0, 1 };
	int owner[2], pair[2];
	char text[32];
	const char *const more[] = { text, NULL };
	struct lab lab;
	struct packet p;

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, owner),
			   errno);
	(void)snprintf(text, sizeof(text), "--owner-fd=%d", owner[1]);
	lab_start(&lab, 2, more);
	(void)close(owner[1]);
	/* What is not understood changes nothing. */
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(
			fdpass_send(owner[0], &bad[i], sizeof(m), NULL, 0), 0);
	/* Its last life ended in the middle of a frame. */
	assert_int_equal(send(lab.fds[2], wire, sizeof(wire), 0), sizeof(wire));
	for (int i = 0; i < 3; i++) {
		assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
				   errno);
		assert_int_equal(
			fdpass_send(owner[0], &m, sizeof(m), &pair[1], 1), 0);
		(void)close(pair[1]);
		close_fd(&lab.fds[2]);
		lab.fds[2] = pair[0];
		write_frame(&lab, 2, buf, test_ping(buf, 2, TEST_GATEWAY, 77));
		p = read_packet(&lab, 2);
		assert_int_equal(p.proto, PROTO_ICMP);
	}
	write_frame(&lab, 1, buf, test_ping(buf, 1, TEST_GATEWAY, 78));
	p = read_packet(&lab, 1);
	assert_int_equal(p.proto, PROTO_ICMP);
	(void)close(owner[0]);
	lab_stop(&lab);
}

static void ping_torms(struct lab *lab, unsigned node)
{
	write_frame(lab, node, buf, test_ping(buf, node, TEST_GATEWAY, 79));
	assert_int_equal(read_packet(lab, node).proto, PROTO_ICMP);
}

static void send_link(int owner, struct switch_link link)
{
	const struct switch_link_message m = { .node = 1, .link = link };

	assert_int_equal(fdpass_send(owner, &m, sizeof(m), NULL, 0), 0);
}

/* The switch hears its owner at the end of a turn: two make sure. */
static void set_link(struct lab *lab, int owner, struct switch_link link)
{
	send_link(owner, link);
	ping_torms(lab, 2);
	ping_torms(lab, 2);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void test_link(void **state)
{
	static uint8_t f[ETH_FRAME_MIN];
	const char *const more[] = { "--owner-fd=100", NULL };
	int64_t start;
	struct lab lab;
	int owner[2];

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, owner),
			   errno);
	assert_int_equal(dup2(owner[1], 100), 100);
	lab_start(&lab, 2, more);
	(void)close(owner[1]);
	(void)close(100);
	set_link(&lab, owner[0], (struct switch_link){ .delay_us = 50000 });
	start = now_ms();
	ping_torms(&lab, 1); /* there and back */
	assert_true(now_ms() - start >= 100);
	/* What is impossible changes nothing. */
	set_link(&lab, owner[0],
		 (struct switch_link){ .delay_us = SWITCH_DELAY_MAX_US + 1 });
	start = now_ms();
	ping_torms(&lab, 1);
	assert_in_range(now_ms() - start, 100, 5000);
	/* What waits in a slow cable does so no longer than it is slow. */
	set_link(&lab, owner[0], (struct switch_link){ .rate = 1 });
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "waits");
	write_frame(&lab, 1, f, sizeof(f));
	ping_torms(&lab, 2);
	send_link(owner[0], (struct switch_link){ 0 });
	assert_int_equal(read_frame(&lab, 2, buf), ETH_FRAME_MIN);
	assert_string_equal((char *)buf + ETH_HEADER, "waits");
	/* Nothing of what is said while it is down comes later. */
	set_link(&lab, owner[0], (struct switch_link){ .down = true });
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "lost");
	write_frame(&lab, 1, f, sizeof(f));
	ping_torms(&lab, 2);
	set_link(&lab, owner[0], (struct switch_link){ 0 });
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "heard");
	write_frame(&lab, 1, f, sizeof(f));
	assert_int_equal(read_frame(&lab, 2, buf), ETH_FRAME_MIN);
	assert_string_equal((char *)buf + ETH_HEADER, "heard");
	(void)close(owner[0]);
	lab_stop(&lab);
}

/* libslirp remembers 16 stations only. */
static void test_host_port_of_many(void **state)
{
	struct tcp t[NODES_MAX + 1];
	char data[2048], text[16];
	struct lab lab;
	int fds[NODES_MAX + 1];

	(void)state;
	lab_start(&lab, NODES_MAX, NULL);
	for (unsigned i = 1; i <= NODES_MAX; i++) {
		t[i] = tcp_connect(&lab, i, 9093);
		fds[i] = accept(lab.listener, NULL, NULL);
		assert_true(fds[i] >= 0);
	}
	for (unsigned i = 1; i <= NODES_MAX; i++) {
		assert_int_equal(tcp_receive(&lab, &t[i], data), SYN | ACK);
		tcp_send(&lab, &t[i], ACK, "");
		(void)snprintf(text, sizeof(text), "node%02u", i);
		tcp_send(&lab, &t[i], ACK | PSH, text);
	}
	for (unsigned i = 1; i <= NODES_MAX; i++) {
		read_bytes(fds[i], (uint8_t *)text, 6);
		assert_int_equal(write(fds[i], text, 6), 6);
		text[6] = 0;
		do {
			assert_true(tcp_receive(&lab, &t[i], data) & ACK);
		} while (!*data);
		assert_string_equal(data, text);
		(void)close(fds[i]);
	}
	lab_stop(&lab);
}

static void syn_to(struct lab *lab, uint32_t dst, uint16_t port)
{
	uint8_t f[64];

	write_frame(lab, 1, f,
		    test_tcp(f, 1, dst, 6000, port, SYN, 1, 0, "", 0));
}

static void test_loopback_is_closed(void **state)
{
	struct pollfd p = { .events = POLLIN };
	char data[2048];
	struct lab lab;
	struct tcp t;

	(void)state;
	lab_start(&lab, 1, NULL);
	/* The right port of the host by all wrong names. */
	syn_to(&lab, INADDR_LOOPBACK, lab.host_port);
	syn_to(&lab, 0x7f2a0001, lab.host_port);
	syn_to(&lab, 0, lab.host_port);
	syn_to(&lab, TEST_GATEWAY - 1, lab.host_port);
	syn_to(&lab, TEST_SUBNET | 77, lab.host_port);
	syn_to(&lab, TEST_SUBNET | 255, lab.host_port);
	syn_to(&lab, UINT32_MAX, lab.host_port);
	expect_only_pong(&lab, 1, 1);
	/* The host's own number of the port, which only torms' may be used. */
	t = tcp_connect(&lab, 1, lab.host_port);
	assert_int_equal(tcp_receive(&lab, &t, data), RST | ACK);
	t = tcp_connect(&lab, 1, 22);
	assert_int_equal(tcp_receive(&lab, &t, data), RST | ACK);
	ask(&lab, 1, TEST_GATEWAY, 9, (const uint8_t *)"x", 1);
	ask(&lab, 1, TEST_GATEWAY, 69, (const uint8_t *)"x", 1);
	expect_only_pong(&lab, 1, 2);
	/* The uplink has had its turns by now: nothing came through. */
	p.fd = lab.listener;
	assert_int_equal(poll(&p, 1, 0), 0);
	lab_stop(&lab);
}

static void test_isolated(void **state)
{
	static const char *const more[] = { "--isolated", NULL };
	char data[2048];
	struct lab lab;
	struct packet p;
	uint8_t q[300];
	struct tcp t;
	int fd;

	(void)state;
	lab_start(&lab, 1, more);
	ask(&lab, 1, TEST_GATEWAY, 53, q,
	    test_query(q, 9, "www.example.com", 1));
	p = read_packet(&lab, 1);
	assert_int_equal(p.l4[8 + 3] & 15, 5);
	t = tcp_connect(&lab, 1, 9093);
	fd = accept(lab.listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(tcp_receive(&lab, &t, data), SYN | ACK);
	(void)close(fd);
	lab_stop(&lab);
}

static void test_nodes_go(void **state)
{
	static const uint8_t huge[4] = { 0x7f, 0xff, 0xff, 0xff };
	struct lab lab;
	uint8_t f[64];
	char c;

	(void)state;
	lab_start(&lab, 3, NULL);
	close_fd(&lab.fds[2]);
	/* A length that no frame has: that port is closed. */
	assert_int_equal(write(lab.fds[3], huge, 4), 4);
	assert_int_equal(read(lab.fds[3], &c, 1), 0);
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "anybody there?");
	write_frame(&lab, 1, f, 60);
	expect_only_pong(&lab, 1, 1);
	lab_stop(&lab);
}

static void test_slow_node(void **state)
{
	enum {
		FRAMES = 8000,
		LEN = 1514
	};
	static uint8_t f[LEN];
	unsigned heard = 0, last = 0;
	struct lab lab;

	(void)state;
	lab_start(&lab, 2, NULL);
	/* node02 reads nothing until more was sent than is kept for it. */
	for (unsigned i = 1; i <= FRAMES; i++) {
		test_plain(f, TEST_MAC(1), TEST_MAC(2), "");
		put_be32(f + 14, i);
		write_frame(&lab, 1, f, LEN);
	}
	expect_only_pong(&lab, 1, 1);
	expect_only_pong(&lab, 1, 2);
	for (;;) {
		size_t len = read_frame(&lab, 2, buf);

		if (len != LEN)
			break;
		assert_true(get_be32(buf + 14) > last); /* whole, in order */
		last = get_be32(buf + 14);
		/* Room for the end comes as the queue empties, when the switch
		 * gets to it: ask more than once.
		 */
		if (++heard >= 1000 && heard % 50 == 0) {
			test_plain(f, TEST_MAC(1), TEST_MAC(2), "end");
			write_frame(&lab, 1, f, 60);
		}
	}
	assert_in_range(heard, 1000, FRAMES - 1000);
	lab_stop(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp_of_gateway),
		cmocka_unit_test(test_dhcp_lease),
		cmocka_unit_test(test_dns_names),
		cmocka_unit_test(test_learning),
		cmocka_unit_test(test_spoofing),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_host_port),
		cmocka_unit_test(test_host_hangs_up),
		cmocka_unit_test(test_port_given_anew),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_host_port_of_many),
		cmocka_unit_test(test_loopback_is_closed),
		cmocka_unit_test(test_isolated),
		cmocka_unit_test(test_nodes_go),
		cmocka_unit_test(test_slow_node),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
