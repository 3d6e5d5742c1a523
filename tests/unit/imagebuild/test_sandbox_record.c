/* SPDX-License-Identifier: MIT */

/* test_sandbox_record.c - Answers to programs under the filter */

#include "sandbox_record.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "../unit.h"
#include "cleanup.h"
#include "fdpass.h"
#include "noted.h"
#include "sandbox_filter.h"
#include "scratch.h"
#include "spawn.h"

typedef int (*program)(struct scratch *s);

static void child_main(struct scratch *s, program p, int sock)
{
	int listener;
	char byte = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    sandbox_install_filter(&listener) < 0 ||
	    fdpass_send(sock, &byte, 1, &listener, 1) < 0)
		_exit(100);
	(void)close(listener);
	(void)close(sock);
	_exit(fchdir(s->fd) < 0 ? 101 : p(s));
}

/* What the program returns: the line that failed, 0 = none. */
static int run(struct scratch *s, program p, int log)
{
	struct sandbox_record r;
	int sock[2], fds[FDPASS_MAX];
	size_t len, n = 0;
	char byte;
	pid_t pid;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock), 0);
	pid = fork();
	if (!pid)
		child_main(s, p, sock[1]);
	(void)close(sock[1]);
	if (fdpass_recv(sock[0], &byte, 1, &len, fds, &n) < 0 || n != 1)
		skip(); /* no such filters here */
	(void)close(sock[0]);
	assert_int_equal(sandbox_record_init(&r, fds[0], log), 0);
	for (;;) {
		struct pollfd f = { .fd = r.listener, .events = POLLIN };

		if (poll(&f, 1, -1) != 1 || !(f.revents & POLLIN))
			break;
		sandbox_record_serve(&r);
	}
	sandbox_record_deinit(&r);
	return spawn_wait(pid);
}

static void run_noting(struct scratch *s, program p, struct owners *ret)
{
	CLEANUP_FD int log = noted_open(s);
	int r = run(s, p, log);

	if (r)
		fail_msg("line %d of the program", r);
	assert_int_equal(owners_load(log, ret), 0);
}

/* In the child: which line was not as it must be. */
#define must(x)                                   \
	do {                                      \
		if (!(x))                         \
			return __LINE__ % 97 + 1; \
	} while (0)
#define fails(x, error) must((x) < 0 && errno == (error))

/* ---- owners ---- */

static int many_ways(struct scratch *s)
{
	char path[PATH_MAX];
	int fd = open("a", O_RDONLY | O_CLOEXEC), dir;

	must(fchown(fd, 1, 2) == 0);
	must(chown("b", 3, (gid_t)-1) == 0);
	must(chown("b", (uid_t)-1, 4) == 0);
	must(chown(scratch_path(s, "c", path, sizeof(path)), 5, 6) == 0);
	dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fchownat(dir, "e", 7, 8, 0) == 0);
	must(fchownat(dir, "", 9, 10, AT_EMPTY_PATH) == 0);
	must(fchownat(dir, "../link", 11, 12, AT_SYMLINK_NOFOLLOW) == 0);
	must(chown("h", (uid_t)-1, 17) == 0);
	must(chdir("d") == 0 && chown("f", 13, 14) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
		       open("../g", O_RDONLY | O_CLOEXEC));
	must(chown(path, 15, 16) == 0);
	fd = open("../i", O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	must(chown(path, 19, (gid_t)-1) == 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	must(chown(path, (uid_t)-1, 20) == 0);
	must(dup2(open("../j", O_RDONLY | O_CLOEXEC), STDIN_FILENO) == 0);
	must(chown("/dev/stdin", 21, 22) == 0);
	return 0;
}

static void is(struct scratch *s, const struct owners *o, const char *name,
	       uint32_t uid, uint32_t gid)
{
	const struct owner *f = noted_find(s, o, name);

	if (!f || f->uid != uid || f->gid != gid)
		fail_msg("%s: %d:%d", name, f ? (int)f->uid : -1,
			 f ? (int)f->gid : -1);
}

static void all_ways_to_a_file(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d/e", "d/f",
					     "g", "h", "i", "j" };
	struct scratch *s = *state;
	struct owners o;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		scratch_put(s, names[i], "x");
	assert_int_equal(symlinkat("a", s->fd, "link"), 0);
	run_noting(s, many_ways, &o);
	is(s, &o, "a", 1, 2);
	is(s, &o, "b", 3, 4);
	is(s, &o, "c", 5, 6);
	is(s, &o, "d/e", 7, 8);
	is(s, &o, "d", 9, 10);
	is(s, &o, "link", 11, 12);
	is(s, &o, "d/f", 13, 14);
	is(s, &o, "g", 15, 16);
	is(s, &o, "h", 0, 17);
	is(s, &o, "i", 19, 20);
	is(s, &o, "j", 21, 22);
	owners_deinit(&o);
}

