/* SPDX-License-Identifier: MIT */

/* agent.c - The agent: what the host asks for, and in which order it is done
 *
 * Theory of operation
 *
 * An identity makes a node out of a machine:
 *
 *	seed, clock, names, keys, the system's own program (hook.h)
 *	-> interface there? -> addresses -> lfsd
 *	-> services of the node's init -> READY
 *
 * Nothing of it is done before the host says who the node is, and all of it
 * is done again when it says so again: a machine restored from a template is
 * told apart from its siblings here. Commands wait for the first line of it,
 * which is done at once, and for nothing else.
 *
 * Power off: an init that can is asked to do it (power.h). Else everything
 * gets SIGTERM; lfsd is waited for, as it unmounts; nothing else is, as nothing
 * else has a state that sync(2) does not save.
 */

#include "agent.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "boot.h"
#include "exec.h"
#include "hook.h"
#include "identity.h"
#include "json.h"
#include "log.h"
#include "net.h"
#include "port.h"
#include "power.h"
#include "proto_agent.h"
#include "service.h"
#include "ssh.h"

#define INTERFACE_TIMEOUT_MS 5000
#define UNMOUNT_TIMEOUT_S 2

struct agent {
	const struct agent_config *config;
	struct event_base *base;
	struct port *port;
	struct exec *exec;
	struct service *service;
	struct net_wait *wait;
	struct boot_wait *boot;
	struct event *off_timer;
	bool is_ending; /* power off was asked for */
	struct identity id;
};

/* ---- what the host is told ------------------------------------------------ */

static void tell_hello(struct agent *a)
{
	(void)port_send_json(a->port, AGENT_HELLO, 0,
			     json_pack("{s:i, s:s}", "protocol", AGENT_PROTOCOL,
				       "version", FAME_VERSION));
}

static void tell_ready(struct agent *a)
{
	struct timespec up;
	json_int_t ms;

	(void)clock_gettime(CLOCK_BOOTTIME, &up);
	ms = (json_int_t)up.tv_sec * 1000 + up.tv_nsec / 1000000;
	(void)port_send_json(a->port, AGENT_READY, 0,
			     json_pack("{s:I}", "uptime_ms", ms));
}

static void tell_failed(struct agent *a, const char *why)
{
	log_err("%s", why);
	(void)port_send(a->port, AGENT_FAILED, 0, why, strlen(why));
}

/* ---- becoming a node ------------------------------------------------------ */

static void on_booted(void *arg)
{
	struct agent *a = arg;

	a->boot = boot_wait_free(a->boot);
	tell_ready(a);
}

/* All that is ours is done; now the node's init is waited for. */
static void wait_for_boot(struct agent *a)
{
	int r;

	a->boot = boot_wait_free(a->boot);
	if (!a->config->ready_file) {
		tell_ready(a);
		return;
	}
	r = boot_wait_new(a->base, a->config->ready_file, on_booted, a,
			  &a->boot);
	if (r < 0) {
		log_err_errno(r, "\"%s\": cannot be waited for",
			      a->config->ready_file);
		tell_ready(a);
	}
}

static void on_service_ready(void *arg)
{
	wait_for_boot(arg);
}

static void on_service_failed(void *arg, const char *why)
{
	tell_failed(arg, why);
}

static void start_service(struct agent *a)
{
	if (a->id.has_librarian) {
		service_start(a->service, a->id.node_id, &a->id.librarian);
		return;
	}
	service_stop(a->service);
	wait_for_boot(a);
}

/* A second time it is nothing new to init. */
static void notify_init(void)
{
	int r = boot_notify(getenv("NOTIFY_SOCKET"));

	if (r < 0)
		log_err_errno(r, "cannot tell init that the identity is there");
}

static void on_interface(void *arg, int error)
{
	struct agent *a = arg;
	const struct net_config config = {
		.address = a->id.address,
		.prefix = a->id.prefix,
		.gateway = a->id.gateway,
		.mtu = a->id.mtu,
	};
	struct err e = { "" };

	a->wait = net_wait_free(a->wait);
	if (error < 0)
		(void)err_set(&e, error,
			      "network interface \"%s\" did not appear within "
			      "%d s",
			      a->config->interface,
			      INTERFACE_TIMEOUT_MS / 1000);
	else
		error = net_configure(a->config->interface, &config, &e);
	if (error < 0)
		tell_failed(a, e.msg);
	else
		start_service(a);
	notify_init();
}

