/* SPDX-License-Identifier: MIT */

/* link_spec.h - How good a node's cable is, as the user writes it */
#pragma once

#include "err.h"
#include "proto_switch.h"

/**
 * link_spec_parse() - Read the words of "fame-run link"
 * @words: @n:	"up", or "down", or "loss=1.5%", "delay=5ms", "rate=10M", of
 *		which each may stand once; together they are the whole
 * @ret_link:	Set on success only
 * @e:		Which word is wrong
 *
 * Return: 0 or -EINVAL
 */
int link_spec_parse(char *const *words, int n, struct switch_link *ret_link,
		    struct err *e);
