/* SPDX-License-Identifier: MIT */

/* options.c - The command line: QEMU's ivshmem-server's, and more */

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"

#define DEFAULT_SOCKET "/tmp/ivshmem_socket"
#define DEFAULT_PID "/var/run/ivshmem-server.pid"
#define DEFAULT_SHM "ivshmem"
#define DEFAULT_SIZE (4ULL << 20)

struct option_def {
	char letter; /* 0 = none */
	const char *name;
	const char *arg; /* NULL = none */
	const char *help;
	int (*set)(struct options *o, const struct option_def *def,
		   const char *value, struct err *e);
	size_t at; /* where in struct options, for some of them */
};

static void *place(struct options *o, const struct option_def *def)
{
	return (char *)o + def->at;
}

static int set_flag(struct options *o, const struct option_def *def,
		    const char *value, struct err *e)
{
	bool *flag = place(o, def);

	(void)value;
	(void)e;
	*flag = true;
	return 0;
}

static int set_text(struct options *o, const struct option_def *def,
		    const char *value, struct err *e)
{
	const char **text = place(o, def);

	if (!*value)
		return err_set(e, -EINVAL, "--%s \"\": give a %s", def->name,
			       def->arg);
	*text = value;
	return 0;
}

static int parse_fd(const char *value, int *ret_fd)
{
	uint32_t fd;

	if (parse_u32(value, 0, INT_MAX, &fd) < 0)
		return -EINVAL;
	*ret_fd = (int)fd;
	return 0;
}

static int set_fd(struct options *o, const struct option_def *def,
		  const char *value, struct err *e)
{
	int *fd = place(o, def);

	if (parse_fd(value, fd) < 0)
		return err_set(e, -EINVAL,
			       "--%s \"%s\": give the number of a descriptor",
			       def->name, value);
	return 0;
}

static int set_size(struct options *o, const struct option_def *def,
		    const char *value, struct err *e)
{
	(void)def;
	if (parse_size(value, &o->memory.size) < 0 ||
	    !is_power_of_2(o->memory.size) || o->memory.size < MEMORY_SIZE_MIN)
		return err_set(e, -EINVAL,
			       "-l \"%s\": give a power of two from 4K on, "
			       "such as 4M: QEMU takes no other",
			       value);
	return 0;
}

static int set_vectors(struct options *o, const struct option_def *def,
		       const char *value, struct err *e)
{
	(void)def;
	if (parse_u32(value, 1, VECTORS_MAX, &o->vectors) < 0)
		return err_set(e, -EINVAL,
			       "-n \"%s\": give 1 to %u vectors: a doorbell "
			       "has eight bits for them",
			       value, VECTORS_MAX);
	return 0;
}

static int set_clients(struct options *o, const struct option_def *def,
		       const char *value, struct err *e)
{
	(void)def;
	if (parse_u32(value, 1, SERVER_CLIENTS_MAX, &o->clients_max) < 0)
		return err_set(e, -EINVAL, "--clients \"%s\": give 1 to %u",
			       value, SERVER_CLIENTS_MAX);
	return 0;
}

