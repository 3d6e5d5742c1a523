/* SPDX-License-Identifier: MIT */

/* schema.h - Tables of the Librarian's database, and how older ones grow */
#pragma once

/* "FAML": says that an SQLite file is ours. */
#define SCHEMA_APPLICATION_ID 0x46414d4c

/* Shelves with numbers of their own, as tm-librarian has them. */
#define SCHEMA_ROOT 2
#define SCHEMA_LOST_FOUND 3

/* Step i leads from user_version i to i + 1; each is one transaction. References
 * are not enforced meanwhile, so a step may make a table anew.
 */
extern const char *const schema_migrations[];
extern const int schema_version;
