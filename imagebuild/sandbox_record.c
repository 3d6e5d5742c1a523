/* SPDX-License-Identifier: MIT */

/* sandbox_record.c - Answer for what a program in the sandbox cannot do (the
 * design: sandbox_record.h)
 */

#include "sandbox_record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "owners.h"
#include "path.h"

#define PAGE 4096U
#define STATUS_MAX (64U << 10)
#define XATTR_NAME "security.capability"
/* The same, and what the library calls it. */
#define NO_ID UINT32_MAX

/* A request, as the handlers see it. */
struct call {
	struct sandbox_record *r;
	pid_t pid;
	const uint64_t *args;
	bool go_on; /* the kernel is to do it */
};

/* ---- the caller's memory and files ---------------------------------------- */

static int read_memory(const struct call *c, uint64_t at, void *to, size_t len)
{
	struct iovec here = { to, len };
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): another's address */
	struct iovec there = { (void *)(uintptr_t)at, len };
	ssize_t n = process_vm_readv(c->pid, &here, 1, &there, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

/* A string may end just before a page that is not there. */
static int read_string(const struct call *c, uint64_t at, char *to, size_t size)
{
	size_t len = 0;

	while (len < size) {
		size_t part = PAGE - (at + len) % PAGE;
		int r;

		if (part > size - len)
			part = size - len;
		r = read_memory(c, at + len, to + len, part);
		if (r < 0)
			return r;
		if (memchr(to + len, '\0', part))
			return 0;
		len += part;
	}
	return -ENAMETOOLONG;
}

/* What comes behind @start; NULL = it does not begin so */
static const char *behind(const char *path, const char *start)
{
	for (; *start; path++, start++)
		if (*path != *start)
			return NULL;
	return path;
}

/* Names that mean whoever looks; here, that is the caller. */
static const struct {
	const char *name;
	const char *below; /* /proc/PID */
} own[] = {
	{ "/proc/self", "" },	    { "/proc/thread-self", "" },
	{ "/dev/fd", "/fd" },	    { "/dev/stdin", "/fd/0" },
	{ "/dev/stdout", "/fd/1" }, { "/dev/stderr", "/fd/2" },
};

static int open_absolute(const struct call *c, const char *path, int flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		const char *rest = behind(path, own[i].name);
		char other[PATH_MAX];
		int r;

		if (!rest || (*rest && *rest != '/'))
			continue;
		r = path_format(other, sizeof(other), "/proc/%d%s%s", c->pid,
				own[i].below, rest);
		errno = -r;
		return r < 0 ? -1 : open(other, flags);
	}
	return open(path, flags);
}

static int open_base(const struct call *c, int dirfd, int *ret_fd)
{
	char path[64];
	int fd;

	if (dirfd == AT_FDCWD)
		(void)path_format(path, sizeof(path), "/proc/%d/cwd", c->pid);
	else
		(void)path_format(path, sizeof(path), "/proc/%d/fd/%d", c->pid,
				  dirfd);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EBADF : -errno;
	*ret_fd = fd;
	return 0;
}

