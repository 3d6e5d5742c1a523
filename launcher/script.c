/* SPDX-License-Identifier: MIT */

/* script.c - A shell script that starts the nodes by hand
 *
 * Theory of operation. The command lines are those of qemu_args.c; what a
 * supervisor has at the other end of inherited sockets is made of what a shell
 * has: the agent's port is a pair of FIFOs, through which the node is told who it
 * is and says that it is ready (proto_agent.h); the console is a socket in the
 * file system; the network is QEMU's own, in which the gateway is this host, and
 * the Librarian so at its loopback address.
 */

#include "script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "identity.h"
#include "json.h"
#include "machine.h"
#include "qemu_args.h"
#include "shell_quote.h"

#define SLIRP_DNS 253U /* last number of the address; 254 is torms */

/* ---- texts ---------------------------------------------------------------- */

static const char about[] =
	"#\n"
	"# It runs until it is interrupted, or all nodes have powered off. "
	"The\n"
	"# memory and its metadata stay in DIRECTORY for the next time.\n"
	"#\n"
	"# Other than there: each node has a network of its own, so nodes meet "
	"in\n"
	"# the memory and in /lfs only, and reach every port that listens at "
	"this\n"
	"# host's 127.0.0.1; there are no ssh keys and no 'exec'; any program "
	"of\n"
	"# this host may talk to the Librarian, at LIBRARIAN_PORT.\n"
	"set -eu\n"
	"umask 077\n";

static const char functions[] =
	"# tell NODE TYPE TEXT: a frame to its agent, who reads it in its "
	"time\n"
	"tell() {\n"
	"\tn=${#3}\n"
	"\t{\n"
	"\t\tprintf \"$(printf "
	"'\\\\%03o\\\\%03o\\\\0\\\\0\\\\0\\\\0\\\\%03o\\\\0' \\\n"
	"\t\t\t$((n % 256)) $((n / 256)) \"$2\")\"\n"
	"\t\tprintf %s \"$3\"\n"
	"\t} >\"$1.agent.in\" &\n"
	"\tpids=\"$pids $!\"\n"
	"}\n"
	"\n"
	"# ready NODE: wait until its agent says so\n"
	"ready() {\n"
	"\tnode=$1\n"
	"\twhile set -- $(dd bs=1 count=8 2>/dev/null | od -An -tu1); [ $# -eq "
	"8 ]; "
	"do\n"
	"\t\ttext=$(dd bs=1 count=$(($1 + $2 * 256)) 2>/dev/null)\n"
	"\t\tcase $7 in\n"
	"\t\t2)\n"
	"\t\t\techo \"$node: ready\"\n"
	"\t\t\treturn\n"
	"\t\t\t;;\n"
	"\t\t3)\n"
	"\t\t\techo \"$node: $text\" >&2\n"
	"\t\t\treturn 1\n"
	"\t\t\t;;\n"
	"\t\tesac\n"
	"\tdone <\"$node.agent.out\"\n"
	"\techo \"$node: its machine has ended: see $dir/$node.qemu\" >&2\n"
	"\treturn 1\n"
	"}\n"
	"\n"
	"# Nodes that can be asked power off; the rest is ended.\n"
	"up=\n"
	"pids=\n"
	"machines=\n"
	"end() {\n"
	"\ttrap - EXIT\n"
	"\ttrap 'kill $machines $pids 2>/dev/null' INT TERM HUP\n"
	"\tfor node in $up; do\n"
	"\t\ttell \"$node\" 17 ''\n"
	"\tdone\n"
	"\t[ -n \"$up\" ] || kill $machines 2>/dev/null || :\n"
	"\t[ -z \"$machines\" ] || wait $machines || :\n"
	"\tkill $pids 2>/dev/null || :\n"
	"\twait\n"
	"\trm -f ready ./*.agent.in ./*.agent.out ./*.console\n"
	"}\n"
	"trap end EXIT\n"
	"trap 'exit 130' INT\n"
	"trap 'exit 143' TERM HUP\n";

