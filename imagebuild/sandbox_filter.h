/* SPDX-License-Identifier: MIT */

/* sandbox_filter.h - What a program in the sandbox may and may not do */
#pragma once

/**
 * sandbox_install_filter() - Let changes of ownership and ids succeed
 * @ret_listener:	Whoever has it answers, by sandbox_record_serve(), for
 *			changes of owners, device nodes and capabilities
 *
 * As only one id exists in the sandbox, changing one's own succeeds without
 * effect. System calls of other ABIs do not exist, nor do those that reach the
 * user's keys, or go past this filter. For this process and all that it becomes.
 *
 * Return: 0, or a negative errno, which is in errno too
 */
int sandbox_install_filter(int *ret_listener);

/**
 * sandbox_drop_capabilities() - Keep only what file permissions need
 *
 * Built by root, uid 0 inside is uid 0 of the host: it must not be able to
 * undo a read-only mount. Takes effect on exec.
 *
 * Return: as above
 */
int sandbox_drop_capabilities(void);
