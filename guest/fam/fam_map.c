// SPDX-License-Identifier: GPL-2.0 OR MIT

/* fam_map.c - Mappings of shelves
 *
 * The memory has no struct pages: what is mapped are bare page frame numbers.
 *
 * Shared mappings are VM_PFNMAP and use 2 MiB entries wherever address, file
 * position and memory are aligned alike. Private mappings need copy on write,
 * which VM_PFNMAP cannot do with pages that are inserted one by one; they are
 * VM_MIXEDMAP with 4 KiB entries. VM_IO on both makes get_user_pages() refuse
 * cleanly (EFAULT): with VM_MIXEDMAP alone it would look for a struct page
 * behind an entry that has none.
 */

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/pfn_t.h>
#include <linux/poll.h>

#include "fam.h"

static bool huge = true;
module_param(huge, bool, 0644);
MODULE_PARM_DESC(huge, "Map 2 MiB at once where possible (default: yes)");

/* Where in the memory the whole page of 2^order pages at @pgoff is, or < 0 */
static s64 fam_page(struct inode *inode, pgoff_t pgoff, unsigned int order)
{
	u64 end = DIV_ROUND_UP_ULL(i_size_read(inode), PAGE_SIZE);
	u64 size = PAGE_SIZE << order;
	u64 left;
	s64 off;

	if (pgoff >= end || (1UL << order) > end - pgoff)
		return -ENXIO;
	off = fam_shelf_offset(fam_shelf(inode), (u64)pgoff << PAGE_SHIFT,
			       &left);
	if (off < 0 || left < size)
		return -ENXIO;
	return off;
}

static vm_fault_t fam_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct inode *inode = file_inode(vma->vm_file);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	s64 off;

	filemap_invalidate_lock_shared(inode->i_mapping);
	off = fam_page(inode, vmf->pgoff, 0);
	if (off >= 0) {
		pfn_t pfn =
			phys_to_pfn_t(fam_device(inode)->base + off, PFN_DEV);

		if (vma->vm_flags & VM_PFNMAP)
			ret = vmf_insert_pfn(vma, vmf->address,
					     pfn_t_to_pfn(pfn));
		else
			ret = vmf_insert_mixed(vma, vmf->address, pfn);
	}
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return ret;
}

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
static bool fam_huge_fits(struct vm_fault *vmf, pgoff_t *pgoff)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PMD_MASK;

	if (!READ_ONCE(huge) || !(vma->vm_flags & VM_PFNMAP))
		return false;
	if (addr < vma->vm_start || addr + PMD_SIZE > vma->vm_end)
		return false;
	*pgoff = linear_page_index(vma, addr);
	return IS_ALIGNED(*pgoff, PMD_SIZE >> PAGE_SHIFT);
}

static vm_fault_t fam_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	vm_fault_t ret = VM_FAULT_FALLBACK;
	phys_addr_t base = fam_device(inode)->base;
	pgoff_t pgoff;
	s64 off;

	if (order != PMD_ORDER || !fam_huge_fits(vmf, &pgoff))
		return VM_FAULT_FALLBACK;

	filemap_invalidate_lock_shared(inode->i_mapping);
	off = fam_page(inode, pgoff, order);
	if (off >= 0 && IS_ALIGNED(base + off, PMD_SIZE))
		ret = vmf_insert_pfn_pmd(vmf,
					 phys_to_pfn_t(base + off, PFN_DEV),
					 vmf->flags & FAULT_FLAG_WRITE);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return ret;
}
#endif

/*
 * Bytes that can be had at once at @addr: within the area, the file and the
 * book. Sets @mem to where they are; 0 = there are none.
 */
static u64 fam_access_shelf(struct vm_area_struct *vma, unsigned long addr,
			    void **mem)
{
	struct inode *inode = file_inode(vma->vm_file);
	u64 pos = addr - vma->vm_start + ((u64)vma->vm_pgoff << PAGE_SHIFT);
	u64 end = round_up(i_size_read(inode), PAGE_SIZE);
	u64 left;
	s64 off;

	if (pos >= end)
		return 0;
	off = fam_shelf_offset(fam_shelf(inode), pos, &left);
	if (off < 0)
		return 0;
	*mem = fam_device(inode)->mem + off;
	return min3((u64)(vma->vm_end - addr), left, end - pos);
}

static void fam_access_copy(void *mem, void *buf, size_t len, bool write)
{
	if (write)
		memcpy(mem, buf, len);
	else
		memcpy(buf, mem, len);
}

/*
 * A private mapping shows the shelf where its page table entry is special, and
 * a page of its own where it was copied. Only what is there now is offered,
 * page by page. What would need a copy first is not for writing: the shelf, and
 * pages shared with a child.
 */
static int fam_access_private(struct vm_area_struct *vma, unsigned long addr,
			      void *buf, int len, bool write)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };
	void *mem;
	int ret;

	len = min_t(int, len, PAGE_SIZE - offset_in_page(addr));
	ret = follow_pfnmap_start(&args);
	if (ret)
		return -EFAULT;
	if (!args.special && (!write || args.writable)) {
		mem = kmap_local_pfn(args.pfn);
		fam_access_copy(mem + offset_in_page(addr), buf, len, write);
		kunmap_local(mem);
		if (write)
			set_page_dirty(pfn_to_page(args.pfn));
		ret = len;
	} else if (args.special && !write &&
		   fam_access_shelf(vma, addr, &mem) >= len) {
		fam_access_copy(mem, buf, len, false);
		ret = len;
	} else {
		ret = -EFAULT;
	}
	follow_pfnmap_end(&args);
	return ret;
}

/* For debuggers and /proc/PID/mem. */
static int fam_access(struct vm_area_struct *vma, unsigned long addr, void *buf,
		      int len, int write)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	void *mem;
	u64 n;
	int ret;

	if (len <= 0)
		return -EFAULT;

	filemap_invalidate_lock_shared(mapping);
	if (vma->vm_flags & VM_PFNMAP) {
		n = min_t(u64, len, fam_access_shelf(vma, addr, &mem));
		if (n)
			fam_access_copy(mem, buf, n, write);
		ret = n ? n : -EFAULT;
	} else {
		ret = fam_access_private(vma, addr, buf, len, write);
	}
	filemap_invalidate_unlock_shared(mapping);
	return ret;
}

/* The area is out of the inode's tree by now, unless it was not the last. */
static void fam_vma_close(struct vm_area_struct *vma)
{
	struct fam_shelf *shelf = fam_shelf(file_inode(vma->vm_file));

	if (!mapping_mapped(shelf->inode.i_mapping))
		wake_up_interruptible_poll(&shelf->unmapped,
					   EPOLLIN | EPOLLRDNORM);
}

static const struct vm_operations_struct fam_vm_ops = {
	.fault = fam_fault,
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	.huge_fault = fam_huge_fault,
#endif
	.access = fam_access,
	.close = fam_vma_close,
};

/**
 * fam_mmap() - Map a shelf; pages follow as they are touched
 * @file:	The shelf
 * @vma:	The area
 */
int fam_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_t flags = VM_IO | VM_DONTEXPAND | VM_DONTDUMP;

	if (is_cow_mapping(vma->vm_flags))
		flags |= VM_MIXEDMAP;
	else
		flags |= VM_PFNMAP | VM_HUGEPAGE; /* as if madvised */
	vm_flags_set(vma, flags);
	vma->vm_ops = &fam_vm_ops;
	return 0;
}