static const char serve[] =
	"rm -f ready\n"
	"mkfifo ready\n"
	"\"$librarian\" serve -d librarian.db --fam fam --port \"$port\" "
	"--hosted \\\n"
	"\t--auth none --ready-fd 3 3>ready >>librarian.log 2>&1 &\n"
	"pids=$!\n"
	"read -r line <ready || {\n"
	"\techo \"the Librarian does not work: see $dir/librarian.log\" >&2\n"
	"\texit 1\n"
	"}\n";

/* ---- a node --------------------------------------------------------------- */

/* What only the script knows, where the JSON has these. */
static const struct {
	const char *from, *to;
} variables[] = {
	{ "\"@time@\"", "'\"$time\"'" },
	{ "\"@port@\"", "'\"$port\"'" },
	{ "@seed@", "'\"$seed\"'" },
};

static void put_json(FILE *f, const char *text)
{
	(void)fputc('\'', f);
	while (*text) {
		size_t i = 0;

		while (i < ARRAY_SIZE(variables) &&
		       strncmp(text, variables[i].from,
			       strlen(variables[i].from)) != 0)
			i++;
		if (i < ARRAY_SIZE(variables)) {
			(void)fputs(variables[i].to, f);
			text += strlen(variables[i].from);
		} else if (*text == '\'') {
			(void)fputs("'\\''", f);
			text++;
		} else {
			(void)fputc(*text++, f);
		}
	}
	(void)fputc('\'', f);
}

/* With ASCII alone, as the shell counts characters and the frame bytes. */
static char *identity_text(const struct plan *p, unsigned node)
{
	CLEANUP_FREE char *base =
		identity_json(&(struct identity){ .topology = &p->topology,
						  .node = node,
						  .token = "none",
						  .seed = "@seed@",
						  .user = p->user,
						  .password = p->password });
	CLEANUP_JSON json_t *o = NULL;
	char dns[TOPOLOGY_ADDRESS_MAX];
	json_t *librarian;

	if (!base || json_parse_object(base, strlen(base), &o) < 0)
		return NULL;
	(void)topology_address(&p->topology, SLIRP_DNS, dns);
	librarian = json_object_get(o, "librarian");
	if (json_object_set_new(o, "dns", json_string(dns)) < 0 ||
	    json_object_set_new(o, "time_ns", json_string("@time@")) < 0 ||
	    json_object_set_new(librarian, "port", json_string("@port@")) < 0)
		return NULL;
	return json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
}

