/* SPDX-License-Identifier: MIT */

/* test_sandbox.c - The sandbox, and what is said where it cannot be built */

#include "sandbox.h"

#include <errno.h>
#include <stdbool.h>

#include "../unit.h"
#include "cleanup.h"
#include "noted.h"
#include "scratch.h"

static const struct sandbox_facts open_host = {
	.max_user_namespaces = 1000,
	.unprivileged_userns_clone = -1,
	.apparmor_restrict = -1,
	.seccomp = 0,
	.unconfined = -1,
};

static void says(enum sandbox_step step, int error,
		 const struct sandbox_facts *f, int want, const char *words)
{
	struct err e = { 0 };

	assert_int_equal(sandbox_explain(step, error, f, "/t", &e), want);
	if (!strstr(e.msg, words) || strchr(e.msg, '\n'))
		fail_msg("\"%s\" does not say \"%s\"", e.msg, words);
}

static void names_what_forbids(void **state)
{
	struct sandbox_facts f = open_host;

	(void)state;
	f.max_user_namespaces = 0;
	/* Not a full disk, though the kernel calls it so. */
	says(SANDBOX_NAMESPACES, ENOSPC, &f, -EPERM,
	     "user.max_user_namespaces");
	f = open_host;
	f.unprivileged_userns_clone = 0;
	says(SANDBOX_NAMESPACES, EPERM, &f, -EPERM,
	     "kernel.unprivileged_userns_clone=1");
	f = open_host;
	f.apparmor_restrict = 1;
	says(SANDBOX_IDS, EPERM, &f, -EPERM,
	     "kernel.apparmor_restrict_unprivileged_userns=0");
	says(SANDBOX_MOUNT, EACCES, &f, -EPERM,
	     "kernel.apparmor_restrict_unprivileged_userns=0");
	f.apparmor_restrict = 0;
	f.seccomp = 2;
	says(SANDBOX_NAMESPACES, EPERM, &f, -EPERM, "seccomp=unconfined");
	f.seccomp = 0;
	f.unconfined = 0;
	says(SANDBOX_MOUNT, EACCES, &f, -EPERM, "apparmor=unconfined");
	says(SANDBOX_NAMESPACES, EPERM, &open_host, -EPERM, "chroot");
}

static void mends(void **state)
{
	struct sandbox_facts f = open_host;

	(void)state;
	assert_null(sandbox_mend(&f));
	f.seccomp = 2;
	assert_string_equal(sandbox_mend(&f),
			    "--security-opt seccomp=unconfined");
	f.unprivileged_userns_clone = 0;
	assert_string_equal(sandbox_mend(&f),
			    "sysctl -w kernel.unprivileged_userns_clone=1");
}

static void other_failures(void **state)
{
	(void)state;
	says(SANDBOX_PROC, EPERM, &open_host, -EPERM, "systempaths");
	says(SANDBOX_EXEC, EACCES, &open_host, -EACCES, "noexec");
	says(SANDBOX_MOUNT, ENOENT, &open_host, -ENOENT, "\"/t\"");
	says(SANDBOX_EXEC, ENOENT, &open_host, -ENOENT, "starting the program");
}

static void facts_of_this_host(void **state)
{
	struct sandbox_facts f;

	(void)state;
	sandbox_facts_read(&f);
	assert_true(f.seccomp >= 0 && f.seccomp <= 2);
}

static void probe(void **state)
{
	struct scratch *s = *state;
	struct err e = { 0 };
	int r = sandbox_probe(s->path, &e);

	/* Either it works here, or the reason is said. */
	if (r < 0)
		assert_true(*e.msg);
	else
		assert_false(*e.msg);
	assert_true(sandbox_probe("/nonexistent/tree", &e) < 0);
	assert_true(*e.msg);
}

