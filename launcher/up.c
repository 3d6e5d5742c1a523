/* SPDX-License-Identifier: MIT */

/* up.c - Start a cluster: look at everything first, then start it */

#include "up.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "cluster.h"
#include "disk.h"
#include "env_script.h"
#include "fam.h"
#include "guardian.h"
#include "interrupt.h"
#include "json.h"
#include "keepers.h"
#include "librarian.h"
#include "log.h"
#include "parse.h"
#include "plan.h"
#include "proto_control.h"
#include "spawn.h"
#include "ssh_config.h"

/* ---- checks --------------------------------------------------------------- */

int up_parse_nodes(const char *text, unsigned *ret_n, struct err *e)
{
	uint32_t n;
	int r;

	r = parse_u32(text, 1, TOPOLOGY_NODES_MAX, &n);
	if (r < 0)
		return err_set(
			e, r,
			"'%s' is no number of nodes: give 1 to %u, as in "
			"'fame-run up 4'",
			text, TOPOLOGY_NODES_MAX);
	*ret_n = n;
	return 0;
}

static void warn_memory(const struct plan *p)
{
	uint64_t need = (uint64_t)p->memory_kib * p->topology.n_nodes;
	struct sysinfo si;

	if (sysinfo(&si) == 0 &&
	    need > (uint64_t)si.totalram * si.mem_unit / 1024)
		log_warn(
			"%u MiB for each node (%u) are more than this host has",
			p->memory_kib / 1024, p->topology.n_nodes);
}

int up_plan_books(struct plan *p, struct err *e)
{
	char size[FORMAT_SIZE_MAX];

	if (topology_init(&p->topology) == 0)
		return 0;
	return err_set(e, -ENOSPC,
		       "shared memory of %s has fewer books than there are "
		       "nodes (%u): give more with --fam",
		       format_size(p->topology.fam_size, size, sizeof(size)),
		       p->topology.n_nodes);
}

/* ---- the plan, in the order in which mistakes are cheapest ---------------- */

/* settings_load() has found it good. */
static uint64_t fam_size(const struct settings *s)
{
	uint64_t size = 0;

	(void)fam_parse_size(settings_get(s, SETTING_FAM_SIZE), &size);
	return size;
}

/* 0 = that of the file, if there is one */
static uint64_t wanted_size(const struct settings *s)
{
	return settings_given(s, SETTING_FAM_SIZE) ? fam_size(s) : 0;
}

static int plan_fam(const struct settings *s, const struct cluster *c,
		    struct plan *p, struct err *e)
{
	int r;

	p->fam_path = settings_get(s, SETTING_FAM);
	r = fam_open(p->fam_path, wanted_size(s), fam_size(s), &p->fam_fd,
		     &p->topology.fam_size, &p->fam_made, e);
	if (r < 0)
		return r;
	/* Shelves whose bytes are gone: a /dev/shm after a reboot, say. */
	if (p->fam_made && faccessat(c->dirfd, CLUSTER_DB, F_OK, 0) == 0)
		return err_set(e, -ESTALE,
			       "shared memory file '%s' is new, and the "
			       "metadata in '%s' knows another: put that back, "
			       "or start afresh with 'fame-run down%s --purge'",
			       p->fam_path, c->dir, c->which);
	return up_plan_books(p, e);
}

/* A cluster works without: "exec" and the console do not need it. */
static int plan_ssh(const struct cluster *c, struct plan *p, struct err *e)
{
	struct err why = { "" };
	int r = ssh_keys_get(c, &p->topology, &p->keys, &why);

	if (r < 0) {
		log_warn("'fame-run ssh' will not work: %s", why.msg);
		return 0;
	}
	return ssh_config_write(c, &p->topology, &p->keys,
				p->user ? p->user : "root", e);
}

/* A system with a disk has an init and users of its own. */
static int plan_system(const struct settings *s, const struct cluster *c,
		       struct plan *p, struct err *e)
{
	int r = 0;

	if (settings_flag(s, SETTING_FRESH))
		r = disk_remove_all(c, e);
	if (r == 0 && p->image.root[0]) {
		p->user = settings_get(s, SETTING_USER);
		p->password = settings_get(s, SETTING_PASSWORD);
		r = disk_check(c, p->image.root, e);
	}
	if (r < 0)
		return r;
	return machine_id_get(c, p->machine_id, e);
}

/* To build the image may take minutes: what is wrong is to be said before. */
static int look(const struct settings *s, struct err *e)
{
	int r;

	r = cluster_look(settings_get(s, SETTING_DIR), settings_which(s), e);
	return r < 0 ? r :
		       fam_look(settings_get(s, SETTING_FAM), wanted_size(s),
				e);
}

static int plan_cluster(const struct settings *s, const struct cluster *c,
			struct plan *p, struct err *e)
{
	int r;

	r = plan_fam(s, c, p, e);
	if (r == 0)
		r = plan_system(s, c, p, e);
	if (r == 0)
		r = plan_ssh(c, p, e);
	if (r == 0)
		r = librarian_register(c, &p->topology, e);
	if (r == 0)
		r = env_script_write(c, s, e);
	if (r == 0)
		warn_memory(p);
	return r;
}