/* What the caller means by @dirfd and @path. "" is @dirfd itself. */
static int open_path(const struct call *c, int dirfd, const char *path,
		     bool follow, int *ret_fd)
{
	const int flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
	CLEANUP_FD int base = -1;
	int fd, r;

	if (*path == '/') {
		fd = open_absolute(c, path, flags);
	} else {
		r = open_base(c, dirfd, &base);
		if (r < 0)
			return r;
		fd = *path ? openat(base, path, flags) : take_fd(&base);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int open_argument(const struct call *c, int dirfd, uint64_t address,
			 bool follow, bool may_be_empty, int *ret_fd)
{
	char path[PATH_MAX];
	int r = read_string(c, address, path, sizeof(path));

	if (r < 0)
		return r;
	if (!*path && !may_be_empty)
		return -ENOENT;
	return open_path(c, dirfd, path, follow, ret_fd);
}

/* The memory that was read was the caller's, if it still waits. */
static int check_alive(const struct call *c)
{
	return seccomp_notify_id_valid(c->r->listener, c->r->request->id) < 0 ?
		       -ENOENT :
		       0;
}

/* ---- owners --------------------------------------------------------------- */

/* As the kernel does: whoever gets a program does not get its power. */
static int drop_power(int fd, struct owner *o)
{
	char path[32];
	struct stat st;
	mode_t mode;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	o->what |= OWNERS_CAPABILITY;
	mode = st.st_mode & ~(mode_t)S_ISUID;
	if (mode & S_IXGRP)
		mode &= ~(mode_t)S_ISGID;
	if (mode == st.st_mode)
		return 0;
	r = path_format(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (r == 0 && chmod(path, mode & 07777) < 0)
		r = -errno;
	return r;
}

static int change_owner(struct call *c, int fd, uint64_t uid, uint64_t gid)
{
	struct owner o = { .uid = (uint32_t)uid, .gid = (uint32_t)gid };
	int r;

	if (o.uid != NO_ID)
		o.what |= OWNERS_UID;
	if (o.gid != NO_ID)
		o.what |= OWNERS_GID;
	r = check_alive(c);
	if (r == 0)
		r = drop_power(fd, &o);
	return r < 0 || !o.what ? r : owners_note(c->r->log, fd, &o);
}

static int chown_path(struct call *c, bool follow)
{
	CLEANUP_FD int fd = -1;
	int r = open_argument(c, AT_FDCWD, c->args[0], follow, false, &fd);

	return r < 0 ? r : change_owner(c, fd, c->args[1], c->args[2]);
}

static int do_chown(struct call *c)
{
	return chown_path(c, true);
}

static int do_lchown(struct call *c)
{
	return chown_path(c, false);
}

static int do_fchown(struct call *c)
{
	CLEANUP_FD int fd = -1;
	int r = open_path(c, (int)c->args[0], "", true, &fd);

	return r < 0 ? r : change_owner(c, fd, c->args[1], c->args[2]);
}

static int do_fchownat(struct call *c)
{
	CLEANUP_FD int fd = -1;
	int flags = (int)c->args[4], r;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = open_argument(c, (int)c->args[0], c->args[1],
			  !(flags & AT_SYMLINK_NOFOLLOW), flags & AT_EMPTY_PATH,
			  &fd);
	return r < 0 ? r : change_owner(c, fd, c->args[2], c->args[3]);
}

/* ---- devices -------------------------------------------------------------- */

static int read_umask(const struct call *c, mode_t *ret)
{
	CLEANUP_FREE char *text = NULL;
	char path[32];
	const char *at;
	int r = path_format(path, sizeof(path), "/proc/%d/status", c->pid);

	if (r == 0)
		r = file_read(AT_FDCWD, path, STATUS_MAX, &text, NULL);
	at = text ? strstr(text, "\nUmask:") : NULL;
	if (!at)
		return r < 0 ? r : -ENOSYS;
	*ret = (mode_t)strtoul(at + strlen("\nUmask:"), NULL, 8) & 0777;
	return 0;
}

/* An empty file takes the name, and the permissions, for now. */
static int make_file(const struct call *c, int dir, const char *name,
		     mode_t mode, int *ret_fd)
{
	CLEANUP_FD int fd = -1;
	mode_t mask = 0;
	int r = read_umask(c, &mask);

	if (r == 0)
		r = check_alive(c);
	if (r < 0)
		return r;
	fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, mode & 07777 & ~mask) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int make_device(struct call *c, int dirfd, uint64_t address,
		       uint64_t mode, uint64_t dev)
{
	CLEANUP_FD int dir = -1, fd = -1;
	struct owner o = { .what = OWNERS_DEVICE,
			   .mode = (uint32_t)mode & S_IFMT,
			   .major = major(dev),
			   .minor = minor(dev) };
	char path[PATH_MAX], *slash;
	int r = read_string(c, address, path, sizeof(path));

	if (r < 0)
		return r;
	slash = strrchr(path, '/');
	if (slash == path)
		dir = open("/", O_PATH | O_CLOEXEC);
	if (slash)
		*slash = '\0';
	if (dir < 0)
		r = open_path(c, dirfd, slash ? path : ".", true, &dir);
	if (r == 0)
		r = make_file(c, dir, slash ? slash + 1 : path, (mode_t)mode,
			      &fd);
	return r < 0 ? r : owners_note(c->r->log, fd, &o);
}

static int do_mknod(struct call *c)
{
	return make_device(c, AT_FDCWD, c->args[0], c->args[1], c->args[2]);
}

static int do_mknodat(struct call *c)
{
	return make_device(c, (int)c->args[0], c->args[1], c->args[2],
			   c->args[3]);
}

/* ---- capabilities --------------------------------------------------------- */

/* Whether the attribute is ours; all others are the kernel's. */
static int is_capability(struct call *c, bool *ret)
{
	char name[sizeof(XATTR_NAME) + 1] = "";
	int r = read_string(c, c->args[1], name, sizeof(name));

	if (r < 0 && r != -ENAMETOOLONG)
		return r;
	*ret = r == 0 && !strcmp(name, XATTR_NAME);
	c->go_on = !*ret;
	return 0;
}

/* Inside, revision 3 says whose namespace; outside there is no such. */
static int check_capability(struct owner *o)
{
	uint32_t magic;

	if (o->capability_len < sizeof(magic))
		return -EINVAL;
	memcpy(&magic, o->capability, sizeof(magic));
	if (o->capability_len == XATTR_CAPS_SZ_3 &&
	    (magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_3) {
		magic = (magic & ~VFS_CAP_REVISION_MASK) | VFS_CAP_REVISION_2;
		memcpy(o->capability, &magic, sizeof(magic));
		memset(o->capability + XATTR_CAPS_SZ_2, 0,
		       sizeof(o->capability) - XATTR_CAPS_SZ_2);
		o->capability_len = XATTR_CAPS_SZ_2;
	}
	return o->capability_len == XATTR_CAPS_SZ_2 &&
			       (magic & VFS_CAP_REVISION_MASK) ==
				       VFS_CAP_REVISION_2 ?
		       0 :
		       -EINVAL;
}

static int read_capability(const struct call *c, struct owner *o)
{
	int r;

	if (c->args[3] > sizeof(o->capability))
		return -EINVAL;
	o->capability_len = (uint32_t)c->args[3];
	r = read_memory(c, c->args[2], o->capability, o->capability_len);
	return r < 0 ? r : check_capability(o);
}

/* What fsetxattr() and its kin have as the first argument. */
enum target {
	TARGET_PATH,
	TARGET_LINK,
	TARGET_FD
};

static int change_capability(struct call *c, enum target t, bool set)
{
	struct owner o = { .what = OWNERS_CAPABILITY };
	CLEANUP_FD int fd = -1;
	bool ours = false;
	int r = is_capability(c, &ours);

	if (r < 0 || !ours)
		return r;
	if (t == TARGET_FD)
		r = open_path(c, (int)c->args[0], "", true, &fd);
	else
		r = open_argument(c, AT_FDCWD, c->args[0], t == TARGET_PATH,
				  false, &fd);
	if (r == 0 && set)
		r = read_capability(c, &o);
	if (r == 0)
		r = check_alive(c);
	return r < 0 ? r : owners_note(c->r->log, fd, &o);
}

static int do_setxattr(struct call *c)
{
	return change_capability(c, TARGET_PATH, true);
}

static int do_lsetxattr(struct call *c)
{
	return change_capability(c, TARGET_LINK, true);
}

static int do_fsetxattr(struct call *c)
{
	return change_capability(c, TARGET_FD, true);
}

static int do_removexattr(struct call *c)
{
	return change_capability(c, TARGET_PATH, false);
}

static int do_lremovexattr(struct call *c)
{
	return change_capability(c, TARGET_LINK, false);
}

static int do_fremovexattr(struct call *c)
{
	return change_capability(c, TARGET_FD, false);
}

/* ---- serving -------------------------------------------------------------- */

static const struct {
	int (*answer)(struct call *c);
	int nr;
	unsigned int type; /* which argument has it; 0 = all are asked for */
} answers[] = {
	{ do_chown, SCMP_SYS(chown), 0 },
	{ do_lchown, SCMP_SYS(lchown), 0 },
	{ do_fchown, SCMP_SYS(fchown), 0 },
	{ do_fchownat, SCMP_SYS(fchownat), 0 },
	{ do_mknod, SCMP_SYS(mknod), 1 },
	{ do_mknodat, SCMP_SYS(mknodat), 2 },
	{ do_setxattr, SCMP_SYS(setxattr), 0 },
	{ do_lsetxattr, SCMP_SYS(lsetxattr), 0 },
	{ do_fsetxattr, SCMP_SYS(fsetxattr), 0 },
	{ do_removexattr, SCMP_SYS(removexattr), 0 },
	{ do_lremovexattr, SCMP_SYS(lremovexattr), 0 },
	{ do_fremovexattr, SCMP_SYS(fremovexattr), 0 },
};

/* All but devices are the kernel's to make. */
static int ask_for_devices(scmp_filter_ctx f, int nr, unsigned int arg)
{
	static const unsigned int types[] = { S_IFCHR, S_IFBLK };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_NOTIFY, nr, 1,
				     SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, S_IFMT,
					      types[i]));
	return r;
}

int sandbox_record_ask(scmp_filter_ctx f)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(answers) && r == 0; i++)
		r = answers[i].type ?
			    ask_for_devices(f, answers[i].nr, answers[i].type) :
			    seccomp_rule_add(f, SCMP_ACT_NOTIFY, answers[i].nr,
					     0);
	return r;
}

