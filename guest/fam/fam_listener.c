// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * /dev/fam-doorbell: its open files
 */

#include <linux/bitmap.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "fam_doorbell.h"

/* Rings or vectors that one call takes or gives; what is more waits for the next. */
#define FAM_CALL_MAX 1024

/* An interrupt goes through the list of open files. */
#define FAM_LISTENERS_MAX 4096

/**
 * struct fam_ear - What an open file knows of a vector
 * @seen:	The vector's counter when it was last read; under @reading
 * @eventfd:	Signalled by each interrupt, or NULL; under fam_doorbell.lock
 */
struct fam_ear {
	u64 seen;
	struct eventfd_ctx *eventfd;
};

/**
 * struct fam_listener - An open file of /dev/fam-doorbell
 * @bell:	The device
 * @file:	The same
 * @link:	In fam_doorbell.listeners
 * @wait:	Woken when a vector of @mask is rung
 * @mask:	Vectors that are told; under fam_doorbell.lock
 * @reading:	Held by a read
 * @next:	Vector at which the next read begins, so that all get their turn
 * @ears:	For each vector
 */
struct fam_listener {
	struct fam_doorbell *bell;
	struct file *file;
	struct list_head link;
	wait_queue_head_t wait;
	DECLARE_BITMAP(mask, FAM_DOORBELL_VECTORS_MAX);
	struct mutex reading; /* of next and what was seen */
	unsigned int next;
	struct fam_ear ears[];
};

/**
 * fam_listeners_wake() - A vector was rung
 * @bell:	Device, whose @lock is held
 * @vector:	Which
 */
void fam_listeners_wake(struct fam_doorbell *bell, unsigned int vector)
{
	struct fam_listener *l;

	list_for_each_entry(l, &bell->listeners, link) {
		if (test_bit(vector, l->mask))
			wake_up_interruptible_poll(&l->wait,
						   EPOLLIN | EPOLLRDNORM);
		if (l->ears[vector].eventfd)
			eventfd_signal(l->ears[vector].eventfd);
	}
}

/**
 * fam_listeners_revoke() - Nobody reaches a device that is gone
 * @bell:	Device, @gone
 */
void fam_listeners_revoke(struct fam_doorbell *bell)
{
	struct fam_listener *l;

	mutex_lock(&bell->files);
	list_for_each_entry(l, &bell->listeners, link) {
		unmap_mapping_range(l->file->f_mapping, 0, 0, 1);
		wake_up_all(&l->wait);
	}
	mutex_unlock(&bell->files);
}

/* ---- open and close ---- */

static int fam_listener_add(struct fam_listener *l)
{
	struct fam_doorbell *bell = l->bell;
	int ret = -ENFILE;

	mutex_lock(&bell->files);
	if (list_count_nodes(&bell->listeners) < FAM_LISTENERS_MAX) {
		spin_lock_irq(&bell->lock);
		list_add_tail(&l->link, &bell->listeners);
		spin_unlock_irq(&bell->lock);
		ret = 0;
	}
	mutex_unlock(&bell->files);
	return ret;
}

