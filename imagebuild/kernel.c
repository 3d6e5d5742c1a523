/* SPDX-License-Identifier: MIT */

/* kernel.c - The kernel of a tree, as QEMU boots it fastest
 *
 * A bzImage unpacks itself in the guest, which an emulated processor does
 * slowly. We do it once, here. The layout of the header is that of the
 * kernel's Documentation/arch/x86/boot.rst.
 */

#include "kernel.h"

#include <dirent.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "decompress.h"
#include "file.h"
#include "path.h"
#include "tree.h"

#define BZ_SETUP_SECTS 0x1f1
#define BZ_MAGIC 0x202
#define BZ_VERSION 0x206
#define BZ_PAYLOAD_OFFSET 0x248
#define BZ_PAYLOAD_LENGTH 0x24c
#define BZ_HEADER_END 0x250
#define BZ_SECTOR 512U
/* The payload's last bytes: its length when unpacked. */
#define BZ_TRAILER 4U

static const char prefix[] = "vmlinuz-";

int kernel_find(int root, char ret_version[KERNEL_VERSION_MAX], struct err *e)
{
	int fd = tree_open(root, "boot", O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char found[KERNEL_VERSION_MAX] = "";
	const struct dirent *f;
	int r = 0;

	while (d && r == 0 && (f = readdir(d))) {
		if (strncmp(f->d_name, prefix, sizeof(prefix) - 1) != 0)
			continue;
		if (*found)
			r = err_set(e, -EEXIST,
				    "the profile leads to two kernels, \"%s\" "
				    "and \"%s\"",
				    found, f->d_name + sizeof(prefix) - 1);
		else
			r = path_format(found, sizeof(found), "%s",
					f->d_name + sizeof(prefix) - 1);
	}
	if (d)
		(void)closedir(d);
	if (r == 0 && !*found)
		r = err_set(e, -ENOENT,
			    "the profile's packages have no kernel");
	if (r == 0)
		memcpy(ret_version, found, sizeof(found));
	return r;
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

int kernel_payload(const void *image, size_t len, size_t *ret_at,
		   size_t *ret_len)
{
	const unsigned char *p = image;
	size_t setup, at, n;

	if (len < BZ_HEADER_END || memcmp(p + BZ_MAGIC, "HdrS", 4) != 0 ||
	    p[BZ_VERSION + 1] < 2 ||
	    (p[BZ_VERSION + 1] == 2 && p[BZ_VERSION] < 8))
		return -EBADMSG;
	setup = p[BZ_SETUP_SECTS] ? p[BZ_SETUP_SECTS] : 4;
	at = (setup + 1) * BZ_SECTOR + get32(p + BZ_PAYLOAD_OFFSET);
	n = get32(p + BZ_PAYLOAD_LENGTH);
	if (n <= BZ_TRAILER || at > len || n > len - at)
		return -EBADMSG;
	*ret_at = at;
	*ret_len = n - BZ_TRAILER;
	return 0;
}

static int is_kernel(const char *data, size_t len)
{
	Elf64_Ehdr h;

	if (len < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	return !memcmp(h.e_ident, ELFMAG, SELFMAG) &&
	       h.e_ident[EI_CLASS] == ELFCLASS64 && h.e_machine == EM_X86_64 &&
	       h.e_type == ET_EXEC;
}

static int unpack(const char *image, size_t len, char **ret_data,
		  size_t *ret_len)
{
	size_t at, n;
	int r;

	r = kernel_payload(image, len, &at, &n);
	if (r == 0)
		r = decompress(image + at, n, KERNEL_IMAGE_MAX, ret_data,
			       ret_len);
	if (r == 0 &&
	    (*ret_len != get32((const unsigned char *)image + at + n) ||
	     !is_kernel(*ret_data, *ret_len)))
		r = -EBADMSG;
	return r;
}

int kernel_extract(int root, const char *version, const char *to, struct err *e)
{
	CLEANUP_FREE char *image = NULL, *data = NULL;
	CLEANUP_FD int fd = -1;
	char path[PATH_MAX];
	size_t len = 0, data_len = 0;
	int r;

	r = path_format(path, sizeof(path), "boot/vmlinuz-%s", version);
	if (r == 0)
		r = tree_read(root, path, KERNEL_FILE_MAX, &image, &len);
	if (r == 0)
		r = unpack(image, len, &data, &data_len);
	if (r < 0)
		return err_set(e, r,
			       "cannot take the kernel out of \"/%s\": %s",
			       path, strerror(-r));
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	r = fd < 0 ? -errno : write_all(fd, data, data_len);
	return r < 0 ? err_set(e, r, "cannot write \"%s\": %s", to,
			       strerror(-r)) :
		       0;
}
