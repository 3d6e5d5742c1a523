// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * Questions to the daemon that only it can answer
 *
 * Theory of operation. Who asks puts a request on its own stack into the list
 * "waiting" and sleeps; a read of the daemon moves it to "taken", the answer
 * takes it out and wakes the asker. So nothing is allocated, and there are
 * never more requests than tasks that wait. When the daemon dies, what it has
 * taken goes back to the front of "waiting", for its successor.
 *
 * An asker can be killed at any time, and takes its request out itself. All
 * that touch a request hold the lock, and after the asker has held it once
 * more, nobody knows the request.
 *
 * The daemon answers by FAM_IOC_SET on the shelf first, which takes the shelf's
 * invalidate_lock: nobody may ask with that lock held, or with the mmap_lock of
 * a process that the daemon might need. The asker may hold the lock of a FUSE
 * inode, as FUSE does while it writes through.
 */

#include <linux/anon_inodes.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "fam.h"

/* Answers that one write(2) takes; what is more is left to the next. */
#define FAM_ANSWERS_MAX 1024

static unsigned int patience = 30;
module_param(patience, uint, 0644);
MODULE_PARM_DESC(patience,
		 "Seconds that requests wait for a new daemon (default: 30)");

/**
 * struct fam_upcall - A request, on the stack of who asks
 * @link:	In fam_upcalls.waiting or .taken; empty once it is answered
 * @request:	For the daemon
 * @result:	Its answer
 * @done:	Completed, under the lock, when it is there
 */
struct fam_upcall {
	struct list_head link;
	struct fam_request request;
	s64 result;
	struct completion done;
};

/**
 * fam_upcalls_init() - Prepare for requests
 * @up:		Upcalls of a new device
 */
void fam_upcalls_init(struct fam_upcalls *up)
{
	spin_lock_init(&up->lock);
	INIT_LIST_HEAD(&up->waiting);
	INIT_LIST_HEAD(&up->taken);
	init_waitqueue_head(&up->readable);
}

static void fam_upcall_finish(struct fam_upcall *call, s64 result)
{
	list_del_init(&call->link);
	call->result = result;
	complete(&call->done);
}

/**
 * fam_upcalls_close() - Answer whatever is asked by EIO, from now on
 * @up:		Upcalls of a device that goes away
 */
void fam_upcalls_close(struct fam_upcalls *up)
{
	struct fam_upcall *call, *next;

	spin_lock(&up->lock);
	up->closed = true;
	list_splice_init(&up->taken, &up->waiting);
	list_for_each_entry_safe(call, next, &up->waiting, link)
		fam_upcall_finish(call, -EIO);
	spin_unlock(&up->lock);
	wake_up_all(&up->readable);
}

/* ---- who asks ---- */

/* Before there was a daemon, the end of a shelf is its end. */
static s64 fam_default(enum fam_request_kind kind)
{
	return kind == FAM_REQUEST_EXTENT ? 0 : -ENOSPC;
}

/* 0 if it waits now, 1 if there is no need to */
static int fam_upcall_queue(struct fam_upcalls *up, struct fam_upcall *call)
{
	int ret = 1;

	spin_lock(&up->lock);
	if (up->closed) {
		call->result = -EIO;
	} else if (!up->was_served) {
		call->result = fam_default(call->request.kind);
	} else {
		call->request.seq = ++up->seq;
		list_add_tail(&call->link, &up->waiting);
		ret = 0;
	}
	spin_unlock(&up->lock);
	if (!ret)
		wake_up_poll(&up->readable, EPOLLIN | EPOLLRDNORM);
	return ret;
}

/* For how much longer to wait, in jiffies; <= 0: it is over */
static long fam_patience(struct fam_upcalls *up, unsigned long since)
{
	unsigned long all = min(READ_ONCE(patience), 1U << 20) * HZ;
	long left;

	spin_lock(&up->lock);
	if (up->served)
		left = max(all, 1UL * HZ);
	else if (time_after(up->left, since))
		left = up->left + all - jiffies;
	else
		left = since + all - jiffies;
	spin_unlock(&up->lock);
	return left;
}

