// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * Make a call that fam.ko makes fail, for tests
 *
 * Theory of operation. Kernels of distributions come without fault injection.
 * But all that can fail in fam.ko are functions of the kernel, so a probe at
 * each of them can look who calls, count down, and return an error in the
 * function's stead. The module under test is the one that is shipped.
 *
 * The parameter "nth" says which call from now on fails; 0 is none. The test
 * raises it from 1 until it is not used up: then every call has failed once.
 */

#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/objtool.h>

#define CALLER "[fam]"

static atomic_t nth = ATOMIC_INIT(0);
module_param_named(nth, nth.counter, int, 0644);
MODULE_PARM_DESC(nth, "Which call of fam.ko fails, from now on (0: none)");

#define FAULT(function, error)                               \
	{                                                    \
		.probe = { .symbol_name = function,          \
			   .pre_handler = fam_fault_enter,   \
			   .post_handler = fam_fault_post }, \
		.result = (error),                           \
	}

struct fam_fault {
	struct kprobe probe;
	long result;
};

/* Returns at once, with what is in the register for that. */
asmlinkage void fam_fault_return(void);
/* clang-format off */
asm(".text\n"
	".type fam_fault_return, @function\n"
	"fam_fault_return:\n"
	ANNOTATE_NOENDBR
	ASM_RET
	".size fam_fault_return, . - fam_fault_return\n");
/* clang-format on */

static bool fam_fault_is_due(unsigned long caller)
{
	char name[KSYM_SYMBOL_LEN];

	if (!atomic_read(&nth))
		return false;
	sprint_symbol(name, caller);
	return strstr(name, CALLER) && atomic_dec_if_positive(&nth) == 0;
}

static int fam_fault_enter(struct kprobe *probe, struct pt_regs *regs)
{
	const struct fam_fault *fault =
		container_of(probe, struct fam_fault, probe);

	if (!fam_fault_is_due(*(unsigned long *)regs->sp))
		return 0;
	regs->ax = fault->result;
	regs->ip = (unsigned long)fam_fault_return;
	return 1;
}

/* A probe that has one may change where to go on. */
static void fam_fault_post(struct kprobe *probe, struct pt_regs *regs,
			   unsigned long flags)
{
}

static struct fam_fault faults[] = {
	FAULT("__kmalloc_cache_noprof", 0),
	FAULT("kmem_cache_alloc_lru_noprof", 0),
	FAULT("vmemdup_user", -ENOMEM),
	FAULT("__kmem_cache_create_args", 0),
	FAULT("__pci_register_driver", -ENOMEM),
	FAULT("pcim_enable_device", -ENOMEM),
	FAULT("pcim_request_region", -EBUSY),
	FAULT("memremap", 0),
	FAULT("misc_register", -ENOMEM),
	FAULT("init_pseudo", 0),
	FAULT("simple_pin_fs", -ENOMEM),
	FAULT("iget_locked", 0),
	FAULT("alloc_file_pseudo", -ENFILE),
	FAULT("get_unused_fd_flags", -EMFILE),
	FAULT("anon_inode_getfd", -EMFILE),
	FAULT("__kmalloc_noprof", 0),
	FAULT("pci_alloc_irq_vectors", -ENOSPC),
	FAULT("pcim_iomap", 0),
	FAULT("request_threaded_irq", -ENOMEM),
	FAULT("eventfd_ctx_fdget", -EBADF),
};

static void fam_fault_unregister(int n)
{
	while (n-- > 0)
		unregister_kprobe(&faults[n].probe);
}

static int __init fam_fault_init(void)
{
	int ret;
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		ret = register_kprobe(&faults[i].probe);
		if (ret) {
			pr_err("no probe at %s: %d\n",
			       faults[i].probe.symbol_name, ret);
			fam_fault_unregister(i);
			return ret;
		}
	}
	return 0;
}

static void __exit fam_fault_exit(void)
{
	fam_fault_unregister(ARRAY_SIZE(faults));
}

module_init(fam_fault_init);
module_exit(fam_fault_exit);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Fault injection for fam.ko");
MODULE_AUTHOR("The fame-run authors");
