/* SPDX-License-Identifier: MIT */

/* power.h - Switching the machine off */
#pragma once

#include <stdbool.h>

/* Have systemd end its services and power off; false: it is not init. */
bool power_ask_init(void);

/**
 * power_signal_all() - Send a signal to every process but init and the caller
 * @sig:	SIGTERM, on which lfsd unmounts, or SIGKILL
 */
void power_signal_all(int sig);

/**
 * power_off() - Write everything to disk and switch off, now
 *
 * Return: a negative errno if the machine still runs
 */
int power_off(void);
