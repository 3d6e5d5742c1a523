/* SPDX-License-Identifier: MIT */

/* doorbell.c - The doorbell of a node: /dev/fam-doorbell */

#include "doorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../fam/fam_doorbell_ioctl.h"

#define DEVICE "/dev/fam-doorbell"

static int device_ring(struct fam_doorbell *bell, const uint32_t *numbers,
		       size_t n, uint32_t vector)
{
	struct fam_ring rings[DOORBELL_NUMBERS];

	for (size_t i = 0; i < n; i++)
		rings[i] = (struct fam_ring){ numbers[i], vector };
	return write(bell->fd, rings, n * sizeof(*rings)) < 0 ? -errno : 0;
}

/* Others are not for this sleep: they would end it. */
static int hear_only(struct fam_doorbell *bell, uint32_t vector)
{
	struct fam_doorbell_mask m = { { 0 } };

	if (bell->heard == vector)
		return 0;
	m.bits[vector / 64] = 1ULL << vector % 64;
	if (ioctl(bell->fd, FAM_DOORBELL_MASK, &m) < 0)
		return -errno;
	bell->heard = vector;
	return 0;
}

static int device_sleep(struct fam_doorbell *bell, uint32_t vector, int ms)
{
	struct pollfd p = { .fd = bell->fd, .events = POLLIN };
	struct fam_rung rung;
	int r = hear_only(bell, vector);

	if (r < 0)
		return r;
	r = poll(&p, 1, ms);
	if (r <= 0)
		return r < 0 && errno != EINTR ? -errno : 0;
	if (read(bell->fd, &rung, sizeof(rung)) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return 1;
}

static const struct doorbell_ops device_ops = {
	.ring = device_ring,
	.sleep = device_sleep,
};

int fam_doorbell_open(const char *path, struct fam_doorbell **ret)
{
	struct fam_doorbell *bell = calloc(1, sizeof(*bell));
	struct fam_doorbell_info info = { 0 };
	int r = 0;

	if (!bell)
		return -ENOMEM;
	bell->fd = open(path ? path : DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (bell->fd < 0 || ioctl(bell->fd, FAM_DOORBELL_INFO, &info) < 0)
		r = -errno;
	/* Words have no bit for the number: nobody could wake it. */
	else if (info.number >= DOORBELL_NUMBERS)
		r = -ENOENT;
	if (r < 0) {
		fam_doorbell_close(bell);
		return r;
	}
	bell->ops = &device_ops;
	bell->number = info.number;
	bell->vectors = info.vectors;
	bell->heard = info.vectors;
	bell->look_ms = FAM_DOORBELL_LOOK_MS;
	*ret = bell;
	return 0;
}

void fam_doorbell_close(struct fam_doorbell *bell)
{
	if (!bell)
		return;
	if (bell->fd >= 0)
		(void)close(bell->fd);
	free(bell);
}

void fam_doorbell_set_look(struct fam_doorbell *bell, unsigned ms)
{
	bell->look_ms = ms ? ms : 1;
}

void fam_doorbell_get_stats(const struct fam_doorbell *bell,
			    struct fam_doorbell_stats *ret)
{
	*ret = bell->stats;
}