static int set_first(struct options *o, const struct option_def *def,
		     const char *value, struct err *e)
{
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

static int set_ids(struct options *o, const struct option_def *def,
		   const char *value, struct err *e)
{
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
static int set_peer(struct options *o, const struct option_def *def,
		    const char *value, struct err *e)
{
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

static int set_peer_fd(struct options *o, const struct option_def *def,
		       const char *value, struct err *e)
{
	int r = set_peer(o, def, value, e);

	if (r < 0)
		return r;
	if (parse_fd(o->peers[o->n_peers - 1].path,
		     &o->peers[o->n_peers - 1].fd) < 0)
		return err_set(e, -EINVAL,
			       "--%s \"%s\": write it as %s, with the number "
			       "of a descriptor",
			       def->name, value, def->arg);
	return 0;
}

static int set_help(struct options *o, const struct option_def *def,
		    const char *value, struct err *e)
{
	(void)def;
	(void)value;
	(void)e;
	o->action = OPTIONS_HELP;
	return 0;
}

static int set_version(struct options *o, const struct option_def *def,
		       const char *value, struct err *e)
{
	(void)def;
	(void)value;
	(void)e;
	o->action = OPTIONS_VERSION;
	return 0;
}

#define AT(field) offsetof(struct options, field)

static const struct option_def defs[] = {
	{ 'h', "help", NULL, "print this", set_help, 0 },
	{ 'V', "version", NULL, "print the version", set_version, 0 },
	{ 'v', "verbose", NULL, "say who comes and goes", set_flag,
	  AT(verbose) },
	{ 'F', "foreground", NULL, "stay in the foreground", set_flag,
	  AT(foreground) },
	{ 'p', "pid-file", "PATH",
	  "where a background server writes its number\n"
	  "[" DEFAULT_PID "]",
	  set_text, AT(pid_path) },
	{ 'S', "socket", "PATH", "where clients connect [" DEFAULT_SOCKET "]",
	  set_text, AT(socket_path) },
	{ 'M', "shm", "NAME", "POSIX shared memory [" DEFAULT_SHM "]", set_text,
	  AT(memory.shm_name) },
	{ 'm', "shm-dir", "DIR", "or a new file in a directory, as hugetlbfs",
	  set_text, AT(memory.dir) },
	{ 'l', "size", "BYTES", "its size, with K, M or G [4M]", set_size, 0 },
	{ 'n', "vectors", "N", "of each client, 1 to 256 [1]", set_vectors, 0 },
	{ 0, "shm-fd", "FD", "shared memory that is open already", set_fd,
	  AT(memory.fd) },
	{ 0, "socket-fd", "FD", "socket that listens already", set_fd,
	  AT(socket_fd) },
	{ 0, "ids", "N,N,...",
	  "numbers of clients, in the order of connecting\n"
	  "[0, 1, ...]",
	  set_ids, 0 },
	{ 0, "peer", "PATH=N",
	  "a socket for client N alone; repeat it; without\n"
	  "-S there is no other then",
	  set_peer, 0 },
	{ 0, "peer-fd", "FD=N", "client N is connected there already",
	  set_peer_fd, 0 },
	{ 0, "first", "N", "the first number given out in turn [0]", set_first,
	  0 },
	{ 0, "owner-fd", "FD",
	  "who started the server gives it vectors and\n"
	  "clients there; --ids are reserved for them",
	  set_fd, AT(owner_fd) },
	{ 0, "clients", "N", "at most so many, to 1024 [1024]", set_clients,
	  0 },
	{ 0, "control", "PATH", "whoever connects there gets a report, as JSON",
	  set_text, AT(control_path) },
	{ 0, "ready-fd", "FD", "write a newline there when all is set up",
	  set_fd, AT(ready_fd) },
	{ 0, "no-seccomp", NULL, "without a filter of system calls", set_flag,
	  AT(no_seccomp) },
};

#define N_DEFS ARRAY_SIZE(defs)

/* Tables of getopt_long(); its value is an index in defs plus 1. */
static void make_getopt(struct option *longs, char *letters)
{
	*letters++ = '+';
	*letters++ = ':';
	for (size_t i = 0; i < N_DEFS; i++) {
		longs[i] = (struct option){ defs[i].name,
					    defs[i].arg ? required_argument :
							  no_argument,
					    NULL, (int)i + 1 };
		if (!defs[i].letter)
			continue;
		*letters++ = defs[i].letter;
		if (defs[i].arg)
			*letters++ = ':';
	}
	longs[N_DEFS] = (struct option){ NULL, 0, NULL, 0 };
	*letters = 0;
}

static const struct option_def *find_def(int c)
{
	if (c >= 1 && (size_t)c <= N_DEFS)
		return &defs[c - 1];
	for (size_t i = 0; i < N_DEFS; i++)
		if (defs[i].letter && defs[i].letter == c)
			return &defs[i];
	return NULL;
}

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
	char letters[2 + 2 * N_DEFS + 1];
	struct option longs[N_DEFS + 1];
	int c, r;

	make_getopt(longs, letters);
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_def *def = find_def(c);

		if (!def)
			return err_set(e, -EINVAL,
				       "option \"%s\" is unknown or lacks its "
				       "value: try ivshmem-server --help",
				       argv[optind - 1]);
		r = def->set(&o, def, optarg, e);
		if (r < 0)
			return r;
	}
	if (optind < argc)
		return err_set(e, -EINVAL,
			       "argument \"%s\" is too much: try "
			       "ivshmem-server --help",
			       argv[optind]);
	r = o.action == OPTIONS_RUN ? finish(&o, e) : 0;
	if (r == 0)
		*ret_o = o;
	return r;
}

/* Columns of the help. */
#define HELP_AT 27

void options_help(void)
{
	printf("Usage: ivshmem-server [OPTION]...\n"
	       "Give QEMU's ivshmem-doorbell devices a shared memory and each "
	       "other's doorbells.\n\n");
	for (size_t i = 0; i < N_DEFS; i++) {
		const struct option_def *d = &defs[i];
		int n = printf("  %c%c%s --%s%s%s", d->letter ? '-' : ' ',
			       d->letter ? d->letter : ' ',
			       d->letter ? "," : " ", d->name,
			       d->arg ? " " : "", d->arg ? d->arg : "");

		for (const char *s = d->help; *s; s++) {
			if (n < HELP_AT)
				n += printf("%*s", HELP_AT - n, "");
			(void)putchar(*s);
			if (*s == '\n')
				n = 0;
		}
		(void)putchar('\n');
	}
}
