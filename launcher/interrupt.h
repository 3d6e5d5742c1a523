/* SPDX-License-Identifier: MIT */

/* interrupt.h - Signals that mean to end us, while something is being made
 *
 * Theory of operation. As long as nothing is made, an interrupt ends the process
 * at once, after a line that says so. Then it is held: whoever has made something
 * asks for it, or polls the descriptor, takes back what was made, and dies of the
 * signal with interrupt_die(), as the shell of a loop or of a script wants to see.
 * A signal that was ignored before, as by nohup(1), stays so.
 */
#pragma once

#include <signal.h>

struct interrupt {
	sigset_t ours, before;
	int fd; /* readable when one has come; -1 = they are not held */
};

/* For as long as nothing is made: an interrupt is told and ends the process. */
void interrupt_tell(struct interrupt *i);

/**
 * interrupt_hold() - From now on they are for us to ask
 *
 * Return: 0 or a negative errno
 */
int interrupt_hold(struct interrupt *i);

/* The signal that has come, 0 = none; asked once for each. */
int interrupt_take(struct interrupt *i);

/* As they were before interrupt_tell(); one that was not taken comes now. */
void interrupt_release(struct interrupt *i);

/* End by a signal, as if nobody had held it. */
void interrupt_die(int sig);