/* A path that ends where memory does. */
static int at_the_edge(struct scratch *s)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)s;
	must(page != MAP_FAILED && munmap(page + 4096, 4096) == 0);
	strcpy(page + 4094, "a");
	must(chown(page + 4094, 1, 1) == 0);
	page[4095] = 'x';
	fails(chown(page + 4094, 1, 1), EFAULT);
	return 0;
}

static int wrong_calls(struct scratch *s)
{
	char longest[PATH_MAX + 8];

	(void)s;
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	fails(chown("nothing", 1, 1), ENOENT);
	fails(chown("", 1, 1), ENOENT);
	fails(chown(longest, 1, 1), ENAMETOOLONG);
	fails(syscall(SYS_chown, 1, 1, 1), EFAULT);
	fails(fchown(999, 1, 1), EBADF);
	fails(fchownat(999, "a", 1, 1, 0), EBADF);
	fails(fchownat(AT_FDCWD, "a", 1, 1, 0x8000), EINVAL);
	fails(fchownat(AT_FDCWD, "", 1, 1, 0), ENOENT);
	fails(mknod("a", S_IFCHR | 0600, makedev(1, 1)), EEXIST);
	fails(mknod("no/a", S_IFCHR | 0600, makedev(1, 1)), ENOENT);
	return 0;
}

static void nothing_is_noted(struct scratch *s, program p)
{
	struct owners o;

	scratch_put(s, "a", "x");
	run_noting(s, p, &o);
	assert_int_equal(o.n, p == at_the_edge);
	owners_deinit(&o);
}

static void edge(void **state)
{
	nothing_is_noted(*state, at_the_edge);
}

static void errors_as_the_kernel_has_them(void **state)
{
	nothing_is_noted(*state, wrong_calls);
}

/* ---- devices and capabilities ---- */

static int devices(struct scratch *s)
{
	int dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];

	must(mknod("tty", S_IFCHR | 0620, makedev(5, 1)) == 0);
	must(mknodat(dir, "disk", S_IFBLK | 0660, makedev(259, 70000)) == 0);
	must(mknod(scratch_path(s, "null", path, sizeof(path)), S_IFCHR | 0666,
		   makedev(1, 3)) == 0);
	must(mkfifo("fifo", 0600) == 0);
	(void)umask(0);
	must(mknod("all", S_IFCHR | 0666, makedev(1, 5)) == 0);
	(void)umask(077);
	must(mknod("mine", S_IFCHR | 0666, makedev(1, 5)) == 0);
	return 0;
}

