// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * Driver of the doorbell: an ivshmem device with interrupts
 *
 * Theory of operation. The hard interrupt of a vector adds 1 to the vector's
 * counter and wakes those who listen; what is new to an open file is the
 * difference to the counter when that file was last read (fam_listener.c). So
 * nothing is allocated or lost, whatever comes.
 *
 * Storms. Anybody may ring in a loop. The device merges the rings of a vector
 * until this node takes the interrupt; the processor would still do nothing else.
 * So after FAM_BURST interrupts within a tick each vector that comes turns its
 * own interrupt off, until the timer turns it on again, at least a whole tick
 * later. The interrupt core, and the device behind it, remember that a vector
 * was rung meanwhile: it comes then, once. A read begins a new burst: as long as
 * those who are rung get to run, all is well, and rings that are answered are
 * not slowed down.
 */

#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "fam_doorbell.h"

#define FAM_VENDOR PCI_VENDOR_ID_REDHAT_QUMRANET
#define FAM_DEVICE 0x1110
#define FAM_REVISION 1

#define FAM_BAR_REGS 0
#define FAM_BAR_MAILBOX 2
#define FAM_REG_NUMBER 8
#define FAM_REG_RING 12

#define FAM_BURST 32

/* Begins a mailbox; what does not begin so is not counted in. */
#define FAM_MAILBOX_MAGIC 0x584f424d454d4146ULL

struct fam_mailbox {
	__le64 magic;
	__le32 version;
	__le32 slot_size;
	__le32 slots;
	__le32 counts; /* where counts[from][to] are */
};

/* There is one /dev/fam-doorbell. */
static unsigned long fam_doorbell_bound;

static void fam_doorbell_free(struct kref *kref)
{
	kfree(container_of(kref, struct fam_doorbell, kref));
}

/**
 * fam_doorbell_put() - Drop a reference
 * @bell:	Device
 */
void fam_doorbell_put(struct fam_doorbell *bell)
{
	kref_put(&bell->kref, fam_doorbell_free);
}

/**
 * fam_doorbell_ring() - Count, and ring
 * @bell:	Device, whose @alive is held
 * @peer:	Below FAM_DOORBELL_PEERS_MAX
 * @vector:	Below FAM_DOORBELL_VECTORS_MAX
 */
void fam_doorbell_ring(struct fam_doorbell *bell, u32 peer, u32 vector)
{
	if (bell->counts && peer < bell->slots)
		atomic64_inc(&bell->counts[bell->number * bell->slots + peer]);
	/* All stores before, by whomever, are seen before the ring. */
	writel(peer << 16 | vector, bell->regs + FAM_REG_RING);
}

/* ---- interrupts ---- */

static void fam_vector_rest(struct fam_doorbell *bell, struct fam_vector *v)
{
	v->resting = true;
	disable_irq_nosync(v->irq);
	if (!timer_pending(&bell->rest))
		mod_timer(&bell->rest, jiffies + 2);
}

static irqreturn_t fam_interrupt(int irq, void *arg)
{
	struct fam_vector *v = arg;
	struct fam_doorbell *bell = v->bell;

	atomic64_inc(&v->rung);
	spin_lock(&bell->lock);
	if (time_after(jiffies, bell->tick)) {
		bell->tick = jiffies;
		bell->burst = 0;
	}
	if (++bell->burst > FAM_BURST && !v->resting)
		fam_vector_rest(bell, v);
	fam_listeners_wake(bell, v - bell->vectors);
	spin_unlock(&bell->lock);
	return IRQ_HANDLED;
}

static void fam_rest_over(struct timer_list *timer)
{
	struct fam_doorbell *bell =
		container_of(timer, struct fam_doorbell, rest);
	unsigned int i;

	for (i = 0; i < bell->n_vectors; i++) {
		struct fam_vector *v = &bell->vectors[i];
		bool resting;

		spin_lock_irq(&bell->lock);
		resting = v->resting;
		v->resting = false;
		spin_unlock_irq(&bell->lock);
		/* Might call the handler at once. */
		if (resting)
			enable_irq(v->irq);
	}
}

static void fam_irqs_free(struct fam_doorbell *bell, unsigned int n)
{
	while (n-- > 0)
		free_irq(bell->vectors[n].irq, &bell->vectors[n]);
}

static int fam_irqs_request(struct fam_doorbell *bell)
{
	unsigned int i;
	int ret;

	for (i = 0; i < bell->n_vectors; i++) {
		struct fam_vector *v = &bell->vectors[i];

		v->bell = bell;
		v->irq = pci_irq_vector(bell->pdev, i);
		ret = request_irq(v->irq, fam_interrupt, 0, "fam-doorbell", v);
		if (ret) {
			fam_irqs_free(bell, i);
			return ret;
		}
	}
	return 0;
}

/* ---- the mailbox ---- */

/* What the mailbox says of itself comes from outside. */
static void fam_counts_find(struct fam_doorbell *bell)
{
	const struct fam_mailbox *head = bell->mailbox;
	u32 slots = le32_to_cpu(READ_ONCE(head->slots));
	u32 counts = le32_to_cpu(READ_ONCE(head->counts));

	if (le64_to_cpu(head->magic) != FAM_MAILBOX_MAGIC ||
	    le32_to_cpu(head->version) != 1 || !slots || slots > 4096 ||
	    counts % sizeof(u64) || bell->number >= slots ||
	    counts + (u64)slots * slots * sizeof(u64) > bell->mailbox_size)
		return;
	bell->slots = slots;
	bell->counts = bell->mailbox + counts;
}

