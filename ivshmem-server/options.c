/* SPDX-License-Identifier: MIT */

/* options.c - The command line: QEMU's ivshmem-server's, and more */

#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "optable.h"
#include "parse.h"

#define DEFAULT_SOCKET "/tmp/ivshmem_socket"
#define DEFAULT_PID "/var/run/ivshmem-server.pid"
#define DEFAULT_SHM "ivshmem"
#define DEFAULT_SIZE (4ULL << 20)

static int set_size(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct options *o = to;

	(void)def;
	if (parse_size(value, &o->memory.size) < 0 ||
	    !is_power_of_2(o->memory.size) || o->memory.size < MEMORY_SIZE_MIN)
		return err_set(e, -EINVAL,
			       "-l \"%s\": give a power of two from 4K on, "
			       "such as 4M: QEMU takes no other",
			       value);
	return 0;
}

static int set_vectors(void *to, const struct option_def *def,
		       const char *value, struct err *e)
{
	struct options *o = to;

	(void)def;
	if (parse_u32(value, 1, VECTORS_MAX, &o->vectors) < 0)
		return err_set(e, -EINVAL,
			       "-n \"%s\": give 1 to %u vectors: a doorbell "
			       "has eight bits for them",
			       value, VECTORS_MAX);
	return 0;
}

static int set_clients(void *to, const struct option_def *def,
		       const char *value, struct err *e)
{
	struct options *o = to;

	(void)def;
	if (parse_u32(value, 1, SERVER_CLIENTS_MAX, &o->clients_max) < 0)
		return err_set(e, -EINVAL, "--clients \"%s\": give 1 to %u",
			       value, SERVER_CLIENTS_MAX);
	return 0;
}

static int set_first(void *to, const struct option_def *def, const char *value,
		     struct err *e)
{
	struct options *o = to;

	(void)def;
	if (parse_u32(value, 0, PEER_ID_MAX, &o->first) < 0)
		return err_set(e, -EINVAL, "--first \"%s\": give 0 to %u",
			       value, PEER_ID_MAX);
	return 0;
}

static bool has_id(const struct options *o, uint32_t id)
{
	for (unsigned i = 0; i < o->n_ids; i++)
		if (o->ids[i] == id)
			return true;
	return false;
}

static int add_id(struct options *o, const char *text, struct err *e)
{
	uint32_t id;

	if (parse_u32(text, 0, PEER_ID_MAX, &id) < 0)
		return err_set(e, -EINVAL,
			       "--ids \"%s\": give numbers from 0 to %u, with "
			       "commas between them",
			       text, PEER_ID_MAX);
	if (has_id(o, id))
		return err_set(e, -EEXIST, "--ids: %u is given twice", id);
	if (o->n_ids >= SERVER_CLIENTS_MAX)
		return err_set(e, -ENOSPC, "--ids: more than %u",
			       SERVER_CLIENTS_MAX);
	o->ids[o->n_ids++] = id;
	return 0;
}

static int set_ids(void *to, const struct option_def *def, const char *value,
		   struct err *e)
{
	struct options *o = to;
	int r;

	(void)def;
	for (;;) {
		size_t n = strcspn(value, ",");
		char text[16];

		(void)snprintf(text, sizeof(text), "%.*s", n > 15 ? 15 : (int)n,
			       value);
		r = add_id(o, text, e);
		if (r < 0 || !value[n])
			return r;
		value += n + 1;
	}
}

/* "WHERE=ID" */
static int set_peer(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct options *o = to;
	const char *id = strrchr(value, '=');
	size_t n = id ? (size_t)(id - value) : 0;
	struct options_peer p = { .fd = -1 };

	if (!id || !n || n >= sizeof(p.path) ||
	    parse_u32(id + 1, 0, PEER_ID_MAX, &p.id) < 0)
		return err_set(e, -EINVAL,
			       "--%s \"%s\": write it as %s, with a number "
			       "from 0 to %u",
			       def->name, value, def->arg, PEER_ID_MAX);
	memcpy(p.path, value, n);
	if (o->n_peers == OPTIONS_PEERS_MAX)
		return err_set(e, -ENOSPC, "--%s \"%s\": more than %u",
			       def->name, value, OPTIONS_PEERS_MAX);
	o->peers[o->n_peers++] = p;
	return 0;
}

static int set_peer_fd(void *to, const struct option_def *def,
		       const char *value, struct err *e)
{
	struct options *o = to;
	int r = set_peer(to, def, value, e);
	struct options_peer *p;
	uint32_t fd;

	if (r < 0)
		return r;
	p = &o->peers[o->n_peers - 1];
	if (parse_u32(p->path, 0, INT_MAX, &fd) < 0)
		return err_set(e, -EINVAL,
			       "--%s \"%s\": write it as %s, with the number "
			       "of a descriptor",
			       def->name, value, def->arg);
	p->fd = (int)fd;
	return 0;
}

static int set_version(void *to, const struct option_def *def,
		       const char *value, struct err *e)
{
	struct options *o = to;

	(void)def;
	(void)value;
	(void)e;
	o->action = OPTIONS_VERSION;
	return 0;
}

#define AT(field) offsetof(struct options, field)

