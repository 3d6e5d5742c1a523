/* SPDX-License-Identifier: MIT */

/* test_kernel.c - Kernels and modules as they are packed */

#include "kernel.h"

#include <elf.h>
#include <errno.h>

#include "modules.h"

#include "../unit.h"
#include "made_deb.h"
#include "scratch.h"

#define SETUP 4U

static struct made_blob compress_block(const void *data, size_t len)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	struct made_blob b = { 0 };

	(void)archive_write_set_format_raw(a);
	(void)archive_write_add_filter_xz(a);
	(void)archive_write_set_bytes_per_block(a, 0);
	(void)archive_write_open(a, &b, NULL, made_write, NULL);
	archive_entry_set_mode(e, S_IFREG | 0644);
	(void)archive_write_header(a, e);
	(void)archive_write_data(a, data, len);
	archive_entry_free(e);
	(void)archive_write_close(a);
	(void)archive_write_free(a);
	return b;
}

/* A bzImage around @payload. */
static char *make_bzimage(const struct made_blob *payload, uint32_t told,
			  size_t *ret_len)
{
	const uint32_t offset = 16, length = (uint32_t)payload->len + 4;
	const size_t start = (SETUP + 1) * 512 + offset;
	char *p = calloc(1, start + length);

	p[0x1f1] = SETUP;
	memcpy(p + 0x202, "HdrS", 4);
	p[0x206] = 0x0f;
	p[0x207] = 2;
	memcpy(p + 0x248, &offset, 4);
	memcpy(p + 0x24c, &length, 4);
	memcpy(p + start, payload->data, payload->len);
	memcpy(p + start + payload->len, &told, 4);
	*ret_len = start + length;
	return p;
}

static void put_kernel(struct scratch *s, const void *elf, size_t len,
		       uint32_t told)
{
	struct made_blob b = compress_block(elf, len);
	size_t n;
	char *image = make_bzimage(&b, told, &n);

	(void)remove_tree(s->fd, "boot");
	assert_int_equal(mkdirat(s->fd, "boot", 0755), 0);
	assert_int_equal(file_write(s->fd, "boot/vmlinuz-1.2", image, n, 0644),
			 0);
	free(image);
	free(b.data);
}

static void extract(void **state)
{
	Elf64_Ehdr elf = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 },
			   .e_type = ET_EXEC,
			   .e_machine = EM_X86_64 };
	char version[KERNEL_VERSION_MAX], to[PATH_MAX], *text;
	struct scratch *s = *state;
	struct err e;
	size_t len;

	scratch_path(s, "vmlinux", to, sizeof(to));
	put_kernel(s, &elf, sizeof(elf), sizeof(elf));
	assert_int_equal(kernel_find(s->fd, version, &e), 0);
	assert_string_equal(version, "1.2");
	assert_int_equal(kernel_extract(s->fd, version, to, &e), 0);
	assert_int_equal(file_read(s->fd, "vmlinux", 4096, &text, &len), 0);
	assert_int_equal(len, sizeof(elf));
	assert_memory_equal(text, &elf, len);
	free(text);
	/* Another size than it says, or no kernel. */
	put_kernel(s, &elf, sizeof(elf), sizeof(elf) - 1);
	assert_int_equal(kernel_extract(s->fd, version, to, &e), -EBADMSG);
	elf.e_machine = EM_AARCH64;
	put_kernel(s, &elf, sizeof(elf), sizeof(elf));
	assert_int_equal(kernel_extract(s->fd, version, to, &e), -EBADMSG);
}

static void find(void **state)
{
	struct scratch *s = *state;
	char version[KERNEL_VERSION_MAX];
	struct err e;

	assert_int_equal(kernel_find(s->fd, version, &e), -ENOENT);
	scratch_put(s, "boot/config-1", "");
	assert_int_equal(kernel_find(s->fd, version, &e), -ENOENT);
	scratch_put(s, "boot/vmlinuz-1", "");
	assert_int_equal(kernel_find(s->fd, version, &e), 0);
	scratch_put(s, "boot/vmlinuz-2", "");
	assert_int_equal(kernel_find(s->fd, version, &e), -EEXIST);
}