static int fam_listener_open(struct inode *inode, struct file *file)
{
	struct fam_doorbell *bell =
		container_of(file->private_data, struct fam_doorbell, misc);
	struct fam_listener *l;
	unsigned int i;
	int ret;

	l = kzalloc(struct_size(l, ears, bell->n_vectors), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	l->bell = bell;
	l->file = file;
	init_waitqueue_head(&l->wait);
	mutex_init(&l->reading);
	bitmap_fill(l->mask, FAM_DOORBELL_VECTORS_MAX);
	for (i = 0; i < bell->n_vectors; i++)
		l->ears[i].seen = atomic64_read(&bell->vectors[i].rung);
	ret = fam_listener_add(l);
	if (ret) {
		kfree(l);
		return ret;
	}
	kref_get(&bell->kref);
	file->private_data = l;
	return stream_open(inode, file);
}

static int fam_listener_release(struct inode *inode, struct file *file)
{
	struct fam_listener *l = file->private_data;
	struct fam_doorbell *bell = l->bell;
	unsigned int i;

	mutex_lock(&bell->files);
	spin_lock_irq(&bell->lock);
	list_del(&l->link);
	spin_unlock_irq(&bell->lock);
	mutex_unlock(&bell->files);
	for (i = 0; i < bell->n_vectors; i++)
		if (l->ears[i].eventfd)
			eventfd_ctx_put(l->ears[i].eventfd);
	kfree(l);
	fam_doorbell_put(bell);
	return 0;
}

/* ---- ring ---- */

static int fam_ring(struct fam_doorbell *bell, const struct fam_ring *ring)
{
	int ret = 0;

	if (ring->peer >= FAM_DOORBELL_PEERS_MAX ||
	    ring->vector >= bell->n_vectors)
		return -EINVAL;
	down_read(&bell->alive);
	if (bell->gone)
		ret = -ENODEV;
	else
		fam_doorbell_ring(bell, ring->peer, ring->vector);
	up_read(&bell->alive);
	return ret;
}

static ssize_t fam_listener_write(struct file *file, const char __user *buf,
				  size_t size, loff_t *pos)
{
	struct fam_listener *l = file->private_data;
	struct fam_ring ring;
	size_t n;
	int ret = 0;

	if (!size || size % sizeof(ring))
		return -EINVAL;
	size = min(size, FAM_CALL_MAX * sizeof(ring));
	for (n = 0; n < size; n += sizeof(ring)) {
		ret = -EFAULT;
		if (copy_from_user(&ring, buf + n, sizeof(ring)))
			break;
		ret = fam_ring(l->bell, &ring);
		if (ret)
			break;
	}
	return n ? n : ret;
}

/* ---- hear ---- */

static bool fam_is_new(const struct fam_listener *l, unsigned int vector)
{
	return test_bit(vector, l->mask) &&
	       atomic64_read(&l->bell->vectors[vector].rung) !=
		       READ_ONCE(l->ears[vector].seen);
}

/* There is something to tell, if only that the device is gone. */
static bool fam_has_rung(const struct fam_listener *l)
{
	unsigned int i;

	for (i = 0; i < l->bell->n_vectors; i++)
		if (fam_is_new(l, i))
			return true;
	return READ_ONCE(l->bell->gone);
}

/* 1 if it was told, 0 if there is nothing to tell, -EFAULT */
static int fam_tell(struct fam_listener *l, unsigned int vector,
		    char __user *buf)
{
	struct fam_ear *ear = &l->ears[vector];
	u64 rung = atomic64_read(&l->bell->vectors[vector].rung);
	struct fam_rung told = {
		.vector = vector,
		.count = min(rung - ear->seen, (u64)U32_MAX),
	};

	if (!fam_is_new(l, vector) || !told.count)
		return 0;
	if (copy_to_user(buf, &told, sizeof(told)))
		return -EFAULT;
	WRITE_ONCE(ear->seen, ear->seen + told.count);
	return 1;
}

/* Bytes, 0 if nothing has rung, -EFAULT; l->reading is held. */
static ssize_t fam_tell_all(struct fam_listener *l, char __user *buf,
			    size_t size)
{
	unsigned int n_vectors = l->bell->n_vectors;
	unsigned int first = l->next;
	size_t n = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < n_vectors && size - n >= sizeof(struct fam_rung); i++) {
		unsigned int vector = (first + i) % n_vectors;

		ret = fam_tell(l, vector, buf + n);
		if (ret < 0)
			return n ? n : ret;
		if (ret)
			l->next = (vector + 1) % n_vectors;
		n += ret * sizeof(struct fam_rung);
	}
	return n;
}

static ssize_t fam_listen(struct fam_listener *l, char __user *buf, size_t size)
{
	struct fam_doorbell *bell = l->bell;
	ssize_t n;

	if (mutex_lock_interruptible(&l->reading))
		return -ERESTARTSYS;
	n = fam_tell_all(l, buf, size);
	mutex_unlock(&l->reading);
	/* Those who are rung get to run. */
	if (n > 0)
		WRITE_ONCE(bell->burst, 0);
	return n;
}

