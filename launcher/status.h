/* SPDX-License-Identifier: MIT */

/* status.h - The status document
 *
 * {"schema": 1,
 *  "dir": path, "state": "starting"|"ready"|"stopping"|"failed",
 *  "pid": of the supervisor, "started": seconds since the epoch,
 *  "profile": name, "image": directory, "accel": "tcg"|"kvm",
 *  "network": {"mode": "user"|"bridge",
 *              "subnet": "192.168.42.0/24", "torms": address},
 *  "fam": {"path", "size", "book_size", "books_per_node"},
 *  "librarian": {"pid", "ready": bool},
 *  "nodes": [{"name", "id", "state": see node.h, "seconds": in this state,
 *             "pid": QEMU's, 0 = none, "address", "mac",
 *             "disk": taken on the host, 0 = none, "why": text}]}
 *
 * Sizes are in bytes. Keys may be added; none changes its meaning within a
 * schema.
 */
#pragma once

#include <jansson.h>

#include "supervisor.h"

#define STATUS_SCHEMA 1

/* NULL = no memory */
json_t *status_document(const struct supervisor *s);