static void bad_headers(void **state)
{
	const struct made_blob b = { (char[]){ "abcd" }, 4 };
	size_t len, at, n;
	char *p = make_bzimage(&b, 0, &len);

	(void)state;
	assert_int_equal(kernel_payload(p, len, &at, &n), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(p + at, "abcd", 4);
	assert_int_equal(kernel_payload(p, len - 1, &at, &n), -EBADMSG);
	assert_int_equal(kernel_payload(p, 0x24f, &at, &n), -EBADMSG);
	memset(p + 0x24c, 0xff, 4);
	assert_int_equal(kernel_payload(p, len, &at, &n), -EBADMSG);
	memset(p + 0x24c, 0, 4);
	assert_int_equal(kernel_payload(p, len, &at, &n), -EBADMSG);
	memset(p + 0x248, 0xff, 4);
	assert_int_equal(kernel_payload(p, len, &at, &n), -EBADMSG);
	p[0x202] = 'x';
	assert_int_equal(kernel_payload(p, len, &at, &n), -EBADMSG);
	free(p);
}

/* ---- modules ---- */

static void module_names(void **state)
{
	char buf[32];

	(void)state;
	assert_int_equal(
		module_name("kernel/a/virtio-net.ko.xz", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "virtio_net");
	assert_int_equal(module_name("fam.ko", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "fam");
	assert_int_equal(module_name("fam.kox", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(module_name(".ko", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(module_name("x", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(module_name("abcdef.ko", buf, 4), -EINVAL);
}

#define STRING(s) s, sizeof(s) - 1

static void module_needs(void **state)
{
	(void)state;
	assert_string_equal(module_depends(STRING("ELF\0depends=a,b\0x=y\0")),
			    "a,b");
	assert_string_equal(module_depends(STRING("depends=\0")), "");
	/* Text that only looks like it, or does not end. */
	assert_string_equal(
		module_depends(STRING("xdepends=no\0depends=yes\0")), "yes");
	assert_null(module_depends(STRING("\0depends=a")));
	assert_null(module_depends(STRING("")));
}

static void put_module(struct scratch *s, const char *path, const char *needs)
{
	char data[128];
	int n = snprintf(data, sizeof(data), "ELF%cdepends=%s", 0, needs);
	struct made_blob b = compress_block(data, (size_t)n + 1);
	char full[128];

	(void)snprintf(full, sizeof(full), "usr/lib/modules/1/%s", path);
	scratch_put(s, full, "");
	assert_int_equal(file_write(s->fd, full, b.data, b.len, 0644), 0);
	free(b.data);
}

static void order_of_loading(void **state)
{
	CLEANUP_STRV struct strv wanted = { 0 }, ours = { 0 }, none = { 0 };
	struct scratch *s = *state;
	struct modules m;
	struct err e = { 0 };

	put_module(s, "k/virtio-net.ko.xz", "net_failover");
	put_module(s, "k/net_failover.ko.xz", "failover");
	put_module(s, "k/failover.ko.xz", "");
	put_module(s, "k/loop-a.ko.xz", "loop_b");
	put_module(s, "k/loop-b.ko.xz", "loop_a");
	put_module(s, "fam.ko", "");
	scratch_put(s, "usr/lib/modules/1/modules.builtin", "kernel/fuse.ko\n");
	scratch_put(s, "usr/lib/modules/1/modules.dep",
		    "k/virtio-net.ko.xz: k/net_failover.ko.xz\n"
		    "k/net_failover.ko.xz:\nk/failover.ko.xz:\n"
		    "k/loop-a.ko.xz:\nk/loop-b.ko.xz:\n");
	strv_push(&ours, "usr/lib/modules/1/fam.ko");
	strv_push(&wanted, "virtio-net");
	strv_push(&wanted, "fuse");
	strv_push(&wanted, "failover");
	strv_push(&wanted, "fam");
	assert_int_equal(modules_load(s->fd, "1", &wanted, &ours, &m, &e), 0);
	assert_int_equal(m.n, 4);
	assert_string_equal(m.v[0].name, "failover");
	assert_string_equal(m.v[1].name, "net_failover");
	assert_string_equal(m.v[2].name, "virtio_net");
	assert_string_equal(m.v[3].name, "fam");
	assert_memory_equal(m.v[3].data, "ELF", 3);
	modules_deinit(&m);
	strv_push(&none, "nothing");
	assert_int_equal(modules_load(s->fd, "1", &none, &ours, &m, &e),
			 -ENOENT);
	assert_non_null(strstr(e.msg, "\"nothing\""));
	modules_deinit(&m);
	strv_deinit(&none);
	strv_push(&none, "loop_a");
	assert_int_equal(modules_load(s->fd, "1", &none, &ours, &m, &e),
			 -ELOOP);
	modules_deinit(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(extract),		scratch_test(find),
		cmocka_unit_test(bad_headers),	cmocka_unit_test(module_names),
		cmocka_unit_test(module_needs), scratch_test(order_of_loading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
