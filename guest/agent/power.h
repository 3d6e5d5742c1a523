/* SPDX-License-Identifier: MIT */

/* power.h - Switching the machine off */
#pragma once

/**
 * power_end_processes() - Ask every process of the system to end
 *
 * All but init and the caller; lfsd is among them, and unmounts.
 */
void power_end_processes(void);

/**
 * power_off() - Write everything to disk and switch off, now
 *
 * Return: a negative errno if the machine still runs
 */
int power_off(void);
