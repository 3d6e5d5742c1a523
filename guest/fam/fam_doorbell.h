/* SPDX-License-Identifier: GPL-2.0 OR MIT */

/* The doorbell: what its device and its open files share */
#ifndef FAM_DOORBELL_H
#define FAM_DOORBELL_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>

#include "fam_doorbell_ioctl.h"

struct pci_dev;

/**
 * struct fam_vector - A vector of this node
 * @bell:	Whose
 * @irq:	Its interrupt
 * @rung:	How often it came; never less
 * @resting:	Its interrupt is off until fam_doorbell.rest
 */
struct fam_vector {
	struct fam_doorbell *bell;
	unsigned int irq;
	atomic64_t rung;
	bool resting; /* under fam_doorbell.lock */
};

/**
 * struct fam_doorbell - An ivshmem-doorbell device
 * @kref:	Held by the driver and by open files
 * @pdev:	Only before @gone
 * @regs:	BAR 0
 * @mailbox:	BAR 2, mapped write-back, or NULL
 * @mailbox_base: @mailbox_size:	Where it is
 * @counts:	Of who has rung whom: in the mailbox, or NULL
 * @slots:	Numbers that are counted
 * @number:	Of this node
 * @misc:	/dev/fam-doorbell
 * @alive:	Read-locked by what uses the device, write-locked to set @gone
 * @gone:	The device was taken away
 * @files:	Guards the list of listeners against sleepers; before @lock
 * @lock:	Guards the listeners against interrupts, and the rest down to
 *		@rest
 * @listeners:	All struct fam_listener
 * @tick: @burst:	How many interrupts came in this tick
 * @rest:	When resting vectors go on
 * @n_vectors:	How many @vectors there are
 */
struct fam_doorbell {
	struct kref kref;
	struct pci_dev *pdev;
	void __iomem *regs;
	void *mailbox;
	phys_addr_t mailbox_base;
	u32 mailbox_size;
	atomic64_t *counts;
	u32 slots;
	u32 number;
	struct miscdevice misc;
	struct rw_semaphore alive; /* of what uses the device */
	bool gone;
	struct mutex files; /* of listeners, for who may sleep */
	spinlock_t lock;    /* the same, for interrupts */
	struct list_head listeners;
	unsigned long tick;
	unsigned int burst;
	struct timer_list rest;
	unsigned int n_vectors;
	struct fam_vector vectors[] __counted_by(n_vectors);
};

/* fam_doorbell.c */
int fam_doorbell_init(void);
void fam_doorbell_exit(void);
void fam_doorbell_put(struct fam_doorbell *bell);
void fam_doorbell_ring(struct fam_doorbell *bell, u32 peer, u32 vector);

/* fam_listener.c */
extern const struct file_operations fam_listener_fops;
void fam_listeners_wake(struct fam_doorbell *bell, unsigned int vector);
void fam_listeners_revoke(struct fam_doorbell *bell);

#endif