static ssize_t fam_listener_read(struct file *file, char __user *buf,
				 size_t size, loff_t *pos)
{
	struct fam_listener *l = file->private_data;
	const struct fam_doorbell *bell = l->bell;
	ssize_t n;

	if (size < sizeof(struct fam_rung))
		return -EINVAL;
	while (!(n = fam_listen(l, buf, size))) {
		if (READ_ONCE(bell->gone))
			return -ENODEV;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(l->wait, fam_has_rung(l)))
			return -ERESTARTSYS;
	}
	return n;
}

static __poll_t fam_listener_poll(struct file *file, poll_table *wait)
{
	struct fam_listener *l = file->private_data;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &l->wait, wait);
	if (READ_ONCE(l->bell->gone))
		events = EPOLLHUP | EPOLLERR;
	if (fam_has_rung(l))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

/* ---- requests ---- */

static long fam_listener_info(struct fam_listener *l, void __user *arg)
{
	const struct fam_doorbell *bell = l->bell;
	struct fam_doorbell_info info = {
		.number = bell->number,
		.vectors = bell->n_vectors,
		.peers_max = FAM_DOORBELL_PEERS_MAX,
		.mailbox_size = bell->mailbox_size,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long fam_listener_mask(struct fam_listener *l, void __user *arg)
{
	struct fam_doorbell *bell = l->bell;
	struct fam_doorbell_mask m;

	if (copy_from_user(&m, arg, sizeof(m)))
		return -EFAULT;
	spin_lock_irq(&bell->lock);
	bitmap_from_arr64(l->mask, m.bits, FAM_DOORBELL_VECTORS_MAX);
	spin_unlock_irq(&bell->lock);
	/* There may be something to tell now. */
	wake_up_interruptible_poll(&l->wait, EPOLLIN | EPOLLRDNORM);
	return 0;
}

static long fam_listener_eventfd(struct fam_listener *l, void __user *arg)
{
	struct fam_doorbell *bell = l->bell;
	struct eventfd_ctx *ctx = NULL;
	struct fam_doorbell_eventfd e;

	if (copy_from_user(&e, arg, sizeof(e)))
		return -EFAULT;
	if (e.vector >= bell->n_vectors)
		return -EINVAL;
	if (e.fd >= 0)
		ctx = eventfd_ctx_fdget(e.fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	spin_lock_irq(&bell->lock);
	swap(ctx, l->ears[e.vector].eventfd);
	spin_unlock_irq(&bell->lock);
	if (ctx)
		eventfd_ctx_put(ctx);
	return 0;
}

static long fam_listener_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	struct fam_listener *l = file->private_data;

	if (READ_ONCE(l->bell->gone))
		return -ENODEV;
	switch (cmd) {
	case FAM_DOORBELL_INFO:
		return fam_listener_info(l, (void __user *)arg);
	case FAM_DOORBELL_MASK:
		return fam_listener_mask(l, (void __user *)arg);
	case FAM_DOORBELL_EVENTFD:
		return fam_listener_eventfd(l, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* ---- the mailbox ---- */

static vm_fault_t fam_mailbox_fault(struct vm_fault *vmf)
{
	struct fam_listener *l = vmf->vma->vm_file->private_data;
	struct fam_doorbell *bell = l->bell;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	down_read(&bell->alive);
	if (!bell->gone)
		ret = vmf_insert_pfn(vmf->vma, vmf->address,
				     PHYS_PFN(bell->mailbox_base) + vmf->pgoff);
	up_read(&bell->alive);
	return ret;
}

static const struct vm_operations_struct fam_mailbox_ops = {
	.fault = fam_mailbox_fault,
};

static int fam_listener_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct fam_listener *l = file->private_data;
	u64 n_pages = l->bell->mailbox_size >> PAGE_SHIFT;

	if (!n_pages)
		return -ENXIO;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff > n_pages ||
	    vma_pages(vma) > n_pages - vma->vm_pgoff)
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &fam_mailbox_ops;
	return 0;
}

const struct file_operations fam_listener_fops = {
	.owner = THIS_MODULE,
	.open = fam_listener_open,
	.release = fam_listener_release,
	.read = fam_listener_read,
	.write = fam_listener_write,
	.poll = fam_listener_poll,
	.mmap = fam_listener_mmap,
	.unlocked_ioctl = fam_listener_ioctl,
	.llseek = noop_llseek,
};
