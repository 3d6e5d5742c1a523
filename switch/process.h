/* SPDX-License-Identifier: MIT */

/* process.h - Signals and limits of a process that has an uplink */
#pragma once

/**
 * process_open_signals() - Block the signals that end it, and read them instead
 *
 * SIGPIPE is ignored besides.
 *
 * Return: a descriptor, readable when it is to end; or a negative errno
 */
int process_open_signals(void);

/* Each connection to the outside is a descriptor here, and memory: as many as
 * a turn can wait for, and no more. libslirp resets what is too much.
 */
void process_limit_files(void);