static int fam_upcall_wait(struct fam_upcalls *up, struct fam_upcall *call)
{
	unsigned long since = jiffies;
	long left;
	long ret;

	while ((left = fam_patience(up, since)) > 0) {
		ret = wait_for_completion_killable_timeout(&call->done, left);
		if (ret)
			return ret < 0 ? -EINTR : 0;
	}
	return -EIO;
}

/**
 * fam_ask() - Ask the daemon, and wait for its answer
 * @inode:	Shelf; its invalidate_lock is not held
 * @kind:	What is wanted
 * @pos:	Where the read, write or fault begins
 * @len:	Its bytes
 *
 * Return: What the daemon says, as fam_ioctl.h has it; -EINTR if the task is
 *	being killed; -EIO if there was no daemon for too long
 */
s64 fam_ask(struct inode *inode, enum fam_request_kind kind, u64 pos, u64 len)
{
	struct fam_upcalls *up = &fam_device(inode)->upcalls;
	struct fam_upcall call = {
		.request = {
			.id = inode->i_ino,
			.kind = kind,
			.pos = pos,
			.len = len,
		},
	};
	int ret;

	init_completion(&call.done);
	INIT_LIST_HEAD(&call.link);
	if (fam_upcall_queue(up, &call))
		return call.result;
	ret = fam_upcall_wait(up, &call);

	spin_lock(&up->lock);
	if (!list_empty(&call.link)) {
		list_del(&call.link);
		call.result = ret;
	}
	spin_unlock(&up->lock);
	return call.result;
}

/* ---- the daemon ---- */

static bool fam_take(struct fam_upcalls *up, struct fam_request *ret_request)
{
	struct fam_upcall *call;

	spin_lock(&up->lock);
	call = list_first_entry_or_null(&up->waiting, struct fam_upcall, link);
	if (call) {
		*ret_request = call->request;
		list_move_tail(&call->link, &up->taken);
	}
	spin_unlock(&up->lock);
	return call;
}

/* The lock is held. Most daemons answer in the order of the requests. */
static struct fam_upcall *fam_find_taken(struct fam_upcalls *up, u64 seq)
{
	struct fam_upcall *call;

	list_for_each_entry(call, &up->taken, link)
		if (call->request.seq == seq)
			return call;
	return NULL;
}

/* It could not be handed over. */
static void fam_untake(struct fam_upcalls *up, u64 seq)
{
	struct fam_upcall *call;

	spin_lock(&up->lock);
	call = fam_find_taken(up, seq);
	if (call)
		list_move(&call->link, &up->waiting);
	spin_unlock(&up->lock);
	wake_up_poll(&up->readable, EPOLLIN | EPOLLRDNORM);
}

static bool fam_has_waiting(const struct fam_upcalls *up)
{
	return !list_empty(&up->waiting) || READ_ONCE(up->closed);
}

static ssize_t fam_serve_take(struct fam_upcalls *up, char __user *buf,
			      size_t size)
{
	struct fam_request request;
	size_t n;

	for (n = 0; size - n >= sizeof(request); n += sizeof(request)) {
		if (!fam_take(up, &request))
			break;
		if (copy_to_user(buf + n, &request, sizeof(request))) {
			fam_untake(up, request.seq);
			return n ? n : -EFAULT;
		}
	}
	return n;
}

static ssize_t fam_serve_read(struct file *file, char __user *buf, size_t size,
			      loff_t *pos)
{
	struct fam_upcalls *up =
		&((struct fam_device *)file->private_data)->upcalls;
	ssize_t n;

	if (size < sizeof(struct fam_request))
		return -EINVAL;
	while (!(n = fam_serve_take(up, buf, size))) {
		if (READ_ONCE(up->closed))
			return -ENODEV;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible_exclusive(up->readable,
						       fam_has_waiting(up)))
			return -ERESTARTSYS;
	}
	return n;
}