/* A server may give none, or less than can be mapped. */
static int fam_mailbox_map(struct fam_doorbell *bell)
{
	resource_size_t size = pci_resource_len(bell->pdev, FAM_BAR_MAILBOX);
	int ret;

	if (size < PAGE_SIZE || size > U32_MAX)
		return 0;
	ret = pcim_request_region(bell->pdev, FAM_BAR_MAILBOX, "fam-doorbell");
	if (ret)
		return ret;
	bell->mailbox_base = pci_resource_start(bell->pdev, FAM_BAR_MAILBOX);
	bell->mailbox = memremap(bell->mailbox_base, size, MEMREMAP_WB);
	if (!bell->mailbox)
		return -ENOMEM;
	bell->mailbox_size = size;
	fam_counts_find(bell);
	return 0;
}

static void fam_mailbox_unmap(struct fam_doorbell *bell)
{
	if (bell->mailbox)
		memunmap(bell->mailbox);
}

/* ---- binding ---- */

static struct fam_doorbell *fam_doorbell_new(struct pci_dev *pdev, int n)
{
	struct fam_doorbell *bell =
		kzalloc(struct_size(bell, vectors, n), GFP_KERNEL);

	if (!bell)
		return NULL;
	bell->n_vectors = n;
	bell->pdev = pdev;
	kref_init(&bell->kref);
	init_rwsem(&bell->alive);
	mutex_init(&bell->files);
	spin_lock_init(&bell->lock);
	INIT_LIST_HEAD(&bell->listeners);
	bell->tick = jiffies;
	timer_setup(&bell->rest, fam_rest_over, 0);
	bell->misc.minor = MISC_DYNAMIC_MINOR;
	bell->misc.name = "fam-doorbell";
	bell->misc.fops = &fam_listener_fops;
	bell->misc.parent = &pdev->dev;
	bell->misc.mode = 0660;
	return bell;
}

static void fam_interrupts_end(struct fam_doorbell *bell)
{
	/* First: it would turn on what is not there any more. */
	timer_shutdown_sync(&bell->rest);
	fam_irqs_free(bell, bell->n_vectors);
}

static int fam_doorbell_start(struct fam_doorbell *bell)
{
	int ret;

	bell->regs = pcim_iomap(bell->pdev, FAM_BAR_REGS, 0);
	if (!bell->regs)
		return -ENOMEM;
	bell->number = readl(bell->regs + FAM_REG_NUMBER);
	if (bell->number >= FAM_DOORBELL_PEERS_MAX)
		return -ENODEV;
	ret = fam_mailbox_map(bell);
	if (ret)
		return ret;
	ret = fam_irqs_request(bell);
	if (ret)
		goto unmap;
	ret = misc_register(&bell->misc);
	if (!ret)
		return 0;
	fam_interrupts_end(bell);
unmap:
	fam_mailbox_unmap(bell);
	return ret;
}

static int fam_doorbell_bind(struct pci_dev *pdev)
{
	struct fam_doorbell *bell;
	int ret;
	int n;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pcim_request_region(pdev, FAM_BAR_REGS, "fam-doorbell");
	if (ret)
		return ret;
	pci_set_master(pdev);
	n = pci_alloc_irq_vectors(pdev, 1, FAM_DOORBELL_VECTORS_MAX,
				  PCI_IRQ_MSIX);
	if (n < 0)
		return n;
	bell = fam_doorbell_new(pdev, n);
	ret = bell ? fam_doorbell_start(bell) : -ENOMEM;
	if (ret) {
		if (bell)
			fam_doorbell_put(bell);
		pci_free_irq_vectors(pdev);
		return ret;
	}
	pci_set_drvdata(pdev, bell);
	dev_info(&pdev->dev, "doorbell of number %u, %d vectors\n",
		 bell->number, n);
	return 0;
}

static int fam_doorbell_probe(struct pci_dev *pdev,
			      const struct pci_device_id *id)
{
	int ret;

	/* Without interrupts it is memory: that of fam_main.c. */
	if (pdev->revision != FAM_REVISION || !pdev->msix_cap)
		return -ENODEV;
	if (test_and_set_bit(0, &fam_doorbell_bound)) {
		dev_info(&pdev->dev, "not used: there is another doorbell\n");
		return -ENODEV;
	}
	ret = fam_doorbell_bind(pdev);
	if (ret)
		clear_bit(0, &fam_doorbell_bound);
	return ret;
}

static void fam_doorbell_remove(struct pci_dev *pdev)
{
	struct fam_doorbell *bell = pci_get_drvdata(pdev);

	misc_deregister(&bell->misc);
	down_write(&bell->alive);
	bell->gone = true;
	up_write(&bell->alive);
	fam_interrupts_end(bell);
	pci_free_irq_vectors(pdev);
	fam_listeners_revoke(bell);
	fam_mailbox_unmap(bell);
	fam_doorbell_put(bell);
	clear_bit(0, &fam_doorbell_bound);
}

static const struct pci_device_id fam_doorbell_ids[] = {
	{ PCI_DEVICE(FAM_VENDOR, FAM_DEVICE) }, /* ivshmem */
	{}
};

static struct pci_driver fam_doorbell_driver = {
	.name = "fam-doorbell",
	.id_table = fam_doorbell_ids,
	.probe = fam_doorbell_probe,
	.remove = fam_doorbell_remove,
};

/**
 * fam_doorbell_init() - Look for a doorbell from now on
 *
 * Return: 0 or a negative errno
 */
int fam_doorbell_init(void)
{
	return pci_register_driver(&fam_doorbell_driver);
}

/**
 * fam_doorbell_exit() - The opposite
 */
void fam_doorbell_exit(void)
{
	pci_unregister_driver(&fam_doorbell_driver);
}
