/* SPDX-License-Identifier: MIT */

/* sandbox.c - Run a program as pretended root (the design: sandbox.h) */

#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fdpass.h"
#include "file.h"
#include "path.h"
#include "sandbox_filter.h"
#include "sandbox_record.h"
#include "spawn.h"

#define NAMESPACES                                                  \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWNET)

/* What goes up the pipe if the command cannot be started. */
struct failure {
	int32_t step;
	int32_t error;
};

/* All functions that run in the children report by the return value: 0, or
 * the step that failed, with errno.
 */

static int write_string(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : write_all(fd, text, strlen(text));
}

static int map_ids(uid_t uid, gid_t gid)
{
	char map[32];
	int r;

	/* Needed before gid_map; old kernels do not have it. */
	r = write_string("/proc/self/setgroups", "deny");
	if (r < 0 && r != -ENOENT)
		goto fail;
	(void)path_format(map, sizeof(map), "0 %u 1", uid);
	r = write_string("/proc/self/uid_map", map);
	if (r < 0)
		goto fail;
	(void)path_format(map, sizeof(map), "0 %u 1", gid);
	r = write_string("/proc/self/gid_map", map);
	if (r < 0)
		goto fail;
	return SANDBOX_NONE;
fail:
	errno = -r;
	return SANDBOX_IDS;
}

static int enter_namespaces(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int error;

	if (unshare(CLONE_NEWUSER | NAMESPACES) == 0)
		return map_ids(uid, gid);
	error = errno;
	/* Real root can do without a user namespace. */
	if (uid == 0 && unshare(NAMESPACES) == 0)
		return SANDBOX_NONE;
	errno = error;
	return SANDBOX_NAMESPACES;
}

/* ---- file systems ---- */