static int become(struct agent *a, const struct frame *f, struct err *e)
{
	int r;

	r = identity_parse((const char *)f->data, f->len, &a->id, e);
	if (r == 0)
		r = apply_identity(&a->id, e);
	if (r == 0)
		r = ssh_apply(&a->id, a->config->ssh_dir, e);
	if (r == 0)
		r = hook_run(a->config->hook, &a->id, e);
	if (r < 0)
		return r;
	r = net_up_loopback();
	if (r < 0)
		return err_set(e, r, "cannot bring \"lo\" up: %s",
			       strerror(-r));
	a->wait = net_wait_free(a->wait); /* for an identity before this */
	r = net_wait_new(a->base, a->config->interface, INTERFACE_TIMEOUT_MS,
			 on_interface, a, &a->wait);
	if (r < 0)
		return err_set(e, r, "cannot watch for network interfaces: %s",
			       strerror(-r));
	return 0;
}

static void frame_identity(struct agent *a, const struct frame *f)
{
	struct err e = { "" };

	if (a->is_ending || become(a, f, &e) == 0)
		return;
	tell_failed(a, e.msg);
	/* It starts the rest all the same: one can log in and look. */
	notify_init();
}

/* ---- the end -------------------------------------------------------------- */

static void switch_off(struct agent *a)
{
	int r = power_off();

	if (r < 0)
		log_err_errno(r, "cannot switch the machine off");
	a->is_ending = false;
}

static void on_service_stopped(void *arg)
{
	struct agent *a = arg;

	if (a->is_ending)
		switch_off(a);
}

static void on_off_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_warn("the file system is still mounted; switching off all the "
		 "same");
	/* With lfsd alive but stuck, sync(2) could wait for it for ever. */
	power_signal_all(SIGKILL);
	switch_off(arg);
}

static void frame_poweroff(struct agent *a)
{
	static const struct timeval limit = { UNMOUNT_TIMEOUT_S, 0 };

	if (a->is_ending)
		return;
	a->wait = net_wait_free(a->wait);
	if (power_ask_init())
		return;
	a->is_ending = true;
	power_signal_all(SIGTERM);
	(void)event_add(a->off_timer, &limit);
	service_stop(a->service);
}

/* ---- the port ------------------------------------------------------------- */

static void on_connected(void *arg)
{
	tell_hello(arg);
}

static void on_gone(void *arg)
{
	struct agent *a = arg;

	exec_hang_up(a->exec);
}

static void on_room(void *arg)
{
	struct agent *a = arg;

	exec_room(a->exec);
}

static void on_frame(void *arg, const struct frame *f)
{
	struct agent *a = arg;

	if (f->channel) {
		exec_frame(a->exec, f);
		return;
	}
	switch (f->type) {
	case AGENT_IDENTITY:
		frame_identity(a, f);
		break;
	case AGENT_POWEROFF:
		frame_poweroff(a);
		break;
	default:
		break; /* of a newer host */
	}
}

static const struct port_ops port_ops = { on_connected, on_gone, on_frame,
					  on_room };
static const struct service_ops service_ops = { on_service_ready,
						on_service_failed,
						on_service_stopped };

/* ---- life ----------------------------------------------------------------- */

int agent_new(struct event_base *base, int port,
	      const struct agent_config *config, struct agent **ret_a)
{
	struct agent *a = calloc(1, sizeof(*a));
	int r;

	if (!a) {
		(void)close(port);
		return -ENOMEM;
	}
	a->base = base;
	a->config = config;
	r = port_new(base, port, &port_ops, a, &a->port);
	if (r == 0)
		r = exec_new(base, a->port, &a->exec);
	if (r == 0)
		r = service_new(base, config->lfsd, &service_ops, a,
				&a->service);
	if (r == 0) {
		a->off_timer = evtimer_new(base, on_off_timer, a);
		r = a->off_timer ? 0 : -ENOMEM;
	}
	if (r < 0) {
		(void)agent_free(a);
		return r;
	}
	*ret_a = a;
	return 0;
}

struct agent *agent_free(struct agent *a)
{
	if (!a)
		return NULL;
	(void)net_wait_free(a->wait);
	(void)boot_wait_free(a->boot);
	(void)service_free(a->service);
	(void)exec_free(a->exec);
	(void)port_free(a->port);
	if (a->off_timer)
		event_free(a->off_timer);
	free(a);
	return NULL;
}