static const struct option_def defs[] = {
	{ "version", 'V', NULL, "print the version", set_version, 0 },
	{ "verbose", 'v', NULL, "say who comes and goes", option_set_flag,
	  AT(verbose) },
	{ "foreground", 'F', NULL, "stay in the foreground", option_set_flag,
	  AT(foreground) },
	{ "pid-file", 'p', "PATH",
	  "where a background server writes its number\n"
	  "[" DEFAULT_PID "]",
	  option_set_text, AT(pid_path) },
	{ "socket", 'S', "PATH", "where clients connect [" DEFAULT_SOCKET "]",
	  option_set_text, AT(socket_path) },
	{ "shm", 'M', "NAME", "POSIX shared memory [" DEFAULT_SHM "]",
	  option_set_text, AT(memory.shm_name) },
	{ "shm-dir", 'm', "DIR", "or a new file in a directory, as hugetlbfs",
	  option_set_text, AT(memory.dir) },
	{ "size", 'l', "BYTES", "its size, with K, M or G [4M]", set_size, 0 },
	{ "vectors", 'n', "N", "of each client, 1 to 256 [1]", set_vectors, 0 },
	{ "shm-fd", 0, "FD", "shared memory that is open already",
	  option_set_fd, AT(memory.fd) },
	{ "socket-fd", 0, "FD", "socket that listens already", option_set_fd,
	  AT(socket_fd) },
	{ "ids", 0, "N,N,...",
	  "numbers of clients, in the order of connecting\n"
	  "[0, 1, ...]",
	  set_ids, 0 },
	{ "peer", 0, "PATH=N",
	  "a socket for client N alone; repeat it; without\n"
	  "-S there is no other then",
	  set_peer, 0 },
	{ "peer-fd", 0, "FD=N", "client N is connected there already",
	  set_peer_fd, 0 },
	{ "first", 0, "N", "the first number given out in turn [0]", set_first,
	  0 },
	{ "owner-fd", 0, "FD",
	  "who started the server gives it vectors and\n"
	  "clients there; --ids are reserved for them",
	  option_set_fd, AT(owner_fd) },
	{ "clients", 0, "N", "at most so many, to 1024 [1024]", set_clients,
	  0 },
	{ "control", 0, "PATH", "whoever connects there gets a report, as JSON",
	  option_set_text, AT(control_path) },
	{ "ready-fd", 0, "FD", "write a newline there when all is set up",
	  option_set_fd, AT(ready_fd) },
	{ "no-seccomp", 0, NULL, "without a filter of system calls",
	  option_set_flag, AT(no_seccomp) },
};

static const struct option_table table = {
	.program = "ivshmem-server",
	.args = "[OPTION]...",
	.intro = "Give QEMU's ivshmem-doorbell devices a shared memory and "
		 "each other's doorbells.",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

/* Behind those that are for anybody. */
static int reserve_peers(struct options *o, struct err *e)
{
	o->n_in_order = o->owner_fd < 0 ? o->n_ids : 0;
	for (unsigned i = 0; i < o->n_peers; i++) {
		if (has_id(o, o->peers[i].id))
			return err_set(e, -EEXIST, "number %u is given twice",
				       o->peers[i].id);
		o->ids[o->n_ids++] = o->peers[i].id;
	}
	return 0;
}

static int finish(struct options *o, struct err *e)
{
	int sources =
		!!o->memory.shm_name + !!o->memory.dir + (o->memory.fd >= 0);

	if (sources > 1)
		return err_set(e, -EINVAL,
			       "-M, -m and --shm-fd: give one of them, there "
			       "is one shared memory");
	if (!sources)
		o->memory.shm_name = DEFAULT_SHM;
	if (!o->memory.size && o->memory.fd < 0)
		o->memory.size = DEFAULT_SIZE;
	if (o->socket_path && o->socket_fd >= 0)
		return err_set(e, -EINVAL,
			       "-S and --socket-fd: give one of them");
	if (!o->socket_path && o->socket_fd < 0 && !o->n_peers &&
	    o->owner_fd < 0)
		o->socket_path = DEFAULT_SOCKET;
	if (o->foreground && o->pid_path)
		o->pid_path = NULL; /* as QEMU's does */
	else if (!o->foreground && !o->pid_path)
		o->pid_path = DEFAULT_PID;
	return reserve_peers(o, e);
}

int options_parse(int argc, char *const *argv, struct options *ret_o,
		  struct err *e)
{
	struct options o = { .socket_fd = -1,
			     .owner_fd = -1,
			     .ready_fd = -1,
			     .memory = { .fd = -1 },
			     .vectors = 1,
			     .clients_max = SERVER_CLIENTS_MAX };
	int first, r;

	r = optable_parse(&table, argc, argv, &o, &first, e);
	if (r == OPTABLE_HELP)
		o.action = OPTIONS_HELP;
	if (r < 0)
		return r;
	if (first < argc && o.action == OPTIONS_RUN)
		return err_set(e, -EINVAL,
			       "argument '%s' is too much: see 'ivshmem-server "
			       "--help'",
			       argv[first]);
	r = o.action == OPTIONS_RUN ? finish(&o, e) : 0;
	if (r == 0)
		*ret_o = o;
	return r;
}

void options_help(void)
{
	optable_help(&table, stdout);
}
