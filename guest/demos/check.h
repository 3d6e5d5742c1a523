/* SPDX-License-Identifier: MIT */

/* check.h - Commands of fam-check */
#pragma once

#include "err.h"

/* Arguments of a command. */
struct check_args {
	int argc;
	char **argv;
};

/* Each returns 0, or a negative errno with a sentence in @e. */
int check_fill(const struct check_args *a, struct err *e);
int check_verify(const struct check_args *a, struct err *e);
int check_add(const struct check_args *a, struct err *e);
int check_get(const struct check_args *a, struct err *e);
int check_hold(const struct check_args *a, struct err *e);
int check_selftest(const struct check_args *a, struct err *e);
int check_module(const struct check_args *a, struct err *e);