/* The numbers above ERESTARTSYS are the kernel's own. */
static bool fam_answer_valid(const struct fam_request *request, s64 result)
{
	if (result < 0)
		return result > -ERESTARTSYS;
	if (request->kind != FAM_REQUEST_APPEND)
		return result == 0;
	return request->len <= MAX_LFS_FILESIZE &&
	       result <= MAX_LFS_FILESIZE - request->len;
}

static int fam_answer(struct fam_upcalls *up, const struct fam_answer *answer)
{
	struct fam_upcall *call;
	int ret = 0;

	spin_lock(&up->lock);
	call = fam_find_taken(up, answer->seq);
	if (call && !fam_answer_valid(&call->request, answer->result))
		ret = -EINVAL;
	else if (call)
		fam_upcall_finish(call, answer->result);
	spin_unlock(&up->lock);
	return ret;
}

static ssize_t fam_serve_write(struct file *file, const char __user *buf,
			       size_t size, loff_t *pos)
{
	struct fam_upcalls *up =
		&((struct fam_device *)file->private_data)->upcalls;
	struct fam_answer answer;
	size_t n;
	int ret = 0;

	if (!size || size % sizeof(answer))
		return -EINVAL;
	size = min(size, FAM_ANSWERS_MAX * sizeof(answer));
	for (n = 0; n < size; n += sizeof(answer)) {
		ret = -EFAULT;
		if (copy_from_user(&answer, buf + n, sizeof(answer)))
			break;
		ret = fam_answer(up, &answer);
		if (ret)
			break;
	}
	return n ? n : ret;
}

static __poll_t fam_serve_poll(struct file *file, poll_table *wait)
{
	struct fam_upcalls *up =
		&((struct fam_device *)file->private_data)->upcalls;
	__poll_t events = 0;

	poll_wait(file, &up->readable, wait);
	if (READ_ONCE(up->closed))
		events |= EPOLLHUP;
	if (fam_has_waiting(up))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static void fam_serve_end(struct fam_upcalls *up)
{
	spin_lock(&up->lock);
	up->served = false;
	up->left = jiffies;
	list_splice_init(&up->taken, &up->waiting);
	spin_unlock(&up->lock);
}

static int fam_serve_release(struct inode *inode, struct file *file)
{
	struct fam_device *fam = file->private_data;

	fam_serve_end(&fam->upcalls);
	fam_device_put(fam);
	return 0;
}

static const struct file_operations fam_serve_fops = {
	.owner = THIS_MODULE,
	.release = fam_serve_release,
	.read = fam_serve_read,
	.write = fam_serve_write,
	.poll = fam_serve_poll,
	.llseek = noop_llseek,
};

static int fam_serve_begin(struct fam_upcalls *up)
{
	int ret = 0;

	spin_lock(&up->lock);
	if (up->closed)
		ret = -ENODEV;
	else if (up->served)
		ret = -EBUSY;
	else
		up->served = true;
	up->was_served |= up->served;
	spin_unlock(&up->lock);
	return ret;
}

/**
 * fam_serve_open_fd() - Make the caller the daemon
 * @fam:	Device
 *
 * Return: a descriptor, or -EBUSY if there is a daemon, or another errno
 */
int fam_serve_open_fd(struct fam_device *fam)
{
	int ret = fam_serve_begin(&fam->upcalls);

	if (ret)
		return ret;
	fam_device_get(fam);
	ret = anon_inode_getfd("[fam-serve]", &fam_serve_fops, fam,
			       O_RDWR | O_CLOEXEC);
	if (ret < 0) {
		fam_serve_end(&fam->upcalls);
		fam_device_put(fam);
	}
	return ret;
}
