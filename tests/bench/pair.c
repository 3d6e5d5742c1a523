/* SPDX-License-Identifier: MIT */

/* pair.c - Two QEMUs whose network cards are one socket pair, and nothing else
 *
 *	pair IMAGE PROGRAM SECONDS
 *
 * The peer of the nodes' network: the same machines without any switch. PROGRAM
 * is tests/guest/stream; its line, and behind it the processor seconds of both
 * machines while it measured, go to standard output.
 */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent_link.h"
#include "cleanup.h"
#include "file.h"
#include "frame.h"
#include "identity.h"
#include "json.h"
#include "log.h"
#include "loop.h"
#include "machine.h"
#include "proto_agent.h"
#include "tsc.h"

#define PROGRAM_MAX (8U << 20)
#define FAM_SIZE (1ULL << 30)

enum step {
	STEP_BOOT,
	STEP_UPLOAD,
	STEP_RUN,
};

struct machine {
	struct pair *pair;
	unsigned id;
	pid_t pid;
	struct agent_link *agent;
	enum step step;
	uint16_t channel;
	size_t sent; /* of the program */
	uint32_t credit;
};

struct pair {
	struct event_base *base;
	struct topology t;
	const char *image;
	const char *seconds;
	char *program;
	size_t len;
	int fam_fd;
	double used; /* processor seconds before */
	struct machine m[2];
};

/* ---- what runs in them ---------------------------------------------------- */

static void on_frame(void *arg, uint8_t type, const void *data, size_t len);

static void on_gone(void *arg)
{
	(void)arg;
	machine_die("an agent is gone", -EIO);
}

static void run(struct machine *m, const char *const *argv)
{
	const struct agent_user user = { on_frame, on_gone, m };
	CLEANUP_JSON json_t *o = json_pack("{s:[]}", "argv");
	CLEANUP_FREE char *text = NULL;

	for (; *argv; argv++)
		(void)json_array_append_new(json_object_get(o, "argv"),
					    json_string(*argv));
	text = json_line(o);
	m->credit = FRAME_WINDOW;
	if (!text || agent_link_exec(m->agent, text, strlen(text), &user,
				     &m->channel) < 0)
		machine_die("exec", -EIO);
}

static void upload(struct machine *m)
{
	const struct pair *p = m->pair;

	while (m->credit && m->sent < p->len) {
		size_t n = p->len - m->sent;

		if (n > m->credit)
			n = m->credit;
		if (n > FRAME_PAYLOAD_MAX)
			n = FRAME_PAYLOAD_MAX;
		(void)agent_link_send(m->agent, m->channel, AGENT_STDIN,
				      p->program + m->sent, n);
		m->credit -= (uint32_t)n;
		m->sent += n;
		if (m->sent == p->len)
			(void)agent_link_send(m->agent, m->channel,
					      AGENT_STDIN_EOF, NULL, 0);
	}
}

