/* SPDX-License-Identifier: MIT */

/* power.c - Switching the machine off */

#include "power.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

/* sd_booted(3) and systemd(1): SIGRTMIN+4 starts poweroff.target. */
bool power_ask_init(void)
{
	return access("/run/systemd/system", F_OK) == 0 &&
	       kill(1, SIGRTMIN + 4) == 0;
}

void power_signal_all(int sig)
{
	(void)kill(-1, sig);
}

int power_off(void)
{
	sync();
	return reboot(RB_POWER_OFF) < 0 ? -errno : 0;
}