/* Run a shell's line in a tree that holds nothing but busybox; its status. */
static int shell_noting(struct scratch *s, const char *line, int owners)
{
	char *const argv[] = { (char[]){ "/bin/busybox" }, (char[]){ "sh" },
			       (char[]){ "-c" }, strdupa(line), NULL };
	char *const env[] = { (char[]){ "PATH=/bin" }, NULL };
	const struct sandbox box = { .tree = s->path,
				     .argv = argv,
				     .env = env,
				     .out = STDERR_FILENO,
				     .log = STDERR_FILENO,
				     .owners = owners };
	struct err e = { 0 };
	int status = -1, r = sandbox_run(&box, &status, &e);

	if (r < 0)
		fail_msg("%s", e.msg);
	return status;
}

static int shell(struct scratch *s, const char *line)
{
	return shell_noting(s, line, -1);
}

/* False where no sandbox can be had, or busybox is not static. */
static bool put_busybox(struct scratch *s)
{
	CLEANUP_FREE char *data = NULL;
	struct err e = { 0 };
	size_t len;
	int fd;

	if (sandbox_probe(s->path, &e) < 0 ||
	    file_read(AT_FDCWD, "/bin/busybox", 1U << 24, &data, &len) < 0)
		return false;
	assert_int_equal(mkdirat(s->fd, "bin", 0755), 0);
	fd = openat(s->fd, "bin/busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, data, len), 0);
	(void)close(fd);
	return shell(s, "exit 7") == 7;
}

/* Nothing of the host is in sight, whatever the builder had open. */
static void no_way_out(void **state)
{
	struct scratch *s = *state;
	int fd;

	if (!put_busybox(s))
		skip();
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_not_equal(shell(s, "busybox ls -d /proc/1/fd/*/."), 0);
	assert_int_not_equal(shell(s, "busybox cat /proc/1/environ"), 0);
	(void)close(fd);
	/* Not even by root, who owns these files. */
	assert_int_not_equal(
		shell(s, "v=$(busybox cat /proc/sys/kernel/printk) && "
			 "echo \"$v\" > /proc/sys/kernel/printk"),
		0);
	assert_int_not_equal(shell(s, "busybox mount -o remount,rw /proc"), 0);
	assert_int_equal(shell(s, "busybox chown 7 /bin && echo > /file"), 0);
}

/* However it is named, in whichever process, and wherever it goes then. */
static void notes_owners(void **state)
{
	struct scratch *s = *state;
	const struct owner *f;
	struct owners o;
	struct stat st;
	int log;

	if (!put_busybox(s))
		skip();
	log = noted_open(s);
	assert_int_equal(
		shell_noting(s,
			     "set -e\n"
			     "mkdir -p /etc; cd /etc; echo x > a; echo y > b\n"
			     "ln -s b link\n"
			     "(cd /; busybox chown 5:6 etc/a)\n"
			     "busybox chmod 4755 b; busybox chown 3:7 link\n"
			     "busybox chown -h 8 /etc/link\n"
			     "busybox mv a c\n"
			     "busybox mknod tty c 5 1\n"
			     "busybox mkfifo fifo\n"
			     "! busybox chown 1 nothing\n"
			     "! busybox mknod /no/where b 1 1\n"
			     "! busybox mknod tty c 5 1\n",
			     log),
		0);
	assert_int_equal(owners_load(log, &o), 0);
	f = noted_find(s, &o, "etc/c");
	assert_non_null(f);
	assert_int_equal(f->uid, 5);
	assert_int_equal(f->gid, 6);
	f = noted_find(s, &o, "etc/b");
	assert_non_null(f);
	assert_int_equal(f->gid, 7);
	assert_int_equal(f->uid, 3);
	/* The new owner does not get a program that is set-uid. */
	assert_int_equal(fstatat(s->fd, "etc/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	f = noted_find(s, &o, "etc/link");
	assert_non_null(f);
	assert_int_equal(f->uid, 8);
	f = noted_find(s, &o, "etc/tty");
	assert_non_null(f);
	assert_int_equal(f->mode, S_IFCHR);
	assert_int_equal(f->major, 5);
	assert_int_equal(f->minor, 1);
	assert_null(noted_find(s, &o, "etc/fifo"));
	owners_deinit(&o);
	(void)close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_forbids),
		cmocka_unit_test(mends),
		cmocka_unit_test(other_failures),
		cmocka_unit_test(facts_of_this_host),
		scratch_test(probe),
		scratch_test(no_way_out),
		scratch_test(notes_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
