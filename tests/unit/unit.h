/* SPDX-License-Identifier: MIT */

/* unit.h - What cmocka wants to be included, in its order */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"

/* For what a header offers, and not every test wants */
#define UNUSED __attribute__((unused))