static double processor_seconds(const struct pair *p)
{
	double all = 0;

	for (unsigned i = 0; i < 2; i++) {
		clockid_t clock;
		struct timespec t;

		if (clock_getcpuclockid(p->m[i].pid, &clock) == 0 &&
		    clock_gettime(clock, &t) == 0)
			all += (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	}
	return all;
}

static void serve(struct machine *m)
{
	m->step = STEP_RUN;
	run(m, (const char *const[]){ "/tmp/stream", "serve", NULL });
}

static void measure(struct pair *p)
{
	char address[TOPOLOGY_ADDRESS_MAX];

	(void)topology_address(&p->t, 1, address);
	p->m[1].step = STEP_RUN;
	p->used = processor_seconds(p);
	run(&p->m[1], (const char *const[]){ "/tmp/stream", "measure", address,
					     p->seconds, NULL });
}

static void finish(const struct pair *p, const char *data, size_t len)
{
	while (len && data[len - 1] == '\n')
		len--;
	printf("%.*s %.2f\n", (int)len, data, processor_seconds(p) - p->used);
	(void)event_base_loopbreak(p->base);
}

static void on_frame(void *arg, uint8_t type, const void *data, size_t len)
{
	struct machine *m = arg;
	struct pair *p = m->pair;

	if (type == AGENT_CREDIT && m->step == STEP_UPLOAD) {
		m->credit += frame_u32(data);
		upload(m);
	} else if (type == AGENT_STDERR) {
		(void)write_all(STDERR_FILENO, data, len);
	} else if (type == AGENT_STDOUT && m == &p->m[1]) {
		finish(p, data, len);
	} else if (type == AGENT_STDOUT) {
		measure(p);
	} else if (type == AGENT_EXIT && m->step == STEP_RUN) {
		machine_die("a program has ended", -EIO);
	} else if (type == AGENT_EXIT) {
		m->sent = p->len + 1;
		if (p->m[0].sent > p->len && p->m[1].sent > p->len)
			serve(&p->m[0]);
	}
}

/* ---- the machines --------------------------------------------------------- */

static void on_hello(void *arg)
{
	struct machine *m = arg;
	char seed[IDENTITY_TOKEN_MAX] = "";
	CLEANUP_FREE char *json = NULL, *text = NULL;
	CLEANUP_JSON json_t *o = NULL;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)identity_random(seed);
	json = identity_json(
		&(struct identity){ .topology = &m->pair->t,
				    .node = m->id,
				    .token = seed,
				    .seed = seed,
				    .time_ns = now.tv_sec * 1000000000LL });
	/* There is no torms. */
	if (json && json_parse_object(json, strlen(json), &o) == 0 &&
	    json_object_del(o, "librarian") == 0)
		text = json_line(o);
	if (!text || agent_link_identity(m->agent, text) < 0)
		machine_die("identity", -ENOMEM);
}

static void on_ready(void *arg)
{
	struct machine *m = arg;

	m->step = STEP_UPLOAD;
	run(m, (const char *const[]){
		       "sh", "-c", "cat >/tmp/stream && chmod 755 /tmp/stream",
		       NULL });
	upload(m);
}

static const struct agent_link_ops agent_ops = { on_hello, on_ready,
						 machine_on_failed,
						 machine_on_broken };

static void start_machine(struct pair *p, unsigned i, int lan)
{
	const struct machine_conf c = { p->base, &p->t, p->image, tsc_khz(),
					p->fam_fd };
	struct machine *m = &p->m[i];

	*m = (struct machine){ .pair = p, .id = i + 1 };
	m->pid = machine_start(&c, m->id, lan, &agent_ops, m, &m->agent);
}

int main(int argc, char **argv)
{
	struct pair p = { .t = { .n_nodes = 2,
				 .hostbase = "node",
				 .octets = "192.168.42",
				 .fam_size = FAM_SIZE } };
	static const int size = 2 << 20; /* as net_user.c has it */
	int lan[2], r;

	log_open("pair", LOG_LEVEL_INFO, false);
	if (argc != 4)
		machine_die("usage: pair IMAGE PROGRAM SECONDS", -EINVAL);
	p.image = argv[1];
	p.seconds = argv[3];
	r = file_read(AT_FDCWD, argv[2], PROGRAM_MAX, &p.program, &p.len);
	if (r < 0)
		machine_die(argv[2], r);
	p.base = loop_new();
	p.fam_fd = memfd_create("fam", MFD_CLOEXEC);
	if (!p.base || ftruncate(p.fam_fd, (off_t)FAM_SIZE) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lan) < 0)
		machine_die("cannot start", -errno);
	for (unsigned i = 0; i < 2; i++)
		(void)setsockopt(lan[i], SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size));
	for (unsigned i = 0; i < 2; i++)
		start_machine(&p, i, lan[i]);
	(void)event_base_dispatch(p.base);
	/* Children end by their death signal. */
	return EXIT_SUCCESS;
}
