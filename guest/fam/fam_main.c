// SPDX-License-Identifier: GPL-2.0 OR MIT

/* fam_main.c - Driver of the shared memory: the PCI device and /dev/fam */

#include <linux/io.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "fam.h"

#define FAM_BAR 2

static void fam_device_free(struct kref *kref)
{
	kfree(container_of(kref, struct fam_device, kref));
}

/**
 * fam_device_put() - Drop a reference
 * @fam:	Device
 */
void fam_device_put(struct fam_device *fam)
{
	kref_put(&fam->kref, fam_device_free);
}

static struct fam_device *fam_of_file(const struct file *file)
{
	return container_of(file->private_data, struct fam_device, misc);
}

static int fam_ctl_open(struct inode *inode, struct file *file)
{
	kref_get(&fam_of_file(file)->kref);
	return 0;
}

static int fam_ctl_release(struct inode *inode, struct file *file)
{
	fam_device_put(fam_of_file(file));
	return 0;
}

static long fam_ctl_info(struct fam_device *fam, void __user *arg)
{
	struct fam_info info = {
		.base = fam->base,
		.size = fam->size,
		.abi = FAM_ABI,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long fam_ctl_shelf(struct fam_device *fam, void __user *arg)
{
	struct fam_shelf_open o;

	if (copy_from_user(&o, arg, sizeof(o)))
		return -EFAULT;
	if (!o.id || (o.flags & ~FAM_SHELF_EXISTING) || o.pad)
		return -EINVAL;
	return fam_shelf_open_fd(fam, o.id, o.flags & FAM_SHELF_EXISTING);
}

static long fam_ctl_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct fam_device *fam = fam_of_file(file);

	switch (cmd) {
	case FAM_IOC_INFO:
		return fam_ctl_info(fam, (void __user *)arg);
	case FAM_IOC_SHELF:
		return fam_ctl_shelf(fam, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations fam_ctl_fops = {
	.owner = THIS_MODULE,
	.open = fam_ctl_open,
	.release = fam_ctl_release,
	.unlocked_ioctl = fam_ctl_ioctl,
	.llseek = noop_llseek,
};

static struct fam_device *fam_device_new(struct pci_dev *pdev)
{
	struct fam_device *fam = kzalloc(sizeof(*fam), GFP_KERNEL);

	if (!fam)
		return NULL;
	kref_init(&fam->kref);
	mutex_init(&fam->lock);
	INIT_LIST_HEAD(&fam->shelves);
	fam->base = pci_resource_start(pdev, FAM_BAR);
	fam->size = pci_resource_len(pdev, FAM_BAR);
	fam->misc.minor = MISC_DYNAMIC_MINOR;
	fam->misc.name = "fam";
	fam->misc.fops = &fam_ctl_fops;
	fam->misc.parent = &pdev->dev;
	fam->misc.mode = 0600;
	return fam;
}

/* Everything that needs undoing by hand; the regions are managed. */
static int fam_device_start(struct fam_device *fam)
{
	int ret;

	fam->mem = memremap(fam->base, fam->size, MEMREMAP_WB);
	if (!fam->mem)
		return -ENOMEM;
	ret = fam_shelves_mount(fam);
	if (ret)
		goto err_unmap;
	ret = misc_register(&fam->misc);
	if (ret)
		goto err_unmount;
	return 0;

err_unmount:
	kern_unmount(fam->mnt);
err_unmap:
	memunmap(fam->mem);
	return ret;
}

/* A doorbell device has interrupts and may have no memory at all. */
static bool fam_is_plain(struct pci_dev *pdev)
{
	return !pdev->msix_cap && pci_resource_len(pdev, FAM_BAR) &&
	       (pci_resource_flags(pdev, FAM_BAR) & IORESOURCE_MEM);
}

static int fam_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct fam_device *fam;
	int ret;

	if (!fam_is_plain(pdev))
		return -ENODEV;
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
	return 0;
}

/*
 * Shelves may live on, held by descriptors and mappings: they are emptied
 * here and reach the memory no more.
 */
static void fam_remove(struct pci_dev *pdev)
{
	struct fam_device *fam = pci_get_drvdata(pdev);

	misc_deregister(&fam->misc);
	fam_shelves_revoke(fam);
	kern_unmount(fam->mnt);
	memunmap(fam->mem);
	fam_device_put(fam);
}

static const struct pci_device_id fam_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, 0x1110) }, /* ivshmem */
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
	int ret = fam_shelves_init();

	if (ret)
		return ret;
	ret = pci_register_driver(&fam_driver);
	if (ret)
		fam_shelves_exit();
	return ret;
}

static void __exit fam_exit(void)
{
	pci_unregister_driver(&fam_driver);
	fam_shelves_exit();
}

module_init(fam_init);
module_exit(fam_exit);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Fabric-attached memory: shelves of books for FUSE");
MODULE_AUTHOR("The fame-run authors");
MODULE_VERSION(FAME_VERSION);
