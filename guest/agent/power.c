/* SPDX-License-Identifier: MIT */

/* power.c - Switching the machine off */

#include "power.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

void power_end_processes(void)
{
	(void)kill(-1, SIGTERM);
}

int power_off(void)
{
	sync();
	return reboot(RB_POWER_OFF) < 0 ? -errno : 0;
}
