// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * Mappings of shelves
 *
 * The memory has no struct pages: what is mapped are bare page frame numbers.
 *
 * Shared mappings are VM_PFNMAP and use 2 MiB entries wherever address, file
 * position and memory are aligned alike. Entries of 1 GiB are left out: mremap()
 * of 6.12 looks for page tables below them. Private mappings need copy on write,
 * which VM_PFNMAP cannot do with pages that are inserted one by one; they are
 * VM_MIXEDMAP with 4 KiB entries. VM_IO on both makes get_user_pages() refuse
 * cleanly (EFAULT): with VM_MIXEDMAP alone it would look for a struct page
 * behind an entry that has none.
 */

#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/pfn_t.h>
#include <linux/poll.h>
#include <linux/sizes.h>

#include "fam.h"

/* What one fault maps, at most, where it cannot map 2 MiB */
#define FAM_AROUND SZ_64K

static bool huge = true;
module_param(huge, bool, 0644);
MODULE_PARM_DESC(huge, "Map 2 MiB at once where possible (default: yes)");

/* The inode whose pages are mapped: not that of the file for /dev/fam */
static struct inode *fam_vma_inode(const struct vm_area_struct *vma)
{
	return vma->vm_file->f_mapping->host;
}

static bool fam_is_behind_end(struct inode *inode, pgoff_t pgoff)
{
	return pgoff >= DIV_ROUND_UP_ULL(i_size_read(inode), PAGE_SIZE);
}

/*
 * Where in the memory the @ret_n pages from @pgoff on are that one book has
 * before the end; or < 0
 */
static s64 fam_pages(struct inode *inode, pgoff_t pgoff, u64 *ret_n)
{
	u64 end = DIV_ROUND_UP_ULL(i_size_read(inode), PAGE_SIZE);
	u64 left;
	s64 off;

	if (pgoff >= end)
		return -ENXIO;
	off = fam_shelf_offset(fam_shelf(inode), (u64)pgoff << PAGE_SHIFT,
			       &left);
	if (off >= 0)
		*ret_n = min(left >> PAGE_SHIFT, end - pgoff);
	return off;
}

static vm_fault_t fam_insert(struct vm_area_struct *vma, unsigned long addr,
			     phys_addr_t phys)
{
	if (vma->vm_flags & VM_PFNMAP)
		return vmf_insert_pfn(vma, addr, PHYS_PFN(phys));
	return vmf_insert_mixed(vma, addr, phys_to_pfn_t(phys, PFN_DEV));
}

/*
 * Maps the page, and its neighbours up to the next multiple of FAM_AROUND: they
 * cost little, and a fault much.
 */
static vm_fault_t fam_insert_around(struct vm_fault *vmf, phys_addr_t phys,
				    u64 n)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long end = min(ALIGN(addr + 1, FAM_AROUND), vma->vm_end);
	vm_fault_t ret = fam_insert(vma, addr, phys);

	while (ret == VM_FAULT_NOPAGE && --n && (addr += PAGE_SIZE) < end) {
		phys += PAGE_SIZE;
		if (fam_insert(vma, addr, phys) != VM_FAULT_NOPAGE)
			break;
	}
	return ret;
}

/*
 * The daemon is asked, once, and then the fault is taken again. It must not
 * wait for a lock of this process meanwhile; where the lock cannot be dropped,
 * the end is the end.
 */
static vm_fault_t fam_fault_behind_end(struct vm_fault *vmf)
{
	struct file *file;

	if (!fault_flag_allow_retry_first(vmf->flags) ||
	    (vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_SIGBUS;
	file = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	fam_ask(file->f_mapping->host, FAM_REQUEST_EXTENT,
		(u64)vmf->pgoff << PAGE_SHIFT, PAGE_SIZE);
	fput(file);
	return VM_FAULT_MAJOR | VM_FAULT_RETRY;
}

static vm_fault_t fam_fault(struct vm_fault *vmf)
{
	struct inode *inode = fam_vma_inode(vmf->vma);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	bool behind;
	s64 off;
	u64 n;

	filemap_invalidate_lock_shared(inode->i_mapping);
	behind = fam_is_behind_end(inode, vmf->pgoff);
	off = fam_pages(inode, vmf->pgoff, &n);
	if (off >= 0)
		ret = fam_insert_around(vmf, fam_device(inode)->base + off, n);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return behind ? fam_fault_behind_end(vmf) : ret;
}

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
static bool fam_huge_fits(struct vm_fault *vmf, pgoff_t *ret_pgoff)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PMD_MASK;

	if (!READ_ONCE(huge) || !(vma->vm_flags & VM_PFNMAP))
		return false;
	if (addr < vma->vm_start || addr + PMD_SIZE > vma->vm_end)
		return false;
	*ret_pgoff = linear_page_index(vma, addr);
	return IS_ALIGNED(*ret_pgoff, PMD_SIZE >> PAGE_SHIFT);
}

static vm_fault_t fam_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct inode *inode = fam_vma_inode(vmf->vma);
	phys_addr_t base = fam_device(inode)->base;
	vm_fault_t ret = VM_FAULT_FALLBACK;
	pgoff_t pgoff;
	s64 off;
	u64 n;

	if (order != PMD_ORDER || !fam_huge_fits(vmf, &pgoff))
		return VM_FAULT_FALLBACK;

	filemap_invalidate_lock_shared(inode->i_mapping);
	off = fam_pages(inode, pgoff, &n);
	if (off >= 0 && n >= 1U << order && IS_ALIGNED(base + off, PMD_SIZE))
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
	struct inode *inode = fam_vma_inode(vma);
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
	struct fam_shelf *shelf = fam_shelf(fam_vma_inode(vma));

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
 * @file:	A shelf, or /dev/fam
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
