/* SPDX-License-Identifier: MIT */

/* version.h - Debian's order of package versions */
#pragma once

/**
 * version_compare() - Which of two versions is newer, as dpkg sees it
 * @a: @b:	[epoch:]upstream[-revision]
 *
 * An epoch counts as a number; in upstream and revision, runs of digits
 * compare as numbers of any length, all else with '~' before the end of the
 * text, letters before other characters.
 *
 * Return: less than, equal to or greater than 0
 */
int version_compare(const char *a, const char *b);