static int mount_dev(void)
{
	static const char *const nodes[] = { "null",   "zero",	  "full",
					     "random", "urandom", "tty" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" },
	};
	char from[32], to[32];

	if (mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755") < 0)
		return SANDBOX_DEV;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		int fd;

		(void)path_format(from, sizeof(from), "/dev/%s", nodes[i]);
		(void)path_format(to, sizeof(to), "dev/%s", nodes[i]);
		fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
		if (fd < 0)
			return SANDBOX_DEV;
		(void)close(fd);
		/* A container without terminals has no /dev/tty. */
		if (mount(from, to, NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
			return SANDBOX_DEV;
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			return SANDBOX_DEV;
	return mkdir("dev/shm", 01777) < 0 ? SANDBOX_DEV : SANDBOX_NONE;
}

static int make_mount_points(void)
{
	static const char *const dirs[] = { "proc", "sys", "dev", "run",
					    "tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdir(dirs[i], 0755) < 0 && errno != EEXIST)
			return SANDBOX_MOUNT;
	return SANDBOX_NONE;
}

static int mount_all(const char *tree)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV;
	int step;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(tree, tree, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    chdir(tree) < 0)
		return SANDBOX_MOUNT;
	step = make_mount_points();
	if (step)
		return step;
	/* Read-only: built by root, its settings of the kernel are the host's. */
	if (mount("proc", "proc", "proc", safe | MS_NOEXEC | MS_RDONLY, NULL) <
	    0)
		return SANDBOX_PROC;
	step = mount_dev();
	if (step)
		return step;
	if (mount("tmpfs", "tmp", "tmpfs", safe, "mode=1777") < 0 ||
	    mount("tmpfs", "run", "tmpfs", safe, "mode=755") < 0)
		return SANDBOX_MOUNT;
	return SANDBOX_NONE;
}

static int enter_root(void)
{
	/* The new root over the old one, then the old one off from below. */
	if (syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ||
	    sethostname("image", 5) < 0)
		return SANDBOX_ROOT;
	return SANDBOX_NONE;
}

/* ---- the three processes ---- */

static void report(int pipe, int step, int error)
{
	const struct failure f = { .step = step, .error = error };

	(void)!write(pipe, &f, sizeof(f));
}

/* All of init's descriptors besides the standard ones. */
struct init_fds {
	int pipe;   /* where failures are reported */
	int owners; /* where notes go; -1 = nowhere */
};

static int close_gap(int low, int high)
{
	if (low > high ||
	    close_range((unsigned int)low, (unsigned int)high, 0) == 0)
		return 0;
	return errno == ENOSYS ? 0 : -1; /* then being undumpable has to do */
}

/* init never executes anything, so nothing closes by itself: all that the
 * builder has open would be in /proc/1/fd, and with any directory the way out
 * of the tree. Only these and the standard descriptors stay.
 */
static int place_fds(const struct sandbox *s, struct init_fds *f)
{
	enum {
		ABOVE = 10
	};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = fcntl(s->out, F_DUPFD_CLOEXEC, ABOVE);
	int log = fcntl(s->log, F_DUPFD_CLOEXEC, ABOVE);
	int last;

	f->pipe = fcntl(f->pipe, F_DUPFD_CLOEXEC, ABOVE);
	if (s->owners >= 0)
		f->owners = fcntl(s->owners, F_DUPFD_CLOEXEC, f->pipe);
	last = f->owners < 0 ? f->pipe : f->owners;
	if (null < 0 || out < 0 || log < 0 || f->pipe < 0 ||
	    (s->owners >= 0 && f->owners < 0) ||
	    (!s->interactive && dup2(null, STDIN_FILENO) < 0) ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		return SANDBOX_EXEC;
	if (close_gap(3, f->pipe - 1) < 0 ||
	    close_gap(f->pipe + 1, last - 1) < 0 ||
	    close_range((unsigned int)last + 1, ~0U, 0) < 0)
		return errno == ENOSYS ? SANDBOX_NONE : SANDBOX_EXEC;
	return SANDBOX_NONE;
}

static void signals_default(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &sa, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The filter is on; who answers for it is init. */
static int hand_over(int sock)
{
	CLEANUP_FD int listener = -1;
	char byte = 0;
	int r;

	if (sandbox_install_filter(&listener) < 0)
		return SANDBOX_FILTER;
	r = fdpass_send(sock, &byte, 1, &listener, 1);
	errno = -r;
	return r < 0 ? SANDBOX_FILTER : SANDBOX_NONE;
}

__attribute__((noreturn)) static void command_main(const struct sandbox *s,
						   int pipe, int sock)
{
	int step = SANDBOX_NONE;

	signals_default();
	(void)umask(022);
	if (sandbox_drop_capabilities() < 0)
		step = SANDBOX_FILTER;
	if (!step)
		step = hand_over(sock);
	if (!step) {
		(void)execve(s->argv[0], s->argv, s->env);
		step = SANDBOX_EXEC;
	}
	report(pipe, step, errno);
	_exit(127);
}

/* Reap all there is. True: the command is among them, its status is ours. */
static bool reap(pid_t command, int *ret_status)
{
	int status;
	pid_t p;

	while ((p = waitpid(-1, &status, WNOHANG)) > 0)
		if (p == command) {
			*ret_status = spawn_status(status);
			return true;
		}
	return false;
}

/* Answer and reap until the command ends. */
static int serve(struct sandbox_record *r, int signals, pid_t command)
{
	struct pollfd p[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = r->listener, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int status;

	while (!reap(command, &status)) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return 127;
		if (p[1].revents & POLLIN)
			sandbox_record_serve(r);
		else if (p[1].revents)
			p[1].fd = -1; /* nobody is left under the filter */
		if (p[0].revents & POLLIN)
			(void)!read(signals, &info, sizeof(info));
	}
	return status;
}

static int block_sigchld(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* -1: the command could not be started, and has said why. */
static int receive_listener(int sock)
{
	int fds[FDPASS_MAX];
	size_t n = 0, len;
	char byte;

	return fdpass_recv(sock, &byte, 1, &len, fds, &n) == 0 && n == 1 ?
		       fds[0] :
		       -1;
}

static int run_command(const struct sandbox *s, const struct init_fds *f)
{
	struct sandbox_record r = { .listener = -1 };
	int signals = block_sigchld(), sock[2], status;
	pid_t command = -1;

	if (signals >= 0 &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) == 0) {
		command = fork();
		if (!command)
			command_main(s, f->pipe, sock[1]);
	}
	if (command < 0) {
		report(f->pipe, SANDBOX_EXEC, errno);
		return 127;
	}
	(void)close(f->pipe);
	(void)close(sock[1]);
	if (sandbox_record_init(&r, receive_listener(sock[0]), f->owners) < 0)
		return 127;
	(void)close(sock[0]);
	status = serve(&r, signals, command);
	sandbox_record_deinit(&r);
	return status;
}

__attribute__((noreturn)) static void init_main(const struct sandbox *s,
						int pipe)
{
	struct init_fds fds = { .pipe = pipe, .owners = -1 };
	int step;

	/* The parent is outside of this pid namespace: nothing to compare. A
	 * session of its own keeps scripts away from the user's terminal.
	 */
	if ((!s->interactive && setsid() < 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 /* nobody inside looks into us */) {
		report(pipe, SANDBOX_NAMESPACES, errno);
		_exit(127);
	}
	step = place_fds(s, &fds);
	if (!step)
		step = mount_all(s->tree);
	if (!step)
		step = enter_root();
	if (step) {
		report(fds.pipe, step, errno);
		_exit(127);
	}
	_exit(run_command(s, &fds));
}

__attribute__((noreturn)) static void outer_main(const struct sandbox *s,
						 pid_t parent, int pipe)
{
	int step, status;
	pid_t init;

	if (spawn_die_with_parent(parent, SIGKILL) < 0)
		_exit(127);
	step = enter_namespaces();
	if (step) {
		report(pipe, step, errno);
		_exit(127);
	}
	/* Setting ids made this process undumpable, which clears the signal
	 * on some kernels: ask again.
	 */
	if (spawn_die_with_parent(parent, SIGKILL) < 0)
		_exit(127);
	init = fork();
	if (!init)
		init_main(s, pipe);
	if (init < 0)
		report(pipe, SANDBOX_NAMESPACES, errno);
	(void)close(pipe);
	status = init < 0 ? 127 : spawn_wait(init);
	_exit(status < 0 ? 127 : status);
}

/* What the command's start led to: in @ret_f (step 0: it ran), and its
 * status.
 */
static int run(const struct sandbox *s, struct failure *ret_f, int *ret_status)
{
	CLEANUP_FD int from = -1, to = -1;
	struct failure f;
	pid_t pid, parent = getpid();
	int p[2], status;
	ssize_t n;

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	from = p[0];
	to = p[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		outer_main(s, parent, to);
	close_fd(&to);
	do
		n = read(from, &f, sizeof(f));
	while (n < 0 && errno == EINTR);
	status = spawn_wait(pid);
	if (status < 0)
		return status;
	*ret_f = n == sizeof(f) ? f : (struct failure){ SANDBOX_NONE, 0 };
	*ret_status = status;
	return 0;
}

static int explain(const struct sandbox *s, const struct failure *f,
		   struct err *e)
{
	struct sandbox_facts facts;

	sandbox_facts_read(&facts);
	return sandbox_explain((enum sandbox_step)f->step, f->error, &facts,
			       s->tree, e);
}

int sandbox_run(const struct sandbox *s, int *ret_status, struct err *e)
{
	struct failure f = { 0 };
	int status = 0, r;

	r = run(s, &f, &status);
	if (r < 0)
		return r;
	if (f.step != SANDBOX_NONE)
		return explain(s, &f, e);
	*ret_status = status;
	return 0;
}

int sandbox_probe(const char *dir, struct err *e)
{
	char *const argv[] = { (char[]){ "/nothing" }, NULL };
	const struct sandbox s = { .tree = dir,
				   .argv = argv,
				   .env = argv + 1,
				   .out = STDERR_FILENO,
				   .log = STDERR_FILENO,
				   .owners = -1 };
	struct failure f = { 0 };
	int status, r;

	r = run(&s, &f, &status);
	/* All went well up to the program, which does not exist. */
	if (r < 0 || (f.step == SANDBOX_EXEC && f.error == ENOENT))
		return r;
	return explain(&s, &f, e);
}
