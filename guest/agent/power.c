/* SPDX-License-Identifier: MIT */

/* power.c - Switching the machine off */

#include "power.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

void power_signal_all(int sig)
{
	(void)kill(-1, sig);
}

int power_off(void)
{
	sync();
	return reboot(RB_POWER_OFF) < 0 ? -errno : 0;
}