/* ---- starting ------------------------------------------------------------- */

static void show_event(void *arg, const json_t *event)
{
	const char *node = "", *state = "";

	(void)arg;
	(void)json_get_string(event, "node", &node);
	(void)json_get_string(event, "state", &state);
	log_info("%s: %s", node, state);
}

static void show_console(const json_t *reply)
{
	const json_t *lines = json_object_get(reply, "console"), *line;
	size_t i;

	json_array_foreach(lines, i, line)
		if (json_is_string(line))
			log_info("console: %s", json_string_value(line));
}

static int wait_ready(int fd, const struct interrupt *i, struct err *e)
{
	struct client_answer a = { .event = show_event, .stop = i->fd };
	int r;

	r = client_answer(fd, &a, NULL, e);
	if (r < 0)
		show_console(a.reply);
	json_decref(a.reply);
	return r;
}

/* The connection is made, and says whose cluster it is, before there is anybody
 * to listen: so it cannot come too late, and whenever this process ends before
 * the cluster is ready, the cluster does too.
 */
static int launch(struct cluster *c, const struct plan *p, struct up *up,
		  int *ret_fd, struct err *e)
{
	CLEANUP_FD int fd = -1, listener = -1;
	int r;

	r = cluster_listen(c, CONTROL_SOCKET, &listener);
	if (r == 0)
		r = cluster_connect(c, &fd);
	if (r < 0)
		return err_set(e, r, "cannot make the control socket: %s",
			       strerror(-r));
	r = client_request(fd,
			   json_pack("{s:s, s:b, s:b}", "op", "wait", "owner",
				     1, "hold", p->life != PLAN_STAYS),
			   e);
	if (r < 0)
		return r;
	r = guardian_start(p, c, take_fd(&listener), &up->guardian);
	if (r < 0)
		return err_set(e, r, "cannot start the supervisor: %s",
			       strerror(-r));
	*ret_fd = take_fd(&fd);
	return 0;
}

/* A mistake leaves nothing behind; a cluster that failed leaves its logs. What
 * another has locked is that one's.
 */
static void undo(const struct cluster *c, struct plan *p)
{
	struct err none = { "" };

	if (c->lock < 0)
		return;
	close_fd(&p->fam_fd); /* and its lock */
	(void)cluster_undo(c, p->fam_made ? p->fam_path : NULL, &none);
}

static int create(const struct settings *s, struct cluster *c,
		  const struct plan *p, struct err *e)
{
	int r;

	r = cluster_create(c, settings_get(s, SETTING_DIR), e);
	if (r < 0 || p->life != PLAN_TEMPORARY)
		return r;
	r = cluster_set_temporary(c, true);
	return r < 0 ? err_set(e, r, "cannot write into '%s': %s", c->dir,
			       strerror(-r)) :
		       0;
}

static int start(const struct settings *s, struct cluster *c, struct plan *p,
		 struct up *up, struct interrupt *i, int *ret_fd, struct err *e)
{
	int r;

	interrupt_tell(i);
	r = look(s, e);
	if (r == 0)
		r = plan_machines(s, p, e);
	if (r == 0)
		r = interrupt_hold(i);
	if (r == 0)
		r = create(s, c, p, e);
	if (r == 0)
		r = plan_cluster(s, c, p, e);
	if (r == 0)
		r = launch(c, p, up, ret_fd, e);
	if (r < 0)
		undo(c, p);
	return r;
}

/* An interrupt is the better reason, whatever it has led to. The guardian takes
 * back what was made, once the connection is closed; a second one does not wait.
 */
static int explain(const struct cluster *c, struct up *up, struct interrupt *i,
		   int fd, int r, struct err *e)
{
	up->signal = interrupt_take(i);
	close_fd(&fd);
	if (!up->signal)
		return r;
	interrupt_release(i);
	if (up->guardian) {
		keepers_wake(c);
		(void)spawn_wait(up->guardian);
	}
	return err_set(e, -EINTR,
		       "interrupted: what was started is ended and removed");
}

int up_start(const struct settings *s, unsigned n, enum plan_life life,
	     struct up *up, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_FD int fd = -1;
	struct plan p = { .life = life, .topology.n_nodes = n, .fam_fd = -1 };
	struct interrupt i;
	int r;

	c.which = settings_which(s);
	r = start(s, &c, &p, up, &i, &fd, e);
	up->fam_made = p.fam_made;
	close_fd(&p.fam_fd);
	ssh_keys_deinit(&p.keys);
	/* Theirs alone now: it tells whether they live. */
	close_fd(&c.lock);
	if (r == 0)
		r = wait_ready(fd, &i, e);
	if (r < 0)
		r = explain(&c, up, &i, take_fd(&fd), r, e);
	interrupt_release(&i);
	if (r == 0 && life != PLAN_STAYS)
		up->hold = take_fd(&fd);
	return r;
}