static void has_mode(struct scratch *s, const char *name, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstatat(s->fd, name, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void device_nodes(void **state)
{
	struct scratch *s = *state;
	const struct owner *f;
	struct owners o;
	struct stat st;

	scratch_put(s, "d/x", "x");
	run_noting(s, devices, &o);
	f = noted_find(s, &o, "d/disk");
	assert_non_null(f);
	assert_int_equal(f->mode, S_IFBLK);
	assert_int_equal(f->major, 259);
	assert_int_equal(f->minor, 70000);
	assert_non_null(noted_find(s, &o, "tty"));
	assert_non_null(noted_find(s, &o, "null"));
	assert_int_equal(fstatat(s->fd, "fifo", &st, 0), 0);
	assert_true(S_ISFIFO(st.st_mode));
	/* The caller's umask counts, not that of who answers. */
	has_mode(s, "all", 0666);
	has_mode(s, "mine", 0600);
	owners_deinit(&o);
}

static const struct vfs_ns_cap_data three = {
	.magic_etc = VFS_CAP_REVISION_3 | VFS_CAP_FLAGS_EFFECTIVE,
	.data = { { .permitted = 1 << CAP_NET_RAW } },
	.rootid = 1000,
};

static int capabilities(struct scratch *s)
{
	static const char cap[] = "security.capability";
	int fd = open("a", O_RDONLY | O_CLOEXEC), r;
	char buf[8], long_value[25] = "";

	(void)s;
	must(fsetxattr(fd, cap, &three, sizeof(three), 0) == 0);
	must(setxattr("link", cap, &three, XATTR_CAPS_SZ_3, 0) == 0);
	must(lsetxattr("b", cap, &three, XATTR_CAPS_SZ_3, 0) == 0);
	must(removexattr("b", cap) == 0);
	must(setxattr("c", cap, &three, XATTR_CAPS_SZ_3, 0) == 0);
	must(chown("c", 1, 1) == 0);
	fails(setxattr("c", cap, long_value, 25, 0), EINVAL);
	fails(setxattr("c", cap, "abcdefghijklmnopqrst", 20, 0), EINVAL);
	fails(setxattr("c", cap, &three, 2, 0), EINVAL);
	/* All others are the kernel's. */
	r = setxattr("c", "user.x", "abc", 3, 0);
	must(r == 0 || errno == EOPNOTSUPP);
	must(r < 0 || getxattr("c", "user.x", buf, sizeof(buf)) == 3);
	r = setxattr("c", "security.capability.and.more", "abc", 3, 0);
	must(r == 0 || errno == EPERM || errno == EOPNOTSUPP);
	return 0;
}

static void file_capabilities(void **state)
{
	static const uint32_t two = VFS_CAP_REVISION_2 |
				    VFS_CAP_FLAGS_EFFECTIVE;
	struct scratch *s = *state;
	const struct owner *f;
	struct owners o;

	scratch_put(s, "a", "x");
	scratch_put(s, "b", "x");
	scratch_put(s, "c", "x");
	scratch_put(s, "d", "x");
	assert_int_equal(symlinkat("d", s->fd, "link"), 0);
	run_noting(s, capabilities, &o);
	f = noted_find(s, &o, "a");
	assert_non_null(f);
	assert_int_equal(f->capability_len, XATTR_CAPS_SZ_2);
	assert_memory_equal(f->capability, &two, sizeof(two));
	f = noted_find(s, &o, "d");
	assert_true(f && f->capability_len == XATTR_CAPS_SZ_2);
	f = noted_find(s, &o, "b");
	assert_true(f && f->capability_len == 0);
	f = noted_find(s, &o, "c");
	assert_true(f && f->capability_len == 0 && f->uid == 1);
	owners_deinit(&o);
}

/* ---- ways around ---- */

/* What another ABI, or a call that is not looked at, would do unseen. */
static int ways_around(struct scratch *s)
{
	long r __attribute__((unused));

	(void)s;
	/* chown() of x32 */
	fails(syscall(0x40000000 | SYS_chown, "a", 1, 1), ENOSYS);
	fails(syscall(SYS_io_uring_setup, 1, NULL), ENOSYS);
	fails(syscall(463, AT_FDCWD, "a", 0, "user.x", NULL, 0), ENOSYS);
#ifdef __x86_64__
	/* lchown() of i386, if this kernel has it at all */
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(198L), "b"(0L), "c"(1L), "d"(1L)
			 : "memory");
	must(r == -ENOSYS);
#endif
	fails(ioctl(STDIN_FILENO, TIOCSTI, "x"), EPERM);
	fails(syscall(SYS_ioctl, STDIN_FILENO, 1ULL << 32 | TIOCSTI, "x"),
	      EPERM);
	must(setuid(12) == 0 && setgid(13) == 0);
	return 0;
}

static void no_way_around(void **state)
{
	nothing_is_noted(*state, ways_around);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(all_ways_to_a_file),
		scratch_test(edge),
		scratch_test(errors_as_the_kernel_has_them),
		scratch_test(device_nodes),
		scratch_test(file_capabilities),
		scratch_test(no_way_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
