// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * /dev/fam
 *
 * A file of /dev/fam takes the pages of the shelf that is all of the memory
 * (fam_fs.c). So its mappings are made, found and revoked as those of other
 * shelves are.
 */

#include <linux/mm.h>
#include <linux/uaccess.h>

#include "fam.h"

static int fam_ctl_open(struct inode *inode, struct file *file)
{
	struct fam_device *fam =
		container_of(file->private_data, struct fam_device, misc);
	struct inode *memory = fam_memory_get(fam);

	if (IS_ERR(memory))
		return PTR_ERR(memory);
	fam_device_get(fam);
	file->private_data = fam;
	file->f_mapping = memory->i_mapping;
	return 0;
}

static int fam_ctl_release(struct inode *inode, struct file *file)
{
	struct fam_device *fam = file->private_data;

	fam_memory_put(fam, file->f_mapping->host);
	fam_device_put(fam);
	return 0;
}

static int fam_ctl_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct fam_device *fam = file->private_data;
	u64 n_pages = fam->size >> PAGE_SHIFT;

	if (vma->vm_pgoff > n_pages || vma_pages(vma) > n_pages - vma->vm_pgoff)
		return -EINVAL;
	return fam_mmap(file, vma);
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
	if (o.id == FAM_ID_MEMORY || (o.flags & ~FAM_SHELF_EXISTING) || o.pad)
		return -EINVAL;
	return fam_shelf_open_fd(fam, o.id, o.flags & FAM_SHELF_EXISTING);
}

static long fam_ctl_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct fam_device *fam = file->private_data;

	switch (cmd) {
	case FAM_IOC_INFO:
		return fam_ctl_info(fam, (void __user *)arg);
	case FAM_IOC_SHELF:
		return fam_ctl_shelf(fam, (void __user *)arg);
	case FAM_IOC_SERVE:
		return fam_serve_open_fd(fam);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations fam_ctl_fops = {
	.owner = THIS_MODULE,
	.open = fam_ctl_open,
	.release = fam_ctl_release,
	.mmap = fam_ctl_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
	.fsync = noop_fsync, /* without it msync() would fail */
	.unlocked_ioctl = fam_ctl_ioctl,
	.llseek = noop_llseek,
};

/**
 * fam_ctl_init() - Describe /dev/fam, for misc_register()
 * @fam:	Device
 * @parent:	What it hangs off in sysfs
 */
void fam_ctl_init(struct fam_device *fam, struct device *parent)
{
	fam->misc.minor = MISC_DYNAMIC_MINOR;
	fam->misc.name = "fam";
	fam->misc.fops = &fam_ctl_fops;
	fam->misc.parent = parent;
	fam->misc.mode = 0600;
}
