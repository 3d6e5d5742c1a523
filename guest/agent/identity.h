/* SPDX-License-Identifier: MIT */

/* identity.h - Who this node is: the contents of AGENT_IDENTITY
 *
 * Everything that differs between nodes made of one image, or restored from
 * one template. Text is checked before it is kept: what is in a struct
 * identity may be written into a file of the system as it is.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define IDENTITY_NODE_MAX 80U
#define IDENTITY_HOSTS_MAX 128U
#define IDENTITY_NAME_MAX 63U /* of a host, one label */
#define IDENTITY_DOMAIN_MAX 253U
#define IDENTITY_TOKEN_MAX 256U
#define IDENTITY_MOUNT_MAX 255U
#define IDENTITY_SEED_SIZE 32U
#define IDENTITY_KEY_MAX 1023U	 /* text of a private key */
#define IDENTITY_PUBLIC_MAX 255U /* line of a public one */
#define IDENTITY_USER_MAX 31U
#define IDENTITY_PASSWORD_MAX 127U

struct identity_host {
	char name[IDENTITY_NAME_MAX + 1];
	struct in_addr address;
	char key[IDENTITY_PUBLIC_MAX + 1]; /* of its ssh server; "" = none */
};

/* Keys in OpenSSH's formats */
struct identity_ssh {
	char host_key[IDENTITY_KEY_MAX + 1]; /* secret */
	char key[IDENTITY_KEY_MAX + 1];	     /* secret; the cluster's */
	char authorized[IDENTITY_PUBLIC_MAX + 1];
};

struct identity_user {
	char name[IDENTITY_USER_MAX + 1];
	char password[IDENTITY_PASSWORD_MAX + 1]; /* secret; "" = none */
};

struct identity_librarian {
	struct in_addr address;
	uint16_t port;
	char token[IDENTITY_TOKEN_MAX + 1]; /* secret */
	char mount[IDENTITY_MOUNT_MAX + 1]; /* absolute */
};

struct identity {
	unsigned node_id; /* 1..IDENTITY_NODE_MAX */
	char hostname[IDENTITY_NAME_MAX + 1];
	char domain[IDENTITY_DOMAIN_MAX + 1];

	struct in_addr address;
	unsigned prefix; /* 1..32 */
	struct in_addr gateway;
	struct in_addr dns;
	unsigned mtu;

	struct identity_host hosts[IDENTITY_HOSTS_MAX];
	size_t n_hosts;

	uint64_t time_ns; /* since the epoch */
	uint8_t seed[IDENTITY_SEED_SIZE];

	bool has_librarian;
	struct identity_librarian librarian;

	bool has_ssh;
	struct identity_ssh ssh;

	bool has_user;
	struct identity_user user;
};

/**
 * identity_parse() - Read and check the payload of AGENT_IDENTITY
 * @text: @len:	JSON
 * @ret_id:	Set on success only
 * @ret_err:	Which key is wrong; may be NULL
 *
 * Return: 0, -EINVAL, -ENOMEM
 */
int identity_parse(const char *text, size_t len, struct identity *ret_id,
		   struct err *ret_err);
