/* SPDX-License-Identifier: MIT */

/* mail.c - The node's part of hostlib/example/host_mail.c
 *
 *	mail FILE	make FILE in /lfs, answer one question after the other
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../guest/fam/fam_doorbell_ioctl.h"
#include "../../hostlib/example/mail.h"
#include "cleanup.h"
#include "proto_doorbell.h"

#define SIZE 4096

static int make_shelf(const char *path, struct mail_page **ret_page,
		      struct mail_place *ret_place)
{
	CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct statvfs v;

	if (fd < 0 || ftruncate(fd, SIZE) < 0 || statvfs(path, &v) < 0 ||
	    fgetxattr(fd, "user.LFS.Books", ret_place->books,
		      sizeof(ret_place->books) - 1) < 0)
		return -errno;
	ret_place->book_size = v.f_frsize;
	*ret_page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return *ret_page == MAP_FAILED ? -errno : 0;
}

static int tell_place(int bell, uint32_t number, const struct mail_place *place)
{
	char *mailbox = mmap(NULL, DOORBELL_MAILBOX_SIZE,
			     PROT_READ | PROT_WRITE, MAP_SHARED, bell, 0);
	struct mail_place *slot;

	if (mailbox == MAP_FAILED)
		return -errno;
	slot = (void *)(mailbox + (size_t)number * DOORBELL_SLOT_SIZE);
	*slot = *place;
	__atomic_store_n(&slot->magic, MAIL_MAGIC, __ATOMIC_RELEASE);
	return 0;
}

static int answer(int bell, uint32_t number, struct mail_page *page)
{
	struct fam_ring ring = { .vector = MAIL_VECTOR };
	struct fam_rung rung;

	if (read(bell, &rung, sizeof(rung)) < 0)
		return -errno;
	ring.peer = page->from;
	(void)snprintf(page->answer, sizeof(page->answer),
		       "node %u has read '%.900s'", number, page->question);
	return write(bell, &ring, sizeof(ring)) < 0 ? -errno : 0;
}

static int serve(const char *path)
{
	struct fam_doorbell_mask m = { { 1U << MAIL_VECTOR } };
	CLEANUP_FD int bell = open("/dev/fam-doorbell", O_RDWR | O_CLOEXEC);
	struct fam_doorbell_info info = { 0 };
	struct mail_place place = { 0 };
	struct mail_page *page = NULL;
	int r;

	if (bell < 0 || ioctl(bell, FAM_DOORBELL_INFO, &info) < 0 ||
	    ioctl(bell, FAM_DOORBELL_MASK, &m) < 0)
		return -errno;
	r = make_shelf(path, &page, &place);
	if (r == 0)
		r = tell_place(bell, info.number, &place);
	if (r == 0)
		puts("ready");
	(void)fflush(stdout);
	while (r == 0)
		r = answer(bell, info.number, page);
	return r;
}

int main(int argc, char *argv[])
{
	int r;

	if (argc != 2) {
		fputs("mail: wrong usage\n", stderr);
		return 2;
	}
	r = serve(argv[1]);
	fprintf(stderr, "mail: %s\n", strerror(-r));
	return 1;
}
