/* SPDX-License-Identifier: MIT */

/* net_bridge.c - The LAN in the kernel: starting fame-switch --bridge */

#include "net_bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "cleanup.h"
#include "fdpass.h"
#include "proto_librarian.h"
#include "proto_switch.h"
#include "selfdir.h"

#define PROGRAM "fame-switch"
#define FD_OWNER SERVICE_FD_FIRST

#define START_S 10     /* it takes milliseconds */
#define QUEUE_MAX 1024 /* packets; more than the kernel keeps in a tap */

static void push_lan(const struct topology *t, struct strv *args)
{
	char name[TOPOLOGY_NAME_MAX], address[TOPOLOGY_ADDRESS_MAX];
	char mac[TOPOLOGY_MAC_MAX];

	strv_push(args, PROGRAM);
	strv_pushf(args, "--bridge=br_%s", t->hostbase);
	strv_pushf(args, "--listen=%d", LIBRARIAN_PORT);
	strv_pushf(args, "--subnet=%s.0/24", t->octets);
	for (unsigned i = 1; i <= t->n_nodes; i++)
		strv_pushf(args, "--node=-1,%s,%s,%s",
			   topology_name(t, i, name), topology_mac(i, mac),
			   topology_address(t, i, address));
}

/* ---- trying --------------------------------------------------------------- */

/* The first line, without the program's name. */
static const char *reason(char *words)
{
	static const char name[] = PROGRAM ": ";
	char *line;

	words[strcspn(words, "\n")] = '\0';
	line = strstr(words, name);
	return line ? line + strlen(name) : words;
}

int net_bridge_try(const struct topology *t, struct err *e)
{
	CLEANUP_STRV struct strv args = { 0 };
	char program[PATH_MAX], words[512];
	int r;

	push_lan(t, &args);
	strv_push(&args, "--try");
	r = strv_ok(&args) ?
		    selfdir_program(PROGRAM, program, sizeof(program)) :
		    -ENOMEM;
	if (r == 0)
		r = spawn_output(&(struct spawn){ .file = program,
						  .argv = args.v,
						  .death_signal = SIGKILL },
				 STDERR_FILENO, words, sizeof(words));
	if (r < 0)
		return err_set(e, r, "cannot run '" PROGRAM "': %s",
			       strerror(-r));
	return r > 0 ? err_set(e, -ENOTSUP, "%s", reason(words)) : 0;
}

/* ---- starting ------------------------------------------------------------- */

static int receive(int from, unsigned node, int *ret_fd)
{
	struct switch_port_message m = { 0 };
	size_t len = 0, n = 0;
	int fds[FDPASS_MAX], r;

	r = fdpass_recv(from, &m, sizeof(m), &len, fds, &n);
	if (r < 0)
		return r;
	if (n == 1 && len == sizeof(m) && m.node == node) {
		*ret_fd = fds[0];
		return 0;
	}
	while (n)
		(void)close(fds[--n]);
	return len ? -EPROTO : -EPIPE;
}

/* The Librarian's first, then the nodes'. There is nothing else to be done
 * meanwhile.
 */
static int receive_all(int from, const struct topology *t, int *ret_librarian,
		       int *taps)
{
	static const struct timeval limit = { .tv_sec = START_S };
	CLEANUP_FD int listener = -1;
	int r;

	if (setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) <
	    0)
		return -errno;
	r = receive(from, 0, &listener);
	for (unsigned i = 1; i <= t->n_nodes && r == 0; i++)
		r = receive(from, i, &taps[i - 1]);
	if (r == 0)
		*ret_librarian = take_fd(&listener);
	return r;
}

int net_bridge_start(struct service *s, struct event_base *base,
		     const struct cluster *cluster, const struct topology *t,
		     const struct net_reach *reach,
		     const struct service_ops *ops, void *arg,
		     int *ret_librarian, int taps[static TOPOLOGY_NODES_MAX],
		     int *ret_owner, struct err *e)
{
	CLEANUP_STRV struct strv args = { 0 };
	CLEANUP_FD int theirs = -1, ours = -1;
	int sv[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return err_set(e, -errno, "cannot make the nodes' LAN: %s",
			       strerror(errno));
	ours = sv[0];
	theirs = sv[1];
	push_lan(t, &args);
	net_reach_push(reach, &args);
	strv_pushf(&args, "--ready-fd=%d", SERVICE_FD_READY);
	strv_pushf(&args, "--owner-fd=%d", FD_OWNER);
	r = service_start(s, base, cluster, "switch", &args,
			  &(struct spawn_fd){ theirs, FD_OWNER }, 1, ops, arg,
			  e);
	if (r < 0)
		return r;
	close_fd(&theirs);
	r = receive_all(ours, t, ret_librarian, taps);
	if (r < 0)
		return err_set(e, r,
			       "the nodes' bridge was not made: see "
			       "'fame-run logs%s switch'",
			       cluster->which);
	*ret_owner = take_fd(&ours);
	return 0;
}

/* What was sent to the node while it was down is not for the next one. */
int net_bridge_port(int tap, int *ret_fd)
{
	char frame[65536];
	int fd, n = 0;

	while (n++ < QUEUE_MAX && read(tap, frame, sizeof(frame)) > 0)
		;
	fd = fcntl(tap, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}