char *script_identity(const struct plan *p, unsigned node)
{
	CLEANUP_FREE char *json = identity_text(p, node);
	char *text = NULL;
	size_t len;
	FILE *f = json ? open_memstream(&text, &len) : NULL;

	if (!f)
		return NULL;
	put_json(f, json);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static int build_args(const struct plan *p, unsigned node, struct strv *args)
{
	const char *octets = p->topology.octets;
	char net[128];

	(void)snprintf(net, sizeof(net),
		       "user,id=lan,net=%s.0/24,host=%s.%u,dns=%s.%u", octets,
		       octets, TOPOLOGY_TORMS, octets, SLIRP_DNS);
	return machine_args(p, node, net, args);
}

/* An option and its value on a line. */
static void put_args(FILE *f, const struct strv *args)
{
	for (size_t i = 0; i < args->n; i++) {
		(void)fputs(i && args->v[i][0] == '-' ? " \\\n\t" :
			    i			      ? " " :
							"",
			    f);
		shell_quote(f, args->v[i]);
	}
}

static void put_disk(FILE *f, const struct plan *p, const char *name)
{
	const char *root = p->image.root;

	if (!root[0])
		return;
	(void)fprintf(
		f, "[ -e %s.disk ] || qemu-img create -q -f qcow2 -F raw -b ",
		name);
	shell_quote(f, root);
	(void)fprintf(f, " %s.disk\n", name);
}

static int put_node(FILE *f, const struct plan *p, unsigned node)
{
	CLEANUP_FREE char *identity = script_identity(p, node);
	CLEANUP_STRV struct strv args = { 0 };
	char name[TOPOLOGY_NAME_MAX];

	if (!identity || build_args(p, node, &args) < 0)
		return -ENOMEM;
	(void)topology_name(&p->topology, node, name);
	(void)fprintf(f,
		      "\n# ---- %s\n\n"
		      "rm -f %s.agent.in %s.agent.out %s.console\n"
		      "mkfifo %s.agent.in %s.agent.out\n",
		      name, name, name, name, name, name);
	put_disk(f, p, name);
	put_args(f, &args);
	(void)fprintf(f, " \\\n\t3<>%s.agent.in 4<>%s.agent.out %d<>fam", name,
		      name, QEMU_FD_FAM);
	if (p->image.root[0]) {
		(void)fprintf(f, " %d<>%s.disk %d<", QEMU_FD_DISK, name,
			      QEMU_FD_ROOT);
		shell_quote(f, p->image.root);
	}
	(void)fprintf(f,
		      " \\\n\t</dev/null >>%s.qemu 2>&1 &\n"
		      "machines=\"$machines $!\"\n"
		      "seed=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \\n')\n"
		      "time=$(date +%%s)000000000\n"
		      "tell %s 16 %s\n",
		      name, name, identity);
	return 0;
}

/* ---- all ------------------------------------------------------------------ */

static void put_begin(FILE *f, const struct plan *p, const char *librarian)
{
	const struct topology *t = &p->topology;

	(void)fprintf(f,
		      "#!/bin/sh\n"
		      "# Starts by hand what 'fame-run up %u' starts: sh FILE "
		      "[DIRECTORY]\n%s"
		      "dir=${1:-%s-nodes}\n"
		      "port=${LIBRARIAN_PORT:-9093}\n"
		      "librarian=",
		      t->n_nodes, about, t->hostbase);
	shell_quote(f, librarian);
	(void)fprintf(
		f,
		"\nmkdir -p \"$dir\"\n"
		"cd \"$dir\"\n\n%s"
		"\n# ---- the shared memory, a file that every QEMU maps\n\n"
		"[ -e fam ] || dd if=/dev/null of=fam bs=1 count=0 "
		"seek=%" PRIu64 " 2>/dev/null\n",
		functions, t->fam_size);
}

static int put_librarian(FILE *f, const struct plan *p)
{
	CLEANUP_FREE char *ini = topology_ini(&p->topology);

	if (!ini)
		return -ENOMEM;
	(void)fprintf(f,
		      "\n# ---- the Librarian, who knows which shelf is where "
		      "in it\n\n"
		      "if ! [ -e librarian.db ]; then\n"
		      "\tcat >node_fame.ini <<'END'\n%sEND\n"
		      "\t\"$librarian\" register node_fame.ini -d "
		      "librarian.db >>librarian.log 2>&1\n"
		      "fi\n%s",
		      ini, serve);
	return 0;
}

static int put_end(FILE *f, const struct plan *p)
{
	char name[TOPOLOGY_NAME_MAX];

	(void)fputs("\n# ---- all of them\n\n", f);
	for (unsigned i = 1; i <= p->topology.n_nodes; i++) {
		(void)topology_name(&p->topology, i, name);
		(void)fprintf(f, "ready %s\nup=\"$up %s\"\n", name, name);
	}
	(void)fputs("echo \"all are ready: socat -,raw,echo=0,escape=0x1d "
		    "UNIX:$dir/NODE.console\"\n"
		    "wait $machines || :\n"
		    "up=\n",
		    f);
	return 0;
}

int script_write(FILE *f, const struct plan *p, const char *librarian,
		 struct err *e)
{
	int r;

	put_begin(f, p, librarian);
	r = put_librarian(f, p);
	for (unsigned i = 1; i <= p->topology.n_nodes && r == 0; i++)
		r = put_node(f, p, i);
	if (r == 0)
		r = put_end(f, p);
	if (r < 0)
		return err_set(e, r, "out of memory");
	return fflush(f) ? err_set(e, -errno, "cannot write the script: %s",
				   strerror(errno)) :
			   0;
}
