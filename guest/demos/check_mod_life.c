/* SPDX-License-Identifier: MIT */

/* check_mod_life.c - Checks of fam.ko: the device goes, the module goes */

#include "modtest.h"

const struct check checks_mod_life[] = {
	{ 0 },
};