static int answer(struct call *c, int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i].nr == nr)
			return answers[i].answer(c);
	return -ENOSYS;
}

void sandbox_record_serve(struct sandbox_record *r)
{
	struct seccomp_notif *q = r->request;
	struct seccomp_notif_resp *a = r->response;
	struct call c = { .r = r };
	int result;

	memset(q, 0, sizeof(*q));
	if (seccomp_notify_receive(r->listener, q) < 0)
		return; /* the caller was killed meanwhile */
	c.pid = (pid_t)q->pid;
	c.args = (const uint64_t *)q->data.args;
	result = answer(&c, q->data.nr);
	memset(a, 0, sizeof(*a));
	a->id = q->id;
	a->error = c.go_on ? 0 : result;
	a->flags = c.go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	(void)seccomp_notify_respond(r->listener, a);
}

int sandbox_record_init(struct sandbox_record *r, int listener, int log)
{
	int e;

	*r = (struct sandbox_record){ .listener = listener, .log = log };
	e = seccomp_notify_alloc(&r->request, &r->response);
	return e < 0 ? -ENOMEM : 0;
}

void sandbox_record_deinit(struct sandbox_record *r)
{
	close_fd(&r->listener);
	seccomp_notify_free(r->request, r->response);
	*r = (struct sandbox_record){ .listener = -1, .log = -1 };
}
