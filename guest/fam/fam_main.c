// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * Driver of the shared memory: the PCI device
 *
 * A machine may have several ivshmem devices. One is the memory: plain, so
 * without interrupts, of revision 1, and either of the size that the parameter
 * "size" says or the largest; of two that are alike, the first on the bus. One
 * with interrupts is the doorbell, for fam_doorbell.c. The others are left alone,
 * for whatever driver they have.
 */

#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "fam.h"
#include "fam_doorbell.h"

#define FAM_VENDOR PCI_VENDOR_ID_REDHAT_QUMRANET
#define FAM_DEVICE 0x1110
#define FAM_REVISION 1
#define FAM_BAR 2

static unsigned long size;
module_param(size, ulong, 0444);
MODULE_PARM_DESC(size,
		 "Bytes that the device must have (default: 0, the largest)");

/* There is one /dev/fam. */
static unsigned long fam_bound;

static void fam_device_free(struct kref *kref)
{
	kfree(container_of(kref, struct fam_device, kref));
}

/**
 * fam_device_get() - Take a reference
 * @fam:	Device
 */
void fam_device_get(struct fam_device *fam)
{
	kref_get(&fam->kref);
}

/**
 * fam_device_put() - Drop a reference
 * @fam:	Device
 */
void fam_device_put(struct fam_device *fam)
{
	kref_put(&fam->kref, fam_device_free);
}

/* ---- which device ---- */

/* A doorbell device has interrupts and may have no memory at all. */
static bool fam_is_plain(struct pci_dev *pdev)
{
	resource_size_t len = pci_resource_len(pdev, FAM_BAR);

	return pdev->revision == FAM_REVISION && !pdev->msix_cap && len &&
	       (pci_resource_flags(pdev, FAM_BAR) & IORESOURCE_MEM) &&
	       (!size || len == size);
}

static bool fam_is_best(struct pci_dev *pdev)
{
	resource_size_t len = pci_resource_len(pdev, FAM_BAR);
	struct pci_dev *other = NULL;
	bool before = true;

	while ((other = pci_get_device(FAM_VENDOR, FAM_DEVICE, other))) {
		resource_size_t have = pci_resource_len(other, FAM_BAR);

		if (other == pdev) {
			before = false;
			continue;
		}
		if (fam_is_plain(other) &&
		    (have > len || (have == len && before))) {
			pci_dev_put(other);
			return false;
		}
	}
	return true;
}

/* ---- binding ---- */

/*
 * Processors honour the type of the page table, and that is what is left of the
 * wish for write-back after a look at the MTRRs: firmware makes the hole below
 * 4 GiB uncached.
 */
static bool fam_is_write_back(const struct fam_device *fam)
{
#ifdef CONFIG_X86_64
	unsigned int level;
	const pte_t *pte = lookup_address((unsigned long)fam->mem, &level);

	return pte && !(pte_flags(*pte) & (_PAGE_PWT | _PAGE_PCD));
#else
	return true;
#endif
}

static struct fam_device *fam_device_new(struct pci_dev *pdev)
{
	struct fam_device *fam = kzalloc(sizeof(*fam), GFP_KERNEL);

	if (!fam)
		return NULL;
	kref_init(&fam->kref);
	mutex_init(&fam->lock);
	INIT_LIST_HEAD(&fam->shelves);
	fam_upcalls_init(&fam->upcalls);
	fam->base = pci_resource_start(pdev, FAM_BAR);
	fam->size = pci_resource_len(pdev, FAM_BAR);
	fam_ctl_init(fam, &pdev->dev);
	return fam;
}

/* Everything that needs undoing by hand; the region is managed. */
static int fam_device_start(struct fam_device *fam)
{
	int ret;

	fam->mem = memremap(fam->base, fam->size, MEMREMAP_WB);
	if (!fam->mem)
		return -ENOMEM;
	ret = misc_register(&fam->misc);
	if (ret)
		memunmap(fam->mem);
	return ret;
}

static int fam_bind(struct pci_dev *pdev)
{
	struct fam_device *fam;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pcim_request_region(pdev, FAM_BAR, "fam");
	if (ret)
		return ret;
	fam = fam_device_new(pdev);
	if (!fam)
		return -ENOMEM;
	ret = fam_device_start(fam);
	if (ret) {
		fam_device_put(fam);
		return ret;
	}
	pci_set_drvdata(pdev, fam);
	dev_info(&pdev->dev, "%llu MiB of shared memory at %pa\n",
		 fam->size >> 20, &fam->base);
	if (!fam_is_write_back(fam))
		dev_warn(&pdev->dev,
			 "uncached, so slow: make it larger than 1 GiB\n");
	return 0;
}

static int fam_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	if (!fam_is_plain(pdev) || !fam_is_best(pdev))
		return -ENODEV;
	if (pci_resource_len(pdev, FAM_BAR) < PAGE_SIZE) {
		dev_err(&pdev->dev, "its memory is smaller than a page\n");
		return -ENODEV;
	}
	if (test_and_set_bit(0, &fam_bound)) {
		dev_info(&pdev->dev, "not used: there is another\n");
		return -ENODEV;
	}
	ret = fam_bind(pdev);
	if (ret)
		clear_bit(0, &fam_bound);
	return ret;
}

/*
 * Shelves may live on, held by descriptors and mappings: they are emptied
 * here and reach the memory no more.
 */
static void fam_remove(struct pci_dev *pdev)
{
	struct fam_device *fam = pci_get_drvdata(pdev);

	misc_deregister(&fam->misc);
	fam_upcalls_close(&fam->upcalls);
	fam_shelves_revoke(fam);
	memunmap(fam->mem);
	fam_device_put(fam);
	clear_bit(0, &fam_bound);
}

static const struct pci_device_id fam_ids[] = {
	{ PCI_DEVICE(FAM_VENDOR, FAM_DEVICE) }, /* ivshmem */
	{}
};
MODULE_DEVICE_TABLE(pci, fam_ids);

static struct pci_driver fam_driver = {
	.name = "fam",
	.id_table = fam_ids,
	.probe = fam_probe,
	.remove = fam_remove,
};

static int __init fam_init(void)
{
	int ret = fam_fs_init();

	if (ret)
		return ret;
	ret = pci_register_driver(&fam_driver);
	if (ret)
		goto exit_fs;
	ret = fam_doorbell_init();
	if (!ret)
		return 0;
	pci_unregister_driver(&fam_driver);
exit_fs:
	fam_fs_exit();
	return ret;
}

static void __exit fam_exit(void)
{
	fam_doorbell_exit();
	pci_unregister_driver(&fam_driver);
	fam_fs_exit();
}

module_init(fam_init);
module_exit(fam_exit);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Fabric-attached memory: shelves of books for FUSE");
MODULE_AUTHOR("The fame-run authors");
MODULE_VERSION(FAME_VERSION);
